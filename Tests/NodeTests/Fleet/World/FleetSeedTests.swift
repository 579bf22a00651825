import Host
import Testing

@Suite struct FleetSeedTests {
    private static let standard = 600

    @Test(arguments: 0..<4)
    func everySeedKeepsWhatWasAcknowledgedOnAllReplicas(part: Int) throws {
        var (unknown, acknowledged) = (0, 0)
        var kinds: [FleetRun.Kind: Int] = [:]
        let seeds = WorldSeeds.part(part, of: 4, standard: Self.standard)
        for seed in seeds {
            let found = try FleetRun(seed: seed).run(steps: 80)
            #expect(found.violations == [], "seed \(seed)")
            kinds.merge(found.kinds) { $0 + $1 }
            unknown += found.unknown
            acknowledged += found.acknowledged
        }
        // A run in which nothing goes wrong shows nothing; a few seeds need not have all.
        #expect(acknowledged > 0)
        guard seeds.count >= 100 else { return }
        #expect(unknown > 0)
        for kind in FleetRun.Kind.allCases {
            #expect(kinds[kind, default: 0] > 0, "\(kind) in \(seeds.count) seeds: \(kinds)")
        }
    }

    @Test func aSeedRepeatsExactly() throws {
        for seed in WorldSeeds.part(0, of: 20, standard: Self.standard) {
            let first = try FleetRun(seed: seed).run(steps: 80)
            let second = try FleetRun(seed: seed).run(steps: 80)
            #expect(first == second, "seed \(seed)")
        }
    }
}
