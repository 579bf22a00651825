import Host
import MMSGraph
import Resources
import Synchronization
import Testing

/// A subscriber's view: the rows it was told of, by key.
private struct View {
    var rows: [Identifier: Resource] = [:]
    var bookmark: Bookmark?
    var gone: Refusal?
    var coalesced = 0

    mutating func take<Store>(from subscriber: Subscriber<Store>, maximum: Int = 256) {
        while true {
            let deliveries = subscriber.take(maximum: maximum)
            if deliveries.isEmpty { return }
            for delivery in deliveries { see(delivery) }
            if gone != nil { return }
        }
    }

    private mutating func see(_ delivery: Delivery) {
        switch delivery {
        case .row(let resource): rows[resource.id] = resource
        case .changes(let changes):
            if changes.isCoalesced { coalesced += 1 }
            for row in changes.rows where row.sign < 0 {
                #expect(rows[row.resource.id] == row.resource)
                rows[row.resource.id] = nil
            }
            for row in changes.rows where row.sign > 0 {
                #expect(rows[row.resource.id] == nil)
                rows[row.resource.id] = row.resource
            }
            bookmark = changes.bookmark
        case .bookmark(let reached): bookmark = reached
        case .gone(let refusal): gone = refusal
        }
    }
}

private final class Wakes: Sendable {
    private let wakes = Mutex(0)
    var count: Int { wakes.withLock { $0 } }
    func add() { wakes.withLock { $0 += 1 } }
}

@Suite struct FeedTests {
    /// A node, its feed, and a way to run an entry through both.
    private struct Rig {
        var node: Node<SimulatedStore>
        let feed: ChangeFeed<SimulatedStore>

        init(sizes: FeedSizes = FeedSizes()) throws {
            node = try Node(SimulatedStore())
            feed = ChangeFeed(graph: node.graph, sizes: sizes)
        }

        mutating func run(_ commands: Command...) throws { try run(commands) }

        mutating func run(_ commands: [Command]) throws {
            let changes = try node.run(Batch(commands))
            feed.publish(changes, of: .root, upTo: node.graph.applied(.root))
        }

        func follow(
            _ selection: Selection = Selection(), from start: ChangeFeed<SimulatedStore>.Start
        ) throws -> Subscriber<SimulatedStore> {
            try feed.subscribe(selection, from: start) {}
        }
    }

    @Test func aSnapshotEndsWithABookmarkAndChangesFollow() throws {
        var rig = try Rig()
        for number in 1...7 { try rig.run(.create(try draft(UInt64(number)))) }
        let subscriber = try rig.follow(from: .snapshot)
        var kinds: [String] = []
        try rig.run(.delete(id: id(1), expect: nil))
        while true {
            let deliveries = subscriber.take(maximum: 3)
            if deliveries.isEmpty { break }
            for delivery in deliveries {
                switch delivery {
                case .row: kinds.append("row")
                case .bookmark: kinds.append("bookmark")
                case .changes(let changes):
                    kinds.append("change")
                    #expect(changes.rows.map(\.sign) == [-1])
                case .gone: kinds.append("gone")
                }
            }
        }
        #expect(kinds == Array(repeating: "row", count: 7) + ["bookmark", "change"])
    }

    @Test func anUpdateIsALeavingAndAnEnteringInOneBatch() throws {
        var rig = try Rig()
        try rig.run(.create(try draft(1, data: ["n": 1])), .create(try draft(2)))
        let subscriber = try rig.follow(from: .now)
        try rig.run(
            .update(Update(id: id(1), data: ["n": 2])), .delete(id: id(2), expect: nil))
        guard case .changes(let changes) = subscriber.take().first else {
            Issue.record("no changes")
            return
        }
        #expect(changes.rows.map(\.sign) == [-1, 1, -1])
        #expect(changes.header.position == Position(2))
        #expect(subscriber.take().isEmpty)
    }

    @Test func aResourceMayBecomeOneOfAnotherType() throws {
        var rig = try Rig()
        try rig.run(.create(try draft(1)))
        let (left, entered) = (
            try rig.follow(Selection(try TypeName("app")), from: .now),
            try rig.follow(Selection(try TypeName("other")), from: .now)
        )
        try rig.run(.delete(id: id(1), expect: nil), .create(try draft(1, "other")))
        for (subscriber, sign) in [(left, -1), (entered, 1)] {
            guard case .changes(let changes) = subscriber.take().first else {
                Issue.record("no changes")
                continue
            }
            #expect(changes.rows.map(\.sign) == [sign])
        }
    }

