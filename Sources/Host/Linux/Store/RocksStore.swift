internal import CHost
public import Resources

/// The ordered store of Linux: RocksDB through its C API, without write-ahead log, because the
/// command log is the only sync there is.
///
/// All tables share one column family and a table is the first byte of a key: the C API of 7.8
/// cannot flush several column families as one, and without a write-ahead log a crash between two
/// such flushes would tear a batch. One family also has one memtable, which keeps an idle node
/// small. A batch never spans two memtables, so what a crash leaves is always a whole prefix.
public final class RocksStore: OrderedStore {
    let handle: RocksHandle
    private let path: String

    /// Opens the store in `path`, making it when it is not there.
    public init(path: String, sizes: Sizes = Sizes()) throws(StoreError) {
        self.path = path
        handle = try RocksHandle(path: path, sizes: sizes)
    }

    /// How much memory the store takes.
    public struct Sizes: Sendable {
        /// Bytes of writes held in memory before they go to disk by themselves.
        public var writeBuffer = 16 << 20
        /// Bytes of blocks of files kept in memory.
        public var blockCache = 8 << 20

        /// The sizes of a node of at most 64 MB.
        public init() {}
    }

    public func get(_ table: StoreTable, _ key: [UInt8]) throws(StoreError) -> [UInt8]? {
        try unsafe handle.get(table, key, options: handle.readOptions)
    }

    public func snapshot() -> RocksSnapshot { RocksSnapshot(handle) }

    public func batch() -> RocksBatch { RocksBatch() }

    public func write(_ batch: RocksBatch) throws(StoreError) {
        try unsafe attempt("write") { error in
            unsafe rocksdb_write(handle.database, handle.writeOptions, batch.pointer, &error)
        }
    }

    public func flush() throws(StoreError) {
        try unsafe attempt("flush") { error in
            unsafe rocksdb_flush(handle.database, handle.flushOptions, &error)
        }
    }

    public func checkpoint(to directory: String) throws(StoreError) {
        try unsafe attempt("checkpoint") { error in
            let checkpoint = unsafe rocksdb_checkpoint_object_create(handle.database, &error)
            guard unsafe error == nil else { return }
            unsafe rocksdb_checkpoint_create(checkpoint, directory, 0, &error)
            unsafe rocksdb_checkpoint_object_destroy(checkpoint)
        }
    }

    public var memoryBytes: Int {
        ["rocksdb.cur-size-all-mem-tables", "rocksdb.estimate-table-readers-mem"].reduce(
            Int(unsafe rocksdb_cache_get_usage(handle.cache))
        ) { sum, property in
            var value: UInt64 = 0
            let failed = unsafe rocksdb_property_int(handle.database, property, &value) != 0
            return failed ? sum : sum + Int(value)
        }
    }

    private func attempt(
        _ operation: String, _ body: (inout UnsafeMutablePointer<CChar>?) -> Void
    ) throws(StoreError) {
        var error: UnsafeMutablePointer<CChar>?
        unsafe body(&error)
        if let cause = unsafe takeRocksError(&error) {
            throw StoreError(operation: operation, subject: path, cause: cause)
        }
    }
}

/// Takes the message of a failed call and frees it; nil when the call went well.
func takeRocksError(_ error: inout UnsafeMutablePointer<CChar>?) -> String? {
    guard let message = unsafe error else { return nil }
    defer { unsafe rocksdb_free(message) }
    unsafe error = nil
    return unsafe String(cString: message)
}

/// Puts and deletes in RocksDB's own form, so that bytes are copied once.
@safe public final class RocksBatch: StoreBatch {
    let pointer: OpaquePointer

    init() { unsafe pointer = rocksdb_writebatch_create() }

    deinit { unsafe rocksdb_writebatch_destroy(pointer) }

    public func put(_ table: StoreTable, _ key: [UInt8], _ value: [UInt8]) {
        unsafe withRocksKey(table, key) { key, keyCount in
            unsafe value.withUnsafeBytes { value in
                unsafe rocksdb_writebatch_put(
                    pointer, key, keyCount, value.baseAddress?.assumingMemoryBound(to: CChar.self),
                    value.count)
            }
        }
    }

    public func delete(_ table: StoreTable, _ key: [UInt8]) {
        unsafe withRocksKey(table, key) { key, count in
            unsafe rocksdb_writebatch_delete(pointer, key, count)
        }
    }
}

/// Lends the stored form of a key: the table's byte, then the key.
func withRocksKey<Result>(
    _ table: StoreTable, _ key: [UInt8], _ body: (UnsafePointer<CChar>?, Int) -> Result
) -> Result {
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: key.count + 1) { buffer in
        unsafe buffer[0] = table.rawValue
        unsafe key.withUnsafeBufferPointer { key in
            unsafe _ = UnsafeMutableBufferPointer(rebasing: buffer[1...]).update(
                fromContentsOf: key)
        }
        let start = UnsafeRawPointer(buffer.baseAddress)
        return unsafe body(start?.assumingMemoryBound(to: CChar.self), key.count + 1)
    }
}
