import Cypher
import Host
import MMSGraph
import Resources
import Testing

/// Asked at a past moment, a statement answers what it answered then.
@Suite struct PastAnswerTests {
    @Test(arguments: 0..<6 as Range<UInt64>)
    func thePastAnswersAsItDidThen(_ seed: UInt64) throws {
        var rig = try StandingRig(SimulatedStore())
        var script = try Script(seed: seed, mounts: rig.node.graph.mounts)
        var model = Model(mounts: rig.node.graph.mounts)
        let statements = [
            "MATCH (n) RETURN n.id, n.type, n.revision", "MATCH (n:Plain) RETURN n.id",
            "MATCH (a)-[r]->(b) RETURN a.id, type(r), b.id",
            "MATCH (a)<-[r]-(b) RETURN a.id, type(r), b.id",
        ]
        var answers: [(Position, [[String]])] = []
        for _ in 0..<40 {
            let batch = try script.batch(model)
            if model.apply(rig.node.header(), batch) == nil { try rig.commit(batch.commands) }
            answers.append(
                (rig.node.graph.applied(.root), try statements.map { try rig.answer($0) }))
        }
        for (position, expected) in answers {
            for (text, answer) in zip(statements, expected) {
                let found = try rig.answer(text, at: .position(.root, position))
                #expect(found == answer, "\(text) at \(position)")
            }
        }
    }
}
