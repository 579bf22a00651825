public import Host
public import Resources

/// A container runtime of this machine, `crun` or `runc`, that has been seen to work.
public struct OCIRuntime: Sendable {
    /// "crun" or "runc".
    public let name: String
    /// The runtime's path.
    public let path: String
    private let state: String
    private let processes: LinuxProcesses
    private let files = LinuxFiles()

    /// What became of a container.
    enum Found: Hashable, Sendable { case starting, neverStarted, running(LedgerRecord), ended }

    /// Tries the runtimes of this machine, each by really running a container with limits, and
    /// takes the first that works. `state` is a folder of its own.
    public static func probe(
        state: String, processes: LinuxProcesses, among names: [String] = ["crun", "runc"],
        identifier: Identifier
    ) throws(DriverError) -> OCIRuntime {
        var reasons: [String] = []
        for name in names {
            do throws(DriverError) {
                let path = try translating { () throws(ProcessError) in
                    try ExecutablePath.find(name, on: nil, in: nil)
                }
                let runtime = OCIRuntime(
                    name: name, path: path, state: state, processes: processes)
                try runtime.prepare()
                try runtime.tryOnce(identifier)
                return runtime
            } catch { reasons.append("\(name): \(error.cause)") }
        }
        throw DriverError(
            .deviceMissing, operation: "probe", subject: "container runtime",
            cause: reasons.joined(separator: "; "),
            remedy: "install crun or runc, or use device host")
    }

    private init(name: String, path: String, state: String, processes: LinuxProcesses) {
        self.name = name
        self.path = path
        self.state = state
        self.processes = processes
    }

    private var root: String { state + "/rootfs" }
    private var containers: String { state + "/containers" }
    private func cgroup(of id: Identifier) -> String { "/pisces/\(id)" }
    private func bundle(of id: Identifier) -> String { processes.folder(of: id) + "/bundle" }
    private func pidFile(of id: Identifier) -> String { processes.folder(of: id) + "/container" }
    private func data(of id: Identifier) -> String { processes.folder(of: id) + "/data" }

    /// A user of its own for each instance, far from people's; the same after a restart of Pisces.
    static func user(of id: Identifier) -> UInt32 { 0x7000_0000 | UInt32(id.low & 0x00FF_FFFF) }

    /// The skeleton of a container's root: empty folders to mount on, the host's links to `/usr`,
    /// and names for the users inside.
    private func prepare() throws(DriverError) {
        try translating { () throws(ProcessError) in
            for folder in ["app", "data", "dev", "etc/ssl/certs", "proc", "run", "tmp", "usr"] {
                try files.makeFolder(root + "/" + folder, mode: 0o755)
                try files.setMode(root + "/" + folder, 0o755)
            }
            // The runtime gives the mounted /tmp the permissions of the folder under it.
            try files.setMode(root + "/tmp", 0o1777)
            for name in ["bin", "sbin", "lib", "lib64"] {
                switch files.kind("/" + name, following: false) {
                case .link: try files.link(root + "/" + name, to: files.target(ofLink: "/" + name))
                case .folder: try files.makeFolder(root + "/" + name, mode: 0o755)
                case .file, .other, nil: break
                }
            }
            let users = "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"
            try files.replace(root + "/etc/passwd", with: Array(users.utf8), mode: 0o644)
            let groups = "root:x:0:\nnogroup:x:65534:\n"
            try files.replace(root + "/etc/group", with: Array(groups.utf8), mode: 0o644)
            for name in ["passwd", "group"] {
                try files.setMode(root + "/etc/" + name, 0o644)
            }
            for folder in ["", "/etc", "/etc/ssl"] { try files.setMode(root + folder, 0o755) }
            try files.makeFolder(containers)
        }
    }

    /// Runs `true` in a container of its own control group. It is no instance: a life that ends
    /// here leaves nothing but a folder that the next one uses.
    private func tryOnce(_ id: Identifier) throws(DriverError) {
        var instance = Instance(id: id, name: "probe", device: .oci, command: ["/bin/true"])
        instance.limits = Instance.Ceilings(cpu: 0.5, memory: 64 << 20, processes: 16)
        instance.writable = false
        let bundle = state + "/probe"
        try deleteContainer("probe")
        try writeBundle(instance, to: bundle)
        let status = try call(["run", "--bundle", bundle, "probe"])
        guard status.exit != .code(0) else { return }
        try? deleteContainer("probe")
        throw DriverError(
            .deviceMissing, operation: "probe", subject: path,
            cause: "cannot run a container: \(status.output)")
    }

    /// Starts a container, watched as the instance. When this returns, its program runs or has run.
    func start(_ instance: Instance) throws(DriverError) -> LedgerRecord {
        let id = instance.id
        try writeBundle(instance, to: bundle(of: id))
        var launch = Launch(
            path,
            options + [
                "run", "--detach", "--bundle", bundle(of: id), "--pid-file", pidFile(of: id),
                "\(id)",
            ])
        launch.environment = ["PATH": ExecutablePath.standard]
        let launched = launch
        let pidFile = pidFile(of: id)
        let started = try translating { () throws(ProcessError) in
            try processes.launchThrough(
                launched, as: id, pidFile: pidFile, milliseconds: Limits.runtimeCall.value)
        }
        guard started.exit == .code(0), let record = started.record else {
            let cause = tail(of: processes.output(of: id))
            try? delete(id)
            throw DriverError(
                .failed, operation: "start", subject: instance.name,
                cause: "\(name) failed: \(cause)")
        }
        return record
    }

