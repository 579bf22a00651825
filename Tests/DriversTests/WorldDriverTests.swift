internal import Drivers
internal import Host
internal import Resources
internal import Testing

/// The process driver in the World: crashes of Pisces at every point of a start, and seeds.
@Suite struct WorldDriverTests {
    private func instance(_ number: UInt64) -> Instance {
        Instance(
            id: Identifier(high: 0, low: number), name: "task-\(number)", device: .host,
            command: ["program"])
    }

    @Test(arguments: SimulatedProcesses.CrashPoint.allCases)
    func aCrashInAStartNeitherLosesNorRepeatsIt(point: SimulatedProcesses.CrashPoint) throws {
        let processes = SimulatedProcesses(clock: SimulatedClock(), seed: 1)
        let first = ProcessDriver(processes: processes) { _, _ in }
        processes.crashDuringNextStart(point)
        #expect(kind { _ = try first.start(instance(1)) } == .failed)
        processes.restart()
        let second = ProcessDriver(processes: processes) { _, _ in }
        let known = try second.observe()
        #expect(known.isEmpty == (point == .beforeIntent || point == .afterIntent))
        _ = try second.start(instance(1))
        #expect(processes.starts(of: instance(1).id) == 1)
        #expect(processes.running.count == 1)
    }

    @Test func aRebootEndsEverything() throws {
        let processes = SimulatedProcesses(clock: SimulatedClock(), seed: 1)
        _ = try ProcessDriver(processes: processes) { _, _ in }.start(instance(1))
        processes.reboot()
        let driver = ProcessDriver(processes: processes) { _, _ in }
        #expect(try driver.observe() == [instance(1).id: .ended(exit: nil, at: nil)])
    }

    /// Random starts, stops, crashes and time; afterwards the plan converges. Gives a trace.
    private func run(seed: UInt64) throws -> [String] {
        var trace: [String] = []
        var random = SeededRandom(seed: seed)
        var faults = SimulatedProcesses.Faults()
        faults.failedStart = 4
        faults.death = 3
        faults.ignoredTerm = 3
        let clock = SimulatedClock()
        let processes = SimulatedProcesses(clock: clock, seed: seed, faults: faults)
        let ends = Ends()
        var driver = ProcessDriver(processes: processes) { ends.note($0, $1) }
        let desired = (1...8).map { instance($0) }
        for _ in 0..<200 {
            if random.oneIn(10) {
                let points = SimulatedProcesses.CrashPoint.allCases
                processes.crashDuringNextStart(points[Int(random.next(upperBound: UInt64(4)))])
            }
            let wanted = desired.filter { _ in !random.oneIn(4) }
            do {
                for step in plan(desired: wanted, observed: try driver.observe()) {
                    trace.append("\(step)")
                    try take(step, driver)
                }
            } catch {
                processes.restart()
                driver = ProcessDriver(processes: processes) { ends.note($0, $1) }
            }
            clock.advance(milliseconds: random.next(upperBound: UInt64(5000)))
            processes.step()
            for instance in desired { #expect(processes.starts(of: instance.id) <= 1) }
            #expect(processes.running.count <= desired.count)
        }
        try drain(driver, processes, clock)
        return trace
    }

    /// Nothing is wanted any more: all must be gone, boundedly.
    private func drain(
        _ driver: ProcessDriver<SimulatedProcesses>, _ processes: SimulatedProcesses,
        _ clock: SimulatedClock
    ) throws {
        processes.restart()
        for _ in 0..<5 {
            for step in plan(desired: [], observed: try driver.observe()) {
                try take(step, driver)
            }
            clock.advance(milliseconds: 20_000)
            processes.step()
        }
        #expect(try driver.observe().isEmpty)
        #expect(processes.running.isEmpty)
    }

    private func take(_ step: Step, _ driver: ProcessDriver<SimulatedProcesses>) throws {
        switch step.action {
        case .start(let instance): _ = try driver.start(instance)
        case .stop(let id, let grace): try driver.stop(id, graceMilliseconds: grace)
        case .remove(let id): try driver.remove(id)
        }
    }

    @Test(arguments: 0..<10)
    func everySeedConvergesAndRepeatsExactly(shard: Int) throws {
        for seed in WorldSeeds.part(shard, of: 10, standard: 100) {
            let first = try run(seed: seed)
            #expect(try run(seed: seed) == first, "seed \(seed)")
            #expect(!first.isEmpty, "seed \(seed)")
        }
    }
}
