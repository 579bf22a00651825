import Cypher
import Host
import MMSGraph
import Resources
import Testing

/// One statement of each class over the drafts that the tests write.
private let ofEachClass = [
    "MATCH (n:App) RETURN n.name, n.n", "MATCH (n:App) WHERE n.name <> 'x' + 'y' RETURN n.n",
    "MATCH (n:App)-[:USES]->(m:App) RETURN n.name, m.n",
    "MATCH (n:App) RETURN n.n AS n, count(*) AS c",
]

@Suite struct StandingDeliveryTests {
    private func app(_ number: UInt64, uses: [UInt64] = []) throws -> Command {
        var draft = try draft(number, data: ["n": 0])
        if !uses.isEmpty { draft.links["USES"] = uses.map(id) }
        return .create(draft)
    }

    private func set(_ number: UInt64, _ value: Int64) -> Command {
        .update(Update(id: id(number), data: ["n": .int(value)]))
    }

    private func rig(_ sizes: StandingSizes = StandingSizes()) throws -> StandingRig<SimulatedStore>
    {
        var rig = try StandingRig(SimulatedStore(), sizes: sizes)
        for number in 1...6 as ClosedRange<UInt64> {
            try rig.run(try app(number, uses: [number + 1, 1]))
        }
        return rig
    }

    @Test(arguments: ofEachClass) func aSnapshotEndsWithABookmark(_ text: String) throws {
        let rig = try rig()
        let subscriber = try rig.follow(text)
        var kinds: [String] = []
        while case let deliveries = subscriber.take(maximum: 2), !deliveries.isEmpty {
            for delivery in deliveries {
                switch delivery {
                case .row: kinds.append("row")
                case .bookmark(let bookmark):
                    #expect(bookmark[.root] == rig.node.graph.applied(.root))
                    kinds.append("bookmark")
                case .changes, .reset, .gone: kinds.append("other")
                }
            }
        }
        let rows = try rig.answer(text).count
        #expect(rows > 0)
        #expect(kinds == Array(repeating: "row", count: rows) + ["bookmark"])
    }

    @Test(arguments: ofEachClass)
    func aBatchHasAllRowsOfOneEntryAndSaysWhoMadeIt(_ text: String) throws {
        var rig = try rig()
        let subscriber = try rig.follow(text, from: .now)
        var view = StandingView()
        view.take(from: subscriber)
        try rig.run(set(1, 7), set(2, 8), .delete(id: id(3), expect: nil), try app(9, uses: [1]))
        let deliveries = subscriber.take()
        guard deliveries.count == 1, case .changes(let changes) = deliveries.first else {
            Issue.record("not one batch: \(deliveries)")
            return
        }
        #expect(changes.header.position == rig.node.graph.applied(.root))
        #expect(changes.header.author == .local(uid: 0))
        #expect(changes.origin == .command)
        #expect(!changes.isCoalesced)
        #expect(changes.bookmark[.root] == changes.header.position)
        #expect(Set(changes.rows.map(\.sign)) == [-1, 1])
        for (row, next) in zip(changes.rows, changes.rows.dropFirst())
        where row.row.key == next.row.key {
            #expect((row.sign, next.sign) == (-1, 1))
        }
    }

