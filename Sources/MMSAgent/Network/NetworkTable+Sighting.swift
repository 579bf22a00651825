internal import Resources

extension NetworkTable {
    /// All subjects by name, of interfaces, then addresses, then routes.
    func seen(namespace: UInt64) -> [Observation.Subject: Seen] {
        var all: [Observation.Subject: Seen] = [:]
        let add = { (one: Seen) in all[one.subject] = one }
        // Two may share a name for a moment, when one was renamed while the table was read.
        for (_, record) in interfaces.sorted(by: { $0.key < $1.key }) {
            add(seen(record, namespace))
        }
        for record in addresses.values { add(seen(record, namespace)) }
        for record in routes { add(seen(record, namespace)) }
        return all
    }

    /// The name of an interface; its index where it is not known.
    func interfaceName(_ index: Int32) -> String { interfaces[index]?.name ?? "#\(index)" }

    /// Namespace, index, and what tells it from an earlier one of that index, where it is known.
    private func identity(of index: Int32, _ namespace: UInt64) -> String {
        let instance = instances[index] ?? 0
        return "\(namespace):\(index)\(instance == 0 ? "" : ":\(instance)")"
    }

    private func interfaceSubject(_ index: Int32) -> Observation.Subject {
        Observation.Subject(type: Kind.interface, name: subjectName(interfaceName(index)))
    }

    private func seen(_ record: InterfaceRecord, _ namespace: UInt64) -> Seen {
        var one = Seen(
            subject: interfaceSubject(record.index),
            identity: identity(of: record.index, namespace),
            data: [
                "index": .int(Int64(record.index)), "mtu": .int(Int64(record.mtu)),
                "state": .text(record.state), "up": .bool(record.flags & 1 != 0),
                "flags": .list(record.flagWords.map { .text($0) }),
                "namespace": .int(Int64(bitPattern: namespace)),
            ])
        one.data["kind"] = record.kind.map { .text($0) }
        one.data["alias"] = record.alias.map { .text($0) }
        one.data["hardwareAddress"] = record.hardwareAddress.map { .text($0) }
        one.data["master"] = record.master.map { .text(interfaceName($0)) }
        if let master = record.master, interfaces[master] != nil {
            one.links["IN"] = [interfaceSubject(master)]
        }
        if namespace != 0 {
            one.links["IN_NAMESPACE"] = [
                Observation.Subject(
                    type: Kind.namespace, name: subjectName("net:[\(namespace)]"))
            ]
        }
        if let lower = record.lower, interfaces[lower] != nil, lower != record.index {
            one.links["ON"] = [interfaceSubject(lower)]
        }
        return one
    }

    private func seen(_ record: AddressRecord, _ namespace: UInt64) -> Seen {
        let key = record.key
        let text = addressText(key.local)
        let peer = record.peer.map { addressText($0) }
        let shown = "\(text)\(peer.map { " peer \($0)" } ?? "")/\(key.prefix)"
        var one = Seen(
            subject: Observation.Subject(
                type: Kind.address, name: subjectName("\(shown)@\(interfaceName(key.interface))")),
            identity: "\(identity(of: key.interface, namespace)):\(shown)",
            data: [
                "address": .text(text), "prefix": .int(Int64(key.prefix)),
                "family": .text(familyName(key.family)),
                "interface": .text(interfaceName(key.interface)),
                "scope": .text(scopeName(record.scope)),
                "flags": .list(record.flagWords.map { .text($0) }),
            ],
            links: ["ON": [interfaceSubject(key.interface)]])
        one.data["peer"] = peer.map { .text($0) }
        one.data["broadcast"] = record.broadcast.map { .text(addressText($0)) }
        one.data["label"] = record.label.map { .text($0) }
        return one
    }

    private func seen(_ record: RouteRecord, _ namespace: UInt64) -> Seen {
        let name = routeName(record)
        let interfaces = record.hops.compactMap(\.interface)
        let places = interfaces.map { "@\(identity(of: $0, namespace))" }.joined()
        var one = Seen(
            subject: Observation.Subject(type: Kind.route, name: subjectName(name)),
            identity: "\(namespace):\(name)\(places)",
            data: [
                "destination": .text(destination(record)), "table": .text(tableName(record.table)),
                "family": .text(familyName(record.family)), "kind": .text(kindName(record.kind)),
                "scope": .text(scopeName(record.scope)), "metric": .int(Int64(record.metric)),
                "origin": .text(originName(record.origin)),
            ])
        if interfaces.count == 1 { one.data["interface"] = .text(interfaceName(interfaces[0])) }
        if record.hops.count == 1, let gateway = record.hops[0].gateway {
            one.data["gateway"] = .text(addressText(gateway))
        }
        if record.hops.count > 1 {
            one.data["hops"] = .list(
                record.hops.map { .text("\(hopText($0)) weight \($0.weight)") })
        }
        one.data["source"] = record.source.map { .text(addressText($0)) }
        if record.service != 0 { one.data["service"] = .int(Int64(record.service)) }
        if !interfaces.isEmpty {
            one.links["ON"] = Set(interfaces).sorted().map { interfaceSubject($0) }
        }
        return one
    }

    private func destination(_ record: RouteRecord) -> String {
        guard let destination = record.destination else { return "default" }
        return "\(addressText(destination))/\(record.prefix)"
    }

    /// `default via 10.0.0.1 dev eth0 table main metric 100`, with all that tells routes apart.
    private func routeName(_ record: RouteRecord) -> String {
        var words = [destination(record)]
        if record.destination == nil, record.family == 10 { words = ["default6"] }
        if record.kind != 1 { words.insert(kindName(record.kind), at: 0) }
        for hop in record.hops {
            if case let text = hopText(hop), !text.isEmpty { words.append(text) }
            if hop.weight != 1 { words.append("weight \(hop.weight)") }
        }
        words.append("table \(tableName(record.table))")
        if record.metric != 0 { words.append("metric \(record.metric)") }
        if record.service != 0 { words.append("tos \(record.service)") }
        if let source = record.source { words.append("src \(addressText(source))") }
        if record.scope != 0 { words.append("scope \(scopeName(record.scope))") }
        if ![0, 2].contains(record.origin) { words.append("proto \(originName(record.origin))") }
        return words.joined(separator: " ")
    }

    private func hopText(_ hop: RouteRecord.Hop) -> String {
        let via = hop.gateway.map { "via \(addressText($0))" }
        let device = hop.interface.map { "dev \(interfaceName($0))" }
        return [via, device].compactMap(\.self).joined(separator: " ")
    }
}

private func familyName(_ number: UInt8) -> String {
    number == 2 ? "inet" : number == 10 ? "inet6" : "family \(number)"
}

private func scopeName(_ number: UInt8) -> String {
    switch number {
    case 0: "global"
    case 200: "site"
    case 253: "link"
    case 254: "host"
    case 255: "nowhere"
    default: String(number)
    }
}

private func kindName(_ number: UInt8) -> String {
    let names = [
        "unspec", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole",
        "unreachable", "prohibit", "throw", "nat", "xresolve",
    ]
    return Int(number) < names.count ? names[Int(number)] : String(number)
}

/// A routing table by the name it has without a file of names.
func tableName(_ number: UInt32) -> String {
    switch number {
    case 253: "default"
    case 254: "main"
    case 255: "local"
    default: String(number)
    }
}

private func originName(_ number: UInt8) -> String {
    switch number {
    case 1: "redirect"
    case 2: "kernel"
    case 3: "boot"
    case 4: "static"
    case 9: "ra"
    case 16: "dhcp"
    default: String(number)
    }
}
