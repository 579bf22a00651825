import Host
import Resources
import Synchronization

/// A simulated store that counts what is asked of it.
final class MeteredStore: OrderedStore {
    /// What was asked since the last `reset`.
    struct Counts: Equatable, Sendable {
        var gets = 0
        var scans = 0
        var steps = 0
        var writes = 0
        var changes = 0
        var bytes = 0
    }

    /// The counts, which snapshots and cursors share.
    final class Meter: Sendable {
        private let counts = Mutex(Counts())

        func note(_ change: (inout Counts) -> Void) { counts.withLock { change(&$0) } }

        var taken: Counts {
            counts.withLock { counts in
                defer { counts = Counts() }
                return counts
            }
        }
    }

    let meter = Meter()
    private let base = SimulatedStore()

    func get(_ table: StoreTable, _ key: [UInt8]) throws(StoreError) -> [UInt8]? {
        meter.note { $0.gets += 1 }
        return try base.get(table, key)
    }

    func snapshot() -> MeteredSnapshot { MeteredSnapshot(base: base.snapshot(), meter: meter) }

    func batch() -> MeteredBatch { MeteredBatch(base: base.batch()) }

    func write(_ batch: MeteredBatch) throws(StoreError) {
        meter.note { counts in
            counts.writes += 1
            counts.changes += batch.changes
            counts.bytes += batch.bytes
        }
        try base.write(batch.base)
    }

    func flush() throws(StoreError) { try base.flush() }

    func checkpoint(to directory: String) throws(StoreError) {
        try base.checkpoint(to: directory)
    }

    var memoryBytes: Int { base.memoryBytes }
}

struct MeteredSnapshot: StoreSnapshot {
    let base: SimulatedSnapshot
    let meter: MeteredStore.Meter

    func get(_ table: StoreTable, _ key: [UInt8]) throws(StoreError) -> [UInt8]? {
        meter.note { $0.gets += 1 }
        return try base.get(table, key)
    }

    func scan(_ table: StoreTable, _ range: KeyRange, reverse: Bool) -> MeteredCursor {
        meter.note { $0.scans += 1 }
        return MeteredCursor(base: base.scan(table, range, reverse: reverse), meter: meter)
    }
}

struct MeteredCursor: StoreCursor {
    var base: SimulatedCursor
    let meter: MeteredStore.Meter

    mutating func advance() throws(StoreError) -> Bool {
        meter.note { $0.steps += 1 }
        return try base.advance()
    }

    var key: [UInt8] { base.key }
    var value: [UInt8] { base.value }
}

struct MeteredBatch: StoreBatch {
    var base: SimulatedBatch
    var changes = 0
    var bytes = 0

    init(base: SimulatedBatch) { self.base = base }

    mutating func put(_ table: StoreTable, _ key: [UInt8], _ value: [UInt8]) {
        changes += 1
        bytes += key.count + value.count
        base.put(table, key, value)
    }

    mutating func delete(_ table: StoreTable, _ key: [UInt8]) {
        changes += 1
        bytes += key.count
        base.delete(table, key)
    }
}
