internal import Host
internal import Resources

extension TargetProbe {
    /// A disk. `running` is what the machine runs from.
    public static func device(
        _ path: String, running: [String]
    ) throws(ReproductionError) -> TargetFacts {
        try checkAbsolute(path)
        let files = LinuxFiles()
        let device: BlockDevice?
        do throws(ProcessError) { device = try BlockDevice(path) } catch {
            throw ReproductionError(error)
        }
        guard let device else {
            guard files.kind(path) != nil else {
                return TargetFacts(.device, path: path, exists: false, room: .max)
            }
            throw ReproductionError(
                .refused, operation: "build on", subject: printable(path),
                cause: "it is no disk", remedy: "name a disk, or a file as image:PATH")
        }
        var facts = TargetFacts(.device, path: path, exists: true, room: device.size)
        facts.isReadOnly = device.isReadOnly
        facts.mountedAt = device.mounts.first
        facts.isRunning = running.contains { device.carries($0) }
        facts.holds =
            device.partitions.isEmpty
            ? try content(of: path, size: device.size)
            : "\(device.partitions.count) partitions"
        return facts
    }

    /// The disks of this machine, as `/dev/vda`, in order of their names; no partitions, and none
    /// that stand on others.
    public static var disks: [String] {
        // A machine without the folder has no disks.
        let names = (try? LinuxFiles().names(in: "/sys/block")) ?? []
        return names.sorted().filter { name in
            LinuxFiles().kind("/sys/block/\(name)/device") != nil
        }.map { "/dev/" + $0 }
    }

    /// The first bytes of a disk; nil when it cannot be read.
    public static func start(of path: String, count: Int) -> [UInt8]? {
        do throws(DiskError) {
            let file = try LinuxDisk().open(path, writing: false)
            defer { file.close() }
            return try file.read(at: 0, count: count)
        } catch { return nil }
    }

    /// A file that becomes the image of a disk.
    public static func image(
        _ path: String, running: [String]
    ) throws(ReproductionError) -> TargetFacts {
        var facts = try directory(path, running: running)
        facts.kind = .image
        facts.holdsCopy = false
        if facts.exists, LinuxFiles().kind(path) == .folder {
            throw ReproductionError(
                .refused, operation: "build on", subject: printable(path),
                cause: "it is a directory", remedy: "name a file in it, or use dir:PATH")
        }
        return facts
    }

    private static func checkAbsolute(_ path: String) throws(ReproductionError) {
        guard path.hasPrefix("/") else {
            throw ReproductionError(
                .refused, operation: "build on", subject: printable(path),
                cause: "it is no absolute path", remedy: "name it from / on")
        }
    }

    /// What begins or ends a disk, for people; nil when both ends are empty, as on a new one and
    /// on one that a construction did not finish.
    private static func content(
        of path: String, size: Int64
    ) throws(ReproductionError) -> String? {
        do throws(DiskError) {
            let file = try LinuxDisk().open(path, writing: false)
            defer { file.close() }
            let end = 1 << 20
            let head = try file.read(at: 0, count: end)
            let tail = try file.read(at: max(0, Int(size) - end), count: end)
            return name(of: head, tail)
        } catch { throw ReproductionError(error, nil) }
    }

    static func name(of head: [UInt8], _ tail: [UInt8]) -> String? {
        if head.dropFirst(512).starts(with: Array("EFI PART".utf8)) {
            return "a table of partitions"
        }
        if head.count > 1082, head[1080] == 0x53, head[1081] == 0xEF {
            return "an ext file system"
        }
        if head.count > 511, head[510] == 0x55, head[511] == 0xAA { return "a boot sector" }
        let isEmpty = !head.contains { $0 != 0 } && !tail.contains { $0 != 0 }
        return isEmpty ? nil : "data"
    }
}
