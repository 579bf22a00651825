internal import Glibc

/// Whole files of the machine, for what is small: configuration, `/proc`, app files.
public enum LinuxFile {
    /// A file that could not be read or written.
    public struct Failure: Error, Sendable {
        /// The file.
        public let path: String
        /// The system's error number.
        public let code: Int32
        /// The system's words for it.
        public var cause: String { unsafe String(cString: strerror(code)) }
    }

    /// Reads a file to its end, but no more than `limit` bytes.
    public static func read(_ path: String, limit: Int = 16 << 20) throws(Failure) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(path: path, code: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count < limit {
            let wanted = min(65_536, limit - bytes.count)
            var result = 0
            let part = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
                result = unsafe Glibc.read(descriptor, buffer.baseAddress, wanted)
                filled = max(0, result)
            }
            if result < 0 && errno == EINTR { continue }
            guard result >= 0 else { throw Failure(path: path, code: errno) }
            if result == 0 { break }
            bytes += part
        }
        return bytes
    }

    /// Gives a regular file's bytes piece by piece until `take` says false; true when all were
    /// given. Anything else, such as a pipe that would never end, is refused.
    public static func pieces(
        of path: String, _ take: ([UInt8]) -> Bool
    ) throws(Failure) -> Bool {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw Failure(path: path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw Failure(path: path, code: errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(path: path, code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
        }
        while true {
            var result = 0
            let piece = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 18) { buffer, filled in
                result = unsafe Glibc.read(descriptor, buffer.baseAddress, 1 << 18)
                filled = max(0, result)
            }
            if result < 0 && errno == EINTR { continue }
            guard result >= 0 else { throw Failure(path: path, code: errno) }
            if result == 0 { return true }
            if !take(piece) { return false }
        }
    }

    /// Writes a small file under a temporary name, syncs it and renames it into place, readable
    /// by its owner alone.
    public static func replace(_ path: String, with bytes: [UInt8]) throws(Failure) {
        let temporary = path + ".new"
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(path: path, code: errno) }
        defer { close(descriptor) }
        let count = unsafe bytes.withUnsafeBytes { buffer in
            unsafe write(descriptor, buffer.baseAddress, buffer.count)
        }
        guard count == bytes.count, fsync(descriptor) == 0, unsafe rename(temporary, path) == 0
        else {
            throw Failure(path: path, code: errno)
        }
    }
}
