import Cypher
import Host
import Log
import MMSGraph
import Node
import Resources
import Testing

/// Resuming a subscription on a graph that was lost and made again from a checkpoint and a trimmed
/// log.
@Suite struct ArchiveResumeTests {
    private typealias Queries = StandingQueries<RocksStore>

    private static let statement = "MATCH (n:Note) RETURN n.name, n.text"

    /// The queries of one life of a node.
    private static func queries(_ circle: KeepingTests.Opened) -> Queries {
        let clock = LinuxClock()
        return Queries(
            graph: circle.graph, feed: ChangeFeed(graph: circle.graph), clock: { clock.ticks },
            onWork: {})
    }

    /// What a client of the statement holds.
    private struct View {
        var rows: [String: [String]] = [:]
        var bookmark: Bookmark?
        var resets = 0

        mutating func follow(
            _ queries: Queries, from start: ChangeFeed<RocksStore>.Start = .snapshot,
            rebase: Bool = false
        ) throws {
            let subscriber = try queries.subscribe(
                try Statement(parsing: ArchiveResumeTests.statement), parameters: CypherMap([]),
                from: start, rebase: rebase
            ) {}
            while queries.work() != nil {}
            while case let deliveries = subscriber.take(), !deliveries.isEmpty {
                for delivery in deliveries { see(delivery) }
            }
        }

        private mutating func see(_ delivery: StandingDelivery) {
            switch delivery {
            case .reset:
                rows = [:]
                resets += 1
            case .row(let row): rows[row.key] = row.values.map(\.text)
            case .changes(let changes):
                for signed in changes.rows {
                    rows[signed.row.key] = signed.sign > 0 ? signed.row.values.map(\.text) : nil
                }
                bookmark = changes.bookmark
            case .bookmark(let reached): bookmark = reached
            case .gone(let refusal): Issue.record("gone: \(refusal.message)")
            }
        }

        var answer: [[String]] { rows.values.sorted { $0[0] < $1[0] } }
    }

    /// Changes and deletes some notes that a client has seen.
    private static func change(
        _ circle: KeepingTests.Opened, _ clock: SimulatedClock
    ) throws {
        let notes = try circle.graph.reader().resources(
            of: CoreTypes.known("note"), below: .root)
        try #require(notes.count > 8)
        clock.advance(milliseconds: 5)
        try KeepingTests.commit(
            Batch(
                notes.prefix(4).map { .update(Update(id: $0.id, data: ["text": "changed"])) }
                    + notes.dropFirst(4).prefix(4).map { .delete(id: $0.id, expect: nil) }),
            on: circle, clock)
    }

    /// A life that ends with a trimmed log, and two clients of it: what the first knows is below
    /// the history, what the second knows is not.
    private static func live(
        _ state: borrowing StateFolder, _ clock: SimulatedClock
    ) throws -> (early: View, late: View) {
        let circle = try KeepingTests.open(state)
        try KeepingTests.install(circle, clock, maxBytes: 64 << 10)
        try KeepingTests.fill(circle, clock, rounds: 2)
        var early = View()
        try early.follow(queries(circle))
        #expect(early.answer.count == 20)
        let keeper = Keeper(circle: circle, archive: Circle.archive(state.path, state.identity))
        for _ in 0..<5 {
            try KeepingTests.fill(circle, clock, rounds: 50)
            try keeper.turn(at: clock.now)
        }
        var late = View()
        try late.follow(queries(circle))
        try KeepingTests.fill(circle, clock, rounds: 5)
        try change(circle, clock)
        circle.close()
        return (early, late)
    }

    @Test func aClientResumesOnAGraphMadeAgainFromACheckpoint() throws {
        let state = try StateFolder()
        let clock = SimulatedClock()
        var (early, late) = try Self.live(state, clock)
        try KeepingTests.ruin(state.path + "/graph", "lost")
        let again = try KeepingTests.open(state)
        #expect(again.repairs.last?.contains("from a checkpoint") == true)
        let queries = Self.queries(again)
        var now = View()
        try now.follow(queries)
        let before = late.answer
        try late.follow(queries, from: .bookmark(try #require(late.bookmark)))
        #expect(late.resets == 0)
        #expect(late.answer != before)
        #expect(late.answer == now.answer)

        let lost = try #require(early.bookmark)
        let refusal = #expect(throws: Refusal.self) {
            var client = early
            try client.follow(queries, from: .bookmark(lost))
        }
        #expect(refusal?.code == .gone)
        try early.follow(queries, from: .bookmark(lost), rebase: true)
        #expect(early.resets == 1)
        #expect(early.answer == now.answer)
        again.close()
    }
}
