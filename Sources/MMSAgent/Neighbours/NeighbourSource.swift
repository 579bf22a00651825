internal import Host
internal import Resources

/// The neighbours and the rules of routing of its network namespace.
final class NeighbourSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "neighbours", kinds: [Kind.neighbour, Kind.rule], mechanism: "rtnetlink groups",
        why: "the kernel announces every change of neighbours and rules",
        privilege: "none", fallback: "dumps every 5 s",
        mayMiss: "whether a neighbour was reachable a moment ago (valid is all of reachable, "
            + "stale, delay and probe); addresses that need no resolution; proxy entries; "
            + "forwarding tables of bridges; other network namespaces")
    private(set) var interval: UInt64?
    let settle: UInt64 = 20

    /// RTM_GETNEIGH and RTM_GETRULE.
    private static let (neighbours, rules): (UInt16, UInt16) = (30, 34)

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        do throws(KernelError) {
            // RTNLGRP_LINK, for names of interfaces; RTNLGRP_NEIGH; _IPV4_RULE; _IPV6_RULE.
            return [
                try kernel.netlink(
                    0, groups: [1, 3, 8, 19], bufferBytes: Limits.sensorBuffer.value, slot: 8192)
            ]
        } catch {
            contract.mechanism = "dumps every 5 s"
            contract.why = "\(error.operation): \(error.cause)"
            interval = 5000
            return []
        }
    }

    func take(_ feed: Int, _ datagram: RawSpan) -> Hint {
        NetlinkMessage.each(in: datagram, { _ in })
            ? .changed : .lost(cause: "a message was cut short")
    }

    func read(_ kernel: any Kernel) -> Reading {
        for _ in 0..<Limits.dumpAttempts.value {
            var shadow = NeighbourTable(
                namespace: kernel.networkNamespace(), interfaces: Self.interfaces(kernel))
            let first = ask(kernel, Self.neighbours) { shadow.take($0) }
            guard first != .interrupted else { continue }
            let second = ask(kernel, Self.rules) { shadow.take($0) }
            switch (first, second) {
            case (.complete, .complete): return .whole(shadow.seen)
            // A kernel without policy routing has no rules.
            case (.complete, .failed(let why)) where why.contains("not supported"):
                contract.mayMiss = "rules: this kernel has none"
                return .whole(shadow.seen)
            case (.failed(let why), _), (_, .failed(let why)): return .torn(cause: why)
            default: continue
            }
        }
        return .torn(cause: "the tables changed faster than they could be read")
    }

    private func ask(
        _ kernel: any Kernel, _ kind: UInt16, _ take: (NetlinkMessage) -> Void
    ) -> DumpOutcome {
        let request = NetlinkRequest(kind, .dump, header: [UInt8](repeating: 0, count: 12)).bytes
        var isWhole = true
        let outcome = kernel.ask(0, request) { datagram in
            isWhole = NetlinkMessage.each(in: datagram, take) && isWhole
        }
        return isWhole ? outcome : .failed("a message was cut short")
    }

    private static func interfaces(_ kernel: any Kernel) -> [Int32: String] {
        var names: [Int32: String] = [:]
        _ = kernel.dump(.links) { datagram in
            _ = NetlinkMessage.each(in: datagram) { message in
                if let one = InterfaceRecord(message) { names[one.index] = one.name }
            }
        }
        return names
    }
}

/// Neighbours and rules as they are read.
private struct NeighbourTable {
    let namespace: UInt64
    let interfaces: [Int32: String]
    private(set) var seen: [Seen] = []
    private var names: [String: Int] = [:]

    init(namespace: UInt64, interfaces: [Int32: String]) {
        self.namespace = namespace
        self.interfaces = interfaces
    }

    mutating func take(_ message: NetlinkMessage) {
        switch message.kind {
        case 28: if let one = NeighbourRecord(message) { add(one) }
        case 32: if let one = RuleRecord(message) { add(one) }
        default: break
        }
    }

    private mutating func add(_ one: NeighbourRecord) {
        let interface = interfaces[one.interface] ?? String(one.interface)
        let address = addressText(one.address)
        var data: ValueMap = [
            "address": .text(address), "interface": .text(interface),
            "family": .text(one.address.count == 4 ? "ipv4" : "ipv6"),
            "state": .text(one.state.rawValue),
        ]
        if let hardware = one.hardwareAddress { data["hardwareAddress"] = .text(hardware) }
        if one.isRouter { data["router"] = true }
        seen.append(
            Seen(
                subject: Observation.Subject(
                    type: Kind.neighbour, name: subjectName("\(address)@\(interface)")),
                identity: "\(namespace):\(one.interface):\(address)", data: data,
                links: [
                    "ON": [
                        Observation.Subject(type: Kind.interface, name: subjectName(interface))
                    ]
                ]))
    }

    private mutating func add(_ one: RuleRecord) {
        let family = one.family == 2 ? "ipv4" : "ipv6"
        // The kernel takes the same rule twice.
        let text = "\(family) \(one.priority) \(one.text)"
        names[text, default: 0] += 1
        let count = names[text] ?? 1
        let name = count == 1 ? text : "\(text)#\(count)"
        var data: ValueMap = [
            "family": .text(family), "priority": .int(Int64(one.priority)),
            "rule": .text(one.text), "action": .text(one.action),
        ]
        if one.action == "lookup", one.table != 0 { data["table"] = .text(tableName(one.table)) }
        let texts = [
            ("source", one.from), ("destination", one.to), ("mark", one.mark),
            ("input", one.input), ("output", one.output), ("users", one.users),
        ]
        for (field, text) in texts { if let text { data[field] = .text(text) } }
        if let origin = one.origin { data["origin"] = .int(Int64(origin)) }
        seen.append(
            Seen(
                subject: Observation.Subject(type: Kind.rule, name: subjectName(name)),
                identity: "\(namespace):\(name)", data: data))
    }
}
