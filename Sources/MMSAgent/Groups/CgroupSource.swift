internal import Host
internal import Resources

/// The control groups of all hierarchies mounted, and which processes are in them.
final class CgroupSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "cgroups", kinds: [Kind.cgroup], mechanism: "inotify on every group's folder",
        why: "the kernel announces cgroup.events and memory.events there, and writes of limits",
        privilege: "none", fallback: "walks the tree every 5 s",
        mayMiss: "processes forked into a group are linked at the next change of it or sweep; "
            + "a process in the root group has no link; a group that comes and goes before it is "
            + "read; in hierarchies of version 1 a kill for want of memory is seen at the sweep",
        edges: [Kind.process: ["IN"]])
    private(set) var sampled: [TypeName: SampledFields] = [Kind.process: .all]
    let settle: UInt64 = 20
    private(set) var interval: UInt64?

    private var files: (any FileWatch)?
    private var watchedPlaces: Set<String> = []
    private var identities = ProcessIdentities()

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        if CgroupHierarchy.all(kernel).contains(where: { $0.controllers.contains("memory") }) {
            sampled[Kind.cgroup] = .some(["oomKills"])
        }
        do throws(KernelError) {
            let watch = try kernel.watchFiles()
            files = watch
            return [watch]
        } catch {
            contract.mechanism = "walks the tree every 5 s"
            contract.why = "\(error.operation): \(error.cause)"
            interval = 5000
            return []
        }
    }

    func read(_ kernel: any Kernel) -> Reading {
        var groups: [String: CgroupRecord] = [:]
        var order: [String] = []
        // The group of a process is that of the first hierarchy in which it is not in the root.
        var members: [Int32: String] = [:]
        var places: Set<String> = []
        let walk = CgroupWalk(kernel: kernel) { level in
            places.formUnion(level)
            self.watch(also: level)
        }
        for hierarchy in CgroupHierarchy.all(kernel) {
            let (folders, isWhole) = walk.folders(of: hierarchy)
            if !isWhole {
                return .torn(
                    cause: "more than \(Limits.controlGroups.value) groups at \(hierarchy.mount)")
            }
            for folder in folders {
                if groups[folder.path] == nil {
                    let label = hierarchy.isUnified ? "2" : hierarchy.controllers.joined()
                    groups[folder.path] = CgroupRecord(
                        path: folder.path, identity: "cgroup:\(label):\(folder.inode)")
                    order.append(folder.path)
                }
                for pid in groups[folder.path]?.add(folder, of: hierarchy, kernel) ?? []
                where members[pid] == nil {
                    members[pid] = folder.path
                }
            }
        }
        forget(all: places)
        return .whole(order.compactMap { groups[$0]?.seen } + links(members, kernel))
    }

    /// Watches what is not watched yet.
    private func watch(also level: [String]) {
        let new = watchedPlaces.union(level)
        guard new.count > watchedPlaces.count, let files else { return }
        watchedPlaces = new
        note(files.become(WatchedPaths(exact: new)))
    }

    /// Ends the watches of folders that are gone.
    private func forget(all places: Set<String>) {
        guard watchedPlaces != places, let files else { return }
        watchedPlaces = places
        note(files.become(WatchedPaths(exact: places)))
    }

    private func note(_ refused: [String: String]) {
        guard let (path, cause) = refused.min(by: { $0.key < $1.key }) else { return }
        contract.why = "\(refused.count) groups are not watched, as \(path): \(cause)"
        interval = 5000
    }

    /// The links of processes to their groups.
    private func links(_ members: [Int32: String], _ kernel: any Kernel) -> [Seen] {
        members.sorted { $0.key < $1.key }.compactMap { pid, path in
            identities.identity(of: pid, kernel).map { identity in
                Seen(
                    edgesOf: ProcessIdentities.subject(pid), identity: identity,
                    ["IN": [CgroupRecord.subject(path)]])
            }
        }
    }
}
