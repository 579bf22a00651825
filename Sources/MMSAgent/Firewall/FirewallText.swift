internal import Host

/// The expressions of a rule in short words, close to what `nft` writes. An expression it does not
/// know is its name with a digest.
struct FirewallText {
    /// What has been loaded into a register.
    private struct Load {
        var words: String
        var form: Form
        var mask: [UInt8]?
    }

    /// How a value is written.
    enum Form {
        case address, port, number, hostNumber, name, transport, network, state, hardware, hex
    }

    /// The elements of anonymous sets of the rule's table.
    private let sets: [String: [FirewallElement]]
    private var registers: [UInt32: Load] = [:]
    private var words: [String] = []
    /// A condition that the next load may imply: `tcp dport` says that it is TCP.
    private var held: String?
    private var transport = "th"
    private(set) var verdict: String?

    /// The words of a rule, and its verdict if it always ends with one.
    static func of(
        _ rule: FirewallRule, sets: [String: [FirewallElement]]
    ) -> (text: String, verdict: String?) {
        var text = FirewallText(sets: sets)
        for one in rule.expressions { text.add(one) }
        text.release()
        return (text.words.joined(separator: " "), text.verdict)
    }

    private init(sets: [String: [FirewallElement]]) { self.sets = sets }

    private mutating func release() {
        if let held { words.append(held) }
        held = nil
    }

    private mutating func add(_ one: FirewallRule.Expression) {
        let attributes = NetlinkAttributes(one.data)
        let number = { (kind: UInt16) -> UInt32 in networkInteger(attributes[kind]) ?? 0 }
        switch one.name {
        case "payload" where attributes[1] != nil:
            payload(number(2), number(3), number(4), to: number(1))
        case "meta" where attributes[1] != nil:
            release()
            registers[number(1)] = Self.meta(number(2))
        case "meta":
            release()
            words += ["meta", Self.meta(number(2)).words, "set", value(number(3))]
        case "ct" where attributes[1] != nil:
            release()
            registers[number(1)] = Self.track(number(2))
        case "cmp":
            compare(number(1), number(2), attributes[3].flatMap { NetlinkAttributes($0)[1] })
        case "bitwise":
            let mask = mask(attributes[4])
            registers[number(1)]?.mask = mask
        case "range":
            let (from, to) = (bound(attributes[3]), bound(attributes[4]))
            let load = take(number(1))
            let span = "\(form(from, load))-\(form(to, load))"
            words += [load.words, number(2) == 1 ? "!= \(span)" : span]
        case "immediate": immediate(number(1), attributes[2].map { NetlinkAttributes($0) })
        case "lookup": lookup(number(2), attributes.text(1) ?? "", number(5) & 1 != 0)
        default: other(one, attributes)
        }
    }

    private mutating func other(_ one: FirewallRule.Expression, _ attributes: NetlinkAttributes) {
        release()
        switch one.name {
        case "counter", "log", "reject", "masq", "notrack", "objref", "synproxy":
            words.append(one.name == "masq" ? "masquerade" : one.name)
            if one.name == "log", let prefix = attributes.text(2) {
                words.append("prefix \"\(prefix)\"")
            }
            if one.name == "reject" || one.name == "masq" { verdict = words.last }
        case "limit":
            let rate: UInt64 = networkInteger(attributes[1]) ?? 0
            let unit: UInt64 = networkInteger(attributes[2]) ?? 1
            let units: [UInt64: String] = [
                1: "second", 60: "minute", 3600: "hour", 86_400: "day", 604_800: "week",
            ]
            words.append("limit rate \(rate)/\(units[unit] ?? "\(unit) seconds")")
        case "match", "target":
            words.append("xt \(one.name) \(attributes.text(1) ?? "")")
        case "nat":
            let kind: UInt32 = networkInteger(attributes[1]) ?? 0
            words.append(kind == 0 ? "snat" : "dnat")
            for register: UInt32 in [3, 5].compactMap({ networkInteger(attributes[$0]) }) {
                words.append("to \(value(register))")
            }
        default: words.append("\(one.name)#\(String(fingerprint(one.data), radix: 16))")
        }
    }

    // MARK: Loads

