internal import Log
internal import Resources

/// What a process has verified of a shared loglet. It only ever grows.
struct KnownTail: Hashable, Sendable {
    /// The last put.
    var seen: TailCursor.Seen
    /// The revision of the first put; 0 when there is none.
    var created: UInt64
    /// The revision of the whole store when this was read.
    var storeRevision: UInt64
    /// Whether nothing will follow.
    var isSealed: Bool

    var version: UInt64 { seen.version }
    var point: ChainPoint { seen.point }

    /// A loglet of which nothing was read.
    static func empty(at start: ChainPoint) -> KnownTail {
        KnownTail(
            seen: TailCursor.Seen(version: 0, revision: 0, point: start), created: 0,
            storeRevision: 0, isSealed: false)
    }

    /// Takes what another read found, in whatever order the reads ended.
    mutating func merge(_ other: KnownTail) {
        if other.version > version { seen = other.seen }
        created = max(created, other.created)
        storeRevision = max(storeRevision, other.storeRevision)
        isSealed = isSealed || other.isSealed
    }
}

/// A put whose place in both orders is known: that of the log and that of the store.
struct KnownPut: Hashable, Sendable {
    let previous: ChainPoint
    let seen: TailCursor.Seen

    /// Where a reader of what is behind `position` begins; nil when that is not in this put or
    /// right behind it.
    func origin(behind position: Position) -> ReadingOrigin? {
        if position == seen.point.position {
            return ReadingOrigin(revision: seen.revision + 1, state: .at(seen))
        }
        guard previous.position <= position, position < seen.point.position else { return nil }
        let before = TailCursor.Seen(
            version: seen.version - 1, revision: seen.revision - 1, point: previous)
        return ReadingOrigin(revision: seen.revision, state: .at(before))
    }
}

/// Where a watch begins, and what its reader has seen already.
struct ReadingOrigin: Hashable, Sendable {
    let revision: UInt64
    let state: TailCursor.State
}

/// The newest puts, by version.
struct KnownPuts: Sendable {
    private var puts: [KnownPut] = []

    /// Where a reader of what is behind `position` begins, if a put of it is known.
    func origin(behind position: Position) -> ReadingOrigin? {
        put(holding: position.next)?.origin(behind: position)
            ?? puts.last?.origin(behind: position)
    }

    /// The put that holds the entry at `position`.
    func put(holding position: Position) -> KnownPut? {
        var (low, high) = (0, puts.count)
        while low < high {
            let middle = (low + high) / 2
            if puts[middle].seen.point.position < position {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < puts.count, puts[low].previous.position < position else { return nil }
        return puts[low]
    }

    /// Remembers a put; those far back are forgotten.
    mutating func note(_ put: KnownPut) {
        let index = puts.lastIndex { $0.seen.version <= put.seen.version } ?? -1
        if index >= 0, puts[index].seen.version == put.seen.version { return }
        let isFull = puts.count >= Limits.etcdMarks.value
        if isFull && index < 0 { return }
        puts.insert(put, at: index + 1)
        if isFull { puts.removeFirst(Limits.etcdMarks.value / 4) }
    }
}
