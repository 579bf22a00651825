/// What the first program of a machine mounts before anything else, and in which order it lets go.
public enum MountPlan {
    /// One file system of the kernel's own.
    public struct Mount: Hashable, Sendable {
        /// What is mounted: the name shown in `mount`.
        public let source: String
        /// Where.
        public let target: String
        /// Which kind of file system.
        public let type: String
        /// Its own options.
        public let options: String?
        /// Programs may run from it, or there may be devices in it.
        public let allows: Allowances
    }

    /// What a mount allows beyond reading and writing files.
    public struct Allowances: OptionSet, Hashable, Sendable {
        /// The bits.
        public let rawValue: UInt8

        /// These bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Device files stand for devices.
        public static let devices = Allowances(rawValue: 1)
        /// Programs run from it.
        public static let programs = Allowances(rawValue: 2)
    }

    /// In this order; what is mounted there already is left as it is.
    public static let early = [
        Mount(source: "proc", target: "/proc", type: "proc", options: nil, allows: []),
        Mount(source: "sysfs", target: "/sys", type: "sysfs", options: nil, allows: []),
        Mount(
            source: "devtmpfs", target: "/dev", type: "devtmpfs", options: "mode=0755",
            allows: .devices),
        Mount(
            source: "devpts", target: "/dev/pts", type: "devpts",
            options: "mode=0620,ptmxmode=0666", allows: .devices),
        Mount(source: "shm", target: "/dev/shm", type: "tmpfs", options: "mode=1777", allows: []),
        Mount(
            source: "run", target: "/run", type: "tmpfs", options: "mode=0755,size=25%",
            allows: .programs),
        Mount(
            source: "tmp", target: "/tmp", type: "tmpfs", options: "mode=1777,size=25%",
            allows: .programs),
        Mount(
            source: "cgroup2", target: "/sys/fs/cgroup", type: "cgroup2",
            options: "nsdelegate", allows: []),
    ]

    /// What may hold the machine's processes back; those the kernel has are enabled.
    public static let controllers = ["cpuset", "cpu", "io", "memory", "pids"]

    /// The line for `cgroup.subtree_control`, of what `cgroup.controllers` lists.
    public static func enabling(_ available: String) -> String {
        let words = available.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)
        return controllers.filter(words.contains).map { "+" + $0 }.joined(separator: " ")
    }

    /// What keeps bytes on a disk or stands on what does, the last mounted first, of
    /// `/proc/self/mounts` (fstab(5)). The root is left: it is read-only.
    public static func toUnmount(_ mounts: String) -> [String] {
        let kernels: Set = [
            "proc", "sysfs", "devtmpfs", "devpts", "cgroup2", "cgroup", "securityfs", "debugfs",
            "tracefs", "bpf", "mqueue", "configfs", "pstore", "efivarfs",
        ]
        var targets: [String] = []
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count >= 3, !kernels.contains(String(fields[2])) else { continue }
            let target = unescaped(fields[1])
            if target != "/" { targets.append(target) }
        }
        return targets.reversed()
    }

    /// Blanks, tabs, line ends and backslashes are written as three octal digits.
    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
