internal import Log
internal import Resources

/// How much of a shared log stays where it is ordered. Pure.
///
/// Every machine has the entries in its own files; what orders the log needs only those that some
/// machine may still have to fetch from there.
enum HotTail {
    /// The first entry to keep in the cluster, of a log whose copy at the holder of the pen ends at
    /// `tail` and has `extents`, when the voters' copies are durable up to `held`. Nothing goes that
    /// no majority of the voters has; nothing stays that the holder's own budget let go of.
    static func first(
        tail: Position, extents: [LogExtent], held: [Position]
    ) -> Position {
        min(wanted(tail: tail, extents: extents), majority(held))
    }

    /// Up to where more than half of those have it who have it up to `held`.
    static func majority(_ held: [Position]) -> Position {
        let sorted = held.sorted(by: >)
        return sorted.isEmpty ? .zero : sorted[sorted.count / 2]
    }

    /// The same, without asking what others have.
    static func wanted(tail: Position, extents: [LogExtent]) -> Position {
        let kept = UInt64(Limits.hotTail.value)
        var first = Position(tail.rawValue > kept ? tail.rawValue - kept : 1)
        var bytes = 0
        for extent in extents.reversed() {
            bytes += extent.bytes
            if bytes > Limits.hotTailBytes.value, extent.first < tail {
                first = max(first, extent.first.next)
                break
            }
        }
        return max(first, min(extents.first?.first ?? Position(1), tail))
    }
}
