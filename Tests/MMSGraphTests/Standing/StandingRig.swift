import Cypher
import Host
import MMSGraph
import Resources
import Synchronization
import Testing

/// A clock that tests crank.
final class CrankedClock: Sendable {
    private let nanoseconds = Mutex<UInt64>(1)
    var now: Ticks { Ticks(nanoseconds: nanoseconds.withLock { $0 }) }
    func advance(milliseconds: UInt64) { nanoseconds.withLock { $0 += milliseconds * 1_000_000 } }
}

/// A node with its feed and its standing queries, whose engine runs when it is told to.
struct StandingRig<Store: OrderedStore> {
    var node: Node<Store>
    let feed: ChangeFeed<Store>
    let standing: StandingQueries<Store>
    let clock = CrankedClock()

    init(
        _ store: Store, mounts: [Namespace] = [.root], sizes: StandingSizes = StandingSizes()
    ) throws {
        node = try Node(store, mounts: mounts)
        feed = ChangeFeed(graph: node.graph, sizes: sizes.feed)
        let clock = clock
        standing = StandingQueries(
            graph: node.graph, feed: feed, sizes: sizes, clock: { clock.now }, onWork: {})
    }

    /// Commits an entry and tells it to all, without a turn of the engine.
    mutating func commit(_ commands: [Command], log: Namespace = .root) throws {
        let changes = try node.run(Batch(commands), log: log)
        feed.publish(changes, of: log, upTo: node.graph.applied(log))
        standing.publish(changes, of: log, upTo: node.graph.applied(log))
    }

    mutating func run(_ commands: Command...) throws {
        try commit(commands)
        work()
    }

    /// Lets the engine do all there is, those that rest included.
    func work() {
        clock.advance(milliseconds: 1_000_000)
        while let due = standing.work(), due <= clock.now {}
    }

    func follow(
        _ text: String, _ parameters: CypherMap = CypherMap(),
        from start: ChangeFeed<Store>.Start = .snapshot, rebase: Bool = false
    ) throws -> StandingSubscriber<Store> {
        let subscriber = try standing.subscribe(
            try Statement(parsing: text), parameters: parameters, from: start, rebase: rebase
        ) {}
        work()
        return subscriber
    }

    /// The answer as one who asks gets it: the same rows whether nodes are forgotten or not.
    func answer(
        _ text: String, _ parameters: CypherMap = CypherMap(), at when: When = .now
    ) throws -> [String] {
        let reader = try node.graph.reader(at: when)
        let statement = try Statement(parsing: text)
        let rows = try Self.rows(
            try Query(statement, parameters: parameters, graph: try ResourceGraph(reader)))
        let forgetting = try ResourceGraph.query(
            statement, parameters: parameters, on: reader, options: QueryOptions())
        forgetting.graph.mostKept = 0
        #expect(try Self.rows(forgetting) == rows, "\(text)")
        return rows.sorted()
    }

    private static func rows(_ query: Query<ResourceGraph<Store>>) throws -> [String] {
        var (query, rows) = (query, [String]())
        while let row = try query.next() { rows.append(shown(row)) }
        return rows
    }
}

/// A subscriber's view: the rows it was told of, by key.
struct StandingView {
    private(set) var rows: [String: String] = [:]
    private(set) var bookmark: Bookmark?
    private(set) var gone: Refusal?
    private(set) var coalesced = 0
    private(set) var resets = 0
    private(set) var batches = 0

    var answer: [String] { rows.values.sorted() }

    mutating func take<Store>(from subscriber: StandingSubscriber<Store>, maximum: Int = 256) {
        while gone == nil {
            let deliveries = subscriber.take(maximum: maximum)
            if deliveries.isEmpty { return }
            for delivery in deliveries { see(delivery) }
        }
    }

    private mutating func see(_ delivery: StandingDelivery) {
        switch delivery {
        case .reset:
            rows = [:]
            resets += 1
        case .row(let row):
            #expect(rows[row.key] == nil)
            rows[row.key] = shown(row.values)
        case .changes(let changes):
            #expect(!changes.rows.isEmpty)
            if changes.isCoalesced { coalesced += 1 }
            batches += 1
            for row in changes.rows { see(row) }
            #expect(changes.upserts.allSatisfy { rows[$0.key] == $0.values.map(shown) })
            bookmark = changes.bookmark
        case .bookmark(let reached): bookmark = reached
        case .gone(let refusal): gone = refusal
        }
    }

    private mutating func see(_ signed: SignedStandingRow) {
        let (key, text) = (signed.row.key, shown(signed.row.values))
        if signed.sign < 0 {
            #expect(rows[key] == text, "\(key)")
            rows[key] = nil
        } else {
            #expect(rows[key] == nil, "\(key): \(text)")
            rows[key] = text
        }
    }
}

/// A row as a client sees it.
func shown(_ row: [CypherValue]) -> String { row.map(shown).joined(separator: " | ") }

private func shown(_ value: CypherValue) -> String {
    switch value {
    case .node(let node):
        "(\(node.elementID):\(node.labels) \(shown(.map(node.properties))))"
    case .relationship(let hop):
        "[\(hop.elementID):\(hop.type) \(hop.startElementID) \(hop.endElementID)]"
    case .path(let path):
        shown(path.nodes.map(CypherValue.node) + path.relationships.map(CypherValue.relationship))
    case .list(let values): "[" + values.map(shown).joined(separator: ", ") + "]"
    case .map(let map):
        map.entries.map { "\($0.key)=\(shown($0.value))" }.sorted().joined(separator: ", ")
    default: "\(value.typeName) \(value.text)"
    }
}
