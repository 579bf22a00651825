public import Resources
internal import Synchronization

extension Graph {
    /// Forgets versions, graves, moments and sessions of `log` that ended at or before a position,
    /// in steps of `Limits.trimKeys`, and gives how many keys went. States from `horizon` on stay
    /// readable; earlier ones are answered with `gone`, which names the gap. Sessions stay when
    /// `keepingSessions` says so.
    public func trimHistory(
        of log: Namespace, before horizon: Position, keepingSessions: Bool = false
    ) throws(GraphError) -> Int {
        let known = state(of: log)
        let horizon = min(horizon, known.applied)
        guard horizon > known.trimmed else { return 0 }
        // The gap is recorded before the first key goes, so that no reader is misled.
        try change(log) { $0.trimmed = horizon }
        let snapshot = store.snapshot()
        var trimmer = Trimmer(graph: self, log: log, horizon: horizon)
        try trimmer.sweep(snapshot, .history, KeyRange(lower: [], upper: nil)) { key, value in
            key.count == 24 && Position(key.word(at: 16)) <= horizon
                && mounts.logOfStored(value) == log
        }
        try trimmer.sweep(snapshot, .graves, KeyRange(prefix: Keys.graves(of: log))) { key, _ in
            Position(key.word(at: key.count - 24)) <= horizon
        }
        try trimmer.sweep(snapshot, .graves, KeyRange(prefix: [Keys.nameMark])) { key, _ in
            Position(key.word(at: key.count - 8)) <= horizon && mounts.logOfGrave(key) == log
        }
        // The last moment at or before the horizon stays: it tells what a time before the next
        // one means.
        try trimmer.sweep(snapshot, .moments, KeyRange(prefix: Keys.times(of: log))) { _, value in
            Position(value.word(at: 0)) < horizon
        }
        try trimmer.sweep(snapshot, .moments, KeyRange(prefix: Keys.positions(of: log))) {
            key, _ in Position(key.word(at: key.count - 8)) < horizon
        }
        if !keepingSessions {
            try trimmer.sweep(snapshot, .sessions, KeyRange(prefix: Keys.sessions(of: log))) {
                _, value in Position(value.word(at: 8)) < horizon
            }
        }
        try trimmer.write()
        return trimmer.removed
    }

    private func change(
        _ log: Namespace, _ change: (inout LogState) -> Void
    ) throws(GraphError) {
        try commits.withLock { (_) throws(GraphError) in
            var state = state(of: log)
            change(&state)
            var batch = store.batch()
            batch.put(.meta, Keys.log(log), state.bytes)
            try GraphError.translating("trim") { () throws(StoreError) in try store.write(batch) }
            cards.advance(changing: [])
            shared.withLock { shared in
                shared.logs[log] = state
                shared.generation += 1
                shared.present = nil
            }
        }
    }
}

/// Deletes keys in bounded writes.
private struct Trimmer<Store: OrderedStore> {
    let graph: Graph<Store>
    let log: Namespace
    let horizon: Position
    private(set) var removed = 0
    private var pending: [(table: StoreTable, key: [UInt8])] = []

    init(graph: Graph<Store>, log: Namespace, horizon: Position) {
        self.graph = graph
        self.log = log
        self.horizon = horizon
    }

    mutating func sweep(
        _ snapshot: Store.Snapshot, _ table: StoreTable, _ range: KeyRange,
        _ isPast: ([UInt8], [UInt8]) -> Bool
    ) throws(GraphError) {
        var cursor = snapshot.scan(table, range, reverse: false)
        while try GraphError.translating("trim", { () throws(StoreError) in try cursor.advance() })
        {
            guard isPast(cursor.key, cursor.value) else { continue }
            pending.append((table, cursor.key))
            if pending.count >= Limits.trimKeys.value { try write() }
        }
    }

    mutating func write() throws(GraphError) {
        var batch = graph.store.batch()
        for (table, key) in pending { batch.delete(table, key) }
        let store = graph.store
        try graph.commits.withLock { (_) throws(GraphError) in
            try GraphError.translating("trim") { () throws(StoreError) in try store.write(batch) }
        }
        removed += pending.count
        pending = []
    }
}

extension Mounts {
    /// The log of a stored version, without decoding more than its head.
    func logOfStored(_ bytes: [UInt8]) -> Namespace? {
        var reader = CBORReader(bytes)
        guard (try? reader.beginList()) != nil, (try? reader.beginList()) != nil,
            (try? reader.readIdentifier()) != nil, (try? reader.readText()) != nil,
            let path = try? reader.readText(), let namespace = try? Namespace(path)
        else { return nil }
        return log(of: namespace)
    }

    /// The log of a grave by name: behind its mark its key holds the name's.
    func logOfGrave(_ key: [UInt8]) -> Namespace? { logOfName(Array(key.dropFirst())) }

    /// The log of a name's key, which holds type, namespace and name between NULs.
    func logOfName(_ key: [UInt8]) -> Namespace? {
        let parts = key.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3,
            let namespace = try? Namespace(String(decoding: parts[1], as: UTF8.self))
        else { return nil }
        return log(of: namespace)
    }
}

extension Keys {
    static func sessions(of log: Namespace) -> [UInt8] {
        var key: [UInt8] = []
        key.append(word: log.path)
        return key
    }

    /// The value of a session: its last request and the entry it was taken with.
    static func request(_ sequence: UInt64, _ position: Position) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(big: sequence)
        bytes.append(big: position.rawValue)
        return bytes
    }
}
