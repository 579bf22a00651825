internal import Host
internal import Resources

/// Modules of the kernel, those built in with parameters among them.
final class ModuleSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "kernel-modules", kinds: [Kind.kernelModule],
        mechanism: "kobject uevents of modules",
        why: "the kernel announces each module that is loaded or unloaded",
        privilege: "none", fallback: "reads /proc/modules every 10 s",
        mayMiss: "a module loaded and unloaded before it is read; who uses a module is read with "
            + "the next event or sweep")
    let sampled: [TypeName: SampledFields] = [
        Kind.kernelModule: .some(["usedBy", "state", "taints"])
    ]
    private(set) var interval: UInt64?
    /// A module is announced before it is live.
    let settle: UInt64 = 20
    private let bufferBytes: Int
    private var events = Uevents(["module"])

    /// Reads modules with a receive buffer of so many bytes.
    init(bufferBytes: Int = Limits.sensorBuffer.value) { self.bufferBytes = bufferBytes }

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        if kernel.read("/proc/modules") == nil {
            contract.why += "; this kernel loads no modules, only what is built in is reported"
        }
        do throws(KernelError) {
            return [
                try kernel.netlink(
                    Uevents.family, groups: [Uevents.group], bufferBytes: bufferBytes,
                    slot: Uevents.slot)
            ]
        } catch {
            contract.mechanism = "reads /proc/modules every 10 s"
            contract.why = "\(error.operation): \(error.cause)"
            interval = 10_000
            return []
        }
    }

    func take(_ feed: Int, _ datagram: RawSpan) -> Hint { events.hint(datagram) }

    func read(_ kernel: any Kernel) -> Reading {
        let loaded = (kernel.read("/proc/modules") ?? []).split(separator: 10)
        let records = loaded.compactMap { ModuleRecord($0) }
        guard records.count == loaded.count else { return .torn(cause: "/proc/modules was cut") }
        var result = records.map { seen($0, kernel) }
        let known = Set(records.map(\.name))
        for name in kernel.list("/sys/module") ?? [] where !known.contains(name) {
            var data: ValueMap = ["state": .text("built-in")]
            describe(name, &data, kernel)
            result.append(
                Seen(subject: subject(name), identity: "module:\(name):built-in", data: data))
        }
        return .whole(result)
    }

    private func subject(_ name: String) -> Observation.Subject {
        Observation.Subject(type: Kind.kernelModule, name: subjectName(name))
    }

    private func seen(_ record: ModuleRecord, _ kernel: any Kernel) -> Seen {
        var data: ValueMap = ["state": .text(record.state), "size": .int(record.size)]
        data.set("address", record.address)
        data.set("usedBy", record.users)
        data.set("taints", record.taints)
        describe(record.name, &data, kernel)
        // A module that is loaded anew lies elsewhere, and its folder is a new one.
        let folder = kernel.status("/sys/module/\(record.name)", following: false)
        var one = Seen(
            subject: subject(record.name),
            identity: "module:\(record.name):\(folder?.inode ?? 0)", data: data)
        one.links["USED_BY"] = record.users.map(subject)
        return one
    }

    private func describe(_ name: String, _ data: inout ValueMap, _ kernel: any Kernel) {
        data.set("version", kernel.attribute("/sys/module/\(name)/version"))
        data.set("sourceVersion", kernel.attribute("/sys/module/\(name)/srcversion"))
        data.set("parameters", kernel.list("/sys/module/\(name)/parameters") ?? [])
    }
}

/// A line of `/proc/modules`: name, size, references, users, state, address, taints.
struct ModuleRecord: Hashable, Sendable {
    var name: String
    var size: Int64
    var users: [String]
    var state: String
    var address: String?
    var taints: String?

    /// Reads a line; nil when it is cut short or malformed.
    init?(_ line: ArraySlice<UInt8>) {
        let fields = line.split(separator: 32).map { lossyText($0) }
        guard fields.count >= 6, let size = Int64(fields[1]) else { return nil }
        name = fields[0]
        self.size = size
        users = fields[3].split(separator: ",").map { String($0) }
            .filter { $0 != "-" && $0 != "[permanent]" }.sorted()
        state = fields[4].lowercased()
        // Zero is what the unprivileged are shown.
        address = fields[5].drop { $0 == "0" || $0 == "x" }.isEmpty ? nil : fields[5]
        taints = fields.count > 6 ? String(fields[6].filter { $0 != "(" && $0 != ")" }) : nil
    }
}
