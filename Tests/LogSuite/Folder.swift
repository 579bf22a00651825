public import Host
public import Log
public import Resources

#if canImport(Glibc)
    internal import Glibc
#endif

/// A folder of one test, removed at its end.
public struct Folder: ~Copyable {
    /// Its path.
    public let path: String

    /// Makes one.
    public init() {
        var generator = SystemRandomNumberGenerator()
        let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        path = base + "/pisces-log-" + String(generator.next() as UInt64, radix: 36)
        unsafe mkdir(path, 0o700)
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        let disk = LinuxDisk()
        let names = (try? disk.list(path)) ?? []
        for name in names {
            let child = path + "/" + name
            if unsafe unlink(child) != 0 { remove(child) }
        }
        unsafe rmdir(path)
    }
}

/// What tests of the log share.
public enum Sample {
    /// A cluster.
    public static let cluster = Identifier(high: 1, low: 2)
    /// A log.
    public static let log = Identifier(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
    /// An author.
    public static let author = Identity.system("test")

    /// Entries that differ by their place and `salt`.
    public static func drafts(_ count: Int, bytes: Int = 40, salt: Int = 0) -> [EntryDraft] {
        (0..<count).map { index in
            EntryDraft(
                author: author, time: WallTime(milliseconds: Int64(1000 + index)),
                payload: (0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 7 + index + salt) })
        }
    }

    /// Small segments.
    public static func options(_ durability: Durability = .synced, segment: Int = 16 << 10)
        -> LogOptions
    {
        var options = LogOptions(durability: durability)
        options.segmentBytes = segment
        options.firstSegmentBytes = segment
        return options
    }

    /// A log in `directory`.
    public static func open<D: Disk>(
        _ disk: D, _ directory: String, _ options: LogOptions = options()
    ) throws(LogError) -> CommandLog<D> {
        try CommandLog.open(
            disk: disk, directory: directory, mount: .root, clusterID: cluster, logID: log,
            options: options)
    }
}
