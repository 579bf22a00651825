import Resources
import Testing

@testable import Node

/// What people ask of the machines of a fleet.
@Suite struct NodeChangeTests {
    @Test func whatAPersonAsksForIsDecidedAnewOnWhatOthersWrote() throws {
        let late = Refusal(
            .revisionMismatch, filter: "apply", subject: "node/n5", reason: "has another revision",
            current: Position(9))
        var (calls, reached) = (0, [Position]())
        try FleetNode.decidingAnew { () throws(Refusal) in
            calls += 1
            if calls < 3 { throw late }
        } reaching: { (position) throws(Refusal) in
            reached.append(position)
        }
        #expect(calls == 3 && reached == [Position(9), Position(9)])

        calls = 0
        var refusal = #expect(throws: Refusal.self) {
            try FleetNode.decidingAnew { () throws(Refusal) in
                calls += 1
                throw late
            } reaching: { _ in
            }
        }
        #expect(refusal?.code == .revisionMismatch && calls == Limits.decisions.value)

        calls = 0
        refusal = #expect(throws: Refusal.self) {
            try FleetNode.decidingAnew { () throws(Refusal) in
                calls += 1
                throw Refusal(
                    .notFound, filter: "fleet", subject: "node/n5", reason: "is not there")
            } reaching: { _ in
            }
        }
        #expect(refusal?.code == .notFound && calls == 1)
    }
}
