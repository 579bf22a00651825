internal import Host
internal import Resources

/// Processors by socket, and the memory nodes they are in.
final class CPUSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "processors", kinds: [Kind.cpu, Kind.numaNode],
        mechanism: "kobject uevents of processors and memory",
        why: "the kernel announces what is taken in and out of use",
        privilege: "root for the socket's label (SMBIOS)", fallback: "reads /proc every 60 s",
        mayMiss: "new microcode and mitigations are seen at the next sweep")
    let sampled: [TypeName: SampledFields] = [
        Kind.cpu: .some(["microcode", "flags", "bugs", "vulnerabilities", "vulnerable"]),
        Kind.numaNode: .some(["memory"]),
    ]
    private(set) var interval: UInt64?
    private var events = Uevents(["cpu", "memory", "node"])

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        do throws(KernelError) {
            return [
                try kernel.netlink(
                    Uevents.family, groups: [Uevents.group],
                    bufferBytes: Limits.sensorBuffer.value, slot: Uevents.slot)
            ]
        } catch {
            contract.mechanism = "reads /proc every 60 s"
            contract.why = "\(error.operation): \(error.cause)"
            interval = 60_000
            return []
        }
    }

    func take(_ feed: Int, _ datagram: RawSpan) -> Hint { events.hint(datagram) }

    func read(_ kernel: any Kernel) -> Reading {
        guard let text = kernel.read("/proc/cpuinfo") else {
            return .torn(cause: "/proc/cpuinfo could not be read")
        }
        let sockets = CPUSocket.sockets(text)
        let labels = (SMBIOS.read(kernel) ?? []).filter { $0.type == 4 }
        let weak = vulnerabilities(kernel)
        var result: [Seen] = []
        for (index, socket) in sockets.enumerated() {
            var data = socket.fields
            addCaches(&data, of: socket.processors.first, kernel)
            let folder = "/sys/devices/system/cpu/cpu\(socket.processors.first ?? 0)/cpufreq"
            data.set("maximumFrequency", kernel.number("\(folder)/cpuinfo_max_freq"))
            data["vulnerabilities"] = .map(weak)
            data.set(
                "vulnerable",
                weak.entries.filter { $0.value.text?.hasPrefix("Vulnerable") == true }.map(\.key))
            if labels.indices.contains(index) { addLabel(&data, labels[index]) }
            result.append(
                Seen(
                    subject: Observation.Subject(
                        type: Kind.cpu, name: subjectName("\(socket.number)")),
                    identity: "cpu:\(socket.number):\(data["model"]?.text ?? "")", data: data))
        }
        return .whole(result + nodes(kernel))
    }

    private func vulnerabilities(_ kernel: any Kernel) -> ValueMap {
        let folder = "/sys/devices/system/cpu/vulnerabilities"
        var result = ValueMap()
        for name in kernel.list(folder) ?? [] {
            result.set(name, kernel.attribute("\(folder)/\(name)"))
        }
        return result
    }

    private func addCaches(_ data: inout ValueMap, of processor: Int64?, _ kernel: any Kernel) {
        guard let processor else { return }
        let folder = "/sys/devices/system/cpu/cpu\(processor)/cache"
        var caches: [Value] = []
        for name in kernel.list(folder) ?? [] where name.hasPrefix("index") {
            var cache = ValueMap()
            cache.set("level", kernel.number("\(folder)/\(name)/level"))
            cache.set("kind", kernel.attribute("\(folder)/\(name)/type")?.lowercased())
            let size = kernel.attribute("\(folder)/\(name)/size")
            cache.set("bytes", size.flatMap { decimal($0.utf8.dropLast()) }.map { Int64($0) << 10 })
            caches.append(.map(cache))
        }
        if !caches.isEmpty { data["caches"] = .list(caches) }
    }

    /// What the firmware says of the socket.
    private func addLabel(_ data: inout ValueMap, _ one: SMBIOS.Structure) {
        data.set("socket", one.text(4))
        data.set(
            "kind",
            SMBIOS.word(
                one.byte(5), ["other", "unknown", "central", "math", "signal", "video"]))
        data.set("enabled", one.byte(24).map { $0 & 7 == 1 })
        data.set("ratedFrequency", one.word(20, as: UInt16.self).map { Int64($0) * 1000 })
        data.set("bootFrequency", one.word(22, as: UInt16.self).map { Int64($0) * 1000 })
        data.set("serial", one.text(32))
        data.set("part", one.text(34))
    }

    private func nodes(_ kernel: any Kernel) -> [Seen] {
        let folder = "/sys/devices/system/node"
        return (kernel.list(folder) ?? []).compactMap { name in
            guard name.hasPrefix("node"), let number = decimal(name.utf8.dropFirst(4)) else {
                return nil
            }
            var data: ValueMap = ["number": .int(Int64(clamping: number))]
            data.set("processors", kernel.attribute("\(folder)/\(name)/cpulist"))
            data.set("distances", kernel.attribute("\(folder)/\(name)/distance"))
            data.set("memory", Self.memory(kernel.read("\(folder)/\(name)/meminfo") ?? []))
            return Seen(
                subject: Observation.Subject(type: Kind.numaNode, name: subjectName(name)),
                identity: name, data: data)
        }
    }

    /// The total in `Node 0 MemTotal: 123 kB`, in bytes.
    static func memory(_ bytes: [UInt8]) -> Int64? {
        for line in bytes.split(separator: 10) {
            let words = line.split(separator: 32)
            guard words.count >= 4, words[2].elementsEqual("MemTotal:".utf8) else { continue }
            return decimal(words[3]).flatMap { Int64(exactly: $0) }
                .map { $0.multipliedReportingOverflow(by: 1024).partialValue }
        }
        return nil
    }
}

