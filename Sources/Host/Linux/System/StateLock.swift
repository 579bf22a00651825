internal import Glibc

/// The lock that keeps a second node out of a state directory. Held until the process ends.
public final class StateLock: Sendable {
    private let descriptor: Int32

    /// Why the lock was not taken.
    public enum Failure: Error, Hashable, Sendable {
        /// A process of that number holds it.
        case held(pid: Int32?)
        /// The system refused.
        case system(operation: String, path: String, cause: String)
    }

    /// Makes the directory when needed and takes its lock.
    public init(directory: String) throws(Failure) {
        try Self.makeDirectories(directory)
        let path = directory + "/lock"
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            defer { close(descriptor) }
            if errno == EWOULDBLOCK { throw .held(pid: Self.holder(path)) }
            throw Self.failure("lock", path)
        }
        self.descriptor = descriptor
        let pid = Array("\(getpid())\n".utf8)
        let written = unsafe pid.withUnsafeBytes { buffer -> Int in
            // In place, then cut: on a full disk the block that is there is enough.
            let count = unsafe pwrite(descriptor, buffer.baseAddress, buffer.count, 0)
            return ftruncate(descriptor, off_t(buffer.count)) == 0 ? count : -1
        }
        guard written == pid.count else { throw Self.failure("write", path) }
    }

    deinit { close(descriptor) }

    private static func makeDirectories(_ directory: String) throws(Failure) {
        var path = directory.hasPrefix("/") ? "" : "."
        for part in directory.split(separator: "/") {
            path += "/" + part
            if unsafe mkdir(path, 0o700) != 0 && errno != EEXIST { throw failure("make", path) }
        }
    }

    private static func holder(_ path: String) -> Int32? {
        guard let bytes = try? LinuxFile.read(path, limit: 16) else { return nil }
        return Int32(String(decoding: bytes, as: UTF8.self).prefix { $0.isNumber })
    }

    private static func failure(_ operation: String, _ path: String) -> Failure {
        .system(
            operation: operation, path: path, cause: unsafe String(cString: strerror(errno)))
    }
}
