import Host
import Resources
import Testing

@Suite struct WorldCrashTests {
    /// Every seed is run twice; the shards are for two processors.
    @Test(arguments: 0..<10)
    func acknowledgedEntriesSurvive(shard: Int) throws {
        var (cuts, acknowledged, detections) = (0, 0, 0)
        for seed in WorldSeeds.part(shard, of: 10, standard: 500) {
            var first = CrashRun(seed: seed)
            try first.run()
            var second = CrashRun(seed: seed)
            try second.run()
            #expect(first.violations.isEmpty, "seed \(seed): \(first.violations)")
            #expect(first.digest == second.digest, "seed \(seed) is not repeatable")
            cuts += first.cuts
            acknowledged += first.acknowledged
            detections += first.detections
        }
        // The runs must reach what they are for.
        #expect(cuts > 0 && acknowledged > 1000 && detections > 0)
    }
}
