import Cypher
import Host
import MMSGraph
import Resources
import Testing

/// The optimiser's plans against plans that follow the text, on graphs of resources in RocksDB
/// that random commands made: the same rows, now and at a position that is past.
@Suite struct StoredPlanTests {
    private static let parameters = CypherMap([
        ("state", .string("off")), ("most", .integer(3)),
    ])

    /// A graph after random commands, and a position on the way there.
    private static func graph(
        _ seed: UInt64, in folder: String
    ) throws -> (node: Node<RocksStore>, past: Position) {
        var node = try Node(try RocksStore(path: folder))
        var script = try Script(seed: seed, mounts: node.graph.mounts)
        var model = Model(mounts: node.graph.mounts)
        var past = node.graph.applied(.root)
        for step in 0..<60 {
            let batch = try script.batch(model)
            if model.apply(node.header(), batch) == nil { try node.run(batch) }
            if step == 40 { past = node.graph.applied(.root) }
        }
        return (node, past)
    }

    private static func run(
        _ text: String, _ strategy: Strategy, _ reader: CommittedReader<RocksStore>
    ) throws -> (rows: [String], plan: String) {
        var options = QueryOptions()
        options.strategy = strategy
        var query = try Query(
            try Statement(parsing: text), parameters: parameters,
            graph: try ResourceGraph(reader), options: options)
        let plan = "\(query.explanation)"
        var rows: [String] = []
        while let row = try query.next() { rows.append(shown(row)) }
        return (rows.sorted(), plan)
    }

    @Test func optimisedPlansGiveTheRowsOfPlansAsWritten() throws {
        var (asked, answered, differing) = (0, 0, 0)
        for seed in 0..<40 as Range<UInt64> {
            try withFolder { folder in
                let (node, past) = try Self.graph(seed, in: folder)
                var statements = QueryScript(seed: seed &+ 5000)
                for when in [When.now, .position(.root, past)] {
                    for _ in 0..<25 {
                        let text = statements.statement()
                        let reader = try node.graph.reader(at: when)
                        let written = try Self.run(text, .asWritten, reader)
                        let optimised = try Self.run(text, .optimised, reader)
                        #expect(optimised.rows == written.rows, "seed \(seed) at \(when): \(text)")
                        asked += 1
                        if !written.rows.isEmpty { answered += 1 }
                        if optimised.plan != written.plan { differing += 1 }
                    }
                }
            }
        }
        // A model that never finds anything, or compares a plan with itself, would agree.
        #expect(answered > asked / 6, "\(answered) of \(asked) had rows")
        #expect(differing > asked / 4, "\(differing) of \(asked) plans differed")
        print("\(asked) questions, \(answered) with rows, \(differing) plans differed")
    }
}
