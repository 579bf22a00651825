import FoundationEssentials
import Host
import Resources
import Testing

@Suite struct LinuxProcessesTests {
    /// A life that was killed while it forgot a key leaves a folder without an intent.
    @Test func theNextLifeClearsWhatWasForgottenByHalf() throws {
        let root = FileManager.default.temporaryDirectory.path + "/pisces-ledger-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let (half, whole) = (Identifier(high: 1, low: 1), Identifier(high: 1, low: 2))
        let files = LinuxFiles()
        do {
            let processes = try LinuxProcesses(ledger: root)
            for key in [half, whole] {
                try processes.intend(key, [1])
                try files.makeFolder(processes.folder(of: key) + "/layer/deep")
                try files.replace(processes.folder(of: key) + "/layer/deep/file", with: [2])
            }
            try files.remove(processes.folder(of: half) + "/intent")
        }
        let next = try LinuxProcesses(ledger: root)
        #expect(try files.names(in: root) == ["\(whole)"])
        #expect(try files.names(in: next.folder(of: whole) + "/layer/deep") == ["file"])
        #expect(try next.ledger().map(\.key) == [whole])
    }
}
