/// The store of etcd as it promises to be: keys with revisions and versions, history, compaction.
struct EtcdModel: Sendable {
    /// The revision of the last change; an empty store has 1.
    private(set) var revision: UInt64 = 1
    /// What was overwritten before this revision is gone.
    private(set) var compacted: UInt64 = 0
    private var keys: [String: EtcdKeyValue] = [:]
    /// Every put that was not compacted, oldest first.
    private var history: [EtcdKeyValue] = []

    /// Carries out a transaction at one revision.
    mutating func transact(_ transaction: EtcdTransaction) -> EtcdTransactionAnswer {
        let holds = transaction.compares.allSatisfy { compare in
            switch compare {
            case .created(let key, let wanted): keys[key]?.createRevision ?? 0 == wanted
            case .modified(let key, let wanted): keys[key]?.modRevision ?? 0 == wanted
            case .version(let key, let wanted): keys[key]?.version ?? 0 == wanted
            }
        }
        let next = revision + 1
        var ranges: [EtcdRangeAnswer] = []
        for step in holds ? transaction.success : transaction.failure {
            switch step {
            case .put(let key, let value): put(key, value, at: next)
            case .range(let range): ranges.append(self.range(range))
            }
        }
        return EtcdTransactionAnswer(revision: revision, succeeded: holds, ranges: ranges)
    }

    /// Reads keys.
    func range(_ range: EtcdRange) -> EtcdRangeAnswer {
        var found: [EtcdKeyValue] = []
        if let end = range.end {
            found = keys.values.filter { Self.isKey($0.key, in: range.key, end) }
            found.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        } else if let one = keys[range.key] {
            found = [one]
        }
        let isCut = range.limit > 0 && found.count > range.limit
        if isCut { found = Array(found.prefix(range.limit)) }
        if range.keysOnly { for index in found.indices { found[index].value = [] } }
        return EtcdRangeAnswer(revision: revision, keyValues: found, isCut: isCut)
    }

    /// Forgets history; false when it was forgotten already or is yet to come.
    mutating func compact(before wanted: UInt64) -> Bool {
        guard wanted > compacted, wanted <= revision else { return false }
        compacted = wanted
        history.removeAll { $0.modRevision < wanted }
        return true
    }

    /// At most `count` puts of keys in `key..<end` from a revision on.
    func puts(of key: String, _ end: String, from start: UInt64, count: Int) -> [EtcdKeyValue] {
        var low = 0
        var high = history.count
        while low < high {
            let middle = (low + high) / 2
            if history[middle].modRevision < start { low = middle + 1 } else { high = middle }
        }
        return Array(
            history[low...].lazy.filter { Self.isKey($0.key, in: key, end) }.prefix(count))
    }

    private mutating func put(_ key: String, _ value: [UInt8], at next: UInt64) {
        let old = keys[key]
        let new = EtcdKeyValue(
            key: key, value: value, createRevision: old?.createRevision ?? next, modRevision: next,
            version: (old?.version ?? 0) + 1)
        keys[key] = new
        history.append(new)
        revision = next
    }

    private static func isKey(_ key: String, in start: String, _ end: String) -> Bool {
        !key.utf8.lexicographicallyPrecedes(start.utf8)
            && key.utf8.lexicographicallyPrecedes(end.utf8)
    }
}
