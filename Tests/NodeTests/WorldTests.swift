import Host
import Resources
import Testing

@Suite struct WorldTests {
    @Test func everySeedKeepsWhatWasAcknowledgedAndRepeatsExactly() throws {
        for seed in WorldSeeds.part(0, of: 1, standard: 500) {
            let first = try WorldCircle(seed: seed).run(steps: 40)
            let second = try WorldCircle(seed: seed).run(steps: 40)
            #expect(first == second, "seed \(seed)")
            #expect(first.acknowledged > 0 && first.lives > 1, "seed \(seed)")
        }
    }
}
