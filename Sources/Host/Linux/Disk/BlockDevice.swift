internal import CHost
internal import Glibc

/// A disk or partition, as Linux sees it before anything is written to it (sysfs(5),
/// Documentation/ABI/stable/sysfs-block).
public struct BlockDevice: Hashable, Sendable {
    /// The kernel's name: "vdb", "nvme0n1p2".
    public let name: String
    /// Bytes.
    public let size: Int64
    /// True when the kernel refuses writes.
    public let isReadOnly: Bool
    /// The names of its partitions that the kernel knows, in order.
    public let partitions: [String]
    /// Where it, a partition of it or something that stands on one of them is mounted.
    public let mounts: [String]
    /// All of them and what stands on them, as `MAJOR:MINOR`.
    private let numbers: Set<String>

    private static let folder = "/sys/dev/block"
    /// Mapped devices stand on others at most so high.
    private static let heightMost = 8

    /// The device that a path stands for; nil when it stands for none.
    public init?(_ path: String) throws(ProcessError) {
        var (major, minor) = (UInt32(0), UInt32(0))
        let code = unsafe chost_device_number(path, 0, &major, &minor)
        guard code == 0 else { return nil }
        let number = "\(major):\(minor)"
        let files = LinuxFiles()
        let own = "\(Self.folder)/\(number)"
        guard let real = files.resolve(own), let slash = real.lastIndex(of: "/") else { return nil }
        name = String(real[real.index(after: slash)...])
        // Sectors of 512 bytes, whatever those of the disk are.
        size = try Self.integer(own + "/size") * 512
        isReadOnly = try Self.integer(own + "/ro") != 0
        let name = name
        partitions = try files.names(in: own).filter { entry in
            entry.hasPrefix(name) && files.kind("\(own)/\(entry)/partition") != nil
        }
        var numbers: Set<String> = []
        try Self.collect(own, height: 0, &numbers)
        for partition in partitions { try Self.collect("\(own)/\(partition)", height: 0, &numbers) }
        self.numbers = numbers
        mounts = try Self.mounts(of: numbers)
    }

    /// True when a file or folder lies on it, or on something that stands on it.
    public func carries(_ path: String) -> Bool {
        var (major, minor) = (UInt32(0), UInt32(0))
        guard unsafe chost_device_number(path, 1, &major, &minor) == 0 else { return false }
        return numbers.contains("\(major):\(minor)")
    }

    private static func collect(
        _ folder: String, height: Int, _ numbers: inout Set<String>
    ) throws(ProcessError) {
        let files = LinuxFiles()
        let line = try files.text(folder + "/dev") ?? ""
        numbers.insert(String(line.prefix { $0 != "\n" }))
        guard height < heightMost else { return }
        for holder in try files.names(in: folder + "/holders") {
            try collect("\(folder)/holders/\(holder)", height: height + 1, &numbers)
        }
    }

    private static func integer(_ path: String) throws(ProcessError) -> Int64 {
        let text = try LinuxFiles().text(path) ?? ""
        return Int64(text.prefix { $0 != "\n" }) ?? 0
    }

    /// Where devices of those numbers are mounted: the third and fifth field of a line
    /// (proc(5), /proc/[pid]/mountinfo).
    private static func mounts(of numbers: Set<String>) throws(ProcessError) -> [String] {
        let text = try LinuxFiles().text("/proc/self/mountinfo", atMost: 4 << 20) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 4, numbers.contains(String(fields[2])) else { return nil }
            return String(fields[4])
        }
    }
}

extension LinuxDisk {
    /// Opens a disk that nothing else has claimed; errno 16 when something has: a mount or a
    /// mapped device, of it or of one of its partitions.
    public func openExclusive(_ path: String) throws(DiskError) -> LinuxDiskFile {
        let descriptor = unsafe chost_open_exclusive(path)
        guard descriptor >= 0 else { throw DiskError(.open, path, errno: -descriptor) }
        return LinuxDiskFile(path, descriptor)
    }
}

extension LinuxDiskFile {
    /// Makes a range zeros, without writing them where the file system or the disk can; false when
    /// they have to be written.
    public func zero(_ range: Range<Int>) throws(DiskError) -> Bool {
        let code = try withDescriptor { descriptor in
            chost_zero_range(descriptor, Int64(range.lowerBound), Int64(range.count))
        }
        if code == -EOPNOTSUPP || code == -EINVAL { return false }
        guard code == 0 else { throw DiskError(.write, path, errno: -code) }
        return true
    }

    /// Lets the kernel read the table of partitions of this disk again.
    public func readTableAgain() throws(DiskError) {
        let code = try withDescriptor { chost_reread_table($0) }
        guard code == 0 else { throw DiskError(.size, path, errno: -code) }
    }
}
