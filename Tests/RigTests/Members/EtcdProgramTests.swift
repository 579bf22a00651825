import Bus
import Host
import Resources
import Synchronization
import Testing

/// What a program says of its version, on the real kernel.
@Suite struct EtcdProgramTests {
    /// A clock that somebody moves.
    private final class Moved: Clock {
        let now = WallTime(milliseconds: 0)
        private let time = Mutex<UInt64>(1)
        var ticks: Ticks { time.withLock { Ticks(nanoseconds: $0) } }
        func pass(milliseconds: Int) {
            time.withLock { $0 += UInt64(milliseconds) * 1_000_000 }
        }
    }

    /// A machine that was too busy for an answer in time does not lack the program for good.
    @Test func aProgramThatSaidNothingIsAskedAgainAfterAWhile() throws {
        let root = "/tmp/pisces-program-\(LinuxEntropy().next())"
        let files = LinuxFiles()
        try files.makeFolder(root)
        defer { try? TreeRemoval.remove(root) }
        let path = root + "/etcd"
        let script = "#!/bin/sh\n[ -e \(root)/ready ] && echo 'etcd Version: 3.4.23'\n"
        try files.replace(path, with: Array(script.utf8), mode: 0o755)
        let clock = Moved()
        let program = EtcdProgram(
            path, processes: try LinuxProcesses(ledger: root + "/ledger"), scratch: root,
            clock: clock)
        #expect(program.version() == nil)
        try files.replace(root + "/ready", with: [])
        #expect(program.version() == nil)
        clock.pass(milliseconds: Limits.memberRest.value)
        #expect(program.version() == EtcdVersion("3.4.23"))
        // What it said holds for as long as the file does.
        try files.remove(root + "/ready")
        clock.pass(milliseconds: Limits.memberRest.value)
        #expect(program.version() == EtcdVersion("3.4.23"))
    }
}
