internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// Pisces killed with SIGKILL while it starts processes: none is lost, none starts twice.
@Suite struct KillRig {
    @Test func noProcessIsLostOrStartedTwiceWhenPiscesIsKilled() throws {
        let folder = try RigFolder()
        defer { folder.remove() }
        let count = 300
        var random = SeededRandom(seed: 20_261_121)
        var kills = 0
        while kills < 60 {
            let pid = try folder.startLife(count: count)
            usleep(UInt32(random.next(upperBound: UInt64(25_000))))
            kill(pid, SIGKILL)
            if folder.wait(pid) == .code(0) { break }
            kills += 1
        }
        #expect(kills >= 50, "the lives were so quick that \(kills) kills met one")
        let last = try folder.startLife(count: count)
        #expect(folder.wait(last) == .code(0))

        let processes = try LinuxProcesses(ledger: folder.ledger)
        let driver = ProcessDriver(processes: processes) { _, _ in }
        let states = try driver.observe()
        defer { folder.killAll(states) }
        #expect(states.count == count)
        #expect(states.values.allSatisfy { $0.pid != nil })
        let signed = try folder.signatures(atLeast: count)
        #expect(signed.count == count, "each program signs when it runs")
        #expect(Set(signed.map(\.number)).count == count, "none signs twice")
        for (number, pid) in signed {
            #expect(states[Identifier(high: 1, low: number)]?.pid == pid)
        }
    }
}
