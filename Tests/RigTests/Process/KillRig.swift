internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// Pisces killed with SIGKILL while it starts processes: none is lost, none starts twice.
@Suite(.serialized) struct KillRig {
    /// Instances to start, kills to survive, microseconds a life has at the most.
    static let cases: [(device: Instance.Device, count: Int, kills: Int, life: UInt64)] = [
        (.host, 300, 60, 25_000), (.oci, 40, 50, 150_000),
    ]

    @Test(arguments: cases)
    func noProcessIsLostOrStartedTwice(
        device: Instance.Device, count: Int, kills: Int, life: UInt64
    ) throws {
        let folder = try RigFolder(device: device, count: count)
        defer { folder.remove() }
        var random = SeededRandom(seed: 20_261_121)
        for _ in 0..<kills {
            let pid = try folder.startLife()
            usleep(UInt32(random.next(upperBound: life)))
            kill(pid, SIGKILL)
            _ = folder.wait(pid)
        }
        let last = try folder.startLife()
        #expect(folder.wait(last) == .code(0), "\(folder.log)")

        let driver = try folder.driver()
        let states = try folder.settledStates(driver)
        defer { folder.end(states, driver) }
        #expect(states.count == count)
        #expect(states.values.allSatisfy { $0.pid != nil }, "all run")
        for number in 1...UInt64(count) {
            let id = Identifier(high: 1, low: number)
            #expect(folder.signatures(of: id) == "signed\n", "each program signs once")
        }
        let pids = Set(states.values.compactMap(\.pid))
        #expect(folder.sleepers() == pids, "nothing else of it runs")
    }
}
