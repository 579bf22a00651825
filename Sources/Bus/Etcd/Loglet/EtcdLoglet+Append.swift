public import Log
public import Resources
internal import Synchronization

extension EtcdLoglet {
    /// Appends behind whatever others wrote; for tools and tests. Who must have seen what precedes
    /// an entry uses ``append(_:behind:hash:)``.
    public func append(_ drafts: [EntryDraft]) throws(LogError) -> ClosedRange<Position> {
        for _ in 0..<Limits.etcdAttempts.value {
            let tail = try refreshedUnlessKnown()
            do throws(LogError) {
                let entries = try append(drafts, behind: tail.position, hash: tail.hash)
                return tail.position
                    .next...Position(
                        tail.position.rawValue + UInt64(entries.count))
            } catch {
                guard case .behind = error else { throw error }
            }
        }
        throw .unreachable(
            cause: "others were first \(Limits.etcdAttempts.value) times; try again")
    }

    public func append(
        _ drafts: [EntryDraft], behind tail: Position, hash: ChainHash
    ) throws(LogError) -> [LogEntry] {
        let before = try agree(tail, hash)
        let group = try EntryGroup(
            drafts, behind: before.point, in: place, limit: Limits.etcdGroupBytes.value)
        let reads: [EtcdTransaction.Operation] = [sealRange, tailRange(keysOnly: true)]
        let transaction = EtcdTransaction(
            compares: [.created(keys.seal, 0), .version(keys.entries, before.version)],
            success: [.put(keys.entries, group.bytes)] + reads, failure: reads)
        let answer = try writing { () throws(BusError) in
            try calls.transact(transaction, milliseconds: Limits.etcdAnswer.value)
        }
        guard answer.ranges.count == 2 else {
            throw .unanswered(cause: "etcd answered \(answer.ranges.count) ranges instead of 2")
        }
        let found = answer.ranges[1].keyValues.first
        guard answer.succeeded else { throw try refused(found, since: before) }
        guard let found, found.version == before.version + 1,
            found.modRevision > before.seen.revision, answer.ranges[0].keyValues.isEmpty
        else {
            throw stop(before, "an append was answered with put \(found?.version ?? 0)")
        }
        learn(group, found, answer.revision, since: before)
        return group.entries
    }

    private func refreshedUnlessKnown() throws(LogError) -> ChainPoint {
        let tail = try snapshot()
        return tail.version > 0 ? tail.point : try refresh().point
    }

    /// What is known of the put that ends at `tail`; throws unless it is the last one.
    private func agree(_ tail: Position, _ hash: ChainHash) throws(LogError) -> KnownTail {
        var known = try snapshot()
        if known.point.position < tail || known.storeRevision == 0 { known = try refresh() }
        if known.point.position > tail {
            if known.isSealed { throw .sealed(tail: known.point.position) }
            throw .behind(tail: known.point.position)
        }
        guard known.point.position == tail, known.point.hash == hash else {
            throw .corrupt(
                Defect(
                    position: tail, file: place.name, offset: Int(clamping: known.seen.revision),
                    reason: "the appender's log has other entries up to \(tail) than this one, "
                        + "which ends at \(known.point.position)"))
        }
        if known.isSealed { throw .sealed(tail: tail) }
        return known
    }

    /// Why a compare failed: the seal, or a put of others.
    private func refused(
        _ found: EtcdKeyValue?, since before: KnownTail
    ) throws(LogError) -> LogError {
        guard found?.version ?? 0 >= before.version else {
            return stop(before, "put \(found?.version ?? 0) follows put \(before.version)")
        }
        let tail = try refresh()
        return tail.isSealed
            ? .sealed(tail: tail.point.position) : .behind(tail: tail.point.position)
    }

    private func learn(
        _ group: EntryGroup, _ found: EtcdKeyValue, _ revision: UInt64, since before: KnownTail
    ) {
        var tail = before
        tail.seen = TailCursor.Seen(
            version: found.version, revision: found.modRevision, point: group.last)
        tail.created = found.createRevision
        tail.storeRevision = revision
        note(group, tail.seen)
        state.withLock { $0.tail.merge(tail) }
    }
}