    /// What became of a container whose runtime was started as `launcher`.
    func find(
        _ id: Identifier, startedBy launcher: LedgerRecord
    ) throws(DriverError) -> Found {
        if processes.process(launcher.process.pid) == launcher.process { return .starting }
        if let process = first(of: id) {
            if !isRuntimeItself(process.pid) {
                return .running(LedgerRecord(process: process, since: launcher.since))
            }
            // Its runtime died before it let the program start: nothing of it ever ran.
            try delete(id)
            return .neverStarted
        }
        let known = files.kind(pidFile(of: id)) != nil || files.kind("\(containers)/\(id)") != nil
        return known ? .ended : .neverStarted
    }

    /// Removes what the runtime keeps of a container, killing it when it still runs.
    func delete(_ id: Identifier) throws(DriverError) { try deleteContainer("\(id)") }

    private func deleteContainer(_ name: String) throws(DriverError) {
        guard files.kind("\(containers)/\(name)") != nil else { return }
        let status = try call(["delete", "--force", name])
        guard status.exit == .code(0) else {
            throw DriverError(
                .failed, operation: "delete container", subject: name, cause: status.output)
        }
    }

    /// The first process of a container: the one of the runtime's pid file, or the one that is
    /// number 1 inside; a member of the instance's control group in any case.
    private func first(of id: Identifier) -> ProcessIdentity? {
        let suffix = cgroup(of: id)
        var candidates: [Int32] = []
        if let text = try? files.text(pidFile(of: id)), let pid = Int32(text) {
            candidates.append(pid)
        }
        for hierarchy in ["", "/unified", "/pids", "/memory"] {
            let list = "/sys/fs/cgroup\(hierarchy)\(suffix)/cgroup.procs"
            guard let text = try? files.text(list) else { continue }
            candidates += text.split(separator: "\n").compactMap { Int32($0) }
        }
        for pid in candidates {
            guard let process = processes.process(pid),
                let groups = (try? files.text("/proc/\(pid)/cgroup")) ?? nil,
                groups.split(separator: "\n").contains(where: { $0.hasSuffix(suffix) }),
                isFirst(pid)
            else { continue }
            return process
        }
        return nil
    }

    /// True for number 1 of a pid namespace (proc(5), NSpid).
    private func isFirst(_ pid: Int32) -> Bool {
        guard let text = (try? files.text("/proc/\(pid)/status")) ?? nil else { return false }
        let line = text.split(separator: "\n").first { $0.hasPrefix("NSpid:") }
        let numbers = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }) ?? []
        return numbers.count > 2 && numbers.last == "1"
    }

    /// True while the container's first process still waits for the runtime to let it go.
    private func isRuntimeItself(_ pid: Int32) -> Bool {
        guard let bytes = (try? files.read("/proc/\(pid)/cmdline", atMost: 1 << 21)) ?? nil else {
            return false
        }
        let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        return words.count == 2 && words[0].hasSuffix(name) && words[1] == "init"
    }

    private func writeBundle(_ instance: Instance, to bundle: String) throws(DriverError) {
        let id = instance.id
        let app = try ContainerProgram.folder(of: instance, apartFrom: processes.root)
        let program = try ContainerProgram.path(of: instance, app: app)
        let config = ContainerConfig(
            instance: instance, arguments: [program] + instance.command.dropFirst(),
            root: root, data: instance.writable ? data(of: id) : nil, app: app,
            cgroup: cgroup(of: id), user: Self.user(of: id))
        try translating { () throws(ProcessError) in
            try files.makeFolder(bundle)
            if instance.writable {
                try files.makeFolder(data(of: id))
                try files.give(data(of: id), to: Self.user(of: id))
            }
            try files.replace(bundle + "/config.json", with: config.bytes)
        }
    }

    /// crun would ask systemd for control groups when left alone.
    private var options: [String] {
        ["--root", containers] + (name == "crun" ? ["--cgroup-manager=cgroupfs"] : [])
    }

    private func call(
        _ arguments: [String]
    ) throws(DriverError) -> (exit: ExitStatus?, output: String) {
        let output = state + "/calls"
        try translating { () throws(ProcessError) in try files.remove(output) }
        var launch = Launch(path, options + arguments)
        launch.environment = ["PATH": ExecutablePath.standard]
        let launched = launch
        let exit = try translating { () throws(ProcessError) in
            try processes.run(
                launched, output: output, milliseconds: Limits.runtimeCall.value)
        }
        return (exit, tail(of: output))
    }

    /// The last lines of what a program said.
    private func tail(of path: String) -> String {
        guard let text = (try? files.text(path, atMost: 1 << 20)) ?? nil else { return "" }
        return String(text.split(separator: "\n").suffix(3).joined(separator: " / ").prefix(500))
    }
}
