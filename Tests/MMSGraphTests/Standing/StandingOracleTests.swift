import Cypher
import FoundationEssentials
import Host
import MMSGraph
import Resources
import Testing

/// The oracle of standing queries: after each random command what a subscriber was told adds up to
/// what a new evaluation answers. `STANDING_COMMANDS`, all of them accepted, and
/// `STANDING_QUERIES` raise the counts.
@Suite struct StandingOracleTests {
    private static func number(_ name: String, else usual: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap(Int.init) ?? usual
    }

    private struct Follower {
        let text: String
        let subscriber: StandingSubscriber<SimulatedStore>
        var view = StandingView()
        /// How many commands it lets pass before it reads.
        let pace: Int
    }

    private static let parameters = CypherMap([
        ("state", .string("off")), ("most", .integer(3)),
    ])

    @Test(arguments: 0..<UInt64(number("STANDING_SEEDS", else: 12)))
    func incrementalEqualsFullReevaluationAfterEachCommand(_ seed: UInt64) throws {
        let (commands, queries) = (
            Self.number("STANDING_COMMANDS", else: 60), Self.number("STANDING_QUERIES", else: 16)
        )
        var sizes = StandingSizes()
        if seed % 4 == 1 { sizes.feed.backlogBytes = 4000 }
        if seed % 4 == 2 { (sizes.snapshots, sizes.changes) = (1, 6) }
        let machine = try Namespace("/machines/m")
        let mounts: [Namespace] = seed % 4 == 3 ? [.root, machine] : [.root]
        var rig = try StandingRig(SimulatedStore(), mounts: mounts, sizes: sizes)
        var script = try Script(seed: seed, mounts: rig.node.graph.mounts)
        var statements = QueryScript(seed: seed &+ 1000)
        var model = Model(mounts: rig.node.graph.mounts)
        var followers: [Follower] = []
        var (accepted, step) = (0, 0)
        while accepted < commands {
            let log = mounts[script.below(mounts.count)]
            let batch = try script.batch(model)
            // What apply refuses changes nothing, and counts for nothing.
            guard model.apply(rig.node.header(log), batch) == nil else { continue }
            try rig.commit(batch.commands, log: log)
            (accepted, step) = (accepted + batch.commands.count, step + 1)
            // The engine now and then has several entries to work on at once.
            if seed % 4 != 2 || step.isMultiple(of: 3) { rig.work() } else { continue }
            while followers.count < min(queries, 2 + step) {
                let text = statements.statement()
                followers.append(
                    Follower(
                        text: text, subscriber: try rig.follow(text, Self.parameters),
                        pace: seed % 4 == 1 ? 1 + followers.count % 7 : 1))
            }
            for index in followers.indices where step.isMultiple(of: followers[index].pace) {
                followers[index].view.take(from: followers[index].subscriber, maximum: 3)
                let follower = followers[index]
                #expect(follower.view.gone == nil, "\(follower.text)")
                #expect(
                    follower.view.answer == (try rig.answer(follower.text, Self.parameters)),
                    "\(follower.subscriber.standing.letter) after \(step): \(follower.text)")
            }
        }
        for follower in followers { rig.standing.unsubscribe(follower.subscriber) }
        rig.work()
        #expect(rig.standing.count == 0)
        print("seed \(seed): \(accepted) commands in \(step) batches, \(queries) queries")
    }
}
