import Resources
import Testing

@testable import Reproduction

@Suite struct BirthPolicyTests {
    private func refuses(
        _ policies: [ValueMap], children: Int64 = 0, depth: Int64 = 0, bytes: Int64 = 1
    ) -> Bool {
        let refusal = Sample.refusal {
            try BirthPolicy(policies).check(children: children, depth: depth, bytes: bytes)
        }
        return refusal?.kind == .notAllowed
    }

    @Test func withoutAPolicyTheUsualBoundsHold() {
        #expect(!refuses([]))
        #expect(refuses([], children: Int64(Limits.births.value)))
        #expect(refuses([], depth: Int64(Limits.birthDepth.value)))
    }

    @Test func eachFieldBounds() {
        #expect(refuses([["children": 2]], children: 2))
        #expect(!refuses([["children": 2]], children: 1))
        #expect(refuses([["depth": 0]]))
        #expect(refuses([["disk": 99]], bytes: 100))
        #expect(!refuses([["disk": 100]], bytes: 100))
        #expect(!refuses([["children": 100]], children: 99))
        #expect(BirthPolicy([["bandwidth": 10], ["bandwidth": 7]]).bandwidth == 7)
    }

    @Test func theKillSwitchStopsAllWhoeverElseAllows() {
        #expect(refuses([["stopped": true]]))
        #expect(refuses([["children": 1000], ["stopped": true], ["stopped": false]]))
        #expect(!refuses([["stopped": false]]))
    }

    @Test func theStrictestCounts() {
        #expect(refuses([["children": 9], ["children": 1]], children: 1))
        #expect(refuses([["children": 1], ["children": 9]], children: 1))
    }

    @Test func whatMakesNoSenseStops() {
        #expect(refuses([["stopped": "no"]]))
        #expect(refuses([["children": "many"]]))
        #expect(refuses([["disk": -5]]))
    }
}
