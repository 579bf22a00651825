import Host
import Synchronization

/// The World's disk that dies at a step: that operation and all after it fail with EIO.
final class StepDisk: Disk {
    let inner: SimulatedDisk
    private let left: Mutex<Int>
    private let count = Mutex(0)

    init(_ inner: SimulatedDisk, diesAt step: Int = .max) {
        self.inner = inner
        left = Mutex(step)
    }

    /// Operations so far.
    var steps: Int { count.withLock { $0 } }

    fileprivate func step(
        _ operation: DiskError.Operation, _ path: String
    ) throws(DiskError) {
        count.withLock { $0 += 1 }
        let isDead = left.withLock { left in
            if left > 0 { left -= 1 }
            return left == 0
        }
        if isDead { throw DiskError(operation, path, errno: DiskError.inputOutput) }
    }

    func open(_ path: String, writing: Bool) throws(DiskError) -> StepFile {
        try step(.open, path)
        return StepFile(self, try inner.open(path, writing: writing))
    }
    func create(_ path: String) throws(DiskError) -> StepFile {
        try step(.create, path)
        return StepFile(self, try inner.create(path))
    }
    func list(_ directory: String) throws(DiskError) -> [String] {
        try step(.list, directory)
        return try inner.list(directory)
    }
    func rename(_ path: String, to newPath: String) throws(DiskError) {
        try step(.rename, path)
        try inner.rename(path, to: newPath)
    }
    func remove(_ path: String) throws(DiskError) {
        try step(.remove, path)
        try inner.remove(path)
    }
    func createDirectory(_ path: String) throws(DiskError) {
        try step(.createDirectory, path)
        try inner.createDirectory(path)
    }
    func removeDirectory(_ path: String) throws(DiskError) {
        try step(.remove, path)
        try inner.removeDirectory(path)
    }
    func syncDirectory(_ path: String) throws(DiskError) {
        try step(.syncDirectory, path)
        try inner.syncDirectory(path)
    }
    func lock(_ path: String) throws(DiskError) -> StepFile {
        try step(.lock, path)
        return StepFile(self, try inner.lock(path))
    }
    func freeBytes(_ path: String) throws(DiskError) -> UInt64 { try inner.freeBytes(path) }
}

/// A file of it.
final class StepFile: DiskFile {
    private let disk: StepDisk
    private let inner: SimulatedFile

    init(_ disk: StepDisk, _ inner: SimulatedFile) {
        self.disk = disk
        self.inner = inner
    }

    var path: String { inner.path }
    func size() throws(DiskError) -> Int {
        try disk.step(.size, path)
        return try inner.size()
    }
    func read(at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
        try disk.step(.read, path)
        return try inner.read(at: offset, count: count)
    }
    func readDirect(at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
        try inner.readDirect(at: offset, count: count)
    }
    func write(_ bytes: RawSpan, at offset: Int) throws(DiskError) {
        try disk.step(.write, path)
        try inner.write(bytes, at: offset)
    }
    func syncData() throws(DiskError) {
        try disk.step(.sync, path)
        try inner.syncData()
    }
    func truncate(to size: Int) throws(DiskError) {
        try disk.step(.truncate, path)
        try inner.truncate(to: size)
    }
    func close() { inner.close() }
}
