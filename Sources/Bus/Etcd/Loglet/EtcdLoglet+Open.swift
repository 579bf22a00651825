internal import Host
internal import Log
internal import Resources
internal import Synchronization

extension EtcdLoglet {
    /// A reader of what is behind `position`.
    func open(
        behind position: Position, avoiding member: Int? = nil
    ) throws(LogError) -> TailReader<Calls.Watch> {
        try open(at: try origin(behind: position), behind: position, avoiding: member)
    }

    /// Opens the watch again, at another member if there is one.
    func reopen(
        _ reader: inout TailReader<Calls.Watch>, _ cause: String
    ) throws(LogError) {
        reader.watch.close()
        guard reader.attempts < Limits.etcdAttempts.value else {
            throw .unreachable(
                cause: "\(place.name) could not be followed in \(reader.attempts) attempts: "
                    + cause)
        }
        let attempts = reader.attempts + 1
        reader = try open(behind: reader.position, avoiding: reader.watch.member)
        reader.attempts = attempts
    }

    /// Goes on where a compaction begins. What the last put holds is always there, but a watch
    /// shows it only when the compaction is not behind it.
    func restart(
        _ reader: inout TailReader<Calls.Watch>, behindCompaction oldest: UInt64
    ) throws(LogError) {
        reader.watch.close()
        let (position, attempts) = (reader.position, reader.attempts + 1)
        guard attempts <= Limits.etcdAttempts.value else {
            throw .unreachable(cause: "\(place.name) is trimmed faster than it can be read")
        }
        let tail = try refresh()
        if tail.seen.revision >= oldest {
            let origin = ReadingOrigin(revision: oldest, state: .anywhere)
            reader = try open(at: origin, behind: position, avoiding: nil)
        } else {
            let group = try lastGroup(tail)
            guard group.previous.position <= position else {
                throw .trimmed(first: group.previous.position.next)
            }
            let origin = ReadingOrigin(
                revision: max(oldest, tail.seen.revision + 1), state: .at(tail.seen))
            reader = try open(at: origin, behind: position, avoiding: nil)
            reader.accept(group, tail.seen)
        }
        reader.attempts = attempts
    }

    private func lastGroup(_ tail: KnownTail) throws(LogError) -> EntryGroup {
        let answer = try reading { () throws(BusError) in
            try calls.range(
                EtcdRange(key: keys.entries), milliseconds: Limits.etcdAnswer.value)
        }
        guard let last = answer.keyValues.first, last.version == tail.version else {
            throw .unreachable(cause: "\(place.name) grew while its last put was read; try again")
        }
        return try EntryGroup(last.value, behind: nil, in: place)
    }

    private func open(
        at origin: ReadingOrigin, behind position: Position, avoiding member: Int?
    ) throws(LogError) -> TailReader<Calls.Watch> {
        let request = EtcdWatchRequest(
            key: keys.entries, end: keys.watchEnd, startRevision: origin.revision)
        let watch = try reading { () throws(BusError) in
            try calls.watch(request, avoiding: member)
        }
        return TailReader(
            watch: watch,
            cursor: TailCursor(place: place, keys: keys, start: start, state: origin.state),
            position: position, proven: clock.ticks)
    }

    /// Where a watch for what is behind `position` begins.
    private func origin(behind position: Position) throws(LogError) -> ReadingOrigin {
        guard position >= start.position else { throw .trimmed(first: start.position.next) }
        if let origin = state.withLock({ $0.puts.origin(behind: position) }) { return origin }
        let tail = try refresh()
        if position > tail.point.position {
            throw .corrupt(
                Defect(
                    position: position, file: place.name, offset: Int(clamping: tail.seen.revision),
                    reason: "the reader has entries up to \(position), the loglet ends at "
                        + "\(tail.point.position)"))
        }
        if let origin = state.withLock({ $0.puts.origin(behind: position) }) { return origin }
        if position == tail.point.position {
            return ReadingOrigin(
                revision: max(tail.seen.revision, tail.storeRevision) + 1, state: .at(tail.seen))
        }
        let before = TailCursor.Seen(version: 0, revision: tail.created - 1, point: start)
        return ReadingOrigin(revision: tail.created, state: .at(before))
    }
}
