import Host
import Resources
import Testing

@testable import Reproduction

/// A folder of a test.
struct Scratch {
    let path: String
    let files = LinuxFiles()

    init() throws {
        let clock = LinuxClock()
        path = "/tmp/pisces-reproduction-\(LinuxEntropy().identifier(at: clock.now))"
        try files.makeFolder(path)
    }

    func remove() { try? files.remove(path) }
}
