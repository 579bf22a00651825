internal import CHost
internal import Resources

/// An open database with the objects that live as long as it. Snapshots and cursors hold it, so
/// that it closes after the last of them.
// SAFETY: the pointers are set once in `init` and RocksDB's database, cache and option objects
// may be used by any thread; they are destroyed only in `deinit`.
@safe final class RocksHandle: @unchecked Sendable {
    let database: OpaquePointer
    let cache: OpaquePointer
    let readOptions: OpaquePointer
    let writeOptions: OpaquePointer
    let flushOptions: OpaquePointer
    private let options: OpaquePointer

    init(path: String, sizes: RocksStore.Sizes) throws(StoreError) {
        unsafe cache = rocksdb_cache_create_lru(sizes.blockCache)
        unsafe options = Self.options(sizes, cache: cache)
        unsafe readOptions = rocksdb_readoptions_create()
        unsafe writeOptions = rocksdb_writeoptions_create()
        unsafe flushOptions = rocksdb_flushoptions_create()
        unsafe rocksdb_writeoptions_disable_WAL(writeOptions, 1)
        var error: UnsafeMutablePointer<CChar>?
        let opened = unsafe rocksdb_open(options, path, &error)
        let cause = unsafe takeRocksError(&error)
        guard let opened = unsafe opened, cause == nil else {
            unsafe Self.destroy(options, readOptions, writeOptions, flushOptions, cache)
            throw StoreError(
                operation: "open", subject: path, cause: cause ?? "RocksDB gave no database")
        }
        unsafe database = opened
    }

    deinit {
        unsafe rocksdb_close(database)
        unsafe Self.destroy(options, readOptions, writeOptions, flushOptions, cache)
    }

    private static func destroy(
        _ options: OpaquePointer, _ read: OpaquePointer, _ write: OpaquePointer,
        _ flush: OpaquePointer, _ cache: OpaquePointer
    ) {
        unsafe rocksdb_flushoptions_destroy(flush)
        unsafe rocksdb_writeoptions_destroy(write)
        unsafe rocksdb_readoptions_destroy(read)
        unsafe rocksdb_options_destroy(options)
        unsafe rocksdb_cache_destroy(cache)
    }

    func get(
        _ table: StoreTable, _ key: [UInt8], options: OpaquePointer
    ) throws(StoreError) -> [UInt8]? {
        var error: UnsafeMutablePointer<CChar>?
        let slice = unsafe withRocksKey(table, key) { key, count in
            unsafe rocksdb_get_pinned(database, options, key, count, &error)
        }
        if let cause = unsafe takeRocksError(&error) {
            throw StoreError(operation: "get", subject: "\(table)", cause: cause)
        }
        guard let slice = unsafe slice else { return nil }
        defer { unsafe rocksdb_pinnableslice_destroy(slice) }
        var count = 0
        let start = unsafe rocksdb_pinnableslice_value(slice, &count)
        return unsafe rocksBytes(start, count)
    }

    /// Small and quiet: two background threads, no statistics, one short log file; LZ4 below,
    /// bloom filters in files and memtable so that asking for what is not there is cheap.
    private static func options(
        _ sizes: RocksStore.Sizes, cache: OpaquePointer
    ) -> OpaquePointer {
        let options: OpaquePointer = unsafe rocksdb_options_create()
        unsafe rocksdb_options_set_create_if_missing(options, 1)
        unsafe rocksdb_options_set_write_buffer_size(options, sizes.writeBuffer)
        unsafe rocksdb_options_set_max_write_buffer_number(options, 2)
        unsafe rocksdb_options_set_arena_block_size(options, 64 << 10)
        unsafe rocksdb_options_set_memtable_prefix_bloom_size_ratio(options, 0.02)
        unsafe rocksdb_options_set_memtable_whole_key_filtering(options, 1)
        unsafe rocksdb_options_set_allow_concurrent_memtable_write(options, 0)
        unsafe rocksdb_options_set_max_background_jobs(options, 2)
        unsafe rocksdb_options_set_max_open_files(options, 128)
        unsafe rocksdb_options_set_compression(options, Int32(rocksdb_lz4_compression))
        unsafe rocksdb_options_set_info_log_level(options, 3)
        unsafe rocksdb_options_set_keep_log_file_num(options, 1)
        unsafe rocksdb_options_set_max_log_file_size(options, 64 << 10)
        unsafe rocksdb_options_set_stats_dump_period_sec(options, 0)
        unsafe rocksdb_options_set_stats_persist_period_sec(options, 0)
        unsafe rocksdb_options_set_max_manifest_file_size(options, 1 << 20)
        unsafe rocksdb_options_set_manifest_preallocation_size(options, 64 << 10)
        unsafe rocksdb_options_set_skip_stats_update_on_db_open(options, 1)
        let blocks: OpaquePointer = unsafe rocksdb_block_based_options_create()
        unsafe rocksdb_block_based_options_set_block_cache(blocks, cache)
        // Indexes and filters stay out of the small cache, where they would chase each other
        // out at half a millisecond a read; they are some 2 bytes a key.
        unsafe rocksdb_block_based_options_set_cache_index_and_filter_blocks(blocks, 0)
        unsafe rocksdb_block_based_options_set_format_version(blocks, 5)
        unsafe rocksdb_block_based_options_set_index_block_restart_interval(blocks, 8)
        unsafe rocksdb_block_based_options_set_filter_policy(
            blocks, rocksdb_filterpolicy_create_bloom_full(10))
        unsafe rocksdb_options_set_block_based_table_factory(options, blocks)
        unsafe rocksdb_block_based_options_destroy(blocks)
        return unsafe options
    }
}

/// Copies bytes that RocksDB lends.
func rocksBytes(_ start: UnsafePointer<CChar>?, _ count: Int) -> [UInt8] {
    unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
}