/// The processors of one socket in `/proc/cpuinfo`.
struct CPUSocket: Hashable, Sendable {
    var number: Int64
    /// The numbers of its processors.
    var processors: [Int64] = []
    private var lines: [String: String] = [:]

    /// The sockets of the file, in the order of their numbers.
    static func sockets(_ bytes: [UInt8]) -> [CPUSocket] {
        var sockets: [Int64: CPUSocket] = [:]
        var record: [String: String] = [:]
        let close = {
            guard let processor = record["processor"].flatMap({ Int64($0) }) else { return }
            let number = record["physical id"].flatMap { Int64($0) } ?? 0
            var socket = sockets[number] ?? CPUSocket(number: number)
            if socket.processors.isEmpty { socket.lines = record }
            socket.processors.append(processor)
            sockets[number] = socket
        }
        for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
            guard let colon = line.firstIndex(of: 58) else {
                if line.isEmpty {
                    close()
                    record = [:]
                }
                continue
            }
            let key = lossyText(line[..<colon].prefix { $0 != 9 })
            record[key] = lossyText(line[(colon + 1)...].drop { $0 == 32 })
        }
        close()
        return sockets.values.sorted { $0.number < $1.number }
    }

    /// What the file says of it.
    var fields: ValueMap {
        var data: ValueMap = [
            "number": .int(number), "threads": .int(Int64(processors.count)),
            "processors": .list(processors.map { .int($0) }),
        ]
        data.set("cores", lines["cpu cores"].flatMap { Int64($0) } ?? Int64(processors.count))
        data.set("vendor", lines["vendor_id"] ?? lines["CPU implementer"])
        data.set("model", lines["model name"] ?? lines["CPU part"])
        data.set("family", lines["cpu family"] ?? lines["CPU architecture"])
        data.set("modelNumber", lines["model"] ?? lines["CPU variant"])
        data.set("stepping", lines["stepping"] ?? lines["CPU revision"])
        data.set("microcode", lines["microcode"])
        let flags = (lines["flags"] ?? lines["Features"] ?? "").split(separator: " ")
        data.set("flags", flags.map { String($0) })
        data.set("bugs", (lines["bugs"] ?? "").split(separator: " ").map { String($0) })
        let isWide = flags.contains("lm") || lines["CPU architecture"] == "8"
        data["addressWidth"] = .int(isWide ? 64 : 32)
        let width = lines["address sizes"]?.prefix { $0 != " " }
        data.set("physicalAddressBits", width.flatMap { Int64($0) })
        return data
    }
}
