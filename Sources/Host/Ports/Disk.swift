/// A disk operation that failed: what was done, to which file, with which errno.
public struct DiskError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was attempted.
    public let operation: Operation
    /// On which path.
    public let path: String
    /// The errno of the host; see the constants.
    public let errno: Int32
    /// Bytes that were written before a write failed.
    public let written: Int

    /// The operations of a disk.
    public enum Operation: String, Sendable {
        case open, create, list, rename, remove, lock, size, read, write, sync, truncate
        case createDirectory = "create directory"
        case syncDirectory = "sync directory"
        case freeBytes = "measure free space of"
        case readDirect = "read past the page cache"
    }

    /// An error of `operation` on `path`.
    public init(_ operation: Operation, _ path: String, errno: Int32, written: Int = 0) {
        self.operation = operation
        self.path = path
        self.errno = errno
        self.written = written
    }

    // The numbers are those of Linux on every architecture Pisces runs on (errno.h).
    /// The file does not exist.
    public static let notFound: Int32 = 2
    /// The device failed.
    public static let inputOutput: Int32 = 5
    /// Another opener holds the lock.
    public static let wouldBlock: Int32 = 11
    /// Not allowed.
    public static let accessDenied: Int32 = 13
    /// Somebody has claimed the device: it is mounted, or another program builds on it.
    public static let busy: Int32 = 16
    /// The file exists already.
    public static let exists: Int32 = 17
    /// The file system refuses the operation, such as a read past the page cache.
    public static let invalid: Int32 = 22
    /// No space is left.
    public static let noSpace: Int32 = 28
    /// The file system is read-only.
    public static let readOnly: Int32 = 30
    /// The operation is not supported.
    public static let notSupported: Int32 = 95
    /// The quota is used up.
    public static let quota: Int32 = 122

    /// True when there is no space left, on the device or in the quota.
    public var isNoSpace: Bool { errno == Self.noSpace || errno == Self.quota }
    /// True when nothing can be written there.
    public var isReadOnly: Bool { errno == Self.readOnly || errno == Self.accessDenied }
    /// True when the device failed.
    public var isInputOutput: Bool { errno == Self.inputOutput }

    public var description: String { "cannot \(operation.rawValue) \(path): \(reason)" }

    private var reason: String {
        switch errno {
        case Self.notFound: "no such file or directory"
        case Self.inputOutput: "the device failed (EIO)"
        case Self.wouldBlock: "another process holds it"
        case Self.accessDenied: "permission denied"
        case Self.busy: "it is in use: mounted, or claimed by another program (EBUSY)"
        case Self.exists: "it exists already"
        case Self.invalid: "the file system refuses it (EINVAL)"
        case Self.noSpace: "no space is left (ENOSPC)"
        case Self.readOnly: "the file system is read-only (EROFS)"
        case Self.quota: "the quota is used up (EDQUOT)"
        default: "errno \(errno)"
        }
    }
}

/// The files of a host. Paths are absolute or relative to what the body calls its root.
public protocol Disk: Sendable {
    /// An open file of this disk.
    associatedtype File: DiskFile

    /// Opens a file that exists, for reading and, when asked, for writing.
    func open(_ path: String, writing: Bool) throws(DiskError) -> File
    /// Makes a new file for reading and writing; refuses when the name is taken.
    func create(_ path: String) throws(DiskError) -> File
    /// The names in a directory, in bytewise order, without `.` and `..`.
    func list(_ directory: String) throws(DiskError) -> [String]
    /// Renames a file within its directory, replacing what has the new name.
    func rename(_ path: String, to newPath: String) throws(DiskError)
    /// Removes a file.
    func remove(_ path: String) throws(DiskError)
    /// Makes a directory; does nothing when it is there.
    func createDirectory(_ path: String) throws(DiskError)
    /// Removes an empty directory.
    func removeDirectory(_ path: String) throws(DiskError)
    /// Makes the names of a directory durable.
    func syncDirectory(_ path: String) throws(DiskError)
    /// Writes out what waits to be written to the file system of `path`, all in one go: to sync
    /// many files one by one behind it is cheap. Promises nothing.
    func writeOut(_ path: String)
    /// Opens (and makes) a file and takes its exclusive lock; errno `wouldBlock` when it is held.
    /// Closing the file releases the lock; so does the end of the process.
    func lock(_ path: String) throws(DiskError) -> File
    /// Bytes free for this process on the file system of `path`.
    func freeBytes(_ path: String) throws(DiskError) -> UInt64
}

extension Disk {
    public func writeOut(_ path: String) {}
}

/// An open file.
public protocol DiskFile: AnyObject, Sendable {
    /// The path it was opened by.
    var path: String { get }
    /// Its size in bytes.
    func size() throws(DiskError) -> Int
    /// Reads `count` bytes at `offset`; fewer only at the end of the file.
    func read(at offset: Int, count: Int) throws(DiskError) -> [UInt8]
    /// Reads what the device holds, past the page cache; errno `invalid` where refused.
    func readDirect(at offset: Int, count: Int) throws(DiskError) -> [UInt8]
    /// Writes all of `bytes` at `offset`.
    func write(_ bytes: RawSpan, at offset: Int) throws(DiskError)
    /// Makes what was written durable, and the size when it changed.
    func syncData() throws(DiskError)
    /// Sets the size.
    func truncate(to size: Int) throws(DiskError)
    /// Closes; further use is refused with errno 9. Closing twice does nothing.
    func close()
}

extension Disk {
    /// Whether a file or directory of that path, which has a parent, exists.
    public func exists(_ path: String) throws(DiskError) -> Bool {
        guard let slash = path.lastIndex(of: "/") else { return false }
        let name = String(path[path.index(after: slash)...])
        do {
            let parent = slash == path.startIndex ? "/" : String(path[..<slash])
            return try list(parent).contains(name)
        } catch  where error.errno == DiskError.notFound {
            return false
        }
    }
}