    @Test func aSubscriberIsWokenOnceUntilItFoundNothing() throws {
        var rig = try Rig()
        let wakes = Wakes()
        let subscriber = try rig.feed.subscribe(Selection(), from: .now) { wakes.add() }
        for number in 1...5 { try rig.run(.create(try draft(UInt64(number)))) }
        #expect(wakes.count == 1)
        #expect(subscriber.take().count == 5)
        #expect(subscriber.take().isEmpty)
        try rig.run(.create(try draft(6)))
        #expect(wakes.count == 2)
        rig.feed.unsubscribe(subscriber)
        try rig.run(.create(try draft(7)))
        #expect(wakes.count == 2)
    }

    @Test func aBookmarkComesThoughNothingMatched() throws {
        var sizes = FeedSizes()
        sizes.bookmarkEntries = 3
        var rig = try Rig(sizes: sizes)
        let subscriber = try rig.follow(Selection(try TypeName("other")), from: .now)
        for number in 1...2 { try rig.run(.create(try draft(UInt64(number)))) }
        rig.feed.markIfDue()
        #expect(subscriber.take().isEmpty)
        try rig.run(.create(try draft(3)))
        // Never on the committing thread.
        #expect(subscriber.take().isEmpty)
        rig.feed.markIfDue()
        guard case .bookmark(let bookmark) = subscriber.take().first else {
            Issue.record("no bookmark")
            return
        }
        rig.feed.markIfDue()
        #expect(subscriber.take().isEmpty)
        #expect(bookmark[.root] == Position(3))
        #expect(try Bookmark(text: bookmark.text) == bookmark)
    }

    /// Also those beyond the first turn of the lock, and none who has left.
    @Test func everyoneGetsABookmarkInTime() throws {
        var rig = try Rig()
        let wakes = Wakes()
        let subscribers = try (0..<300).map { _ in
            try rig.feed.subscribe(Selection(try TypeName("other")), from: .now) { wakes.add() }
        }
        try rig.run(.create(try draft(1)))
        rig.feed.unsubscribe(subscribers[200])
        rig.feed.mark()
        #expect(wakes.count == 299)
        for (number, subscriber) in subscribers.enumerated() where number != 200 {
            guard case .bookmark(let bookmark) = subscriber.take().first else {
                Issue.record("no bookmark for \(number)")
                continue
            }
            #expect(bookmark[.root] == Position(1))
        }
        #expect(subscribers[200].take().isEmpty)
    }

    @Test(arguments: ["", "!", "AAAA", "gYIBAg", "gYJhL"])
    func whatIsNoBookmarkIsRefused(_ text: String) {
        let refusal = #expect(throws: Refusal.self) { _ = try Bookmark(text: text) }
        #expect(refusal?.code == .malformed)
    }

    /// From memory, and by history when memory does not reach.
    @Test(arguments: [1000, 2])
    func aSubscriberResumesWithoutAGap(_ ring: Int) throws {
        var sizes = FeedSizes()
        sizes.ringChanges = ring
        var rig = try Rig(sizes: sizes)
        for number in 1...4 { try rig.run(.create(try draft(UInt64(number), data: ["n": 0]))) }
        let first = try rig.follow(from: .snapshot)
        var view = View()
        view.take(from: first)
        rig.feed.unsubscribe(first)
        try rig.run(.update(Update(id: id(1), data: ["n": 1])))
        try rig.run(.delete(id: id(2), expect: nil))
        try rig.run(.delete(id: id(3), expect: nil))
        try rig.run(.create(try draft(3, data: ["n": 3])))
        try rig.run(.create(try draft(9)), .delete(id: id(4), expect: nil))
        let bookmark = try #require(view.bookmark)
        let second = try rig.follow(from: .bookmark(bookmark))
        view.take(from: second, maximum: 2)
        try rig.run(.create(try draft(10)))
        view.take(from: second)
        #expect(view.rows == (try rows(rig.node.graph)))
        #expect((view.coalesced > 0) == (ring == 2))
        #expect(view.bookmark?[.root] == rig.node.graph.applied(.root))
    }

    @Test func belowTheHistoryTheAnswerIsGone() throws {
        var sizes = FeedSizes()
        sizes.ringChanges = 1
        var rig = try Rig(sizes: sizes)
        for number in 1...6 { try rig.run(.create(try draft(UInt64(number)))) }
        #expect(try rig.node.graph.trimHistory(of: .root, before: Position(4)) > 0)
        let old = Bookmark([.root: Position(2)])
        let refusal = #expect(throws: Refusal.self) { _ = try rig.follow(from: .bookmark(old)) }
        #expect(refusal?.code == .gone)
        #expect(refusal?.current == Position(4))
        #expect(rig.feed.count == 0)
    }

