internal import Resources

/// What waits for one subscriber: shared entries in order; past a limit, the net change of each
/// key instead; past another, the news that it is gone.
struct SubscriberQueue {
    private enum Item {
        case entry(FeedEntry)
        case bookmark(Bookmark)
    }

    /// Entries folded into one: the version that left first and the one that entered last.
    private struct Net {
        var last: FeedEntry
        var positions: Bookmark
        var order: [Identifier] = []
        var rows: [Identifier: (old: Resource?, new: Resource?)] = [:]
        var bytes = 0
    }

    private var items: [Item] = []
    private var head = 0
    /// Comes before `items`.
    private var net: Net?
    private var refusal: Refusal?
    private(set) var bytes = 0
    /// True from the first arrival until the queue was found empty, so that one wake is enough.
    private var isAwake = false
    /// True after `gone` was taken.
    private(set) var isOver = false
    /// What was taken so far leads up to here; entries up to here are not delivered again.
    private var seen: Bookmark
    private let sizes: FeedSizes

    init(seen: Bookmark, sizes: FeedSizes) {
        self.seen = seen
        self.sizes = sizes
    }

    /// Takes in an entry; true when the subscriber is to be woken.
    mutating func offer(_ entry: FeedEntry) -> Bool {
        guard refusal == nil, !isOver else { return false }
        if var net {
            self.net = nil
            fold(entry, into: &net)
            self.net = net
        } else {
            items.append(.entry(entry))
            bytes += entry.bytes
            if bytes > sizes.backlogBytes { coalesce() }
        }
        if let net, net.bytes > sizes.netBytes {
            end(
                Refusal(
                    .gone, filter: "feed", subject: "subscription",
                    reason: "more than \(sizes.netBytes) bytes of coalesced changes wait",
                    remedy: "subscribe anew from a snapshot, and read faster or select less"))
        }
        return wake()
    }

    /// Takes in how far the feed has come; of several in a row the last stays.
    mutating func mark(_ bookmark: Bookmark) -> Bool {
        guard refusal == nil, !isOver else { return false }
        if head < items.count, case .bookmark = items[items.count - 1] { items.removeLast() }
        items.append(.bookmark(bookmark))
        return wake()
    }

    mutating func end(_ refusal: Refusal) {
        (items, head, net, bytes) = ([], 0, nil, 0)
        self.refusal = refusal
    }

    /// Sets where a snapshot or a rebase led, so that older entries are passed over.
    mutating func caughtUp(to bookmark: Bookmark) { seen = bookmark }

    mutating func take(_ maximum: Int, _ selection: Selection) -> [Delivery] {
        var taken: [Delivery] = []
        if let refusal {
            isOver = true
            return [.gone(refusal)]
        }
        if let net {
            self.net = nil
            bytes = 0
            if let changes = deliver(net, selection) { taken.append(.changes(changes)) }
        }
        while taken.count < maximum, head < items.count {
            switch items[head] {
            case .entry(let entry):
                bytes -= entry.bytes
                if let changes = deliver(entry, selection) { taken.append(.changes(changes)) }
            case .bookmark(let bookmark):
                seen.advance(to: bookmark)
                taken.append(.bookmark(seen))
            }
            head += 1
        }
        if head == items.count {
            (items, head) = ([], 0)
            isAwake = false
        }
        return taken
    }

    private mutating func wake() -> Bool {
        defer { isAwake = true }
        return !isAwake
    }

    private mutating func coalesce() {
        let waiting = items[head...]
        (items, head) = ([], 0)
        for case .entry(let entry) in waiting {
            if var net {
                self.net = nil
                fold(entry, into: &net)
                self.net = net
            } else {
                var first = Net(last: entry, positions: Bookmark([:]))
                fold(entry, into: &first)
                net = first
            }
        }
    }

    private mutating func fold(_ entry: FeedEntry, into net: inout Net) {
        let header = entry.header
        // What a snapshot already shows must not be folded under it.
        if let position = seen[header.log], header.position <= position { return }
        net.last = entry
        net.positions[header.log] = header.position
        for change in entry.changes {
            guard let id = (change.new ?? change.old)?.id else { continue }
            if let known = net.rows[id] {
                net.bytes += (change.new?.weight ?? 0) - (known.new?.weight ?? 0)
                net.rows[id] = (known.old, change.new)
            } else {
                net.order.append(id)
                net.rows[id] = (change.old, change.new)
                net.bytes += (change.old?.weight ?? 0) + (change.new?.weight ?? 0)
            }
        }
        bytes = net.bytes
    }

    private mutating func deliver(_ entry: FeedEntry, _ selection: Selection) -> RowChanges? {
        let header = entry.header
        if let position = seen[header.log], header.position <= position { return nil }
        seen[header.log] = header.position
        let rows = entry.changes.flatMap { SignedRow.rows($0.old, $0.new, in: selection) }
        guard !rows.isEmpty else { return nil }
        return RowChanges(
            header: header, origin: entry.origin, sensed: entry.sensed, rows: rows,
            isCoalesced: false, bookmark: seen)
    }

    private mutating func deliver(_ net: Net, _ selection: Selection) -> RowChanges? {
        seen.advance(to: net.positions)
        let rows = net.order.flatMap { id in
            net.rows[id].map { SignedRow.rows($0.old, $0.new, in: selection) } ?? []
        }
        guard !rows.isEmpty else { return nil }
        return RowChanges(
            header: net.last.header, origin: net.last.origin, sensed: net.last.sensed, rows: rows,
            isCoalesced: true, bookmark: seen)
    }
}

extension Bookmark {
    /// Moves forward in each log that the other is further in.
    mutating func advance(to other: Bookmark) {
        for (log, position) in other.positions where position > self[log] ?? .zero {
            self[log] = position
        }
    }
}
