// The port lives here and its bodies in Host, because MMSGraph is the one that uses it and
// imports neither Host nor Log (design/00): it stays a pure room over any store.

/// A durable, ordered map of bytes to bytes, in tables. A write is atomic over all tables but
/// durable only after `flush`: after a crash the store stands at some earlier write, whole.
public protocol OrderedStore: Sendable {
    /// A consistent view that later writes do not change.
    associatedtype Snapshot: StoreSnapshot
    /// Puts and deletes that become visible together.
    associatedtype Batch: StoreBatch

    /// The value of `key`; nil when there is none.
    func get(_ table: StoreTable, _ key: [UInt8]) throws(StoreError) -> [UInt8]?
    /// The state as of now, kept until the snapshot is let go.
    func snapshot() -> Snapshot
    /// An empty batch.
    func batch() -> Batch
    /// Makes all of `batch` visible at once.
    func write(_ batch: Batch) throws(StoreError)
    /// Makes everything written so far survive a crash.
    func flush() throws(StoreError)
    /// Writes a complete, durable copy to `directory`, which must not exist.
    func checkpoint(to directory: String) throws(StoreError)
    /// Bytes of memory the store holds.
    var memoryBytes: Int { get }
}

/// The tables of the store. The raw value is part of the stored format.
public enum StoreTable: UInt8, CaseIterable, Sendable {
    case meta = 1, resources, names, tags, fields, links, history, graves, moments, sessions
    case cursors, counters
}

/// A consistent view of a store.
public protocol StoreSnapshot: Sendable {
    /// A cursor over a range of a table.
    associatedtype Cursor: StoreCursor

    /// The value of `key`; nil when there is none.
    func get(_ table: StoreTable, _ key: [UInt8]) throws(StoreError) -> [UInt8]?
    /// A cursor before the first pair of `range`, or behind its last when `reverse`.
    func scan(_ table: StoreTable, _ range: KeyRange, reverse: Bool) -> Cursor
}

/// Pairs of a range in order.
public protocol StoreCursor {
    /// Moves to the next pair; false at the end.
    mutating func advance() throws(StoreError) -> Bool
    /// The key of the pair it stands on.
    var key: [UInt8] { get }
    /// The value of the pair it stands on.
    var value: [UInt8] { get }
}

/// Puts and deletes in order; of several on one key the last stays.
public protocol StoreBatch {
    /// Sets `key` to `value`.
    mutating func put(_ table: StoreTable, _ key: [UInt8], _ value: [UInt8])
    /// Removes `key`, if it is there.
    mutating func delete(_ table: StoreTable, _ key: [UInt8])
}

/// Keys from `lower` up to but without `upper`; without upper end when that is nil.
public struct KeyRange: Hashable, Sendable {
    /// The first key.
    public var lower: [UInt8]
    /// The first key behind the range.
    public var upper: [UInt8]?

    /// The keys in `lower ..< upper`.
    public init(lower: [UInt8], upper: [UInt8]?) {
        self.lower = lower
        self.upper = upper
    }

    /// The keys that begin with `prefix`.
    public init(prefix: [UInt8]) { self.init(lower: prefix, upper: prefix.successor) }
}

extension [UInt8] {
    /// The first key behind all keys that begin with this one; nil when there is none.
    public var successor: [UInt8]? {
        var bytes = self
        while let last = bytes.popLast() {
            if last < 0xFF { return bytes + [last + 1] }
        }
        return nil
    }
}

/// What went wrong in a store.
public struct StoreError: Error, Hashable, Sendable {
    /// What was being done: "open", "get", "write", "flush" …
    public let operation: String
    /// To what.
    public let subject: String
    /// Why it failed.
    public let cause: String

    /// The failure of `operation` on `subject`.
    public init(operation: String, subject: String, cause: String) {
        self.operation = operation
        self.subject = subject
        self.cause = cause
    }
}
