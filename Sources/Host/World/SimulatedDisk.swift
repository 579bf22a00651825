internal import Synchronization

/// The World's disk: keeps what is durable apart from what is only cached, and fails on demand.
///
/// A device writes sectors of 512 bytes whole or not at all. A crash keeps, loses or tears what
/// was not synced; names are lost unless their directory was synced. With one thread and one seed
/// every run is the same.
public final class SimulatedDisk: Disk {
    /// How often things go wrong: once in so many operations on average; 0 is never.
    public struct Faults: Sendable {
        /// Writes the device acknowledges and forgets.
        public var lostWrites: UInt64 = 0
        /// Writes that land some sectors away.
        public var misdirectedWrites: UInt64 = 0
        /// Writes refused with EIO.
        public var writeErrors: UInt64 = 0
        /// Reads refused with EIO.
        public var readErrors: UInt64 = 0
        /// Syncs refused with EIO, after which the pages count as clean.
        public var syncErrors: UInt64 = 0

        /// No faults.
        public init() {}
    }

    let state: Mutex<SimulatedDiskState>

    /// An empty disk; `capacity` bounds the bytes of all files.
    public init(seed: UInt64, capacity: Int = .max) {
        state = Mutex(SimulatedDiskState(seed: seed, capacity: capacity))
    }

    /// Which faults happen from now on.
    public func set(_ faults: Faults) { state.withLock { $0.faults = faults } }

    /// Bytes all files may have from now on.
    public func set(capacity: Int) { state.withLock { $0.capacity = capacity } }

    /// Whether reads past the page cache are refused, as some file systems do.
    public func set(refusesDirect: Bool) { state.withLock { $0.refusesDirect = refusesDirect } }

    /// Whether everything that writes is refused with EROFS.
    public func set(readOnly: Bool) { state.withLock { $0.isReadOnly = readOnly } }

    /// Whose steps changes are from now on; nil: nobody counts.
    public func set(_ life: WorldLife?) { state.withLock { $0.life = life } }

    /// Fails the next operation of that kind with that errno.
    public func failNext(_ operation: DiskError.Operation, errno: Int32) {
        state.withLock { $0.planned.append((operation, errno)) }
    }

    /// Operations that could fail so far, of all kinds.
    public var operations: Int { state.withLock { $0.operations } }

    /// Fails the operation of that number, of whatever kind, counted from 1 since the disk was
    /// made. Those behind it succeed.
    public func fail(operation: Int, errno: Int32) {
        state.withLock { $0.failing = (operation, errno) }
    }

    /// Cuts the power: loses, tears or keeps what was not synced. Open files are gone.
    public func crash() { state.withLock { $0.crash() } }

    /// Ends the process without the power: open files and locks are gone, the cache stays.
    public func kill() { state.withLock { $0.endProcess() } }

    /// Damages the medium: inverts bits of one byte, in the cache too.
    public func flip(_ path: String, at offset: Int, mask: UInt8) {
        state.withLock { $0.flip(path, at: offset, mask: mask) }
    }

    /// The bytes of a file as reads see them; nil when there is none.
    public func bytes(of path: String) -> [UInt8]? { state.withLock { $0.bytes(of: path) } }

    /// Replaces a file's bytes, durably, as someone with an editor would.
    public func overwrite(_ path: String, with bytes: [UInt8]) {
        state.withLock { $0.overwrite(path, with: bytes) }
    }

    /// A number that differs when any durable byte or name differs (FNV-1a).
    public var digest: UInt64 { state.withLock { $0.digest } }

    public func open(_ path: String, writing: Bool) throws(DiskError) -> SimulatedFile {
        try perform { (state) throws(DiskError) in
            if writing { try state.refuseReadOnly(.open, path) }
            return try state.open(path)
        }
    }

    public func create(_ path: String) throws(DiskError) -> SimulatedFile {
        try perform { (state) throws(DiskError) in try state.create(path, .create) }
    }

    public func list(_ directory: String) throws(DiskError) -> [String] {
        try state.withLock { (state) throws(DiskError) in try state.list(directory) }
    }

    public func rename(_ path: String, to newPath: String) throws(DiskError) {
        try state.withLock { (state) throws(DiskError) in try state.rename(path, to: newPath) }
    }

    public func remove(_ path: String) throws(DiskError) {
        try state.withLock { (state) throws(DiskError) in try state.remove(path) }
    }

    public func createDirectory(_ path: String) throws(DiskError) {
        try state.withLock { (state) throws(DiskError) in try state.createDirectory(path) }
    }

    public func removeDirectory(_ path: String) throws(DiskError) {
        try state.withLock { (state) throws(DiskError) in try state.removeDirectory(path) }
    }

    public func syncDirectory(_ path: String) throws(DiskError) {
        try state.withLock { (state) throws(DiskError) in try state.syncDirectory(path) }
    }

    public func lock(_ path: String) throws(DiskError) -> SimulatedFile {
        try perform { (state) throws(DiskError) in try state.lock(path) }
    }

    public func freeBytes(_ path: String) throws(DiskError) -> UInt64 {
        state.withLock { UInt64($0.free) }
    }

    private func perform(
        _ body: (inout SimulatedDiskState) throws(DiskError) -> SimulatedDiskState.Handle
    ) throws(DiskError) -> SimulatedFile {
        let handle = try state.withLock { (state) throws(DiskError) in try body(&state) }
        return SimulatedFile(disk: self, handle: handle)
    }
}

/// An open file of the World.
public final class SimulatedFile: DiskFile {
    private let disk: SimulatedDisk
    private let handle: SimulatedDiskState.Handle

    init(disk: SimulatedDisk, handle: SimulatedDiskState.Handle) {
        self.disk = disk
        self.handle = handle
    }

    deinit { close() }

    public var path: String { handle.path }

    public func size() throws(DiskError) -> Int {
        try disk.state.withLock { (state) throws(DiskError) in
            try state.inode(handle, .size).cache.count
        }
    }

    public func read(at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
        try disk.state.withLock { (state) throws(DiskError) in
            try state.read(handle, at: offset, count: count)
        }
    }

    public func readDirect(at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
        try disk.state.withLock { (state) throws(DiskError) in
            try state.readDirect(handle, at: offset, count: count)
        }
    }

    public func write(_ bytes: RawSpan, at offset: Int) throws(DiskError) {
        let copy = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
        try disk.state.withLock { (state) throws(DiskError) in
            try state.write(handle, copy, at: offset)
        }
    }

    public func syncData() throws(DiskError) {
        try disk.state.withLock { (state) throws(DiskError) in try state.sync(handle) }
    }

    public func truncate(to size: Int) throws(DiskError) {
        try disk.state.withLock { (state) throws(DiskError) in
            try state.truncate(handle, to: size)
        }
    }

    public func close() { disk.state.withLock { $0.close(handle) } }
}
