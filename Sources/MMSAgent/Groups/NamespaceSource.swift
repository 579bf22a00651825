internal import Host
internal import Resources

/// The namespaces of the kernel that processes are in or that a mount keeps, and who is in those
/// the machine did not begin in.
final class NamespaceSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "namespaces", kinds: [Kind.namespace],
        mechanism: "poll of /proc/self/mountinfo, and reads /proc every 10 s",
        why: "named namespaces are mounts, which the kernel announces; it announces no other",
        privilege: "CAP_SYS_PTRACE for processes of others", fallback: "sees its own processes'",
        mayMiss: "a namespace without a mount whose processes come and go within 10 s; one that "
            + "is kept by an open descriptor alone",
        edges: [Kind.process: ["IN_NAMESPACE"]])
    let sampled: [TypeName: SampledFields] = [Kind.namespace: .all, Kind.process: .all]
    let settle: UInt64 = 50
    let interval: UInt64? = 10_000

    static let kinds = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"]

    /// What is known of a namespace.
    private struct Record {
        var kind: String
        var inode: UInt64
        /// A file that stands for it.
        var file: String
        var isInitial = false
        /// The process in it with the lowest number.
        var pid: Int32?
        var pins: [String] = []
    }

    private var identities = ProcessIdentities()
    /// Where the kernel gives no identifier: how often a number has been given out, as far as
    /// was seen, and whether it was there at the last reading.
    private var turns: [String: (turn: Int, isThere: Bool)] = [:]

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        do throws(KernelError) {
            return [try kernel.watch("/proc/self/mountinfo", trigger: nil)]
        } catch {
            contract.mechanism = "reads /proc and the mounts every 10 s"
            contract.why = "\(error.operation): \(error.cause)"
            return []
        }
    }

    func read(_ kernel: any Kernel) -> Reading {
        var records: [String: Record] = [:]
        var initial: [String: String] = [:]
        var members: [(ProcessStat, [String])] = []
        // The first process may be protected; a thread of the kernel is where it all began.
        let second = identities.stat(of: 2, kernel)
        let first = second?.kernelThread == true ? 2 : 1
        for kind in Self.kinds { initial[kind] = kernel.link("/proc/\(first)/ns/\(kind)") }
        for pid in kernel.processes() {
            // A thread of the kernel has the namespaces it was made with, the first ones.
            guard let stat = identities.stat(of: pid, kernel), !stat.kernelThread else { continue }
            var others: [String] = []
            for kind in Self.kinds {
                let file = "/proc/\(pid)/ns/\(kind)"
                guard let name = kernel.link(file), let record = Self.record(name, file) else {
                    continue
                }
                let isInitial = initial[kind] == name
                if records[name] == nil {
                    records[name] = record
                    records[name]?.pid = pid
                    records[name]?.isInitial = isInitial
                }
                if !isInitial { others.append(name) }
            }
            if !others.isEmpty { members.append((stat, others)) }
        }
        addPinned(&records, kernel)
        let named = records.sorted { $0.key < $1.key }
        countTurns(Set(records.keys))
        let edges = members.map { stat, names in
            Seen(
                edgesOf: ProcessIdentities.subject(stat.pid),
                identity: identities.identity(of: stat, kernel),
                ["IN_NAMESPACE": names.map { Self.subject($0) }])
        }
        return .whole(named.map { seen($0.key, $0.value, kernel) } + edges)
    }

    /// Reads `net:[4026531840]`; nil for what is not of that form.
    private static func record(_ name: String, _ file: String) -> Record? {
        guard let open = name.firstIndex(of: "["), name.hasSuffix("]"), open > name.startIndex,
            name[name.index(before: open)] == ":",
            let inode = UInt64(name[name.index(after: open)...].dropLast())
        else { return nil }
        return Record(
            kind: String(name[..<name.index(before: open)]), inode: inode, file: file)
    }

    /// Namespaces that a mount keeps, as `ip netns` and container engines make them.
    private func addPinned(_ records: inout [String: Record], _ kernel: any Kernel) {
        guard let text = kernel.read("/proc/self/mountinfo") else { return }
        for mount in unsafe MountRecord.table(text.span.bytes).records
        where mount.fileSystem == "nsfs" {
            guard let record = Self.record(mount.root, mount.point) else { continue }
            records[mount.root, default: record].pins.append(mount.point)
        }
    }

    private func countTurns(_ now: Set<String>) {
        for name in turns.keys where !now.contains(name) { turns[name]?.isThere = false }
        for name in now where turns[name]?.isThere != true {
            turns[name] = ((turns[name]?.turn ?? 0) + 1, true)
        }
        // What is long gone need not be counted on.
        if turns.count > Limits.forgottenNamespaces.value {
            turns = turns.filter { $0.value.isThere }
        }
    }

    private static func subject(_ name: String) -> Observation.Subject {
        Observation.Subject(type: Kind.namespace, name: subjectName(name))
    }

    private func seen(_ name: String, _ record: Record, _ kernel: any Kernel) -> Seen {
        let identity =
            kernel.namespaceIdentifier(record.file).map { "namespace:\($0)" }
            ?? "namespace:\(name):\(turns[name]?.turn ?? 1)"
        var one = Seen(
            subject: Self.subject(name), identity: identity,
            data: [
                "kind": .text(record.kind), "inode": .int(Int64(clamping: record.inode)),
                "initial": .bool(record.isInitial),
            ])
        if let pid = record.pid { one.data["pid"] = .int(Int64(pid)) }
        if !record.pins.isEmpty {
            one.data["mountPoints"] = .list(
                record.pins.sorted().prefix(Limits.namespacePins.value).map { .text($0) })
        }
        return one
    }
}
