public import Resources
internal import Synchronization

/// What a subscriber takes from a feed.
public enum Delivery: Sendable {
    /// A row of the snapshot.
    case row(Resource)
    /// All row changes of one entry, or of several that coalesced; never split.
    case changes(RowChanges)
    /// Everything up to here was delivered: where to resume.
    case bookmark(Bookmark)
    /// The subscription has ended: what it missed cannot be had. Subscribe anew from a snapshot.
    case gone(Refusal)
}

/// Signed rows with a stable key: an update is −1 of the old version and +1 of the new one.
public struct RowChanges: Sendable {
    /// The entry that made them; the last one when several coalesced.
    public let header: EntryHeader
    /// Where the changes came from.
    public let origin: Origin
    /// When a sensor saw them.
    public let sensed: WallTime?
    /// The rows, at most two a key, −1 before +1.
    public let rows: [SignedRow]
    /// True when changes of several entries were folded into the net change of each key.
    public let isCoalesced: Bool
    /// Where to resume after these.
    public let bookmark: Bookmark
    /// Shared by all who get these rows; nil when they are one subscriber's.
    let form: SharedForm?

    /// What a reader makes of the rows and whatever else all who get them have in common, such as
    /// their encoding: made once for all of them. The bookmark is each subscriber's own.
    public func form<Form: Sendable>(_ make: (RowChanges) -> Form) -> Form {
        guard let form else { return make(self) }
        if let known = form.made as? Form { return known }
        let made = make(self)
        form.keep(made)
        return made
    }
}

/// What one made of something, for the others.
final class SharedForm: Sendable {
    private let slot = Mutex<(any Sendable)?>(nil)

    var made: (any Sendable)? { slot.withLock { $0 } }

    func keep(_ form: any Sendable) { slot.withLock { $0 = form } }
}

/// A row that left (−1) or entered (+1) the result. Its key is the resource's identity.
public struct SignedRow: Hashable, Sendable {
    /// −1 or +1.
    public let sign: Int
    /// The version that left or entered.
    public let resource: Resource
}

extension [SignedRow] {
    /// Adds the rows by which one who follows some resources sees one of them change.
    mutating func add(_ old: Resource?, _ new: Resource?, in followed: Followed) {
        if let old, followed.contains(old) { append(SignedRow(sign: -1, resource: old)) }
        if let new, followed.contains(new) { append(SignedRow(sign: 1, resource: new)) }
    }
}

/// The resources that subscribers follow: one object for all who follow the same, so that each
/// change is held against it once.
final class Followed: Sendable {
    let selection: Selection
    /// What must hold besides.
    let filter: ResourceFilter?

    init(selection: Selection, filter: ResourceFilter?) {
        self.selection = selection
        self.filter = filter
    }

    func contains(_ resource: Resource) -> Bool {
        selection.contains(resource) && filter?.holds(for: resource) ?? true
    }
}

/// The changes of one entry.
final class FeedEntry: Sendable {
    let header: EntryHeader
    let origin: Origin
    let sensed: WallTime?
    let resources: [Change]
    /// A guess of the memory of its changes: what backlogs are counted in.
    let bytes: Int

    init?(_ changes: [Change]) {
        guard let first = changes.first else { return nil }
        header = first.header
        origin = first.origin
        sensed = first.sensed
        resources = changes
        bytes = changes.reduce(0) { $0 + ($1.old?.weight ?? 0) + ($1.new?.weight ?? 0) }
    }
}

extension FeedEntry {
    /// What those who follow something are told of it; nil when it does not concern them.
    func told(to followed: Followed) -> ToldEntry? {
        var rows: [SignedRow] = []
        for change in resources { rows.add(change.old, change.new, in: followed) }
        return rows.isEmpty ? nil : ToldEntry(self, rows)
    }
}

/// An entry with the rows that all who follow the same are told of it.
final class ToldEntry: Sendable {
    let entry: FeedEntry
    let rows: [SignedRow]
    let form = SharedForm()

    init(_ entry: FeedEntry, _ rows: [SignedRow]) {
        self.entry = entry
        self.rows = rows
    }
}

extension ToldEntry: QueuedEntry {
    var bytes: Int { entry.bytes }

    func isSeen(at bookmark: Bookmark) -> Bool {
        bookmark[entry.header.log].map { entry.header.position <= $0 } ?? false
    }

    func advance(_ bookmark: inout Bookmark) {
        bookmark[entry.header.log] = entry.header.position
    }

    var changes: [(key: Identifier, old: Resource?, new: Resource?)] {
        entry.resources.compactMap { change in
            (change.new ?? change.old).map { ($0.id, change.old, change.new) }
        }
    }

    static func weight(of version: Resource) -> Int { version.weight }
}

extension Resource {
    /// Roughly its bytes in memory, without encoding it.
    var weight: Int {
        let own = 256 + name.text.utf8.count + namespace.path.utf8.count
        let linked = links.entries.reduce(0) { $0 + 48 + $1.value.count * 16 }
        let tagged = tags.entries.reduce(0) { $0 + 64 + $1.value.utf8.count }
        return own + linked + tagged + data.weight
    }
}

extension ValueMap {
    fileprivate var weight: Int {
        entries.reduce(0) { $0 + 16 + $1.key.utf8.count + $1.value.weight }
    }
}

extension Value {
    fileprivate var weight: Int {
        switch self {
        case .null, .bool, .int, .float: 16
        case .text(let text): 16 + text.utf8.count
        case .bytes(let bytes): 32 + bytes.count
        case .list(let list): list.reduce(32) { $0 + $1.weight }
        case .map(let map): 32 + map.weight
        }
    }
}
