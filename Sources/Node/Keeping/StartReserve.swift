public import Host
internal import Log
internal import Resources

/// Bytes of a disk that are set aside for a start. What opens the graph writes a little before a
/// node can serve, and a machine that comes up with a full disk is to run its apps all the same.
public struct StartReserve<D: Disk>: Sendable {
    private let disk: D
    private let directory: String
    private var path: String { directory + "/reserve" }
    private static var bytes: Int { Limits.startReserve.value }

    /// The reserve of a node's state directory.
    public init(_ disk: D, in directory: String) {
        self.disk = disk
        self.directory = directory
    }

    /// Gives the reserve away when less than it is free; refuses to start with less than an eighth
    /// of it, which RocksDB would not survive.
    func lend() throws(NodeError) {
        let free: UInt64
        do throws(DiskError) { free = try lent() } catch {
            throw NodeError("start a node in", directory, error.description)
        }
        let least = UInt64(Self.bytes / 8)
        guard free < least else { return }
        throw NodeError(
            "start a node in", directory,
            "its disk is full: \(free) bytes are free, a start needs \(least)",
            remedy: "make room on that disk; nothing of the node is lost")
    }

    /// Bytes that are free, with the reserve when there are few.
    private func lent() throws(DiskError) -> UInt64 {
        let free = try disk.freeBytes(directory)
        guard free < UInt64(Self.bytes), try disk.exists(path) else { return free }
        try disk.remove(path)
        return try disk.freeBytes(directory)
    }

    /// Sets it aside when it is not, and four times as much is free.
    func renew() throws(DiskError) {
        guard try !disk.exists(path), try disk.freeBytes(directory) >= UInt64(4 * Self.bytes)
        else { return }
        let filling = path + ".filling"
        try disk.createZeroed(filling, bytes: Self.bytes).close()
        try disk.rename(filling, to: path)
        try disk.syncDirectory(directory)
    }
}
