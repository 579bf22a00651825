internal import Host
internal import Resources

/// A control group as all hierarchies together show it.
struct CgroupRecord {
    var path: String
    /// The inode of its folder in the first hierarchy that has it; kernfs does not give one again
    /// while it counts.
    var identity: String
    var hierarchies: [String] = []
    var controllers: Set<String> = []
    var data = ValueMap()

    init(path: String, identity: String) {
        self.path = path
        self.identity = identity
    }

    /// Adds what a folder of a hierarchy says; gives the processes in it.
    mutating func add(
        _ folder: CgroupFolder, of hierarchy: CgroupHierarchy, _ kernel: any Kernel
    ) -> [Int32] {
        let files = CgroupFiles(kernel: kernel, place: folder.place)
        if hierarchy.isUnified {
            hierarchies.append("unified")
            addUnified(files)
        } else {
            hierarchies.append(hierarchy.controllers.joined(separator: ","))
            controllers.formUnion(hierarchy.controllers.filter { !$0.hasPrefix("name=") })
            for controller in hierarchy.controllers { addOlder(files, controller) }
        }
        // The root has all processes that nobody put elsewhere: a link would say nothing.
        let mayHaveSome = !hierarchy.isUnified || data["populated"] != false
        return path != "/" && mayHaveSome ? files.numbers("cgroup.procs") : []
    }

    private mutating func addUnified(_ files: CgroupFiles) {
        let own = files.words("cgroup.controllers")
        controllers.formUnion(own)
        let events = files.pairs("cgroup.events")
        if let populated = events["populated"] { data["populated"] = .bool(populated != 0) }
        if let frozen = events["frozen"] { data["frozen"] = .bool(frozen != 0) }
        if let kind = files.line("cgroup.type") { data["kind"] = .text(kind) }
        guard path != "/" else { return }
        if own.contains("cpu") {
            let most = files.words("cpu.max")
            if most.count == 2, let quota = Int64(most[0]), let period = Int64(most[1]) {
                setProcessors(quota, period)
            }
            set("cpuWeight", files.number("cpu.weight"))
        }
        if own.contains("memory") {
            set("memoryMax", files.number("memory.max"))
            set("memoryHigh", files.number("memory.high"))
            set("swapMax", files.number("memory.swap.max"))
            if let kills = files.pairs("memory.events")["oom_kill"] {
                data["oomKills"] = .int(kills)
            }
        }
        if own.contains("pids") { set("pidsMax", files.number("pids.max")) }
        if own.contains("cpuset"), let cpus = files.line("cpuset.cpus") {
            data["cpus"] = .text(cpus)
        }
    }

    private mutating func addOlder(_ files: CgroupFiles, _ controller: String) {
        switch controller {
        case "cpu":
            if let quota = files.number("cpu.cfs_quota_us"),
                let period = files.number("cpu.cfs_period_us")
            {
                setProcessors(quota, period)
            }
            set("cpuShares", files.number("cpu.shares"))
        case "memory":
            if path != "/" {
                setMemory("memoryMax", files.number("memory.limit_in_bytes"))
                setMemory("memoryHigh", files.number("memory.soft_limit_in_bytes"))
            }
            if let kills = files.pairs("memory.oom_control")["oom_kill"] {
                data["oomKills"] = .int(kills)
            }
        case "pids": set("pidsMax", files.number("pids.max"))
        case "cpuset": if let cpus = files.line("cpuset.cpus") { data["cpus"] = .text(cpus) }
        case "freezer":
            if let state = files.line("freezer.state") {
                data["frozen"] = .bool(data["frozen"] == true || state != "THAWED")
            }
        default: break
        }
    }

    private mutating func set(_ field: String, _ number: Int64?) {
        if let number { data[field] = .int(number) }
    }

    /// No limit is written as the largest number of whole pages.
    private mutating func setMemory(_ field: String, _ number: Int64?) {
        if let number, number < Int64.max - (1 << 24) { data[field] = .int(number) }
    }

    private mutating func setProcessors(_ quota: Int64, _ period: Int64) {
        if quota > 0, period > 0 { data["cpuMax"] = .float(Double(quota) / Double(period)) }
    }

    var subject: Observation.Subject { Self.subject(path) }

    static func subject(_ path: String) -> Observation.Subject {
        Observation.Subject(type: Kind.cgroup, name: subjectName(path))
    }

    /// What is reported of it.
    var seen: Seen {
        var one = Seen(subject: subject, identity: identity, data: data)
        one.data["path"] = .text(path)
        one.data["hierarchies"] = .list(hierarchies.map { .text($0) })
        if !controllers.isEmpty {
            one.data["controllers"] = .list(controllers.sorted().map { .text($0) })
        }
        if path != "/", let slash = path.lastIndex(of: "/") {
            let parent = slash == path.startIndex ? "/" : String(path[..<slash])
            one.links["PARENT"] = [Self.subject(parent)]
        }
        return one
    }
}

/// The small files of a control group.
struct CgroupFiles {
    let kernel: any Kernel
    let place: String

    private func bytes(_ name: String) -> [UInt8]? { kernel.read("\(place)/\(name)") }

    /// The first line, unless it is empty.
    func line(_ name: String) -> String? {
        guard let line = bytes(name)?.split(separator: 10).first else { return nil }
        return lossyText(line)
    }

    /// The number a file holds; nil for `max` and what is none.
    func number(_ name: String) -> Int64? { line(name).flatMap { Int64($0) } }

    func words(_ name: String) -> [String] {
        (bytes(name) ?? []).split { $0 == 32 || $0 == 10 }.map { lossyText($0) }
    }

    /// Lines of a word and a number.
    func pairs(_ name: String) -> [String: Int64] {
        var pairs: [String: Int64] = [:]
        for line in (bytes(name) ?? []).split(separator: 10) {
            let words = line.split(separator: 32)
            guard words.count == 2, let number = decimal(words[1]) else { continue }
            pairs[lossyText(words[0])] = Int64(clamping: number)
        }
        return pairs
    }

    /// Lines of a number each.
    func numbers(_ name: String) -> [Int32] {
        (bytes(name) ?? []).split(separator: 10).compactMap { line in
            decimal(line).flatMap { Int32(exactly: $0) }
        }
    }
}
