internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Synchronization
internal import Testing

/// A folder of one test.
struct Scratch {
    let path: String

    init() throws {
        path = "/tmp/pisces-drivers-\(LinuxEntropy().next())"
        try LinuxFiles().makeFolder(path, mode: 0o755)
    }

    func remove() { try? LinuxFiles().remove(path) }
}

/// The ends a driver reports.
final class Ends: Sendable {
    private let states = Mutex<[Identifier: InstanceState]>([:])

    func note(_ id: Identifier, _ state: InstanceState) { states.withLock { $0[id] = state } }

    subscript(id: Identifier) -> InstanceState? { states.withLock { $0[id] } }

    /// Waits, boundedly, until the end of an instance has been reported.
    func wait(for id: Identifier) -> InstanceState? {
        eventually { self[id] != nil }
        return self[id]
    }
}

/// Polls a condition for at most ten seconds.
@discardableResult
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<1000 {
        if try condition() { return true }
        usleep(10_000)
    }
    return false
}

func identifier() -> Identifier { LinuxEntropy().identifier(at: LinuxClock().now) }
