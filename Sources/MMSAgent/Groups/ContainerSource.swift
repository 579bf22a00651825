internal import Host
internal import Resources

/// The containers of all engines and runtimes that keep their state on this machine's disk.
final class ContainerSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "containers", kinds: [Kind.container],
        mechanism: "inotify on state folders and on containers' control groups",
        why: "every engine keeps its state in files; the kernel tells when a group is empty",
        privilege: "root", fallback: "sees the containers of its own user",
        mayMiss: "images, volumes and networks without a container; what LXD and Incus "
            + "only keep in their databases; containers of other state folders; the end of one "
            + "of crun in control groups of the first version, until the sweep; a "
            + "container that comes and goes within 20 ms")
    let settle: UInt64 = 20

    private let pisces: [String]
    private var identities = ProcessIdentities()
    private var paths = WatchedPaths()

    /// `pisces` are the folders in which Pisces's own runtime keeps its containers.
    init(pisces: [String] = ["/var/lib/pisces/oci/containers"]) { self.pisces = pisces }

    var watched: WatchedPaths? { paths }

    func read(_ kernel: any Kernel) -> Reading {
        let files = EngineFiles(kernel: kernel)
        let runtimes = RuntimeFolders(
            files: files, hierarchies: CgroupHierarchy.all(kernel))
        let engines = EngineFolders(files: files)
        var (found, places) = engines.containers()
        let roots = RuntimeFolders.roots(kernel, pisces: pisces)
        places += EngineFolders.folders + roots
        for root in roots {
            let list = runtimes.containers(root)
            found += list
            // Also those without a state yet: it is written after the folder is made.
            places += files.list(root).map { "\(root)/\($0)" }
        }
        var records: [String: ContainerRecord] = [:]
        // Engines come first: their account has the names that people know.
        for one in found.prefix(Limits.containers.value) {
            if records[one.id] == nil { records[one.id] = one } else { records[one.id]?.merge(one) }
        }
        paths = WatchedPaths(
            named: Set(places), exact: Set(records.values.flatMap(\.eventFiles)))
        return .whole(
            records.sorted { $0.key < $1.key }.map { seen($0.value, kernel) })
    }

    private func seen(_ one: ContainerRecord, _ kernel: any Kernel) -> Seen {
        var seen = Seen(
            subject: .init(type: Kind.container, name: subjectName(one.id)),
            identity: "container:\(one.engine):\(one.id):\(one.created ?? 0)",
            data: ["id": .text(one.id), "engine": .text(one.engine)])
        for (field, text) in one.texts { seen.data[field] = .text(text) }
        for (field, list) in one.lists { seen.data[field] = .list(list.map { .text($0) }) }
        for (field, word) in one.words { seen.data[field] = .bool(word) }
        if let created = one.created { seen.data["created"] = .int(created) }
        let (pid, status) = life(of: one, kernel)
        seen.data["status"] = .text(status)
        if let code = one.exitCode, pid == nil { seen.data["exitCode"] = .int(code) }
        var cgroup = one.cgroup
        if let pid {
            seen.data["pid"] = .int(Int64(pid))
            identities.link(&seen, "HAS", to: pid, kernel)
            if let bytes = kernel.read("/proc/\(pid)/cgroup"),
                let path = controlGroup(bytes[...]), path != "/"
            {
                cgroup = path
            }
        }
        if let cgroup {
            seen.data["cgroup"] = .text(cgroup)
            seen.links["IN"] = [CgroupRecord.subject(cgroup)]
        }
        return seen
    }

    /// Its first process, when that is the one its runtime started, and what it is doing.
    private func life(
        of one: ContainerRecord, _ kernel: any Kernel
    ) -> (pid: Int32?, status: String) {
        guard let pid = one.pid, let stat = identities.stat(of: pid, kernel),
            one.start == nil || one.start == stat.start
        else {
            let ended = ["created", "exited", "dead", "restarting"].contains(one.status ?? "")
            return (nil, ended ? one.status ?? "stopped" : "stopped")
        }
        let isStopped = one.eventFiles.contains { file in
            let text = lossyText(kernel.read(file) ?? [])
            return text.hasPrefix("FR") || text.split(separator: "\n").contains("frozen 1")
        }
        if isStopped { return (pid, "paused") }
        return (pid, one.status ?? "running")
    }
}
