internal import Log
internal import Resources

/// A reader of a shared loglet between two calls: its watch, what that has shown, and entries that
/// were read and not yet given out.
struct TailReader<Watch: EtcdWatch>: Sendable {
    var watch: Watch
    var cursor: TailCursor
    /// The last position given out.
    var position: Position
    /// What follows it.
    var pending: [LogEntry] = []
    /// The put of the first entry that was read.
    private(set) var first: KnownPut?
    /// When a majority last confirmed what the watch says, or the watch last said something new.
    var proven: Ticks
    /// How often the watch was opened again in the current call.
    var attempts = 0

    init(watch: Watch, cursor: TailCursor, position: Position, proven: Ticks) {
        self.watch = watch
        self.cursor = cursor
        self.position = position
        self.proven = proven
    }

    /// Gives out what is pending, about `maximumBytes` of it but at least one entry.
    mutating func give(maximumBytes: Int = .max) -> [LogEntry] {
        var (count, bytes) = (0, 0)
        while count < pending.count {
            let size = pending[count].payload.count + pending[count].header.author.text.utf8.count
            if count > 0 && size > maximumBytes - bytes { break }
            bytes += size
            count += 1
        }
        let given = Array(pending.prefix(count))
        pending.removeFirst(count)
        if let last = given.last { position = last.header.position }
        return given
    }

    /// Passes over what is not behind `position`.
    mutating func skip(to position: Position) {
        pending = pending.filter { $0.header.position > position }
        self.position = position
    }

    /// Takes the entries of a group that were not given out before.
    mutating func accept(_ group: EntryGroup, _ seen: TailCursor.Seen) {
        let last = pending.last?.header.position ?? position
        let new = group.entries.filter { $0.header.position > last }
        if first == nil, !new.isEmpty { first = KnownPut(previous: group.previous, seen: seen) }
        pending += new
    }
}