    private mutating func payload(
        _ base: UInt32, _ offset: UInt32, _ length: UInt32, to register: UInt32
    ) {
        if base == 2, held?.hasPrefix("meta l4proto ") == true {
            transport = String(held?.dropFirst(13) ?? "th")
            held = nil
        } else if base == 1, held?.hasPrefix("meta nfproto ") == true {
            held = nil
        }
        release()
        registers[register] = payloadLoad(base, offset, length)
    }

    private func payloadLoad(_ base: UInt32, _ offset: UInt32, _ length: UInt32) -> Load {
        switch (base, offset, length) {
        case (0, 0, 6): Load(words: "ether daddr", form: .hardware)
        case (0, 6, 6): Load(words: "ether saddr", form: .hardware)
        case (0, 12, 2): Load(words: "ether type", form: .hex)
        case (1, 9, 1): Load(words: "ip protocol", form: .transport)
        case (1, 6, 1): Load(words: "ip6 nexthdr", form: .transport)
        case (1, 12, 1...4): Load(words: "ip saddr", form: .address)
        case (1, 16, 1...4): Load(words: "ip daddr", form: .address)
        case (1, 8, 5...16): Load(words: "ip6 saddr", form: .address)
        case (1, 24, 1...16): Load(words: "ip6 daddr", form: .address)
        case (2, 0, 2): Load(words: "\(transport) sport", form: .port)
        case (2, 2, 2): Load(words: "\(transport) dport", form: .port)
        case (2, 0, 1): Load(words: "\(transport) type", form: .number)
        case (2, 13, 1): Load(words: "tcp flags", form: .hex)
        default:
            Load(words: "@\(["ll", "nh", "th"][Int(min(base, 2))]),\(offset),\(length)", form: .hex)
        }
    }

    private static func meta(_ key: UInt32) -> Load {
        let keys: [UInt32: (String, Form)] = [
            0: ("meta length", .hostNumber), 1: ("meta protocol", .hex),
            2: ("meta priority", .hostNumber), 3: ("meta mark", .hostNumber),
            4: ("iif", .hostNumber), 5: ("oif", .hostNumber), 6: ("iifname", .name),
            7: ("oifname", .name), 10: ("meta skuid", .hostNumber), 11: ("meta skgid", .hostNumber),
            15: ("meta nfproto", .network), 16: ("meta l4proto", .transport),
            19: ("meta pkttype", .hostNumber),
        ]
        let (words, form) = keys[key] ?? ("meta key\(key)", .hex)
        return Load(words: words, form: form)
    }

    private static func track(_ key: UInt32) -> Load {
        let keys: [UInt32: (String, Form)] = [
            0: ("ct state", .state), 1: ("ct direction", .number), 2: ("ct status", .hostNumber),
            3: ("ct mark", .hostNumber),
        ]
        let (words, form) = keys[key] ?? ("ct key\(key)", .hex)
        return Load(words: words, form: form)
    }

    private func mask(_ bytes: ArraySlice<UInt8>?) -> [UInt8]? {
        bytes.flatMap { NetlinkAttributes($0)[1] }.map { Array($0) }
    }

    private func bound(_ bytes: ArraySlice<UInt8>?) -> ArraySlice<UInt8> {
        bytes.flatMap { NetlinkAttributes($0)[1] } ?? []
    }

    /// What a register holds; it stays there for a second comparison.
    private func take(_ register: UInt32) -> Load {
        registers[register] ?? Load(words: "register \(register)", form: .hex)
    }

    private func value(_ register: UInt32) -> String { take(register).words }

    // MARK: Conditions and verdicts

    private mutating func compare(
        _ register: UInt32, _ operation: UInt32, _ bytes: ArraySlice<UInt8>?
    ) {
        let load = take(register)
        let bytes = bytes ?? []
        let signs = ["", "!= ", "< ", "<= ", "> ", ">= "]
        let sign = Int(operation) < signs.count ? signs[Int(operation)] : "? "
        if case .state = load.form, let mask = load.mask {
            // Some of the masked bits are set, or none is.
            words.append("\(load.words) \(operation == 1 ? "" : "!= ")\(form(mask[...], load))")
            return
        }
        var what = load.words
        if let mask = load.mask, load.form != .address { what += " & 0x" + hexadecimalText(mask) }
        let condition = "\(what) \(sign)\(form(bytes, load))"
        switch load.form {
        case .transport where load.words.hasPrefix("meta") && operation == 0,
            .network where operation == 0:
            release()
            held = condition
        default: words.append(condition)
        }
    }

