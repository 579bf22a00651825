public import Resources
internal import Synchronization

/// How much a feed holds in memory.
public struct FeedSizes: Sendable {
    /// Changes kept for those who resume.
    public var ringChanges = Limits.feedChanges.value
    /// Bytes a subscriber may leave before its changes coalesce.
    public var backlogBytes = Limits.subscriberBytes.value
    /// Bytes of coalesced changes before it is told `gone`; with 0 nothing is coalesced.
    public var netBytes = Limits.subscriberNetBytes.value
    /// Subscriptions at one time.
    public var subscriptions = Limits.subscriptions.value
    /// Entries after which bookmarks are due.
    public var bookmarkEntries = Limits.bookmarkEntries.value

    /// Bytes a handler may leave before it is told `gone`: it looks at all there is then, which is
    /// cheaper than to fold what it missed.
    public var handlerBacklog = Limits.handlerBacklog.value

    /// The sizes of `Limits`.
    public init() {}

    /// The same, where what a handler may leave is what any subscriber may.
    var ofHandler: FeedSizes {
        var sizes = self
        (sizes.backlogBytes, sizes.netBytes) = (handlerBacklog, 0)
        return sizes
    }
}

/// On whose behalf one subscribes.
enum SubscriberRole {
    /// One from outside: counted against the limit of subscriptions, and given bookmarks.
    case client
    /// A handler of this node. It is never refused, and not woken for bookmarks: its cursor is
    /// written with its effects.
    case handler
}

/// Subscriptions of one node: after each commit its changes are published here, and every
/// subscriber that they concern gets the same entry and its own place in line.
///
/// A log's changes are published in order of position, by one publisher.
public final class ChangeFeed<Store: OrderedStore>: Sendable {
    private let graph: Graph<Store>
    private let sizes: FeedSizes
    private let state: Mutex<FeedState<Store>>

    /// Where a subscription begins.
    public enum Start: Hashable, Sendable {
        /// With the next change.
        case now
        /// With all rows as of now, then a bookmark, then changes.
        case snapshot
        /// After a bookmark: from memory when it reaches, else with the net change of each
        /// resource since, told by history.
        case bookmark(Bookmark)
    }

    /// A feed that begins with what is committed now. Make it before the first commit it is to
    /// publish.
    public init(graph: Graph<Store>, sizes: FeedSizes = FeedSizes()) {
        self.graph = graph
        self.sizes = sizes
        var positions: [Namespace: Position] = [:]
        for log in graph.mounts.points { positions[log] = graph.applied(log) }
        state = Mutex(FeedState(published: Bookmark(positions)))
    }

    /// A subscription to `selection`. `onReady` is called on the publisher's thread when something
    /// arrives for one who has found nothing: at most once until the next empty `take`. It must
    /// not block. Throws `gone` when the history after the bookmark was trimmed.
    public func subscribe(
        _ selection: Selection, from start: Start, onReady: @escaping @Sendable () -> Void
    ) throws(Refusal) -> Subscriber<Store> {
        try subscribe({ $0.followed(selection) }, from: start, onReady: onReady)
    }

    func subscribe(
        _ followed: Followed, from start: Start, onReady: @escaping @Sendable () -> Void
    ) throws(Refusal) -> Subscriber<Store> {
        try subscribe({ _ in followed }, from: start, onReady: onReady)
    }

    /// The subscription of a handler of this node, from now on. It is never refused, holds little,
    /// and is told no bookmarks: after `gone` the handler follows anew and looks at all there is.
    public func follow(
        _ selection: Selection, onReady: @escaping @Sendable () -> Void
    ) -> Subscriber<Store> {
        state.withLock { state in
            let subscriber = Subscriber<Store>(
                number: state.next, role: .handler, followed: state.followed(selection),
                seen: state.published, sizes: sizes.ofHandler, onReady: onReady)
            _ = state.add(subscriber, from: .now)
            return subscriber
        }
    }

    private func subscribe(
        _ followed: (FeedState<Store>) -> Followed, from start: Start,
        onReady: @escaping @Sendable () -> Void
    ) throws(Refusal) -> Subscriber<Store> {
        let (subscriber, isLive) = try state.withLock {
            (state) throws(Refusal) -> (Subscriber<Store>, Bool) in
            try state.admit(sizes)
            let subscriber = Subscriber<Store>(
                number: state.next, role: .client, followed: followed(state),
                seen: state.seen(by: start), sizes: sizes, onReady: onReady)
            return (subscriber, state.add(subscriber, from: start))
        }
        if isLive { return subscriber }
        // Registered before the store is read: what is committed in between is both in what is
        // read and in the queue, and passed over there.
        do throws(Refusal) {
            let now = try refusing { () throws(GraphError) in try graph.reader() }
            switch start {
            case .now, .snapshot: subscriber.begin(Backlog(now: now, past: nil))
            case .bookmark(let bookmark):
                let past = try graph.reader(at: .bookmark(bookmark))
                subscriber.begin(Backlog(now: now, past: past))
            }
        } catch {
            unsubscribe(subscriber)
            throw error
        }
        return subscriber
    }

    /// Ends a subscription.
    public func unsubscribe(_ subscriber: Subscriber<Store>) {
        state.withLock { $0.remove(subscriber) }
    }

    /// Tells subscribers the changes of one commit, which lead up to `position` of `log`, and
    /// wakes those who found nothing before. Call it after each commit, also one without changes.
    public func publish(_ changes: [Change], of log: Namespace, upTo position: Position) {
        let entries = changes.split(by: { $0.header.position }).compactMap(FeedEntry.init)
        let awake = state.withLock { $0.publish(entries, log, position, sizes) }
        for subscriber in awake { subscriber.onReady() }
    }

    /// Gives every subscriber a bookmark; call it every 5 s. Not on the committing thread: it
    /// looks at all subscribers, some at a time, so that no commit waits for ten thousand.
    public func mark() { mark(state.withLock { $0.beginMark() }) }

    /// Does so only when `bookmarkEntries` were published since the last time; call it every
    /// 100 ms.
    public func markIfDue() {
        mark(state.withLock { $0.beginMark(after: sizes.bookmarkEntries) })
    }

    private func mark(_ numbers: [Int]) {
        // The oldest first.
        var rest = numbers.sorted()[...]
        while !rest.isEmpty {
            let turn = rest.prefix(Self.marksAtOnce)
            rest = rest.dropFirst(turn.count)
            for subscriber in state.withLock({ $0.mark(turn) }) { subscriber.onReady() }
        }
    }

    /// Subscribers marked while a commit waits: some 10 µs.
    private static var marksAtOnce: Int { 64 }

    /// Where all published entries lead.
    public var published: Bookmark { state.withLock { $0.published } }

    /// The subscriptions of clients that there are.
    public var count: Int { state.withLock { $0.clients } }
}

extension [Change] {
    /// Runs of changes with the same key, in order.
    fileprivate func split(by key: (Change) -> Position) -> [[Change]] {
        var runs: [[Change]] = []
        var start = startIndex
        // Cut, not gathered: the ring keeps these, and arrays that grew have room to spare.
        while start < endIndex {
            let end = self[start...].firstIndex { key($0) != key(self[start]) } ?? endIndex
            runs.append(Array(self[start..<end]))
            start = end
        }
        return runs
    }
}