    @Test func aSlowSubscriberGetsNetChangesAndIsToldSo() throws {
        var sizes = FeedSizes()
        sizes.backlogBytes = 20_000
        var rig = try Rig(sizes: sizes)
        try rig.run(.create(try draft(1, data: ["n": 0])))
        let subscriber = try rig.follow(from: .snapshot)
        var view = View()
        view.take(from: subscriber)
        for number in 1...500 {
            try rig.run(.update(Update(id: id(1), data: ["n": .int(Int64(number))])))
        }
        #expect(subscriber.backlogBytes < 20_000)
        view.take(from: subscriber)
        #expect(view.coalesced == 1)
        #expect(view.rows == (try rows(rig.node.graph)))
    }

    @Test func pastTheLimitASubscriberIsGone() throws {
        var sizes = FeedSizes()
        (sizes.backlogBytes, sizes.netBytes) = (5_000, 10_000)
        var rig = try Rig(sizes: sizes)
        let subscriber = try rig.follow(from: .now)
        for number in 1...200 { try rig.run(.create(try draft(UInt64(number)))) }
        guard case .gone(let refusal) = subscriber.take().first else {
            Issue.record("not gone")
            return
        }
        #expect(refusal.code == .gone)
        #expect(subscriber.take().isEmpty || subscriber.backlogBytes == 0)
    }

    @Test func oneSubscriptionTooManyIsRefused() throws {
        var sizes = FeedSizes()
        sizes.subscriptions = 1
        let rig = try Rig(sizes: sizes)
        let kept = try rig.follow(from: .now)
        let refusal = #expect(throws: Refusal.self) { _ = try rig.follow(from: .now) }
        #expect(refusal?.code == .overloaded)
        rig.feed.unsubscribe(kept)
        #expect(throws: Never.self) { _ = try rig.follow(from: .now) }
    }

    @Test func aHandlerIsNeverRefusedAndWokenForChangesOnly() throws {
        var sizes = FeedSizes()
        sizes.subscriptions = 1
        var rig = try Rig(sizes: sizes)
        let client = try rig.follow(from: .now)
        let wakes = Wakes()
        let handler = rig.feed.follow(Selection(try TypeName("app"))) { wakes.add() }
        #expect(rig.feed.count == 1)
        rig.feed.mark()
        #expect(wakes.count == 0 && handler.take().isEmpty)
        guard case .bookmark = client.take().first else {
            Issue.record("the client has no bookmark")
            return
        }
        try rig.run(.create(try draft(1)), .create(try draft(2, "other")))
        #expect(wakes.count == 1)
        guard case .changes(let changes) = handler.take().first else {
            Issue.record("no changes")
            return
        }
        #expect(changes.rows.map(\.resource.id) == [id(1)])
        rig.feed.unsubscribe(handler)
        try rig.run(.create(try draft(3)))
        #expect(wakes.count == 1)
        #expect(throws: Refusal.self) { _ = try rig.follow(from: .now) }
    }

    @Test func aHandlerThatSleepsTooLongIsToldThatItMissedSome() throws {
        var sizes = FeedSizes()
        sizes.handlerBacklog = 4_000
        var rig = try Rig(sizes: sizes)
        let handler = rig.feed.follow(Selection(try TypeName("app"))) {}
        for number in 1...5 { try rig.run(.create(try draft(UInt64(number)))) }
        #expect(handler.take().count == 5)
        for number in 6...200 { try rig.run(.create(try draft(UInt64(number)))) }
        #expect(handler.backlogBytes == 0)
        guard case .gone(let refusal) = handler.take().first else {
            Issue.record("not gone")
            return
        }
        #expect(refusal.reason == "more than 4000 bytes of changes wait")
    }

    /// The oracle: what a subscriber was told adds up to what a new evaluation finds.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func aViewEqualsAFullReevaluationAfterEachCommand(_ seed: UInt64) throws {
        var sizes = FeedSizes()
        if seed.isMultiple(of: 3) { sizes.backlogBytes = 4000 }
        var rig = try Rig(sizes: sizes)
        var script = try Script(seed: seed, mounts: rig.node.graph.mounts)
        var model = Model(mounts: rig.node.graph.mounts)
        var followers: [(Selection, Subscriber<SimulatedStore>, View)] = []
        for step in 0..<60 {
            let batch = try script.batch(model)
            let header = rig.node.header()
            if model.apply(header, batch) == nil { try rig.run(batch.commands) }
            if step.isMultiple(of: 12) {
                let selection = try script.selection()
                followers.append((selection, try rig.follow(selection, from: .snapshot), View()))
            }
            for index in followers.indices where step.isMultiple(of: 1 + index * 2) {
                followers[index].2.take(from: followers[index].1, maximum: 2)
                let expected = model.select(followers[index].0)
                let found = followers[index].2.rows.values.sorted { $0.id < $1.id }
                #expect(found == expected)
            }
        }
    }

    private func rows(_ graph: Graph<SimulatedStore>) throws -> [Identifier: Resource] {
        let page = try graph.reader().list(Selection())
        return Dictionary(uniqueKeysWithValues: page.resources.map { ($0.id, $0) })
    }
}
