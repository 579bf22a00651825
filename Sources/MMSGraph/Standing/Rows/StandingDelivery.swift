public import Cypher
public import Resources

/// What a subscriber to a statement takes.
public enum StandingDelivery: Sendable {
    /// Forget all rows: a snapshot follows, because what was missed cannot be told.
    case reset
    /// A row of the snapshot.
    case row(StandingRow)
    /// All row changes of one revision, or of several that coalesced; never split.
    case changes(StandingChanges)
    /// Everything up to here was delivered: where to resume.
    case bookmark(Bookmark)
    /// The subscription has ended: what it missed cannot be had. Subscribe anew from a snapshot.
    case gone(Refusal)
}

/// A row of a standing query with the key by which it is known.
public struct StandingRow: Sendable {
    /// The same for the same row in every event and every subscription: of class A the identity of
    /// the resource, of class B the identities of all that was matched, of class C a digest of the
    /// row and its number among its equals.
    public let key: String
    public let values: [CypherValue]
}

/// Signed rows: an update is −1 of the old row and +1 of the new one under one key.
public struct StandingChanges: Sendable {
    /// The entry that made them; the last one when several coalesced.
    public let header: EntryHeader
    /// Where the changes came from.
    public let origin: Origin
    /// When a sensor saw them.
    public let sensed: WallTime?
    /// At most two a key, −1 before +1.
    public let rows: [SignedStandingRow]
    /// True when changes of several entries were folded into the net change of each key.
    public let isCoalesced: Bool
    /// Where to resume after these.
    public let bookmark: Bookmark

    /// The same for those who keep rows by key: the row that each key now has, nil for none.
    public var upserts: [(key: String, values: [CypherValue]?)] {
        var upserts: [(key: String, values: [CypherValue]?)] = []
        for row in rows {
            let values = row.sign > 0 ? row.row.values : nil
            if let last = upserts.last, last.key == row.row.key {
                upserts[upserts.count - 1].values = values
            } else {
                upserts.append((row.row.key, values))
            }
        }
        return upserts
    }
}

/// A row that left (−1) or entered (+1) the result.
public struct SignedStandingRow: Sendable {
    public let sign: Int
    public let row: StandingRow
}

/// A row that changed: the one that left and the one that entered.
struct RowChange: Sendable {
    let key: String
    let old: [CypherValue]?
    let new: [CypherValue]?

    /// nil when a client sees no difference.
    init?(_ key: String, _ old: [CypherValue]?, _ new: [CypherValue]?) {
        if old == nil && new == nil { return nil }
        if let old, let new, old.isSameRow(as: new) { return nil }
        (self.key, self.old, self.new) = (key, old, new)
    }

    var signed: [SignedStandingRow] {
        let left = old.map { SignedStandingRow(sign: -1, row: StandingRow(key: key, values: $0)) }
        let entered = new.map { SignedStandingRow(sign: 1, row: StandingRow(key: key, values: $0)) }
        return [left, entered].compactMap(\.self)
    }
}
