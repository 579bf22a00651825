internal import CHost
internal import Glibc
internal import Resources

/// An open file or folder, closed when it is let go.
public final class OpenFile: Sendable {
    /// Its descriptor.
    public let descriptor: Int32
    /// What messages call it.
    public let path: String

    /// Takes over a descriptor.
    init(_ descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { _ = close(descriptor) }

    /// Opens a regular file for reading; whatever else has that name is refused.
    public static func reading(_ path: String) throws(ProcessError) -> OpenFile {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { throw LinuxFiles().failure("read", path) }
        let opened = OpenFile(file, path: path)
        guard try opened.status().isFile else {
            throw ProcessError(
                .failed, operation: "read", subject: path, cause: "is not a regular file")
        }
        return opened
    }

    /// Makes a new file, of which none may be there.
    public static func making(_ path: String, mode: UInt32) throws(ProcessError) -> OpenFile {
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = unsafe open(path, flags, mode)
        guard file >= 0 else { throw LinuxFiles().failure("make", path) }
        return OpenFile(file, path: path)
    }

    /// Opens a folder.
    public static func folder(_ path: String) throws(ProcessError) -> OpenFile {
        let file = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw LinuxFiles().failure("open", path) }
        return OpenFile(file, path: path)
    }

    /// A file that only one has open this way; waits, boundedly, for another to let it go.
    public static func locking(_ path: String) throws(ProcessError) -> OpenFile {
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw LinuxFiles().failure("open", path) }
        let opened = OpenFile(file, path: path)
        for _ in 0..<Limits.lockTurns.value {
            if flock(file, LOCK_EX | LOCK_NB) == 0 { return opened }
            guard errno == EWOULDBLOCK || errno == EINTR else { break }
            usleep(10_000)
        }
        throw opened.failure("lock")
    }

    /// What an open file is.
    public struct Status: Hashable, Sendable {
        /// True for a regular file.
        public let isFile: Bool
        /// Its owner.
        public let user: UInt32
        /// Its bytes.
        public let bytes: Int64
        /// Bytes it really takes on disk.
        public let allocated: Int64
    }

    /// What it is and how large.
    public func status() throws(ProcessError) -> Status {
        var info = stat()
        guard unsafe fstat(descriptor, &info) == 0 else { throw failure("read") }
        return Status(
            isFile: info.st_mode & S_IFMT == S_IFREG, user: info.st_uid, bytes: Int64(info.st_size),
            allocated: Int64(info.st_blocks) * 512)
    }

    /// Fills `buffer` from its start; how many bytes came, 0 at the end.
    public func read(into buffer: inout [UInt8]) throws(ProcessError) -> Int {
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe Glibc.read(descriptor, bytes.baseAddress, bytes.count)
            }
            if count >= 0 { return count }
            guard errno == EINTR else { throw failure("read") }
        }
    }

    /// At most so many bytes from an offset on; fewer only at the end.
    public func read(at offset: Int64, atMost count: Int) throws(ProcessError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let result = unsafe bytes.withUnsafeMutableBytes { buffer in
                guard let start = buffer.baseAddress else { return 0 }
                return unsafe pread(
                    descriptor, start + filled, count - filled, off_t(offset) + filled)
            }
            if result < 0 && errno == EINTR { continue }
            if result < 0 { throw failure("read") }
            if result == 0 { break }
            filled += result
        }
        bytes.removeLast(count - filled)
        return bytes
    }

    /// Writes all of it.
    public func write(_ bytes: ArraySlice<UInt8>) throws(ProcessError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { throw failure("write") }
            rest = rest.dropFirst(count)
        }
    }

    /// Makes the file so long; what is new reads as zeros and takes no room.
    public func setLength(_ bytes: Int64) throws(ProcessError) {
        guard ftruncate(descriptor, off_t(bytes)) == 0 else { throw failure("set length of") }
    }

    /// The first offset at or after `offset` that holds data; nil when none does.
    public func data(from offset: Int64) -> Int64? {
        // SEEK_DATA (lseek(2)) is 3 on Linux.
        let found = lseek(descriptor, off_t(offset), 3)
        return found < 0 ? nil : Int64(found)
    }

    /// Gives the room of the first `bytes` back to the disk; offsets stay as they are.
    public func release(upTo bytes: Int64) throws(ProcessError) {
        let error = chost_tree_release(descriptor, bytes)
        if error != 0 {
            throw ProcessError(errno: error, operation: "release room of", subject: path)
        }
    }

    /// Makes the bytes durable.
    public func sync() throws(ProcessError) {
        guard fsync(descriptor) == 0 else { throw failure("sync") }
    }

    /// Makes all of its file system durable.
    public func syncAll() throws(ProcessError) {
        let error = chost_tree_sync(descriptor)
        if error != 0 { throw ProcessError(errno: error, operation: "sync", subject: path) }
    }

    /// Owner, permissions and time of the last change, in seconds since 1970 when given.
    public func set(
        user: UInt32, group: UInt32, mode: UInt32, modified: Int64? = nil
    ) throws(ProcessError) {
        guard fchown(descriptor, user, group) == 0, fchmod(descriptor, mode) == 0 else {
            throw failure("set owner of")
        }
        guard let modified else { return }
        let times = [
            timespec(tv_sec: Int(modified), tv_nsec: 0),
            timespec(tv_sec: Int(modified), tv_nsec: 0),
        ]
        guard unsafe futimens(descriptor, times) == 0 else { throw failure("set time of") }
    }

    func failure(_ operation: String) -> ProcessError {
        LinuxFiles().failure(operation, path)
    }
}
