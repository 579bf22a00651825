internal import Host
internal import Resources

/// The `config.json` of one instance (OCI runtime specification 1.0.2).
struct ContainerConfig {
    /// The instance.
    let instance: Instance
    /// The program and arguments as seen from inside.
    let arguments: [String]
    /// Its whole environment, secrets among it.
    let environment: SortedMap<String>
    /// The working directory inside.
    let directory: String
    /// The folder that is its root.
    let root: String
    /// True for a root that nobody writes.
    let isReadOnly: Bool
    /// True when the root shows the programs of the host.
    let isNative: Bool
    /// What of the host is mounted besides: source, path inside, writable.
    let mounted: [Instance.Mount]
    /// The folder mounted at `/data`; nil for none.
    let data: String?
    /// The app's folder, mounted at `/app`; nil for none.
    let app: String?
    /// The control group, from the root of each hierarchy.
    let cgroup: String
    /// The user and groups inside.
    let user: UserTable.User

    /// What of the host's `/etc` a program needs: names, certificates, time zone, linker cache.
    static let sharedEtc = [
        "/etc/alternatives", "/etc/hosts", "/etc/ld.so.cache", "/etc/localtime",
        "/etc/nsswitch.conf", "/etc/protocols", "/etc/resolv.conf", "/etc/services",
        "/etc/ssl/certs",
    ]

    private static let maskedPaths: [Value] = [
        "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
    ]

    private static let readonlyPaths: [Value] = [
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
    ]

    /// Bytes of the file.
    var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.write(value)
        return writer.bytes
    }

    var value: Value {
        [
            "ociVersion": "1.0.2", "hostname": .text(hostname), "process": process,
            "root": ["path": .text(root), "readonly": .bool(isReadOnly)], "mounts": .list(mounts),
            "linux": [
                "namespaces": [
                    ["type": "pid"], ["type": "mount"], ["type": "ipc"], ["type": "uts"],
                ],
                "cgroupsPath": .text(cgroup), "resources": resources,
                "maskedPaths": .list(Self.maskedPaths),
                "readonlyPaths": .list(Self.readonlyPaths), "seccomp": Seccomp.profile,
            ],
        ]
    }

    /// A host name holds at most 64 bytes.
    private var hostname: String { Self.hostname(of: instance) }

    /// The name of the machine that an instance sees.
    static func hostname(of instance: Instance) -> String {
        let allowed = instance.name.utf8.filter { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
                || (0x41...0x5A).contains(byte) || byte == 0x2D
        }
        return allowed.isEmpty ? "pisces" : String(decoding: allowed.prefix(63), as: UTF8.self)
    }

    private var process: Value {
        let nothing: Value = []
        return [
            "terminal": false, "cwd": .text(directory),
            "user": [
                "uid": .int(Int64(user.user)), "gid": .int(Int64(user.group)),
                "additionalGids": .list(user.others.map { .int(Int64($0)) }),
            ],
            "args": .list(arguments.map { .text($0) }),
            "env": .list(environment.entries.map { .text("\($0.key)=\($0.value)") }),
            "noNewPrivileges": true,
            "capabilities": [
                "bounding": nothing, "effective": nothing, "inheritable": nothing,
                "permitted": nothing, "ambient": nothing,
            ],
        ]
    }

    private var resources: Value {
        let processes = instance.limits.processes ?? Limits.instanceProcesses.value
        var map: ValueMap = [
            "pids": ["limit": .int(Int64(processes))],
            "devices": [["allow": false, "access": "rwm"]],
        ]
        map["memory"] = instance.limits.memory.map { ["limit": .int($0)] }
        map["cpu"] = instance.limits.cpu.map { cores in
            // The kernel takes quotas from 1 ms.
            ["period": 100_000, "quota": .int(max(1000, Int64(cores * 100_000)))]
        }
        return .map(map)
    }

    private var mounts: [Value] {
        var mounts = [
            Self.mount("proc", "/proc", "proc", ["nosuid", "noexec", "nodev"]),
            Self.mount("tmpfs", "/dev", "tmpfs", ["nosuid", "mode=755", "size=65536k"]),
            Self.mount(
                "devpts", "/dev/pts", "devpts",
                ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]),
            Self.mount(
                "tmpfs", "/dev/shm", "tmpfs",
                ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
            Self.mount(
                "tmpfs", "/tmp", "tmpfs",
                ["nosuid", "nodev", "mode=1777", "size=\(Limits.instanceTemporary.value)"]),
        ]
        if isNative { mounts += hostMounts }
        if let app { mounts.append(Self.bind(app, "/app", writable: false)) }
        if let data { mounts.append(Self.bind(data, "/data", writable: true)) }
        for mount in mounted {
            mounts.append(Self.bind(mount.source, mount.target, writable: mount.writable))
        }
        return mounts
    }

    /// The host's programs and the little of its `/etc` they need.
    private var hostMounts: [Value] {
        let files = LinuxFiles()
        var mounts: [Value] = []
        for folder in ["/usr", "/bin", "/sbin", "/lib", "/lib64"]
        where files.kind(folder, following: false) == .folder {
            mounts.append(Self.bind(folder, folder, writable: false))
        }
        for path in Self.sharedEtc where !mounted.contains(where: { $0.target == path }) {
            // A link's target may lie outside of what is shown: mount what it leads to.
            guard let source = files.resolve(path) else { continue }
            mounts.append(Self.bind(source, path, writable: false))
        }
        return mounts
    }

    private static func bind(_ source: String, _ path: String, writable: Bool) -> Value {
        mount(
            "bind", path, source, ["rbind", "rprivate", "nosuid", "nodev", writable ? "rw" : "ro"])
    }

    private static func mount(
        _ type: String, _ path: String, _ source: String, _ options: [String]
    ) -> Value {
        [
            "type": .text(type), "destination": .text(path), "source": .text(source),
            "options": .list(options.map { .text($0) }),
        ]
    }
}