    @Test func aChangeThatNoRowShowsIsNotTold() throws {
        var rig = try rig()
        let subscribers = try [
            "MATCH (n:App) RETURN n.name", "MATCH (n:App)-[:USES]->(m) RETURN n.name, m.name",
            "MATCH (n:App) RETURN count(*)", "MATCH (n:Other) RETURN n.n",
        ].map { try rig.follow($0, from: .now) }
        for subscriber in subscribers { _ = subscriber.take() }
        try rig.run(set(2, 5))
        for subscriber in subscribers { #expect(subscriber.take().isEmpty) }
    }

    @Test(arguments: ofEachClass) func aBookmarkComesThoughNothingMatched(_ text: String) throws {
        var sizes = StandingSizes()
        sizes.feed.bookmarkEntries = 3
        var rig = try rig(sizes)
        let subscriber = try rig.follow(text)
        while !subscriber.take().isEmpty {}
        for number in 1...5 as ClosedRange<UInt64> {
            try rig.run(.create(try draft(20 + number, "other")))
            #expect(subscriber.take().isEmpty)
        }
        rig.feed.markIfDue()
        rig.standing.markIfDue()
        rig.work()
        guard case .bookmark(let bookmark) = subscriber.take().last else {
            Issue.record("no bookmark")
            return
        }
        let applied = rig.node.graph.applied(.root).rawValue
        #expect(try #require(bookmark[.root]).rawValue == applied)
        rig.feed.markIfDue()
        rig.standing.markIfDue()
        rig.work()
        #expect(subscriber.take().isEmpty)
        rig.feed.mark()
        rig.standing.mark()
        rig.work()
        guard case .bookmark = subscriber.take().last else {
            Issue.record("no bookmark after the time")
            return
        }
    }

    @Test(arguments: ofEachClass)
    func whoDoesNotReadIsFoldedAndNobodyElse(_ text: String) throws {
        var sizes = StandingSizes()
        sizes.feed.backlogBytes = 20_000
        var rig = try rig(sizes)
        let (slow, quick) = (try rig.follow(text), try rig.follow(text))
        var (slowView, quickView) = (StandingView(), StandingView())
        slowView.take(from: slow)
        quickView.take(from: quick)
        for value in 1...300 as ClosedRange<Int64> {
            try rig.run(set(2, value))
            quickView.take(from: quick)
            #expect(slow.backlogBytes <= 20_000)
        }
        #expect(quickView.batches == 300)
        #expect(quickView.coalesced == 0)
        #expect(quickView.answer == (try rig.answer(text)))
        slowView.take(from: slow)
        #expect(slowView.coalesced == 1)
        #expect(slowView.answer == quickView.answer)
        try rig.run(set(2, 0))
        slowView.take(from: slow)
        #expect(slowView.answer == (try rig.answer(text)))
    }

    @Test(arguments: ofEachClass) func pastTheLimitASubscriberIsGone(_ text: String) throws {
        var sizes = StandingSizes()
        (sizes.feed.backlogBytes, sizes.feed.netBytes) = (3000, 6000)
        var rig = try rig(sizes)
        let slow = try rig.follow(text, from: .now)
        while !slow.take().isEmpty {}
        for number in 30...130 as ClosedRange<UInt64> {
            try rig.run(try app(number, uses: [1]), set(number, Int64(number)))
        }
        guard case .gone(let refusal) = slow.take().first else {
            Issue.record("not gone")
            return
        }
        #expect(refusal.code == .gone)
        // Afterwards a new subscription holds the right state.
        rig.standing.unsubscribe(slow)
        var view = StandingView()
        view.take(from: try rig.follow(text))
        #expect(view.answer == (try rig.answer(text)))
    }

    /// What is committed but not published yet waits, so that no batch shows half of it.
    @Test func aStateIsToldWhenAllThatLedToItIsPublished() throws {
        let machine = try Namespace("/machines/m")
        var rig = try StandingRig(SimulatedStore(), mounts: [.root, machine])
        try rig.commit([try app(1, uses: [2])])
        try rig.commit([.create(try draft(2, in: "/machines/m", data: ["n": 0]))], log: machine)
        let subscriber = try rig.follow("MATCH (a)-[:USES]->(b) RETURN a.n, b.n", from: .now)
        while !subscriber.take().isEmpty {}
        let late = try rig.node.run(set(2, 5), log: machine)
        try rig.commit([set(1, 4)])
        rig.work()
        #expect(subscriber.take().isEmpty)
        rig.standing.publish(late, of: machine, upTo: rig.node.graph.applied(machine))
        rig.work()
        guard case .changes(let changes) = subscriber.take().first else {
            Issue.record("no changes")
            return
        }
        #expect(
            changes.rows.map { shown($0.row.values) } == [
                "Integer 0 | Integer 0", "Integer 4 | Integer 5",
            ])
        #expect(changes.isCoalesced)
    }

    @Test func aWholeEvaluationRestsTenTimesAsLongAsItRan() throws {
        var rig = try rig()
        let subscriber = try rig.follow("MATCH (n:App) RETURN sum(n.n) AS s", from: .now)
        while !subscriber.take().isEmpty {}
        try rig.run(set(1, 1))
        #expect(subscriber.take().count == 1)
        for value in 2...5 as ClosedRange<Int64> {
            try rig.commit([set(1, value)])
            let due = try #require(rig.standing.work())
            #expect(due == rig.clock.now.advanced(byMilliseconds: 250))
            #expect(subscriber.take().isEmpty)
        }
        rig.clock.advance(milliseconds: 250)
        #expect(rig.standing.work() == nil)
        guard case .changes(let changes) = subscriber.take().first else {
            Issue.record("no changes")
            return
        }
        #expect(changes.isCoalesced)
        #expect(changes.rows.map { shown($0.row.values) }.sorted() == ["Integer 1", "Integer 5"])
    }

    @Test func aStatementThatFailsOnTheDataEndsWithItsReason() throws {
        var sizes = StandingSizes()
        sizes.rows = 13
        var rig = try rig(sizes)
        let statements = [
            ("MATCH (n:App) RETURN n.n % n.d AS x", Refusal.Code.invalidValue),
            ("MATCH (n:App)-[:USES]->(m) RETURN n.n % n.d AS x, m.n", .invalidValue),
            ("MATCH (n:App) RETURN DISTINCT n.n % n.d AS x", .invalidValue),
            ("MATCH (n:App), (m:App) WHERE n.d = 0 RETURN n, m", .tooMany),
        ]
        let subscribers = try statements.map { try rig.follow($0.0, from: .now) }
        try rig.run(.update(Update(id: id(2), data: ["d": 0])))
        try rig.run(.update(Update(id: id(3), data: ["d": 0])))
        try rig.run(.update(Update(id: id(4), data: ["d": 0])))
        for (subscriber, (text, code)) in zip(subscribers, statements) {
            var view = StandingView()
            view.take(from: subscriber)
            #expect(view.gone?.code == code, "\(text)")
            #expect(subscriber.take().isEmpty)
        }
    }

    @Test func aParameterThatIsMissingIsNamed() throws {
        let rig = try rig()
        let refusal = #expect(throws: Refusal.self) {
            _ = try rig.follow("MATCH (n:App {name: $who}) RETURN n")
        }
        #expect(refusal?.code == .missingField)
        #expect(refusal?.field == "who")
        #expect(rig.standing.count == 0)
    }
}
