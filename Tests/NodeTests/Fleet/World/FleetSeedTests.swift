import Host
import Testing

@Suite struct FleetSeedTests {
    @Test(arguments: 0..<4)
    func everySeedKeepsWhatWasAcknowledgedOnAllReplicas(part: Int) throws {
        var (moves, crashes, unknown, acknowledged) = (0, 0, 0, 0)
        for seed in WorldSeeds.part(part, of: 4, standard: 200) {
            let found = try FleetRun(seed: seed).run(steps: 80)
            #expect(found.violations == [], "seed \(seed)")
            moves += found.moves
            crashes += found.crashes
            unknown += found.unknown
            acknowledged += found.acknowledged
        }
        // A run in which nothing goes wrong shows nothing.
        #expect(moves > 0 && crashes > 0 && unknown > 0 && acknowledged > 0)
    }

    @Test func aSeedRepeatsExactly() throws {
        for seed in WorldSeeds.part(0, of: 20, standard: 200) {
            let first = try FleetRun(seed: seed).run(steps: 80)
            let second = try FleetRun(seed: seed).run(steps: 80)
            #expect(first == second, "seed \(seed)")
        }
    }
}
