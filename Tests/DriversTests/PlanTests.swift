internal import Drivers
internal import Host
internal import Resources
internal import Testing

@Suite struct PlanTests {
    private func id(_ number: UInt64) -> Identifier { Identifier(high: 0, low: number) }

    private func instance(_ number: UInt64) -> Instance {
        Instance(id: id(number), name: "task-\(number)", device: .host, command: ["true"])
    }

    private let running = InstanceState.running(
        process: ProcessIdentity(pid: 42, start: 1, boot: "b"), since: WallTime(milliseconds: 0))

    @Test func stopsThenRemovesThenStarts() {
        let steps = plan(
            desired: [instance(9), instance(3), instance(5), instance(6)],
            observed: [
                id(1): running, id(2): .ended(exit: .code(1), at: nil), id(3): running,
                id(5): .ended(exit: nil, at: nil), id(7): .unknown,
            ])
        #expect(
            steps.map(\.action) == [
                .stop(id(1), graceMilliseconds: nil), .remove(id(2)), .start(instance(6)),
                .start(instance(9)),
            ])
        #expect(steps[0].reason == "process 42 runs and is not wanted here")
        #expect(steps[1].reason == "ended (exit 1) and is not wanted here")
        #expect(steps[2].reason == "task-6 is wanted and was never started")
    }

    @Test func nothingToDoIsNoStep() {
        #expect(plan(desired: [instance(1)], observed: [id(1): running]).isEmpty)
        #expect(plan(desired: [], observed: [:]).isEmpty)
    }

    @Test func theContractNamesWhatIsOwned() {
        let contract = ProcessDriver<LinuxProcesses>.contract
        #expect(contract.owns == ["instance"])
        #expect(contract.ceilings.allSatisfy { $0.range.contains($0.value) })
    }
}

@Suite struct RestartPolicyTests {
    private func at(_ milliseconds: UInt64) -> Ticks {
        Ticks(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func theDelayDoublesUpToTheCap() {
        var policy = RestartPolicy(.init(first: 100, most: 1000, healthy: 10_000))
        var now: UInt64 = 0
        var delays: [UInt64] = []
        for _ in 0..<6 {
            _ = policy.started(at: at(now))
            now += 1
            guard case .wait(let until) = policy.ended(at: at(now)) else {
                Issue.record("no wait")
                return
            }
            delays.append(until.nanoseconds / 1_000_000 - now)
            #expect(policy.tick(at: until) == .restart)
            now = until.nanoseconds / 1_000_000
        }
        #expect(delays == [100, 200, 400, 800, 1000, 1000])
        #expect(policy.failures == 6)
    }

    @Test func aHealthyRunStartsTheCountAnew() {
        var policy = RestartPolicy(.init(first: 100, most: 1000, healthy: 10_000))
        _ = policy.started(at: at(0))
        _ = policy.ended(at: at(1))
        _ = policy.started(at: at(200))
        #expect(policy.ended(at: at(10_200)) == .wait(until: at(10_300)))
        #expect(policy.failures == 1)
    }

    @Test func whatWasStoppedIsNotRestarted() {
        var policy = RestartPolicy()
        _ = policy.started(at: at(0))
        #expect(policy.stopped() == .none)
        #expect(policy.ended(at: at(5)) == .none)
        #expect(policy.tick(at: at(100_000)) == .none)
    }

    @Test func aFailedStartCountsAndManyFailuresDoNotOverflow() {
        var policy = RestartPolicy()
        var now = at(0)
        for _ in 0..<200 {
            guard case .wait(let until) = policy.ended(at: now) else {
                Issue.record("no wait")
                return
            }
            now = until
            #expect(policy.tick(at: now) == .restart)
            _ = policy.started(at: now)
        }
        #expect(policy.failures == 200)
    }
}
