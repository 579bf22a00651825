internal import Resources

/// The row changes of one query by one revision, shared by all who follow it.
final class StandingEntry: Sendable {
    let cause: Cause
    let rows: [RowChange]
    let isCoalesced: Bool
    /// The state in which the rows were found.
    let bookmark: Bookmark
    let bytes: Int

    init(_ cause: Cause, _ rows: [RowChange], isCoalesced: Bool, bookmark: Bookmark) {
        self.cause = cause
        self.rows = rows
        self.isCoalesced = isCoalesced
        self.bookmark = bookmark
        bytes = rows.reduce(96) { bytes, row in
            bytes + 64 + (row.old?.rowWeight ?? 0) + (row.new?.rowWeight ?? 0)
        }
    }

    /// What the subscriber is told.
    func changes(
        _ rows: [RowChange], isCoalesced: Bool, _ bookmark: Bookmark
    ) -> StandingChanges {
        StandingChanges(
            header: cause.header, origin: cause.origin, sensed: cause.sensed,
            rows: rows.flatMap(\.signed), isCoalesced: isCoalesced, bookmark: bookmark)
    }
}

/// The entry that changed something.
struct Cause: Sendable {
    let header: EntryHeader
    let origin: Origin
    let sensed: WallTime?

    init(header: EntryHeader, origin: Origin, sensed: WallTime?) {
        self.header = header
        self.origin = origin
        self.sensed = sensed
    }

    init(_ change: Change) {
        self.init(header: change.header, origin: change.origin, sensed: change.sensed)
    }
}

extension StandingEntry: QueuedEntry {
    func isSeen(at bookmark: Bookmark) -> Bool { bookmark.covers(self.bookmark) }

    func advance(_ bookmark: inout Bookmark) { bookmark.advance(to: self.bookmark) }

    var changes: [(key: String, old: StandingRow?, new: StandingRow?)] {
        rows.map { row in
            (
                row.key, row.old.map { StandingRow(key: row.key, values: $0) },
                row.new.map { StandingRow(key: row.key, values: $0) }
            )
        }
    }

    static func weight(of version: StandingRow) -> Int { version.values.rowWeight + 64 }
}
