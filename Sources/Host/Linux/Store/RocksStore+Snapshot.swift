internal import CHost
public import Resources

/// A state of the store that later writes do not change.
// SAFETY: the pointers are set once in `init`; RocksDB snapshots and read options may be read by
// any thread; they are released only in `deinit`.
@safe public final class RocksSnapshot: StoreSnapshot, @unchecked Sendable {
    let handle: RocksHandle
    let options: OpaquePointer
    private let snapshot: OpaquePointer?

    init(_ handle: RocksHandle) {
        self.handle = handle
        unsafe snapshot = rocksdb_create_snapshot(handle.database)
        unsafe options = rocksdb_readoptions_create()
        unsafe rocksdb_readoptions_set_snapshot(options, snapshot)
    }

    deinit {
        unsafe rocksdb_readoptions_destroy(options)
        unsafe rocksdb_release_snapshot(handle.database, snapshot)
    }

    public func get(_ table: StoreTable, _ key: [UInt8]) throws(StoreError) -> [UInt8]? {
        try unsafe handle.get(table, key, options: options)
    }

    public func scan(_ table: StoreTable, _ range: KeyRange, reverse: Bool) -> RocksCursor {
        RocksCursor(self, table, range, reverse: reverse)
    }
}

/// Pairs of a range of a snapshot in order.
@safe public final class RocksCursor: StoreCursor {
    private let snapshot: RocksSnapshot
    private let iterator: OpaquePointer
    private let lower: [UInt8]
    private let upper: [UInt8]?
    private let reverse: Bool
    private var started = false

    init(_ snapshot: RocksSnapshot, _ table: StoreTable, _ range: KeyRange, reverse: Bool) {
        self.snapshot = snapshot
        self.reverse = reverse
        lower = [table.rawValue] + range.lower
        upper = range.upper.map { [table.rawValue] + $0 } ?? [table.rawValue + 1]
        unsafe iterator = rocksdb_create_iterator(snapshot.handle.database, snapshot.options)
    }

    deinit { unsafe rocksdb_iter_destroy(iterator) }

    public func advance() throws(StoreError) -> Bool {
        if started {
            unsafe reverse ? rocksdb_iter_prev(iterator) : rocksdb_iter_next(iterator)
        } else {
            started = true
            start()
        }
        if unsafe rocksdb_iter_valid(iterator) != 0 { return isInside }
        var error: UnsafeMutablePointer<CChar>?
        unsafe rocksdb_iter_get_error(iterator, &error)
        if let cause = unsafe takeRocksError(&error) {
            throw StoreError(operation: "scan", subject: "table \(lower[0])", cause: cause)
        }
        return false
    }

    public var key: [UInt8] { Array(stored.dropFirst()) }

    public var value: [UInt8] {
        var count = 0
        let start = unsafe rocksdb_iter_value(iterator, &count)
        return unsafe rocksBytes(start, count)
    }

    private var stored: [UInt8] {
        var count = 0
        let start = unsafe rocksdb_iter_key(iterator, &count)
        return unsafe rocksBytes(start, count)
    }

    private var isInside: Bool {
        var count = 0
        let start = unsafe rocksdb_iter_key(iterator, &count)
        let key = unsafe UnsafeRawBufferPointer(start: start, count: count)
        if reverse { return unsafe !key.lexicographicallyPrecedes(lower) }
        guard let upper else { return true }
        return unsafe key.lexicographicallyPrecedes(upper)
    }

    /// A reverse cursor starts at the last key below `upper`.
    private func start() {
        guard reverse, let upper else {
            return unsafe seek(lower) { unsafe rocksdb_iter_seek($0, $1, $2) }
        }
        unsafe seek(upper) { unsafe rocksdb_iter_seek_for_prev($0, $1, $2) }
        var count = 0
        guard unsafe rocksdb_iter_valid(iterator) != 0,
            let start = unsafe rocksdb_iter_key(iterator, &count),
            unsafe UnsafeRawBufferPointer(start: start, count: count).elementsEqual(upper)
        else { return }
        unsafe rocksdb_iter_prev(iterator)
    }

    private func seek(
        _ key: [UInt8], _ call: (OpaquePointer, UnsafePointer<CChar>?, Int) -> Void
    ) {
        unsafe key.withUnsafeBytes { key in
            unsafe call(
                iterator, key.baseAddress?.assumingMemoryBound(to: CChar.self), key.count)
        }
    }
}
