internal import Host
public import Log
public import Resources
internal import Synchronization

extension EtcdLoglet {
    public func follow(
        behind position: Position, milliseconds: Int
    ) throws(LogError) -> [LogEntry] {
        let known = try snapshot()
        if known.isSealed, position >= known.point.position {
            throw .sealed(tail: known.point.position)
        }
        let deadline = clock.ticks.advanced(byMilliseconds: UInt64(max(0, milliseconds)))
        return try reader(behind: position) { (reader) throws(LogError) in
            try fill(&reader, until: deadline)
            return reader.give()
        }
    }

    public func read(
        from position: Position, maximumBytes: Int
    ) throws(LogError) -> [LogEntry] {
        let position = max(position, Position(1))
        let tail = try refresh().point.position
        guard position <= tail else { return [] }
        guard position > start.position else { throw .trimmed(first: start.position.next) }
        let deadline = clock.ticks.advanced(byMilliseconds: UInt64(Limits.etcdAnswer.value))
        return try reader(behind: Position(position.rawValue - 1)) { (reader) throws(LogError) in
            var (entries, bytes): ([LogEntry], Int) = ([], 0)
            while reader.position < tail, entries.isEmpty || bytes < maximumBytes {
                try fill(&reader, until: deadline)
                let more = reader.give(maximumBytes: maximumBytes - bytes)
                if more.isEmpty {
                    if entries.isEmpty { throw late(reader) }
                    break
                }
                bytes += more.reduce(0) { $0 + $1.payload.count + $1.header.author.text.utf8.count }
                entries += more
            }
            return entries
        }
    }

    func late(_ reader: TailReader<Calls.Watch>) -> LogError {
        .unreachable(
            cause: "member \(reader.watch.member) of etcd did not show entry "
                + "\(reader.position.next) within \(Limits.etcdAnswer.value) ms")
    }

    /// Lends a reader for what is behind `position`, parked or new, and keeps it afterwards.
    private func reader<Result>(
        behind position: Position,
        _ body: (inout TailReader<Calls.Watch>) throws(LogError) -> Result
    ) throws(LogError) -> Result {
        var reader =
            if let parked = unpark(position) { parked } else { try open(behind: position) }
        reader.attempts = 0
        do throws(LogError) {
            let result = try body(&reader)
            park(reader)
            return result
        } catch {
            reader.watch.close()
            throw error
        }
    }

    /// The parked reader that is nearest behind `position`, moved there: etcd takes 100 ms to
    /// show a new watch what came before it.
    private func unpark(_ position: Position) -> TailReader<Calls.Watch>? {
        let nearest = state.withLock { state in
            state.parked.indices.filter { state.parked[$0].position <= position }
                .max { state.parked[$0].position < state.parked[$1].position }
                .map { state.parked.remove(at: $0) }
        }
        guard var reader = nearest else { return nil }
        reader.skip(to: position)
        return reader
    }

    private func park(_ reader: TailReader<Calls.Watch>) {
        let surplus = state.withLock { state -> TailReader<Calls.Watch>? in
            if state.isClosed { return reader }
            state.parked.append(reader)
            return state.parked.count > Limits.etcdParked.value ? state.parked.removeFirst() : nil
        }
        surplus?.watch.close()
    }

    /// Reads until something is pending or the time is over. A seal counts only once a majority
    /// says that nothing is missing before it.
    func fill(
        _ reader: inout TailReader<Calls.Watch>, until deadline: Ticks
    ) throws(LogError) {
        while reader.pending.isEmpty {
            let known = try snapshot()
            if reader.cursor.isSealed || known.isSealed {
                let tail = try refresh()
                if tail.isSealed, reader.position >= tail.point.position {
                    throw .sealed(tail: tail.point.position)
                }
                if reader.cursor.isSealed { try reopen(&reader, "the seal came too early") }
            }
            let now = clock.ticks
            let rest = Self.milliseconds(from: now, to: deadline)
            let proof = reader.proven.advanced(byMilliseconds: UInt64(Limits.etcdProof.value))
            if now >= proof {
                try prove(&reader)
                continue
            }
            let wait = min(rest, Self.milliseconds(from: now, to: proof))
            let message: EtcdWatchMessage?
            do throws(BusError) {
                message = try reader.watch.next(milliseconds: wait)
            } catch {
                try reopen(&reader, error.description)
                continue
            }
            if let message {
                try take(message, &reader)
            } else if clock.ticks >= deadline {
                return
            }
        }
    }

    private static func milliseconds(from now: Ticks, to end: Ticks) -> Int {
        Int(clamping: (end.nanoseconds(since: now) + 999_999) / 1_000_000)
    }

    /// Asks a majority whether the silent watch misses something.
    private func prove(_ reader: inout TailReader<Calls.Watch>) throws(LogError) {
        let tail = try refresh()
        reader.proven = clock.ticks
        let shown = reader.cursor.version ?? 0
        if tail.version > shown {
            try reopen(&reader, "its member is behind: put \(shown) of \(tail.version)")
        }
    }

    private func take(
        _ message: EtcdWatchMessage, _ reader: inout TailReader<Calls.Watch>
    ) throws(LogError) {
        if let oldest = message.compactRevision, oldest > 0 {
            return try restart(&reader, behindCompaction: oldest)
        }
        for event in message.events {
            let isFirst = reader.cursor.state == .anywhere
            switch reader.cursor.take(event) {
            case .group(let group, let seen):
                if isFirst, group.previous.position > reader.position {
                    throw .trimmed(first: group.previous.position.next)
                }
                note(group, seen)
                learn(seen)
                reader.accept(group, seen)
                reader.proven = clock.ticks
            case .nothing: continue
            case .missing(let error):
                if reader.attempts >= Limits.etcdAttempts.value { throw error }
                // What came before the gap is good.
                if reader.pending.isEmpty { try reopen(&reader, error.description) }
                return
            case .stop(let error): throw stop(error)
            }
        }
        if let cause = message.cancelled, reader.pending.isEmpty { try reopen(&reader, cause) }
    }

    private func learn(_ seen: TailCursor.Seen) {
        state.withLock { state in
            if seen.version > state.tail.version { state.tail.seen = seen }
        }
    }
}
