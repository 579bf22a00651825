internal import Host

/// A neighbour, as RTM_NEWNEIGH says.
struct NeighbourRecord: Hashable, Sendable {
    var interface: Int32
    var address: [UInt8]
    var hardwareAddress: String?
    var state: State
    var isRouter: Bool

    /// Finer states come and go by the second.
    enum State: String, Hashable, Sendable, CaseIterable {
        case permanent, valid, unresolved
    }

    /// Reads ndmsg (12 bytes) and attributes; nil for what is no IP neighbour, for addresses that
    /// need no resolution (NOARP) and for what is cut short.
    init?(_ message: NetlinkMessage) {
        guard message.body.count >= 12, [2, 10].contains(message.body[0]) else { return nil }
        let attributes = message.attributes(after: 12)
        guard let address = attributes[1], address.count == 4 || address.count == 16 else {
            return nil
        }
        self.address = Array(address)
        interface = message.word(4)
        let bits: UInt16 = message.word(8)
        let flags: UInt8 = message.word(10)
        isRouter = flags & 0x80 != 0
        // NUD_NOARP, none: nothing was learnt; NTF_PROXY: nobody is there.
        guard bits & 0x40 == 0, bits != 0, flags & 0x08 == 0 else { return nil }
        if bits & 0x80 != 0 {
            state = .permanent
        } else {
            // REACHABLE, STALE, DELAY, PROBE; else INCOMPLETE or FAILED.
            state = bits & 0x1E != 0 ? .valid : .unresolved
        }
        if state != .unresolved {
            hardwareAddress = attributes[2].flatMap { $0.isEmpty ? nil : hardwareText($0) }
        }
    }
}

/// A rule of routing, as RTM_NEWRULE says.
struct RuleRecord: Hashable, Sendable {
    var family: UInt8
    var priority: UInt32
    /// Selectors and action, as `ip rule` writes them after the priority.
    var text: String
    var from: String?
    var to: String?
    var table: UInt32
    var action: String
    var mark: String?
    var input: String?
    var output: String?
    var users: String?
    var origin: UInt8?

    /// Reads fib_rule_hdr (12 bytes) and attributes; nil for other families and what is cut short.
    init?(_ message: NetlinkMessage) {
        guard message.body.count >= 12, [2, 10].contains(message.body[0]) else { return nil }
        let attributes = message.attributes(after: 12)
        family = message.word(0)
        priority = attributes.word(6) ?? 0
        let flags: UInt32 = message.word(8)
        from = Self.prefix(attributes[2], message.word(2))
        to = Self.prefix(attributes[1], message.word(1))
        table = attributes.word(15) ?? UInt32(message.word(4, as: UInt8.self))
        let actions = [
            "none", "lookup", "goto", "nop", "reserved", "reserved", "blackhole", "unreachable",
            "prohibit",
        ]
        let number = Int(message.word(7, as: UInt8.self))
        action = number < actions.count ? actions[number] : String(number)
        mark = Self.mark(attributes)
        input = attributes.text(3)
        output = attributes.text(17)
        users = Self.range(attributes[20], as: UInt32.self)
        origin = attributes.word(21)
        var words = [flags & 0x2 != 0 ? "not from" : "from", from ?? "all"]
        if let to { words += ["to", to] }
        if let service: UInt8 = message.body.count > 3 ? message.word(3) : nil, service != 0 {
            words += ["tos", "0x" + String(service, radix: 16)]
        }
        if let mark { words += ["fwmark", mark] }
        if let input { words += ["iif", input] }
        if let output { words += ["oif", output] }
        if attributes.word(19, as: UInt8.self) ?? 0 != 0 { words.append("l3mdev") }
        if let users { words += ["uidrange", users] }
        if let number: UInt8 = attributes.word(22) { words += ["ipproto", Self.network(number)] }
        if let ports = Self.range(attributes[23], as: UInt16.self) { words += ["sport", ports] }
        if let ports = Self.range(attributes[24], as: UInt16.self) { words += ["dport", ports] }
        switch action {
        case "lookup": if table != 0 { words += ["lookup", tableName(table)] }
        case "goto": words += ["goto", String(attributes.word(4, as: UInt32.self) ?? 0)]
        default: words.append(action)
        }
        if let length: UInt32 = attributes.word(14), length != .max {
            words += ["suppress_prefixlength", String(length)]
        }
        text = words.joined(separator: " ")
    }

    private static func prefix(_ address: ArraySlice<UInt8>?, _ length: UInt8) -> String? {
        guard let address else { return nil }
        let text = addressText(address)
        return Int(length) == address.count * 8 ? text : "\(text)/\(length)"
    }

    private static func mark(_ attributes: NetlinkAttributes) -> String? {
        let mark: UInt32 = attributes.word(10) ?? 0
        let mask: UInt32 = attributes.word(16) ?? .max
        if mark == 0, mask == 0 || attributes[10] == nil { return nil }
        let text = "0x" + String(mark, radix: 16)
        return mask == .max ? text : text + "/0x" + String(mask, radix: 16)
    }

    private static func range<Word: FixedWidthInteger>(
        _ bytes: ArraySlice<UInt8>?, as: Word.Type
    ) -> String? {
        guard let bytes, let first = integer(bytes, as: Word.self),
            let last = integer(bytes.dropFirst(Word.bitWidth / 8), as: Word.self)
        else { return nil }
        return first == last && Word.bitWidth == 16 ? String(first) : "\(first)-\(last)"
    }

    private static func network(_ number: UInt8) -> String {
        [1: "icmp", 6: "tcp", 17: "udp", 58: "ipv6-icmp", 132: "sctp"][number] ?? String(number)
    }
}
