internal import Host
internal import Testing

@testable internal import Drivers

/// Policies, without sockets.
@Suite struct ChooserTests {
    private let names = (0..<8).map { "backend-\($0)" }

    @Test func roundRobinTakesTurnsAmongTheOpen() {
        var chooser = Chooser(.roundRobin, names: Array(names.prefix(4)))
        let turns = (0..<6).map { _ in
            chooser.choose(key: 0, open: { $0 != 2 }, load: { _ in 0 })
        }
        #expect(turns == [0, 1, 3, 0, 1, 3])
        #expect(chooser.choose(key: 0, open: { _ in false }, load: { _ in 0 }) == nil)
        var none = Chooser(.roundRobin, names: [])
        #expect(none.choose(key: 0, open: { _ in true }, load: { _ in 0 }) == nil)
    }

    @Test func leastConnectionsLevelsWhatIsUnderWay() {
        var chooser = Chooser(.leastConnections, names: names)
        var load = [5, 0, 3, 9, 1, 0, 0, 2]
        for _ in 0..<60 {
            guard let index = chooser.choose(key: 0, open: { $0 != 3 }, load: { load[$0] })
            else {
                Issue.record("chose none")
                return
            }
            #expect(load[index] == load.enumerated().filter { $0.offset != 3 }.map(\.element).min())
            load[index] += 1
        }
        let open = load.enumerated().filter { $0.offset != 3 }.map(\.element)
        #expect((open.max() ?? 0) - (open.min() ?? 0) <= 1)
        #expect(load[3] == 9)
    }

    @Test func idleBackendsShareEvenly() {
        var chooser = Chooser(.leastConnections, names: Array(names.prefix(3)))
        let turns = (0..<6).map { _ in
            chooser.choose(key: 0, open: { _ in true }, load: { _ in 0 })
        }
        #expect(turns == [0, 1, 2, 0, 1, 2])
    }

    /// When a backend leaves, only its keys move, to all others; when one comes, it takes its share.
    @Test(arguments: 0..<8)
    func hashingMovesOnlyWhatMust(leaving: Int) {
        var chooser = Chooser(.hash, names: names)
        var moved: [Int: Int] = [:]
        var share: [Int: Int] = [:]
        for key in 0..<8000 as Range<UInt64> {
            let key = key &* 0x9E37_79B9_7F4A_7C15
            let before = chooser.choose(key: key, open: { _ in true }, load: { _ in 0 })
            let after = chooser.choose(key: key, open: { $0 != leaving }, load: { _ in 0 })
            guard let before, let after else {
                Issue.record("chose none")
                return
            }
            share[before, default: 0] += 1
            if before != leaving { #expect(after == before) } else { moved[after, default: 0] += 1 }
        }
        #expect(share.values.allSatisfy { (800...1200).contains($0) })
        #expect(moved.count == 7 && moved.values.allSatisfy { $0 > 70 })
    }

    @Test func hashingGoesByNamesNotByPlaces() {
        var forward = Chooser(.hash, names: names)
        var backward = Chooser(.hash, names: names.reversed())
        for key in 0..<500 as Range<UInt64> {
            let one = forward.choose(key: key, open: { _ in true }, load: { _ in 0 })
            let other = backward.choose(key: key, open: { _ in true }, load: { _ in 0 })
            #expect(one.map { names[$0] } == other.map { names.reversed()[$0] })
        }
    }

    @Test func refusingBackendsAreSetAsideLongerEachTime() {
        var aside = SetAside()
        #expect(!aside.isAside(0))
        var times: [UInt64] = []
        for _ in 0..<7 {
            aside.failed(1_000)
            var time: UInt64 = 0
            while aside.isAside(1_000 + time * 1_000_000) { time += 1 }
            times.append(time)
        }
        #expect(times == [500, 1000, 2000, 4000, 8000, 8000, 8000])
        aside.succeeded()
        #expect(aside == SetAside())
    }

    @Test func latenciesFallIntoBucketsOfTwice() {
        let cases: [(UInt64, Int)] = [
            (0, 0), (999, 0), (1000, 1), (1999, 1), (2000, 2), (1_000_000, 10), (.max, 25),
        ]
        for (time, bucket) in cases { #expect(BalancerCounts.bucket(time) == bucket) }
        let tally = Tally()
        for _ in 0..<99 { tally.answered(status: 200, nanoseconds: 3_000) }
        tally.answered(status: 503, nanoseconds: 1_000_000_000)
        #expect(tally.counts.latency(below: 0.5) == 4)
        #expect(tally.counts.latency(below: 1) == 1 << 20)
        #expect(tally.counts.answers == [0, 0, 99, 0, 0, 1])
    }
}
