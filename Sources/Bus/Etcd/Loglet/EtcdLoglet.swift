public import Host
public import Log
public import Resources
internal import Synchronization

/// A loglet in etcd: one key that is put once for each group, and a seal (design/01).
///
/// The version of the key counts the groups, so an append that compares it writes right behind
/// what its author has seen, or not at all. Calls block; any thread may call. What was once found
/// to contradict the store stops the object for good: its log must not be served from there.
/// Format: Docs/Formats/etcd.md.
public final class EtcdLoglet<Calls: EtcdCalls>: SharedLoglet {
    let calls: Calls
    let clock: any Clock
    /// The log, the epoch and the loglet's name.
    public let place: EntryGroup.Place
    /// What precedes its first entry.
    public let start: ChainPoint
    let keys: EtcdKeys
    let state: Mutex<State>

    /// What its threads share.
    struct State {
        var tail: KnownTail
        var puts = KnownPuts()
        /// Readers between two calls.
        var parked: [TailReader<Calls.Watch>] = []
        var stopped: LogError?
        var isClosed = false
    }

    /// The loglet named `place.name`, whose first entry continues `start`. Its epoch and start are
    /// those of its link in the chain. Nothing is asked of etcd yet; a loglet that nobody appended
    /// to is empty.
    public init(calls: Calls, clock: any Clock, place: EntryGroup.Place, start: ChainPoint) {
        self.calls = calls
        self.clock = clock
        self.place = place
        self.start = start
        keys = EtcdKeys(log: place.log, loglet: place.name)
        state = Mutex(State(tail: .empty(at: start)))
    }

    /// The newest tail that was verified here; etcd is not asked.
    public var knownTail: ChainPoint { state.withLock { $0.tail.point } }

    public func checkTail() throws(LogError) -> (tail: Position, sealed: Bool) {
        let tail = try refresh()
        return (tail.point.position, tail.isSealed)
    }

    /// The tail as a majority has it, with its chain hash.
    public func checkPoint() throws(LogError) -> (tail: ChainPoint, sealed: Bool) {
        let tail = try refresh()
        return (tail.point, tail.isSealed)
    }

    public func seal() throws(LogError) -> Position {
        let before = try snapshot()
        if before.isSealed { return before.point.position }
        let reads: [EtcdTransaction.Operation] = [sealRange, tailRange(keysOnly: true)]
        let transaction = EtcdTransaction(
            compares: [.created(keys.seal, 0)],
            success: [.put(keys.seal, Array("sealed".utf8))] + reads, failure: reads)
        let answer = try writing { () throws(BusError) in
            try calls.transact(transaction, milliseconds: Limits.etcdAnswer.value)
        }
        // The tail is in the answer, unless others wrote since this process looked.
        let version = answer.ranges.last?.keyValues.first?.version ?? 0
        if version == before.version {
            return try learn(answer, since: before).point.position
        }
        return try refresh().point.position
    }

    /// Ends parked watches. The loglet itself stays as it is.
    public func close() {
        let parked = state.withLock { state in
            defer { state.parked = [] }
            state.isClosed = true
            return state.parked
        }
        for reader in parked { reader.watch.close() }
    }

    /// What is known now; throws when the loglet stopped or was closed.
    func snapshot() throws(LogError) -> KnownTail {
        let (tail, stopped, isClosed) = state.withLock { ($0.tail, $0.stopped, $0.isClosed) }
        if let stopped { throw stopped }
        if isClosed { throw .closed }
        return tail
    }

    /// Reads tail and seal as a majority has them. Of a sealed loglet nothing new is to be read.
    func refresh() throws(LogError) -> KnownTail {
        let before = try snapshot()
        if before.isSealed { return before }
        let transaction = EtcdTransaction(
            compares: [.version(keys.entries, before.version)],
            success: [sealRange, tailRange(keysOnly: true)],
            failure: [sealRange, tailRange(keysOnly: false)])
        let answer = try reading { () throws(BusError) in
            try calls.transact(transaction, milliseconds: Limits.etcdAnswer.value)
        }
        return try learn(answer, since: before)
    }

    /// Takes an answer with the seal and the tail, judged by what was known before it was asked:
    /// answers to several threads may come in any order.
    private func learn(
        _ answer: EtcdTransactionAnswer, since before: KnownTail
    ) throws(LogError) -> KnownTail {
        guard answer.ranges.count == 2 else {
            throw .unreachable(cause: "etcd answered \(answer.ranges.count) ranges instead of 2")
        }
        var found = before
        found.storeRevision = answer.revision
        found.isSealed = !answer.ranges[0].keyValues.isEmpty
        guard answer.revision >= before.storeRevision else {
            throw stop(
                before,
                "the store went back from revision \(before.storeRevision) to "
                    + "\(answer.revision)")
        }
        if let last = answer.ranges[1].keyValues.first {
            found.created = last.createRevision
            if let group = try judge(last, since: before) {
                found.seen = TailCursor.Seen(
                    version: last.version, revision: last.modRevision, point: group.last)
                note(group, found.seen)
            }
        } else if before.version > 0 {
            throw stop(before, "its key is gone")
        }
        return state.withLock { state in
            state.tail.merge(found)
            return state.tail
        }
    }

    /// The group of the last put, when it is a new one.
    private func judge(
        _ last: EtcdKeyValue, since before: KnownTail
    ) throws(LogError) -> EntryGroup? {
        let isNewer = last.modRevision > before.seen.revision
        let isSame = last.modRevision == before.seen.revision
        guard last.version >= before.version, isNewer == (last.version > before.version),
            isNewer || isSame
        else {
            throw stop(
                before,
                "put \(before.version) at revision \(before.seen.revision) is followed by "
                    + "put \(last.version) at revision \(last.modRevision)")
        }
        guard isNewer else { return nil }
        let previous = last.version == before.version + 1 ? before.point : nil
        let group = try EntryGroup(last.value, behind: previous, in: place)
        let least = before.point.position.rawValue + last.version - before.version
        guard group.previous.position.rawValue + 1 >= least else {
            throw stop(before, "put \(last.version) holds entry \(group.previous.position.next)")
        }
        return group
    }

    /// Remembers where a put stands.
    func note(_ group: EntryGroup, _ seen: TailCursor.Seen) {
        state.withLock { $0.puts.note(KnownPut(previous: group.previous, seen: seen)) }
    }

    /// Stops the loglet for good.
    func stop(_ tail: KnownTail, _ reason: String) -> LogError {
        stop(
            .corrupt(
                Defect(
                    position: tail.point.position.next, file: place.name,
                    offset: Int(clamping: tail.seen.revision), reason: reason)))
    }

    /// Stops the loglet for good.
    func stop(_ error: LogError) -> LogError {
        state.withLock { state in
            if state.stopped == nil { state.stopped = error }
            return state.stopped ?? error
        }
    }

    var sealRange: EtcdTransaction.Operation { .range(EtcdRange(key: keys.seal, keysOnly: true)) }

    func tailRange(keysOnly: Bool) -> EtcdTransaction.Operation {
        .range(EtcdRange(key: keys.entries, keysOnly: keysOnly))
    }
}
