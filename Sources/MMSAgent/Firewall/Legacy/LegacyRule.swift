internal import Resources

/// A rule of iptables-legacy.
struct LegacyRule: Hashable, Sendable {
    /// In the words of `iptables -S`, without its chain. Of a match or target that is not decoded
    /// there is only the name.
    var text = ""
    /// A verdict, the name of a target, or of the chain it jumps to.
    var target = ""
    /// The chain it jumps to.
    var jump: String?
    var fields = ValueMap()
    /// Of all it does; the same wherever in the table it lies.
    var digest: UInt64 = 0

    private typealias Entry = LegacyTable.Entry

    /// A rule by its entry; `chains` are the names of those that begin at an offset.
    init(_ entry: LegacyTable.Entry, _ layout: LegacyTable.Layout, chains: [Int: String]) {
        var words: [String] = []
        var fields = ValueMap()
        let isSet = { (bit: UInt8, offset: Int) -> Bool in
            (entry.load(offset, as: UInt8.self) ?? 0) & bit != 0
        }
        let inverse = layout.flags + 1
        func name(_ option: String, _ field: String, _ value: String?, _ isInverse: Bool) {
            guard let value else { return }
            words += (isInverse ? ["!"] : []) + [option, value]
            fields[field] = .text((isInverse ? "! " : "") + value)
        }
        let size = layout.address
        name("-s", "source", Self.network(entry, 0, 2 * size, size), isSet(8, inverse))
        name("-d", "destination", Self.network(entry, size, 3 * size, size), isSet(16, inverse))
        let place = layout.interfaces
        name("-i", "input", Self.interface(entry, place), isSet(1, inverse))
        name("-o", "output", Self.interface(entry, place + 16), isSet(2, inverse))
        let proto = entry.load(layout.proto, as: UInt16.self) ?? 0
        name("-p", "protocol", proto == 0 ? nil : Self.name(of: proto), isSet(64, inverse))
        if layout.goto == 2, isSet(1, layout.flags) {
            words += (isSet(32, inverse) ? ["!"] : []) + ["-f"]
        }
        let matches = Self.matches(entry, layout.head)
        words += matches.flatMap { LegacyMatch.words($0) }
        fields.set("matches", matches.map(\.name))
        fields.set("comment", matches.lazy.compactMap(LegacyMatch.comment).first)
        jump = Self.offset(entry).flatMap { chains[$0] }
        target = jump ?? Self.verdict(entry) ?? entry.targetName
        // A rule without a target only counts: it leads to the one behind it.
        if !target.isEmpty {
            words += [isSet(layout.goto, layout.flags) ? "-g" : "-j", target]
            fields["target"] = .text(target)
        }
        text = words.joined(separator: " ")
        // Where a jump leads moves with the rules before it: its name stands for it.
        let isPlain = entry.targetName.isEmpty
        let rest = isPlain ? Array(target.utf8) : Array(entry.bytes[entry.target...])
        let head = entry.bytes[..<(layout.flags + 2)] + entry.bytes[layout.head..<entry.target]
        digest = fingerprint(Array(head) + rest)
        self.fields = fields
    }

    /// A match or a target, by its name and data.
    struct Part: Hashable, Sendable {
        var name: String
        var revision: UInt8
        var data: [UInt8]
    }

    /// The matches of an entry, up to one that is cut short.
    private static func matches(_ entry: LegacyTable.Entry, _ head: Int) -> [Part] {
        var parts: [Part] = []
        var offset = head
        while let size = entry.load(offset, as: UInt16.self), size >= 32,
            offset + Int(size) <= entry.target
        {
            parts.append(
                Part(
                    name: entry.text(offset + 2, 29),
                    revision: entry.load(offset + 31, as: UInt8.self) ?? 0,
                    data: Array(entry.bytes[(offset + 32)..<(offset + Int(size))])))
            offset += Int(size)
        }
        return parts
    }

    // MARK: Parts

    /// The verdict of a standard target; nil for any other and for a jump.
    static func verdict(_ entry: LegacyTable.Entry) -> String? {
        guard entry.targetName.isEmpty, let word = entry.load(entry.target + 32, as: Int32.self)
        else { return nil }
        return [-1: "DROP", -2: "ACCEPT", -4: "QUEUE", -5: "RETURN"][word]
    }

    private static func offset(_ entry: LegacyTable.Entry) -> Int? {
        guard entry.targetName.isEmpty, let word = entry.load(entry.target + 32, as: Int32.self),
            word >= 0
        else { return nil }
        return Int(word)
    }

