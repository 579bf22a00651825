internal import Resources

/// What waits in a queue: the changes of one entry, each under a key.
protocol QueuedEntry: Sendable {
    associatedtype Key: Hashable, Sendable
    associatedtype Version: Sendable

    /// A guess of the memory of its changes.
    var bytes: Int { get }
    /// True when one who stands at a bookmark has seen all of it.
    func isSeen(at bookmark: Bookmark) -> Bool
    /// Moves a bookmark to where the entry leads.
    func advance(_ bookmark: inout Bookmark)
    /// The changes in order: the version that left and the one that entered.
    var changes: [(key: Key, old: Version?, new: Version?)] { get }
    static func weight(of version: Version) -> Int
}

/// Entries folded into one: by key, the version that left first and the one that entered last.
struct NetChanges<Entry: QueuedEntry>: Sendable {
    fileprivate(set) var last: Entry
    fileprivate var positions = Bookmark([:])
    private var order: [Entry.Key] = []
    private var versions: [Entry.Key: (old: Entry.Version?, new: Entry.Version?)] = [:]
    fileprivate private(set) var bytes = 0

    fileprivate init(first: Entry) { last = first }

    /// The changes in the order in which their keys came first.
    var changes: [(key: Entry.Key, old: Entry.Version?, new: Entry.Version?)] {
        order.compactMap { key in versions[key].map { (key, $0.old, $0.new) } }
    }

    fileprivate mutating func fold(_ entry: Entry) {
        last = entry
        entry.advance(&positions)
        for (key, old, new) in entry.changes {
            let entered = new.map(Entry.weight) ?? 0
            if let known = versions[key] {
                bytes += entered - (known.new.map(Entry.weight) ?? 0)
                versions[key] = (known.old, new)
            } else {
                order.append(key)
                versions[key] = (old, new)
                bytes += (old.map(Entry.weight) ?? 0) + entered
            }
        }
    }
}

/// What waits for one subscriber: shared entries in order; past a limit, the net change of each
/// key instead; past another, the news that it is gone.
struct DeliveryQueue<Entry: QueuedEntry>: Sendable {
    private enum Item {
        case entry(Entry)
        case bookmark(Bookmark)
    }

    /// What is taken out, with the bookmark that it leads to.
    enum Taken {
        case entry(Entry, Bookmark)
        case net(NetChanges<Entry>, Bookmark)
        case bookmark(Bookmark)
        case gone(Refusal)
    }

    private var items: [Item] = []
    private var head = 0
    /// Comes before `items`.
    private var net: NetChanges<Entry>?
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
    mutating func offer(_ entry: Entry) -> Bool {
        guard refusal == nil, !isOver else { return false }
        if net != nil {
            fold(entry)
        } else {
            items.append(.entry(entry))
            bytes += entry.bytes
            if bytes > sizes.backlogBytes {
                if sizes.netBytes == 0 { overflow(sizes.backlogBytes, "changes") }
                coalesce()
            }
        }
        if let net, net.bytes > sizes.netBytes { overflow(sizes.netBytes, "coalesced changes") }
        return wake()
    }

    /// Takes in how far the feed has come; of several in a row the last stays.
    mutating func mark(_ bookmark: Bookmark) -> Bool {
        guard refusal == nil, !isOver else { return false }
        if head < items.count, case .bookmark = items[items.count - 1] { items.removeLast() }
        items.append(.bookmark(bookmark))
        return wake()
    }

    private mutating func overflow(_ bytes: Int, _ what: String) {
        end(
            Refusal(
                .gone, filter: "feed", subject: "subscription",
                reason: "more than \(bytes) bytes of \(what) wait",
                remedy: "subscribe anew from a snapshot, and read faster or select less"))
    }

    mutating func end(_ refusal: Refusal) {
        (items, head, net, bytes) = ([], 0, nil, 0)
        self.refusal = refusal
    }

    /// Sets where a snapshot or a rebase led, so that older entries are passed over.
    mutating func caughtUp(to bookmark: Bookmark) { seen = bookmark }

    /// Takes until `maximum` deliveries were made; `make` gives nil for what has none.
    mutating func take<Delivery>(
        _ maximum: Int, _ make: (Taken) -> Delivery?
    ) -> [Delivery] {
        if isOver { return [] }
        if let refusal {
            isOver = true
            return make(.gone(refusal)).map { [$0] } ?? []
        }
        var taken: [Delivery] = []
        if let net {
            self.net = nil
            bytes = 0
            seen.advance(to: net.positions)
            if let delivery = make(.net(net, seen)) { taken.append(delivery) }
        }
        while taken.count < maximum, head < items.count {
            if let delivery = next(items[head]).flatMap(make) { taken.append(delivery) }
            head += 1
        }
        if head == items.count {
            (items, head) = ([], 0)
            isAwake = false
        }
        return taken
    }

    private mutating func next(_ item: Item) -> Taken? {
        switch item {
        case .entry(let entry):
            bytes -= entry.bytes
            if entry.isSeen(at: seen) { return nil }
            entry.advance(&seen)
            return .entry(entry, seen)
        case .bookmark(let bookmark):
            seen.advance(to: bookmark)
            return .bookmark(seen)
        }
    }

    private mutating func wake() -> Bool {
        defer { isAwake = true }
        return !isAwake
    }

    private mutating func coalesce() {
        let waiting = items[head...]
        (items, head) = ([], 0)
        for case .entry(let entry) in waiting { fold(entry) }
    }

    private mutating func fold(_ entry: Entry) {
        // What a snapshot already shows must not be folded under it.
        if entry.isSeen(at: seen) { return }
        // Out of its place while it grows, so that it is not copied.
        var folded = net ?? NetChanges(first: entry)
        net = nil
        folded.fold(entry)
        bytes = folded.bytes
        net = folded
    }
}

extension Bookmark {
    /// Moves forward in each log that the other is further in.
    mutating func advance(to other: Bookmark) {
        for (log, position) in other.positions where position > self[log] ?? .zero {
            self[log] = position
        }
    }

    /// True when this is at least as far in every log.
    func covers(_ other: Bookmark) -> Bool {
        other.positions.allSatisfy { log, position in position <= self[log] ?? .zero }
    }
}
