internal import Host

/// The family of a table, by its number (NFPROTO_*).
func firewallFamily(_ number: UInt8) -> String {
    [1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"][number] ?? String(number)
}

/// A table of nf_tables.
struct FirewallTable: Hashable, Sendable {
    var family: UInt8
    var name: String
    var handle: UInt64
    var flags: UInt32

    init?(_ message: NetlinkMessage) {
        let attributes = message.attributes(after: 4)
        guard message.body.count >= 4, let name = attributes.text(1) else { return nil }
        self.name = name
        family = message.word(0)
        handle = networkInteger(attributes[4]) ?? 0
        flags = networkInteger(attributes[2]) ?? 0
    }
}

/// A chain of nf_tables.
struct FirewallChain: Hashable, Sendable {
    var family: UInt8
    var table: String
    var name: String
    var handle: UInt64
    var kind: String?
    var hook: String?
    var priority: Int32?
    var policy: String?
    var devices: [String]

    init?(_ message: NetlinkMessage) {
        let attributes = message.attributes(after: 4)
        guard message.body.count >= 4, let table = attributes.text(1),
            let name = attributes.text(3)
        else { return nil }
        family = message.word(0)
        self.table = table
        self.name = name
        handle = networkInteger(attributes[2]) ?? 0
        kind = attributes.text(7)
        policy = networkInteger(attributes[5], as: UInt32.self).map { $0 == 0 ? "drop" : "accept" }
        devices = []
        guard let hooked = attributes[4].map({ NetlinkAttributes($0) }) else { return }
        hook = networkInteger(hooked[1], as: UInt32.self).map { Self.hook($0, family) }
        priority = networkInteger(hooked[2], as: UInt32.self).map { Int32(bitPattern: $0) }
        if let device = hooked.text(3) { devices.append(device) }
        for one in NetlinkAttributes.list(hooked[4]) {
            devices.append(lossyText(one.prefix { $0 != 0 }))
        }
    }

    private static func hook(_ number: UInt32, _ family: UInt8) -> String {
        let names =
            switch family {
            case 3: ["input", "output", "forward"]
            case 5: ["ingress", "egress"]
            default: ["prerouting", "input", "forward", "output", "postrouting", "ingress"]
            }
        return Int(number) < names.count ? names[Int(number)] : String(number)
    }
}

/// A set or map of nf_tables.
struct FirewallSet: Hashable, Sendable {
    var family: UInt8
    var table: String
    var name: String
    var handle: UInt64
    var flags: UInt32
    var keyType: UInt32
    var size: UInt32?
    var timeout: UInt64?

    /// Made for one rule, which shows what is in it.
    var isAnonymous: Bool { flags & 1 != 0 }
    /// Filled by packets, or forgetting: its elements come and go without a change of rules.
    var isDynamic: Bool { flags & 0x30 != 0 }

    init?(_ message: NetlinkMessage) {
        let attributes = message.attributes(after: 4)
        guard message.body.count >= 4, let table = attributes.text(1),
            let name = attributes.text(2)
        else { return nil }
        family = message.word(0)
        self.table = table
        self.name = name
        handle = networkInteger(attributes[16]) ?? 0
        flags = networkInteger(attributes[3]) ?? 0
        keyType = networkInteger(attributes[4]) ?? 0
        size = attributes[9].flatMap { networkInteger(NetlinkAttributes($0)[1]) }
        timeout = networkInteger(attributes[11])
    }

    /// The flags in words, as `nft` writes them.
    var flagWords: [String] {
        let words: [(UInt32, String)] = [
            (2, "constant"), (4, "interval"), (8, "map"), (16, "timeout"), (32, "dynamic"),
            (64, "object"),
        ]
        return words.compactMap { flags & $0.0 != 0 ? $0.1 : nil }
    }

    /// The types of a key in words; a concatenation has six bits for each.
    var keyWords: String {
        var rest = keyType
        var words: [String] = []
        repeat {
            words.append(Self.typeName(rest & 0x3F))
            rest >>= 6
        } while rest != 0
        return words.reversed().joined(separator: " . ")
    }

    private static func typeName(_ number: UInt32) -> String {
        let names: [UInt32: String] = [
            7: "ipv4_addr", 8: "ipv6_addr", 9: "ether_addr", 10: "ether_type", 12: "inet_proto",
            13: "inet_service", 14: "icmp_type", 19: "mark", 20: "iface_index", 21: "iface_type",
            22: "realm", 26: "ct_state", 29: "icmpv6_type", 41: "ifname",
        ]
        return names[number] ?? "type \(number)"
    }
}

/// An element of a set.
struct FirewallElement: Hashable, Sendable {
    var key: [UInt8]
    var keyEnd: [UInt8]?
    /// It is where a range ends, not a value.
    var isEnd: Bool
    /// What a map gives for it, in words.
    var data: String?

    init?(_ bytes: ArraySlice<UInt8>) {
        let attributes = NetlinkAttributes(bytes)
        let flags: UInt32 = networkInteger(attributes[3]) ?? 0
        isEnd = flags & 1 != 0
        guard let key = attributes[1].flatMap({ NetlinkAttributes($0)[1] }) else { return nil }
        self.key = Array(key)
        keyEnd = attributes[10].flatMap { NetlinkAttributes($0)[1] }.map { Array($0) }
        guard let given = attributes[2].map({ NetlinkAttributes($0) }) else { return }
        data = given[2].map { firewallVerdict($0) } ?? given[1].map { "0x" + hexadecimalText($0) }
    }
}

/// A rule of nf_tables.
struct FirewallRule: Hashable, Sendable {
    var family: UInt8
    var table: String
    var chain: String
    var handle: UInt64
    var expressions: [Expression]
    var comment: String?

    /// One step of a rule.
    struct Expression: Hashable, Sendable {
        var name: String
        var data: ArraySlice<UInt8>
    }

    init?(_ message: NetlinkMessage) {
        let attributes = message.attributes(after: 4)
        guard message.body.count >= 4, let table = attributes.text(1),
            let chain = attributes.text(2), let handle: UInt64 = networkInteger(attributes[3])
        else { return nil }
        family = message.word(0)
        self.table = table
        self.chain = chain
        self.handle = handle
        expressions = NetlinkAttributes.list(attributes[4]).compactMap { bytes in
            let one = NetlinkAttributes(bytes)
            return one.text(1).map { Expression(name: $0, data: one[2] ?? []) }
        }
        comment = attributes[7].flatMap { Self.comment($0) }
    }

    /// Of what `nft` keeps with a rule (type, length, value), type 0 is the comment.
    private static func comment(_ bytes: ArraySlice<UInt8>) -> String? {
        var rest = bytes
        while let kind = rest.first, let length = rest.dropFirst().first.map({ Int($0) }),
            rest.count >= length + 2
        {
            if kind == 0 { return lossyText(rest.dropFirst(2).prefix(length).prefix { $0 != 0 }) }
            rest = rest.dropFirst(length + 2)
        }
        return nil
    }

    /// A digest of what the rule does; counters and quotas used are no part of it.
    var digest: UInt64 {
        var bytes: [UInt8] = []
        for one in expressions {
            bytes += Array(one.name.utf8) + [0]
            if !["counter", "quota", "last", "limit", "connlimit"].contains(one.name) {
                bytes += one.data
            }
        }
        return fingerprint(bytes)
    }
}

/// Bytes in hexadecimal without anything between.
func hexadecimalText(_ bytes: some Collection<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// NFTA_VERDICT_CODE and NFTA_VERDICT_CHAIN in words.
func firewallVerdict(_ bytes: ArraySlice<UInt8>) -> String {
    let attributes = NetlinkAttributes(bytes)
    let code = Int32(bitPattern: networkInteger(attributes[1]) ?? 0)
    let words: [Int32: String] = [
        -1: "continue", -2: "break", -3: "jump", -4: "goto", -5: "return", 0: "drop",
        1: "accept", 2: "stolen", 3: "queue", 4: "repeat",
    ]
    let word = words[code < 0 ? code : code & 0xFF] ?? String(code)
    return attributes.text(2).map { "\(word) \($0)" } ?? word
}
