internal import Host
internal import Resources

/// One reading of nf_tables.
struct FirewallDump {
    private let namespace: UInt64
    private var tables: [FirewallTable] = []
    private var chains: [FirewallChain] = []
    private var rules: [FirewallRule] = []
    private var sets: [FirewallSet] = []
    private var elements: [Place: [FirewallElement]] = [:]

    /// Where a set or chain is.
    private struct Place: Hashable {
        var family: UInt8
        var table: String
        var name: String
    }

    init(namespace: UInt64) { self.namespace = namespace }

    /// Reads tables, chains, rules, sets, and what is in those that packets do not fill.
    mutating func read(_ kernel: any Kernel) -> DumpOutcome {
        var shadow = self
        var outcome = Self.ask(kernel, .tables) { message in
            if let one = FirewallTable(message) { shadow.tables.append(one) }
        }
        if outcome == .complete {
            outcome = Self.ask(kernel, .chains) { message in
                if let one = FirewallChain(message) { shadow.chains.append(one) }
            }
        }
        if outcome == .complete {
            outcome = Self.ask(kernel, .sets) { message in
                if let one = FirewallSet(message) { shadow.sets.append(one) }
            }
        }
        if outcome == .complete {
            outcome = Self.ask(kernel, .rules) { message in
                if let one = FirewallRule(message) { shadow.rules.append(one) }
            }
        }
        for set in shadow.sets where !set.isDynamic {
            guard outcome == .complete else { break }
            let place = Place(family: set.family, table: set.table, name: set.name)
            shadow.elements[place] = []
            outcome = Self.ask(
                kernel, .elements, set.family, [(1, set.table), (2, set.name)]
            ) { message in
                let list = NetlinkAttributes.list(message.attributes(after: 4)[3])
                shadow.elements[place]? += list.compactMap { FirewallElement($0) }
            }
        }
        self = shadow
        return outcome
    }

    private static func ask(
        _ kernel: any Kernel, _ question: FirewallMessage.Question, _ family: UInt8 = 0,
        _ attributes: [(UInt16, String)] = [], _ take: (NetlinkMessage) -> Void
    ) -> DumpOutcome {
        let request = FirewallMessage.request(question, family: family, attributes)
        var isWhole = true
        let outcome = kernel.ask(FirewallMessage.family, request) { datagram in
            let whole = NetlinkMessage.each(in: datagram) { message in
                if message.kind == question.answer { take(message) }
            }
            isWhole = isWhole && whole
        }
        return isWhole ? outcome : .failed("a message was cut short")
    }

    // MARK: Subjects

    /// All of it as subjects.
    var seen: [Seen] {
        let inside = Dictionary(grouping: rules) {
            Place(family: $0.family, table: $0.table, name: $0.chain)
        }
        return tables.map(seen)
            + chains.map { one in
                seen(one, inside[Place(family: one.family, table: one.table, name: one.name)] ?? [])
            } + sets.filter { !$0.isAnonymous }.map(seen) + rules.map(seen)
    }

    private func subject(
        _ type: TypeName, _ family: UInt8, _ parts: String...
    ) -> Observation.Subject {
        let name = ([firewallFamily(family)] + parts).joined(separator: " ")
        return Observation.Subject(type: type, name: subjectName(name))
    }

    private func handle(_ table: String, _ family: UInt8) -> UInt64 {
        tables.first { $0.name == table && $0.family == family }?.handle ?? 0
    }

    private func seen(_ one: FirewallTable) -> Seen {
        Seen(
            subject: subject(Kind.firewallTable, one.family, one.name),
            identity: "\(namespace):\(one.family):\(one.handle)",
            data: [
                "family": .text(firewallFamily(one.family)), "table": .text(one.name),
                "dormant": .bool(one.flags & 1 != 0),
            ])
    }

    private func seen(_ one: FirewallChain, _ rules: [FirewallRule]) -> Seen {
        var data: ValueMap = [
            "family": .text(firewallFamily(one.family)), "table": .text(one.table),
            "chain": .text(one.name),
            "rules": .list(rules.map { .int(Int64(clamping: $0.handle)) }),
            "digest": .text(String(fingerprint(rules.flatMap { bytes($0.digest) }), radix: 16)),
        ]
        if let kind = one.kind { data["kind"] = .text(kind) }
        if let hook = one.hook { data["hook"] = .text(hook) }
        if let priority = one.priority { data["priority"] = .int(Int64(priority)) }
        if let policy = one.policy, one.hook != nil { data["policy"] = .text(policy) }
        if !one.devices.isEmpty { data["devices"] = .list(one.devices.map { .text($0) }) }
        return Seen(
            subject: subject(Kind.firewallChain, one.family, one.table, one.name),
            identity: "\(namespace):\(handle(one.table, one.family)):\(one.handle)", data: data,
            links: ["IN": [subject(Kind.firewallTable, one.family, one.table)]])
    }

    private func bytes(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    private func seen(_ one: FirewallSet) -> Seen {
        var data: ValueMap = [
            "family": .text(firewallFamily(one.family)), "table": .text(one.table),
            "set": .text(one.name), "keyType": .text(one.keyWords),
            "flags": .list(one.flagWords.map { .text($0) }),
        ]
        if let size = one.size { data["size"] = .int(Int64(size)) }
        if let timeout = one.timeout { data["timeout"] = .int(Int64(clamping: timeout)) }
        if let list = elements[Place(family: one.family, table: one.table, name: one.name)] {
            let all = list.filter { !$0.isEnd }
            data["elements"] = .int(Int64(all.count))
            let keys = list.map(\.key).sorted { $0.lexicographicallyPrecedes($1) }
            data["digest"] = .text(String(fingerprint(keys.joined()), radix: 16))
        }
        return Seen(
            subject: subject(Kind.firewallSet, one.family, one.table, one.name),
            identity: "\(namespace):\(handle(one.table, one.family)):\(one.handle)", data: data,
            links: ["IN": [subject(Kind.firewallTable, one.family, one.table)]])
    }

    private func seen(_ one: FirewallRule) -> Seen {
        var inline: [String: [FirewallElement]] = [:]
        for set in sets
        where set.isAnonymous && set.table == one.table && set.family == one.family {
            inline[set.name] =
                elements[Place(family: set.family, table: set.table, name: set.name)]
        }
        let (text, verdict) = FirewallText.of(one, sets: inline)
        var data: ValueMap = [
            "family": .text(firewallFamily(one.family)), "table": .text(one.table),
            "chain": .text(one.chain), "handle": .int(Int64(clamping: one.handle)),
            "rule": .text(text), "digest": .text(String(one.digest, radix: 16)),
        ]
        if let verdict { data["verdict"] = .text(verdict) }
        if let comment = one.comment { data["comment"] = .text(comment) }
        return Seen(
            subject: subject(
                Kind.firewallRule, one.family, one.table, one.chain, String(one.handle)),
            identity: "\(namespace):\(handle(one.table, one.family)):\(one.handle)", data: data,
            links: ["IN": [subject(Kind.firewallChain, one.family, one.table, one.chain)]])
    }
}
