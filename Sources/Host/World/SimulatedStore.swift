public import Resources
internal import Synchronization

/// The World's ordered store: sorted arrays in memory. `crash` falls back to the last flush, which
/// is the least that a store may keep.
public final class SimulatedStore: OrderedStore {
    private struct State {
        var tables = SortedTables()
        var flushed = SortedTables()
        var flushes = 0
        var failures: [StoreError] = []
    }

    private let state: Mutex<State>
    private let medium = SimulatedMedium()

    /// An empty store.
    public init() { state = Mutex(State()) }

    public func get(_ table: StoreTable, _ key: [UInt8]) throws(StoreError) -> [UInt8]? {
        state.withLock { $0.tables.get(table, key) }
    }

    public func snapshot() -> SimulatedSnapshot {
        state.withLock { SimulatedSnapshot(tables: $0.tables, medium: medium) }
    }

    public func batch() -> SimulatedBatch { SimulatedBatch() }

    public func write(_ batch: SimulatedBatch) throws(StoreError) {
        let failure = state.withLock { state -> StoreError? in
            if !state.failures.isEmpty { return state.failures.removeFirst() }
            for change in batch.changes { state.tables.apply(change) }
            return nil
        }
        if let failure { throw failure }
    }

    public func flush() throws(StoreError) {
        state.withLock { state in
            state.flushed = state.tables
            state.flushes += 1
        }
    }

    public func checkpoint(to directory: String) throws(StoreError) {
        throw StoreError(
            operation: "checkpoint", subject: directory,
            cause: "the simulated store has no directories; use `copy()`")
    }

    public var memoryBytes: Int { state.withLock { $0.tables.bytes } }

    /// Loses all writes since the last flush.
    public func crash() { state.withLock { $0.tables = $0.flushed } }

    /// Lets the next write fail with `error` and change nothing.
    public func failNextWrite(_ error: StoreError) {
        state.withLock { $0.failures.append(error) }
    }

    /// Lets what snapshots read fail with `error` from now on; nil mends it.
    public func failReads(_ error: StoreError?) { medium.failure.withLock { $0 = error } }

    /// A store of its own with the same pairs, all flushed.
    public func copy() -> SimulatedStore {
        let tables = state.withLock { $0.tables }
        let copy = SimulatedStore()
        copy.state.withLock { state in
            state.tables = tables
            state.flushed = tables
        }
        return copy
    }
}

/// A state of a simulated store.
public struct SimulatedSnapshot: StoreSnapshot {
    let tables: SortedTables
    let medium: SimulatedMedium

    public func get(_ table: StoreTable, _ key: [UInt8]) throws(StoreError) -> [UInt8]? {
        try medium.check()
        return tables.get(table, key)
    }

    public func scan(
        _ table: StoreTable, _ range: KeyRange, reverse: Bool
    ) -> SimulatedCursor {
        SimulatedCursor(
            tables: tables, medium: medium, table: table, range: range, reverse: reverse)
    }
}

/// Pairs of a range in order.
public struct SimulatedCursor: StoreCursor {
    private let tables: SortedTables
    private let medium: SimulatedMedium
    private let table: StoreTable
    private var remaining: Range<Int>
    private var current: (key: [UInt8], value: [UInt8]) = ([], [])
    private let reverse: Bool

    init(
        tables: SortedTables, medium: SimulatedMedium, table: StoreTable, range: KeyRange,
        reverse: Bool
    ) {
        self.tables = tables
        self.medium = medium
        self.table = table
        self.reverse = reverse
        remaining = tables.indices(table, range)
    }

    public mutating func advance() throws(StoreError) -> Bool {
        try medium.check()
        guard !remaining.isEmpty else { return false }
        if reverse {
            current = tables.pair(table, remaining.upperBound - 1)
            remaining = remaining.lowerBound..<remaining.upperBound - 1
        } else {
            current = tables.pair(table, remaining.lowerBound)
            remaining = remaining.lowerBound + 1..<remaining.upperBound
        }
        return true
    }

    public var key: [UInt8] { current.key }
    public var value: [UInt8] { current.value }
}

/// What a store lies on, which may become unreadable under snapshots that were taken before.
final class SimulatedMedium: Sendable {
    let failure = Mutex<StoreError?>(nil)

    func check() throws(StoreError) {
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}

/// Puts and deletes, in order.
public struct SimulatedBatch: StoreBatch {
    struct Change {
        let table: StoreTable
        let key: [UInt8]
        let value: [UInt8]?
    }

    private(set) var changes: [Change] = []

    public mutating func put(_ table: StoreTable, _ key: [UInt8], _ value: [UInt8]) {
        changes.append(Change(table: table, key: key, value: value))
    }

    public mutating func delete(_ table: StoreTable, _ key: [UInt8]) {
        changes.append(Change(table: table, key: key, value: nil))
    }
}

/// Sorted pairs a table; copies share storage until one of them changes.
struct SortedTables: Sendable {
    private var tables: [[(key: [UInt8], value: [UInt8])]] = Array(
        repeating: [], count: StoreTable.allCases.count + 1)

    func get(_ table: StoreTable, _ key: [UInt8]) -> [UInt8]? {
        let pairs = tables[Int(table.rawValue)]
        let index = Self.index(of: key, in: pairs)
        return index < pairs.count && pairs[index].key == key ? pairs[index].value : nil
    }

    func pair(_ table: StoreTable, _ index: Int) -> (key: [UInt8], value: [UInt8]) {
        tables[Int(table.rawValue)][index]
    }

    func indices(_ table: StoreTable, _ range: KeyRange) -> Range<Int> {
        let pairs = tables[Int(table.rawValue)]
        let lower = Self.index(of: range.lower, in: pairs)
        let upper = range.upper.map { Self.index(of: $0, in: pairs) } ?? pairs.count
        return lower..<max(lower, upper)
    }

    mutating func apply(_ change: SimulatedBatch.Change) {
        let table = Int(change.table.rawValue)
        let index = Self.index(of: change.key, in: tables[table])
        let found = index < tables[table].count && tables[table][index].key == change.key
        switch (found, change.value) {
        case (true, .some(let value)): tables[table][index].value = value
        case (true, .none): tables[table].remove(at: index)
        case (false, .some(let value)): tables[table].insert((change.key, value), at: index)
        case (false, .none): break
        }
    }

    var bytes: Int {
        tables.reduce(0) { sum, pairs in
            pairs.reduce(sum) { $0 + $1.key.count + $1.value.count }
        }
    }

    private static func index(
        of key: [UInt8], in pairs: [(key: [UInt8], value: [UInt8])]
    ) -> Int {
        var low = 0
        var high = pairs.count
        while low < high {
            let middle = (low + high) / 2
            if pairs[middle].key.lexicographicallyPrecedes(key) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}
