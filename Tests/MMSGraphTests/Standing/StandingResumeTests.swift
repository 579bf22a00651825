import Cypher
import Host
import MMSGraph
import Resources
import Testing

/// Resuming where a bookmark says, in another life of the node.
@Suite struct StandingResumeTests {
    private static let statements = [
        "MATCH (n:Plain) RETURN n.name, n.count", "MATCH (n) WHERE n.state = 'on' RETURN n",
        "MATCH (n:Rich) RETURN n.name + '!' AS x, n.count",
        "MATCH (a:Plain)-[:USES]->(b) RETURN a.name, b.count",
        "MATCH (a)-[r:OWNS|USES]-(b:Rich) RETURN a.id, r, b.state",
        "MATCH (n) RETURN n.state AS s, count(*) AS c",
        "MATCH (n:Plain) OPTIONAL MATCH (n)-[:USES]->(m) RETURN n.name, m.name",
    ]

    private struct Life {
        var script: Script
        var model: Model

        mutating func live(
            _ steps: Int, in rig: inout StandingRig<SimulatedStore>,
            _ views: inout [(StandingSubscriber<SimulatedStore>, StandingView)]
        ) throws {
            for _ in 0..<steps {
                let batch = try script.batch(model)
                if model.apply(rig.node.header(), batch) == nil {
                    try rig.commit(batch.commands)
                    rig.work()
                }
                for index in views.indices { views[index].1.take(from: views[index].0) }
            }
        }
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func aSubscriberResumesWithoutAGapInAnotherLife(_ seed: UInt64) throws {
        let store = SimulatedStore()
        var rig = try StandingRig(store)
        var life = Life(
            script: try Script(seed: seed, mounts: rig.node.graph.mounts),
            model: Model(mounts: rig.node.graph.mounts))
        var views = try Self.statements.map { (try rig.follow($0), StandingView()) }
        try life.live(25, in: &rig, &views)
        // Some go on while the subscribers are away.
        var nobody: [(StandingSubscriber<SimulatedStore>, StandingView)] = []
        try life.live(20, in: &rig, &nobody)
        rig = try StandingRig(store)
        try life.live(5, in: &rig, &nobody)
        for index in views.indices {
            let bookmark = try #require(views[index].1.bookmark)
            views[index].0 = try rig.follow(
                Self.statements[index], from: .bookmark(try Bookmark(text: bookmark.text)))
        }
        try life.live(10, in: &rig, &views)
        for (text, (_, view)) in zip(Self.statements, views) {
            #expect(view.gone == nil)
            #expect(view.answer == (try rig.answer(text)), "\(text)")
            #expect(view.resets == 0)
        }
    }

    @Test(arguments: 0..<3 as Range<UInt64>)
    func belowTheHistoryItIsGoneOrBeginsAnew(_ seed: UInt64) throws {
        let store = SimulatedStore()
        var rig = try StandingRig(store)
        var life = Life(
            script: try Script(seed: seed, mounts: rig.node.graph.mounts),
            model: Model(mounts: rig.node.graph.mounts))
        var views = try Self.statements.map { (try rig.follow($0), StandingView()) }
        try life.live(20, in: &rig, &views)
        var nobody: [(StandingSubscriber<SimulatedStore>, StandingView)] = []
        try life.live(60, in: &rig, &nobody)
        _ = try rig.node.graph.trimHistory(of: .root, before: rig.node.graph.applied(.root))
        rig = try StandingRig(store)
        for (index, text) in Self.statements.enumerated() {
            let bookmark = try #require(views[index].1.bookmark)
            let refusal = #expect(throws: Refusal.self) {
                _ = try rig.follow(text, from: .bookmark(bookmark))
            }
            #expect(refusal?.code == .gone)
            views[index].0 = try rig.follow(text, from: .bookmark(bookmark), rebase: true)
            views[index].1.take(from: views[index].0)
            #expect(views[index].1.resets == 1)
        }
        try life.live(10, in: &rig, &views)
        for (text, (_, view)) in zip(Self.statements, views) {
            #expect(view.answer == (try rig.answer(text)), "\(text)")
        }
    }
}
