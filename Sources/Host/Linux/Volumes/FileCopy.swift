internal import CHost
internal import Glibc

/// Copies of whole files.
public enum FileCopy {
    /// What a copy cost.
    public struct Report: Hashable, Sendable {
        /// Files, folders, links and others.
        public var entries = 0
        /// Bytes that were read and written.
        public var copied: Int64 = 0
        /// Bytes that both now share, which cost nothing until one of them is changed.
        public var shared: Int64 = 0

        /// A report.
        public init(entries: Int = 0, copied: Int64 = 0, shared: Int64 = 0) {
            self.entries = entries
            self.copied = copied
            self.shared = shared
        }
    }

    /// Makes the file `target`, which must not be there, of the bytes of `source`: shared where the
    /// file system can (FICLONE, ioctl_ficlone(2)), else copied without its holes. It is durable
    /// when this returns; its name is not.
    public static func copy(_ source: String, to target: String) throws(ProcessError) -> Report {
        let files = LinuxFiles()
        let from = unsafe open(source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard from >= 0 else { throw files.failure("open", source) }
        defer { _ = close(from) }
        let to = unsafe open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard to >= 0 else { throw files.failure("create", target) }
        defer { _ = close(to) }
        var report = try copy(from, to, named: source)
        report.entries = 1
        guard fsync(to) == 0 else { throw files.failure("sync", target) }
        return report
    }

    /// Fills the empty file `to` with the bytes of `from`.
    static func copy(_ from: Int32, _ to: Int32, named name: String) throws(ProcessError) -> Report
    {
        var report = Report()
        if chost_reflink(from, to) == 0 {
            var status = stat()
            guard unsafe fstat(from, &status) == 0 else {
                throw ProcessError(errno: errno, operation: "copy", subject: name)
            }
            report.shared = Int64(status.st_blocks) * 512
            return report
        }
        let code = unsafe chost_copy_sparse(from, to, &report.copied)
        if code < 0 { throw ProcessError(errno: -code, operation: "copy", subject: name) }
        return report
    }

    /// Makes the file `path` of `size` bytes that are a hole, durable but for its name; one that
    /// is there is made longer, never shorter.
    public static func makeSparse(_ path: String, size: Int64) throws(ProcessError) {
        let files = LinuxFiles()
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw files.failure("create", path) }
        defer { _ = close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw files.failure("measure", path) }
        if Int64(status.st_size) < size {
            guard ftruncate(file, off_t(size)) == 0 else { throw files.failure("grow", path) }
        }
        guard fsync(file) == 0 else { throw files.failure("sync", path) }
        LastStep.taken()
    }

    /// The size of a file and the bytes it takes on the disk.
    public static func size(_ path: String) throws(ProcessError) -> (size: Int64, taken: Int64) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            throw ProcessError(errno: errno, operation: "measure", subject: path)
        }
        return (Int64(status.st_size), Int64(status.st_blocks) * 512)
    }
}

extension FileCopy {
    /// Whether files of that folder can share bytes, tried out with two of them.
    public static func canShare(in folder: String) throws(ProcessError) -> Bool {
        let code = unsafe chost_can_reflink(folder)
        if code < 0 {
            throw ProcessError(errno: -code, operation: "create a file in", subject: folder)
        }
        return code == 1
    }
}