    private mutating func immediate(_ register: UInt32, _ data: NetlinkAttributes?) {
        release()
        if let given = data?[2] {
            let word = firewallVerdict(given)
            words.append(word)
            verdict = word
        } else if let given = data?[1] {
            registers[register] = Load(words: "0x" + hexadecimalText(given), form: .hex)
        }
    }

    private mutating func lookup(_ register: UInt32, _ set: String, _ isInverted: Bool) {
        release()
        let parts = registers.filter { $0.key >= register }.sorted { $0.key < $1.key }
        let load = take(register)
        let what =
            parts.count > 1 && set.hasPrefix("__")
            ? parts.map(\.value.words).joined(separator: " . ") : load.words
        let sign = isInverted ? "!= " : ""
        guard let elements = sets[set] else {
            words.append("\(what) \(sign)@\(set)")
            return
        }
        let isMap = elements.contains { $0.data != nil }
        var shown = load
        if parts.count > 1 { shown.form = .hex }
        let list = spans(elements, shown).joined(separator: ", ")
        words.append("\(what) \(isMap ? "vmap " : "")\(sign){ \(list) }")
        if parts.count > 1 { registers.removeAll() }
    }

    /// The values and ranges of a set, in order.
    private func spans(_ elements: [FirewallElement], _ load: Load) -> [String] {
        let isRanged = elements.contains(where: \.isEnd)
        let sorted = elements.sorted {
            $0.key == $1.key ? $0.isEnd && !$1.isEnd : $0.key.lexicographicallyPrecedes($1.key)
        }
        var result: [String] = []
        for (index, one) in sorted.enumerated() where !one.isEnd {
            var text = form(one.key[...], load)
            if isRanged, index + 1 < sorted.count, sorted[index + 1].isEnd {
                let last = Self.before(sorted[index + 1].key)
                if last != one.key { text += "-" + form(last[...], load) }
            } else if isRanged, index + 1 == sorted.count {
                text += "-"
            } else if let end = one.keyEnd, end != one.key {
                text += "-" + form(end[...], load)
            }
            result.append(one.data.map { "\(text) : \($0)" } ?? text)
        }
        return result
    }

    private static func before(_ key: [UInt8]) -> [UInt8] {
        var key = key
        for index in key.indices.reversed() {
            key[index] &-= 1
            if key[index] != 255 { break }
        }
        return key
    }

    // MARK: Values

    private func form(_ bytes: ArraySlice<UInt8>, _ load: Load) -> String {
        switch load.form {
        case .address: return address(bytes, load)
        case .port, .number:
            return networkInteger(bytes, as: UInt16.self).map { String($0) }
                ?? bytes.first.map { String($0) } ?? ""
        case .hostNumber: return String(integer(bytes, as: UInt32.self) ?? 0)
        case .name:
            return "\"\(lossyText(bytes.prefix { $0 != 0 }))\"" + (bytes.contains(0) ? "" : "*")
        case .transport:
            let number = bytes.first ?? 0
            return [1: "icmp", 6: "tcp", 17: "udp", 58: "ipv6-icmp", 132: "sctp"][number]
                ?? String(number)
        case .network: return bytes.first == 10 ? "ipv6" : "ipv4"
        case .state:
            let bits = integer(bytes, as: UInt32.self) ?? 0
            let names: [(UInt32, String)] = [
                (1, "invalid"), (2, "established"), (4, "related"), (8, "new"), (64, "untracked"),
            ]
            return names.compactMap { bits & $0.0 != 0 ? $0.1 : nil }.joined(separator: ",")
        case .hardware: return hardwareText(bytes)
        case .hex: return "0x" + hexadecimalText(bytes)
        }
    }

    /// An address, whole, by its first bytes, or under a mask.
    private func address(_ bytes: ArraySlice<UInt8>, _ load: Load) -> String {
        let size = load.words.hasPrefix("ip6") ? 16 : 4
        guard bytes.count <= size else { return "0x" + hexadecimalText(bytes) }
        let text = addressText(Array(bytes) + [UInt8](repeating: 0, count: size - bytes.count))
        if let mask = load.mask {
            let length = mask.reduce(0) { $0 + $1.nonzeroBitCount }
            return "\(text)/\(length)"
        }
        return bytes.count == size ? text : "\(text)/\(bytes.count * 8)"
    }
}
