internal import Host
public import Log
public import Resources
internal import Synchronization

extension EtcdLoglet {
    /// Lets go of entries before `position`. etcd compacts all of its keys at once, so each loglet
    /// writes down from which revision it is still read, and the least of them is what goes. A
    /// sealed loglet that is trimmed past its tail needs nothing any more.
    public func trim(before position: Position) throws(LogError) {
        let tail = try refresh()
        guard position > start.position.next, tail.version > 0 else { return }
        if tail.isSealed, position > tail.point.position {
            try keep(nil)
        } else {
            let put = try put(holding: min(position, tail.point.position))
            guard let put else { return }
            try keep(put.seen.revision)
        }
        try compact()
    }

    /// The put that holds an entry, read where it is not known; nil when it was trimmed.
    private func put(holding position: Position) throws(LogError) -> KnownPut? {
        if let put = state.withLock({ $0.puts.put(holding: position) }) { return put }
        let deadline = clock.ticks.advanced(byMilliseconds: UInt64(Limits.etcdAnswer.value))
        var reader = try open(behind: Position(position.rawValue - 1))
        defer { reader.watch.close() }
        do throws(LogError) {
            try fill(&reader, until: deadline)
        } catch {
            if case .trimmed = error { return nil }
            throw error
        }
        guard let put = reader.first else { throw late(reader) }
        return put
    }

    /// Writes down that nothing before `revision` is read here; nil: nothing at all. Never goes
    /// back, whoever else trims.
    private func keep(_ revision: UInt64?) throws(LogError) {
        for _ in 0..<Limits.etcdAttempts.value {
            let found = try reading { () throws(BusError) in
                try calls.range(EtcdRange(key: keys.kept), milliseconds: Limits.etcdAnswer.value)
            }.keyValues.first
            if let found, !KeptRevision(found.value).isBefore(KeptRevision(revision)) { return }
            let transaction = EtcdTransaction(
                compares: [.modified(keys.kept, found?.modRevision ?? 0)],
                success: [.put(keys.kept, KeptRevision(revision).bytes)], failure: [])
            let answer = try writing { () throws(BusError) in
                try calls.transact(transaction, milliseconds: Limits.etcdAnswer.value)
            }
            if answer.succeeded { return }
        }
        throw .unreachable(cause: "others trim \(place.name) at the same time; try again")
    }

    /// Compacts what no loglet of this etcd needs.
    private func compact() throws(LogError) {
        let ranges = [
            EtcdRange(
                key: EtcdKeys.root, end: EtcdKeys.rootEnd, keysOnly: true,
                limit: Limits.etcdKeys.value),
            EtcdRange(
                key: EtcdKeys.keptRoot, end: EtcdKeys.keptEnd, limit: Limits.etcdKeys.value),
        ]
        let transaction = EtcdTransaction(
            compares: [], success: ranges.map { .range($0) }, failure: [])
        let answer = try reading { () throws(BusError) in
            try calls.transact(transaction, milliseconds: Limits.etcdAnswer.value)
        }
        guard answer.ranges.count == 2, !answer.ranges.contains(where: \.isCut) else {
            throw .tooLarge(
                what: "set of keys of shared logs", bytes: Limits.etcdKeys.value + 1,
                limit: Limits.etcdKeys.value)
        }
        guard
            let bound = KeptRevision.least(
                keys: answer.ranges[0].keyValues, kept: answer.ranges[1].keyValues),
            bound > 1
        else { return }
        do throws(BusError) {
            try calls.compact(before: bound, milliseconds: Limits.etcdAnswer.value)
        } catch {
            // Others compacted that far, or further.
            guard error.kind == .refused else { throw LogError(error, writing: true) }
        }
    }
}

/// From which revision on a loglet is still read, as its `kept` key says: in decimal digits, `-`
/// for one of which nothing is.
struct KeptRevision: Hashable, Sendable {
    /// Nil: nothing is read.
    let revision: UInt64?

    init(_ revision: UInt64?) { self.revision = revision }

    /// Reads a value; one that is not understood keeps everything.
    init(_ value: [UInt8]) {
        let text = String(decoding: value, as: UTF8.self)
        revision = text == "-" ? nil : UInt64(text) ?? 0
    }

    var bytes: [UInt8] { Array((revision.map { String($0) } ?? "-").utf8) }

    /// Whether `other` keeps less.
    func isBefore(_ other: KeptRevision) -> Bool {
        guard let revision else { return false }
        return other.revision.map { revision < $0 } ?? true
    }

    /// The least revision that a loglet needs: what it wrote down, or that of its first put.
    static func least(keys: [EtcdKeyValue], kept: [EtcdKeyValue]) -> UInt64? {
        var written: [String: KeptRevision] = [:]
        for found in kept { written[found.key] = KeptRevision(found.value) }
        let needs = keys.compactMap { found -> UInt64? in
            guard let key = EtcdKeys.kept(ofEntries: found.key) else { return nil }
            if let kept = written[key] { return kept.revision }
            return found.createRevision
        }
        return needs.min()
    }
}
