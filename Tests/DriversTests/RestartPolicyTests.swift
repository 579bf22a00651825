internal import Drivers
internal import Host
internal import Resources
internal import Testing

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
