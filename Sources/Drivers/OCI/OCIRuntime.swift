public import Host
public import Resources

/// A container runtime of this machine, `crun` or `runc`, that has been seen to work.
public struct OCIRuntime: Sendable {
    /// "crun" or "runc".
    public let name: String
    /// The runtime's path.
    public let path: String
    private let state: String
    let processes: LinuxProcesses
    /// Where images come from; nil when this machine has no store.
    let images: ImageStore?
    private let files = LinuxFiles()

    /// What became of a container.
    enum Found: Hashable, Sendable { case starting, neverStarted, running(LedgerRecord), ended }

    /// Tries the runtimes of this machine, each by really running a container with limits, and
    /// takes the first that works. `state` is a folder of its own.
    public static func probe(
        state: String, processes: LinuxProcesses, among names: [String] = ["crun", "runc"],
        images: ImageStore? = nil, identifier: Identifier
    ) throws(DriverError) -> OCIRuntime {
        var reasons: [String] = []
        for name in names {
            do throws(DriverError) {
                let path = try translating { () throws(ProcessError) in
                    try ExecutablePath.find(name, on: nil, in: nil)
                }
                let runtime = OCIRuntime(
                    name: name, path: path, state: state, processes: processes,
                    images: images)
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

    private init(
        name: String, path: String, state: String, processes: LinuxProcesses,
        images: ImageStore?
    ) {
        self.images = images
        self.name = name
        self.path = path
        self.state = state
        self.processes = processes
    }

    private var root: String { state + "/rootfs" }
    private var shared: String { state + "/containers" }
    /// Where the runtime keeps what it knows of a container. With secrets that is memory: crun
    /// keeps the whole configuration.
    private func containers(of name: String) -> String {
        let own = "\(processes.root)/\(name)/private/containers"
        return files.kind(own) == .folder ? own : shared
    }
    private func cgroup(of id: Identifier) -> String { "/pisces/\(id)" }
    private func pidFile(of id: Identifier) -> String { processes.folder(of: id) + "/container" }
    private func data(of id: Identifier) -> String { processes.folder(of: id) + "/data" }

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
            try files.makeFolder(shared)
        }
    }

    /// Runs `true` in a container of its own control group. It is no instance: what a life leaves
    /// that ends here, the next one ends.
    private func tryOnce(_ id: Identifier) throws(DriverError) {
        var instance = Instance(id: id, name: "probe", device: .oci, command: ["/bin/true"])
        instance.limits = Instance.Ceilings(cpu: 0.5, memory: 64 << 20, processes: 16)
        instance.writable = false
        let bundle = state + "/probe"
        try endLeftovers(noted: bundle + "/group")
        try deleteContainer("probe")
        _ = try writeBundle(instance, to: bundle)
        try translating { () throws(ProcessError) in
            try files.replace(bundle + "/group", with: Array("\(id)".utf8))
        }
        let status = try call("probe", ["run", "--bundle", bundle, "probe"])
        guard status.exit != .code(0) else { return }
        try? deleteContainer("probe")
        throw DriverError(
            .deviceMissing, operation: "probe", subject: path,
            cause: "cannot run a container: \(status.output)")
    }

    /// Ends the processes of a trial that nobody waits for any more: a runtime whose caller was
    /// killed waits for its container, and the container for the runtime.
    private func endLeftovers(noted note: String) throws(DriverError) {
        let text = try translating { () throws(ProcessError) in try files.text(note) }
        guard let text, let id = Identifier(text) else { return }
        for pid in members(of: id) {
            guard let process = processes.process(pid) else { continue }
            processes.killOutright(process)
        }
    }

    /// Starts a container, watched as the instance. When this returns, its program runs or has run.
    func start(_ instance: Instance) throws(DriverError) -> LedgerRecord {
        let id = instance.id
        let bundle = try writeBundle(instance)
        var launch = Launch(
            path,
            options(of: "\(id)") + [
                "run", "--detach", "--bundle", bundle, "--pid-file", pidFile(of: id),
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
            // A runtime that is done has let its program go, which takes that a moment to begin.
            for _ in 0..<Limits.containerTurns.value where isRuntimeItself(process.pid) {
                processes.pause(milliseconds: 5)
            }
            if !isRuntimeItself(process.pid) {
                return .running(LedgerRecord(process: process, since: launcher.since))
            }
            // Its runtime died before it let the program start: nothing of it ever ran.
            try delete(id)
            return .neverStarted
        }
        let known =
            files.kind(pidFile(of: id)) != nil
            || files.kind("\(containers(of: "\(id)"))/\(id)") != nil
        return known ? .ended : .neverStarted
    }

    /// Removes what the runtime keeps of a container, killing it when it still runs.
    func delete(_ id: Identifier) throws(DriverError) { try deleteContainer("\(id)") }

    private func deleteContainer(_ name: String) throws(DriverError) {
        guard files.kind("\(containers(of: name))/\(name)") != nil else { return }
        let status = try call(name, ["delete", "--force", name])
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
        for pid in candidates + members(of: id) {
            guard let process = processes.process(pid),
                let groups = (try? files.text("/proc/\(pid)/cgroup")) ?? nil,
                groups.split(separator: "\n").contains(where: { $0.hasSuffix(suffix) }),
                isFirst(pid)
            else { continue }
            return process
        }
        return nil
    }

    /// The processes in a container's control group, under whichever version of them.
    private func members(of id: Identifier) -> [Int32] {
        ["", "/unified", "/pids", "/memory"].flatMap { hierarchy -> [Int32] in
            let list = "/sys/fs/cgroup\(hierarchy)\(cgroup(of: id))/cgroup.procs"
            let text = (try? files.text(list)) ?? nil
            return (text ?? "").split(separator: "\n").compactMap { Int32($0) }
        }
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

    /// Prepares all that a container sees; gives the folder of its configuration.
    private func writeBundle(
        _ instance: Instance, to given: String? = nil
    ) throws(DriverError) -> String {
        let id = instance.id
        let folder = processes.folder(of: id)
        let image = try image(of: instance)
        let lower = image.flatMap { images?.folders(of: $0) } ?? [root]
        let sandbox = Sandbox(instance, image: image, lower: lower, folder: folder)
        try sandbox.check()
        let app = try ContainerProgram.folder(of: instance, apartFrom: processes.root)
        let arguments = try arguments(of: instance, image, app: app)
        try prepare(sandbox)
        let user = try user(of: instance, image, root: sandbox.isPlain ? root : sandbox.root)
        let data = image == nil && instance.writable ? data(of: id) : nil
        let mounted = sandbox.isPlain ? [] : try sandbox.placeFiles(for: user)
        let config = ContainerConfig(
            instance: instance, arguments: arguments,
            environment: Self.environment(of: instance, image, home: user.home),
            directory: Self.directory(of: instance, image, app: app, data: data),
            root: sandbox.isPlain ? root : sandbox.root, isReadOnly: image == nil,
            isNative: image == nil, mounted: mounted, data: data, app: app,
            cgroup: cgroup(of: id), user: user)
        let bundle = given ?? (sandbox.hasSecrets ? sandbox.memory : folder) + "/bundle"
        try translating { () throws(ProcessError) in
            try files.makeFolder(bundle)
            if let data {
                try files.makeFolder(data)
                try files.give(data, to: user.user)
            }
            try give(instance.mounts, to: user)
            try files.replace(bundle + "/config.json", with: config.bytes)
        }
        return bundle
    }

    private func prepare(_ sandbox: Sandbox) throws(DriverError) {
        if sandbox.hasSecrets {
            try translating { () throws(ProcessError) in
                try files.makeFolder(sandbox.memory)
                // Twice the files, because a new content stands beside the old for a moment.
                let bytes = UInt64(2 * Limits.instanceFileBytes.value + (4 << 20))
                _ = try SandboxMounts().memory(bytes, at: sandbox.memory)
                try files.makeFolder(sandbox.memory + "/containers")
            }
        }
        guard !sandbox.isPlain else { return }
        let word = try sandbox.mountRoot(LayerFormatter(processes: processes))
        try translating { () throws(ProcessError) in
            try files.replace(sandbox.folder + "/layer.word", with: Array(word.utf8))
        }
    }

    /// Volumes that nobody but root has yet are the instance's. So is what another task had: a
    /// volume is of one task at a time, and that one may be of another app, as of a clone.
    private func give(
        _ mounts: [Instance.Mount], to user: UserTable.User
    ) throws(ProcessError) {
        for mount in mounts where mount.writable {
            let folder = try OpenFile.folder(mount.source)
            let before = try folder.status().user
            let isOthers = before != user.user && Self.isOwnUser(before)
            guard user.user != 0, before == 0 || isOthers else { continue }
            if isOthers {
                try TreeGiving.give(
                    below: mount.source, of: before, to: user.user, group: user.group)
            }
            try folder.set(user: user.user, group: user.group, mode: 0o750)
        }
    }

    /// crun would ask systemd for control groups when left alone.
    func options(of container: String) -> [String] {
        ["--root", containers(of: container)]
            + (name == "crun" ? ["--cgroup-manager=cgroupfs"] : [])
    }

    private func call(
        _ container: String, _ arguments: [String]
    ) throws(DriverError) -> (exit: ExitStatus?, output: String) {
        // Calls for several containers may be under way.
        let output = state + "/calls-" + container
        try translating { () throws(ProcessError) in try files.remove(output) }
        defer { try? files.remove(output) }
        var launch = Launch(path, options(of: container) + arguments)
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
