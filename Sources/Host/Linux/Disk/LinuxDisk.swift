internal import CHost
internal import Glibc

/// The file systems of Linux, by the system calls of open(2), pwrite(2), fdatasync(2), rename(2).
public struct LinuxDisk: Disk {
    /// The disk of this machine.
    public init() {}

    public func open(_ path: String, writing: Bool) throws(DiskError) -> LinuxDiskFile {
        let flags = (writing ? O_RDWR : O_RDONLY) | O_CLOEXEC
        return LinuxDiskFile(path, try check(.open, path) { unsafe Glibc.open(path, flags) })
    }

    public func create(_ path: String) throws(DiskError) -> LinuxDiskFile {
        let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC
        return LinuxDiskFile(
            path, try check(.create, path) { unsafe Glibc.open(path, flags, 0o600) })
    }

    public func list(_ directory: String) throws(DiskError) -> [String] {
        guard let stream = unsafe opendir(directory) else {
            throw DiskError(.list, directory, errno: errno)
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else { break }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        if errno != 0 { throw DiskError(.list, directory, errno: errno) }
        return names.sorted()
    }

    public func rename(_ path: String, to newPath: String) throws(DiskError) {
        try check(.rename, path) { unsafe Glibc.rename(path, newPath) }
    }

    public func remove(_ path: String) throws(DiskError) {
        try check(.remove, path) { unsafe unlink(path) }
    }

    public func createDirectory(_ path: String) throws(DiskError) {
        do {
            try check(.createDirectory, path) { unsafe mkdir(path, 0o700) }
        } catch  where error.errno == DiskError.exists {
            return
        }
    }

    public func removeDirectory(_ path: String) throws(DiskError) {
        try check(.remove, path) { unsafe rmdir(path) }
    }

    public func syncDirectory(_ path: String) throws(DiskError) {
        let descriptor = try check(.syncDirectory, path) {
            unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        }
        defer { Glibc.close(descriptor) }
        // Not retried on EINTR only: any other error is final, see fsyncgate (LWN 752063).
        try check(.syncDirectory, path) { fsync(descriptor) }
    }

    public func writeOut(_ path: String) {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { Glibc.close(descriptor) }
        // What fails is told by the sync of the file that it happened to.
        _ = chost_sync_file_system(descriptor)
    }

    public func lock(_ path: String) throws(DiskError) -> LinuxDiskFile {
        let flags = O_RDWR | O_CREAT | O_CLOEXEC
        let file = LinuxDiskFile(
            path, try check(.lock, path) { unsafe Glibc.open(path, flags, 0o600) })
        try file.lock()
        return file
    }

    public func freeBytes(_ path: String) throws(DiskError) -> UInt64 {
        var statistics = statvfs()
        try check(.freeBytes, path) { unsafe statvfs(path, &statistics) }
        return UInt64(statistics.f_bavail) * UInt64(statistics.f_frsize)
    }
}

/// Repeats `call` while a signal interrupts it and gives its result, or throws its errno.
@discardableResult
func check<Result: FixedWidthInteger>(
    _ operation: DiskError.Operation, _ path: String, written: Int = 0, _ call: () -> Result
) throws(DiskError) -> Result {
    while true {
        let result = call()
        if result >= 0 { return result }
        let reason = errno
        if reason != EINTR {
            throw DiskError(operation, path, errno: reason, written: written)
        }
    }
}
