internal import Host
internal import Resources

/// A hierarchy of control groups: the unified one, or one of the older kind.
struct CgroupHierarchy: Hashable, Sendable {
    /// Where it is mounted.
    var mount: String
    /// The group that its mount shows as its root.
    var root: String
    /// Its controllers; a hierarchy without any has a name.
    var controllers: [String]
    var isUnified: Bool

    /// The hierarchies mounted, the unified one first.
    static func all(_ kernel: any Kernel) -> [CgroupHierarchy] {
        guard let text = kernel.read("/proc/self/mountinfo") else { return [] }
        var devices: Set<String> = []
        let found = unsafe MountRecord.table(text.span.bytes).records.compactMap { one in
            CgroupHierarchy(one).flatMap { devices.insert(one.device).inserted ? $0 : nil }
        }
        // In the order in which `/proc/<pid>/cgroup` lists them, so that both call one the first.
        let lines = (kernel.read("/proc/self/cgroup") ?? []).split(separator: 10)
        let order = lines.map { line in
            lossyText(
                line.split(separator: 58, omittingEmptySubsequences: false).dropFirst().first ?? [])
        }
        let place = { (one: CgroupHierarchy) in
            order.firstIndex {
                Set($0.split(separator: ",").map(String.init)) == Set(one.controllers)
            }
                ?? order.count
        }
        return found.filter(\.isUnified)
            + found.filter { !$0.isUnified }.sorted {
                (place($0), $0.mount) < (place($1), $1.mount)
            }
    }

    private init?(_ one: MountRecord) {
        guard one.fileSystem == "cgroup2" || one.fileSystem == "cgroup" else { return nil }
        mount = one.point
        root = one.root
        isUnified = one.fileSystem == "cgroup2"
        let words = one.superOptions.split(separator: ",").map { String($0) }
        let options = ["rw", "ro", "xattr", "noprefix", "clone_children", "cpuset_v2_mode"]
        controllers =
            isUnified ? [] : words.filter { !options.contains($0) && !$0.hasPrefix("release_") }
    }

    /// The folder of a group; nil for one that this mount does not show.
    func folder(of path: String) -> String? {
        if root == "/" { return mount + (path == "/" ? "" : path) }
        guard path == root || path.hasPrefix(root + "/") else { return nil }
        return mount + path.dropFirst(root.count)
    }

    /// The path of a group by its folder under the mount, which starts with a slash or is empty.
    func path(_ below: String) -> String {
        let path = root == "/" ? below : root + below
        return path.isEmpty ? "/" : path
    }
}

/// A folder of a hierarchy.
struct CgroupFolder: Hashable, Sendable {
    var place: String
    /// The group's path.
    var path: String
    var inode: UInt64
}

/// The folders of a hierarchy: which are known, and how they are found.
struct CgroupWalk {
    let kernel: any Kernel
    /// Called with each level of folders before it is listed, so that a group made meanwhile is
    /// either listed or announced.
    let watch: ([String]) -> Void

    /// All folders, parents first. `isWhole` is false when there are more than the limit.
    func folders(of hierarchy: CgroupHierarchy) -> (found: [CgroupFolder], isWhole: Bool) {
        var found: [CgroupFolder] = []
        var level = [""]
        while !level.isEmpty {
            watch(level.map { hierarchy.mount + $0 })
            var next: [String] = []
            for below in level {
                let place = hierarchy.mount + below
                guard let status = kernel.status(place, following: false),
                    status.kind == .directory
                else { continue }
                if found.count >= Limits.controlGroups.value { return (found, false) }
                found.append(
                    CgroupFolder(
                        place: place, path: hierarchy.path(below), inode: status.inode))
                next += children(of: place, count: status.links).map { "\(below)/\($0)" }
            }
            level = next
        }
        return (found, true)
    }

    /// The folders in a folder; the kernel counts them in its links, which spares most looks.
    private func children(of place: String, count links: UInt64) -> [String] {
        let expected = links >= 2 ? Int(clamping: links - 2) : Int.max
        guard expected > 0 else { return [] }
        let names = kernel.list(place) ?? []
        var folders: [String] = []
        for name in names.filter({ !Self.looksLikeFile($0) })
            + names.filter({ Self.looksLikeFile($0) })
        {
            if folders.count == expected { break }
            if kernel.status("\(place)/\(name)", following: false)?.kind == .directory {
                folders.append(name)
            }
        }
        return folders
    }

    private static let prefixes = [
        "cgroup", "cpu", "cpuacct", "cpuset", "memory", "io", "blkio", "pids", "devices",
        "freezer", "hugetlb", "rdma", "misc", "net_cls", "net_prio", "perf_event", "dmem",
    ]
    private static let words = ["tasks", "notify_on_release", "release_agent"]

    /// True for names as the kernel gives its files. A group may have such a name too.
    private static func looksLikeFile(_ name: String) -> Bool {
        guard let dot = name.firstIndex(of: ".") else { return words.contains(name) }
        return prefixes.contains(String(name[..<dot]))
    }
}
