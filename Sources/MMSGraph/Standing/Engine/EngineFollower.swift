internal import Resources
internal import Synchronization

/// One who follows a statement of class B or C. The engine begins it and offers entries; the
/// reader takes, on its own thread.
final class EngineFollower: Sendable {
    let onReady: @Sendable () -> Void
    private let opening = Mutex<Opening?>(nil)
    private let queue: Mutex<DeliveryQueue<StandingEntry>>

    /// What comes before the live changes.
    struct Opening: Sendable {
        var isReset = false
        var rows: [StandingRow] = []
        /// What has changed since a bookmark.
        var changes: StandingChanges?
        /// Where the live changes begin.
        let bookmark: Bookmark
        private var taken = 0

        init(bookmark: Bookmark) { self.bookmark = bookmark }

        /// The next deliveries; the bookmark is the last of all.
        mutating func take(_ maximum: Int) -> (taken: [StandingDelivery], isOver: Bool) {
            var deliveries: [StandingDelivery] = []
            if isReset { deliveries.append(.reset) }
            isReset = false
            let end = min(rows.count, taken + maximum)
            deliveries += rows[taken..<end].map(StandingDelivery.row)
            taken = end
            if taken < rows.count { return (deliveries, false) }
            if let changes { deliveries.append(.changes(changes)) }
            return (deliveries + [.bookmark(bookmark)], true)
        }
    }

    init(sizes: FeedSizes, onReady: @escaping @Sendable () -> Void) {
        self.onReady = onReady
        queue = Mutex(DeliveryQueue(seen: Bookmark([:]), sizes: sizes))
    }

    /// Lets it take from here on.
    func begin(_ opening: Opening) {
        self.opening.withLock { $0 = opening }
        queue.withLock { $0.caughtUp(to: opening.bookmark) }
    }

    /// True when it is to be woken.
    func offer(_ entry: StandingEntry) -> Bool { queue.withLock { $0.offer(entry) } }

    func mark(_ bookmark: Bookmark) -> Bool { queue.withLock { $0.mark(bookmark) } }

    func end(_ refusal: Refusal) { queue.withLock { $0.end(refusal) } }

    var backlogBytes: Int { queue.withLock { $0.bytes } }

    func take(_ maximum: Int) -> [StandingDelivery] {
        let read = opening.withLock { opening -> [StandingDelivery] in
            guard let (taken, isOver) = opening?.take(maximum) else { return [] }
            if isOver { opening = nil }
            return taken
        }
        if !read.isEmpty { return read }
        return queue.withLock { $0.take(maximum, Self.delivery) }
    }

    private static func delivery(
        _ taken: DeliveryQueue<StandingEntry>.Taken
    ) -> StandingDelivery? {
        switch taken {
        case .entry(let entry, let seen):
            return .changes(entry.changes(entry.rows, isCoalesced: entry.isCoalesced, seen))
        case .net(let net, let seen):
            let rows = net.changes.compactMap { RowChange($0.key, $0.old?.values, $0.new?.values) }
            return rows.isEmpty ? nil : .changes(net.last.changes(rows, isCoalesced: true, seen))
        case .bookmark(let bookmark): return .bookmark(bookmark)
        case .gone(let refusal): return .gone(refusal)
        }
    }
}
