internal import CHost
internal import Glibc

extension LinuxKernel {
    public func netlink(
        _ family: Int32, groups: [UInt32], bufferBytes: Int, slot: Int
    ) throws(KernelError) -> any KernelFeed {
        try NetlinkFeed(
            protocol: family, groups: 0, joining: groups, bufferBytes: bufferBytes, slot: slot,
            operation: "join netlink \(family)")
    }

    public func watchFiles() throws(KernelError) -> any FileWatch { try InotifyFeed() }

    public func connection(unixSocket path: String) throws(KernelError) -> any KernelConnection {
        try UnixConnection(path)
    }

    public func namespaceIdentifier(_ path: String) -> UInt64? {
        var identifier: UInt64 = 0
        return unsafe chost_namespace_identifier(path, &identifier) == 0 ? identifier : nil
    }

    public func stream(_ stream: KernelStream) throws(KernelError) -> any KernelFeed {
        switch stream {
        case .messages: try KernelMessages()
        case .clockSteps: try ClockSteps()
        }
    }

    public func list(_ folder: String) -> [String]? {
        guard let directory = unsafe opendir(folder) else { return nil }
        defer { _ = unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    public func link(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink(path, &buffer, buffer.count)
        guard count >= 0 else { return nil }
        return String(
            decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    public func status(_ path: String, following: Bool) -> FileStatus? {
        var one = stat()
        let result = unsafe following ? stat(path, &one) : lstat(path, &one)
        return result == 0 ? FileStatus(one) : nil
    }
}

extension FileStatus {
    fileprivate init(_ one: stat) {
        let kind: Kind =
            switch one.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFLNK: .link
            case S_IFSOCK: .socket
            case S_IFIFO: .pipe
            case S_IFCHR: .characterDevice
            case S_IFBLK: .blockDevice
            default: .other
            }
        self.init(
            kind: kind, device: UInt64(one.st_dev), represents: UInt64(one.st_rdev),
            inode: UInt64(one.st_ino), mode: UInt32(one.st_mode & 0o7777),
            links: UInt64(one.st_nlink), user: one.st_uid, group: one.st_gid,
            size: Int64(one.st_size), modified: Self.nanoseconds(one.st_mtim),
            changed: Self.nanoseconds(one.st_ctim))
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// The kernel's log from its end on.
private final class KernelMessages: KernelFeed {
    private let file: Int32
    let isUrgent = false

    init() throws(KernelError) {
        file = unsafe open("/dev/kmsg", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw refusal("read /dev/kmsg", errno) }
        _ = lseek(file, 0, Int32(SEEK_END))
    }

    var descriptor: Int32? { file }

    func receive(_ take: (RawSpan) -> Void) -> FeedState {
        // A record is at most 8 KiB (Documentation/ABI/testing/dev-kmsg).
        var record = [UInt8](repeating: 0, count: 8192)
        for _ in 0..<64 {
            let count = unsafe Glibc.read(file, &record, record.count)
            if count > 0 {
                unsafe take(record.span.bytes.extracting(0..<count))
            } else if count < 0 && errno == EPIPE {
                return .lost(cause: "records were overwritten before they were read (EPIPE)")
            } else if !(count < 0 && errno == EINTR) {
                return .empty
            }
        }
        return .more
    }

    func close() { _ = Glibc.close(file) }
}

/// Steps of the wall clock, by a timer that they cancel.
private final class ClockSteps: KernelFeed {
    private let timer: Int32
    let isUrgent = false

    init() throws(KernelError) {
        timer = chost_clock_steps()
        guard timer >= 0 else { throw refusal("watch the clock", -timer) }
    }

    var descriptor: Int32? { timer }

    func receive(_ take: (RawSpan) -> Void) -> FeedState {
        var count: UInt64 = 0
        let result = unsafe Glibc.read(timer, &count, 8)
        if result < 0 && errno == ECANCELED { unsafe take([UInt8]().span.bytes) }
        return .empty
    }

    func close() { _ = Glibc.close(timer) }
}