    /// An address with its mask; nil where any will do.
    private static func network(
        _ entry: LegacyTable.Entry, _ address: Int, _ mask: Int, _ size: Int
    ) -> String? {
        let bits = entry.bytes[mask..<mask + size]
        guard bits.contains(where: { $0 != 0 }) else { return nil }
        let text = addressText(entry.bytes[address..<address + size])
        let ones = bits.reduce(0) { $0 + $1.nonzeroBitCount }
        let isPrefix = bits.enumerated().allSatisfy { index, byte in
            byte == UInt8(truncatingIfNeeded: 0xFF00 >> min(8, max(0, ones - 8 * index)))
        }
        return "\(text)/\(isPrefix ? String(ones) : addressText(bits))"
    }

    /// The name of an interface, or what it begins with and a plus; nil where any will do.
    private static func interface(_ entry: LegacyTable.Entry, _ offset: Int) -> String? {
        let mask = entry.bytes[(offset + 32)..<(offset + 48)].prefix { $0 != 0 }.count
        guard mask > 0 else { return nil }
        let name = entry.text(offset, 16)
        return mask > name.utf8.count ? name : entry.text(offset, mask) + "+"
    }

    static func name(of number: UInt16) -> String {
        let names: [UInt16: String] = [
            1: "icmp", 2: "igmp", 4: "ipencap", 6: "tcp", 17: "udp", 41: "ipv6", 47: "gre",
            50: "esp", 51: "ah", 58: "ipv6-icmp", 132: "sctp", 136: "udplite",
        ]
        return names[number] ?? String(number)
    }
}

/// What is read of a match besides its name.
enum LegacyMatch {
    /// Its words as `iptables -S` writes them.
    static func words(_ part: LegacyRule.Part) -> [String] {
        let named = ["-m", part.name]
        switch part.name {
        case "tcp":
            // struct xt_tcp: ports of source and destination, option, flags, inverse.
            guard part.data.count >= 12 else { return named }
            let inverse = part.data[11]
            let rest = part.data[8] != 0 || part.data[9] != 0 ? ["--tcp-flags", flags(part)] : []
            return named + ports(part, inverse) + (inverse & 4 != 0 ? ["!"] : []) + rest
        case "udp":
            guard part.data.count >= 9 else { return named }
            return named + ports(part, part.data[8])
        case "comment": return named + ["--comment", "\"\(comment(part) ?? "")\""]
        case "state":
            // struct xt_state_info: one byte, in which the last but one is for the untracked.
            let bits = part.data.first.map { UInt16($0) } ?? 0
            return named + ["--state", states(bits & 64 == 0 ? bits : bits & ~64 | 256)]
        case "conntrack": return tracked(part) ?? named
        default: return named
        }
    }

    /// The text of a comment.
    static func comment(_ part: LegacyRule.Part) -> String? {
        part.name == "comment" ? lossyText(part.data.prefix { $0 != 0 }) : nil
    }

    private static func ports(_ part: LegacyRule.Part, _ inverse: UInt8) -> [String] {
        let port = { (index: Int) in
            Int(part.data[2 * index]) | Int(part.data[2 * index + 1]) << 8
        }
        var words: [String] = []
        for (index, option) in ["--sport", "--dport"].enumerated() {
            let (first, last) = (port(2 * index), port(2 * index + 1))
            let isInverse = inverse >> index & 1 == 1
            if first == 0, last == 0xFFFF, !isInverse { continue }
            let range = first == last ? "\(first)" : "\(first):\(last)"
            words += (isInverse ? ["!"] : []) + [option, range]
        }
        return words
    }

    private static func flags(_ part: LegacyRule.Part) -> String {
        let names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"]
        let text = { (bits: UInt8) -> String in
            let set = names.indices.filter { bits >> $0 & 1 == 1 }.map { names[$0] }
            return set.isEmpty ? "NONE" : set.joined(separator: ",")
        }
        return "\(text(part.data[9])) \(text(part.data[10]))"
    }

    /// struct xt_conntrack_mtinfo2 and 3, of which a state is read when nothing else is asked:
    /// flags of what is asked, of what is asked the other way round, and the mask of states. With
    /// a flag of its own it was written as `-m state`.
    private static func tracked(_ part: LegacyRule.Part) -> [String]? {
        let word = { (offset: Int) -> UInt16 in
            UInt16(part.data[offset]) | UInt16(part.data[offset + 1]) << 8
        }
        guard part.revision >= 2, part.data.count >= 152, word(146) & ~0x2000 == 1 else {
            return nil
        }
        let isState = word(146) & 0x2000 != 0
        return ["-m", isState ? "state" : "conntrack"] + (word(148) & 1 != 0 ? ["!"] : [])
            + [isState ? "--state" : "--ctstate", states(word(150))]
    }

    /// The states of a mask (linux/netfilter/xt_conntrack.h).
    private static func states(_ bits: UInt16) -> String {
        let names: [(UInt16, String)] = [
            (1, "INVALID"), (8, "NEW"), (4, "RELATED"), (2, "ESTABLISHED"), (256, "UNTRACKED"),
            (64, "SNAT"), (128, "DNAT"),
        ]
        return names.filter { bits & $0.0 != 0 }.map(\.1).joined(separator: ",")
    }
}
