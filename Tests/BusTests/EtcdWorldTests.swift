import Bus
import Host
import Log
import LogSuite
import Resources
import Testing

/// The shared log under every fault of the simulated etcd. A failing seed repeats exactly.
@Suite struct EtcdWorldTests {
    @Test(arguments: 0..<10) func nothingIsLostOrDoneTwice(part: Int) {
        var sum = EtcdRun.Counts()
        let seeds = WorldSeeds.part(part, of: 10, standard: 1000)
        for seed in seeds {
            var run = EtcdRun(seed: seed)
            run.run()
            #expect(run.violations.isEmpty, "seed \(seed): \(run.violations)")
            sum.acknowledged += run.counts.acknowledged
            sum.unknown += run.counts.unknown
            sum.behind += run.counts.behind
            sum.moves += run.counts.moves
            sum.trims += run.counts.trims
            sum.sealedAppends += run.counts.sealedAppends
        }
        // The runs must reach what they are for.
        let enough = seeds.count / 10
        #expect(sum.acknowledged > 5 * enough)
        #expect(sum.unknown > enough)
        #expect(sum.behind > enough)
        #expect(sum.moves > enough)
        #expect(sum.trims > enough)
        #expect(sum.sealedAppends >= enough / 2)
    }

    @Test func aSeedRepeatsExactly() {
        for seed in UInt64(0)..<20 {
            var first = EtcdRun(seed: seed)
            first.run()
            var second = EtcdRun(seed: seed)
            second.run()
            #expect(first.digest == second.digest, "seed \(seed)")
        }
    }

    @Test func withoutFaultsEveryStepSucceeds() {
        for seed in UInt64(0)..<20 {
            var run = EtcdRun(seed: seed, faulty: false)
            run.run()
            #expect(run.violations.isEmpty, "seed \(seed): \(run.violations)")
            #expect(run.counts.unknown == 0)
        }
    }
}
