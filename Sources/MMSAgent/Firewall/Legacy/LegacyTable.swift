internal import Host
internal import Resources

/// A table of iptables-legacy as the kernel gives it to who asks: struct ipt_getinfo and the
/// entries behind it (linux/netfilter_ipv4/ip_tables.h, netfilter_ipv6/ip6_tables.h).
///
/// An entry is a match on addresses, further matches and a target. A chain of a hook begins at an
/// offset of its own and ends with its policy; another chain begins behind a target `ERROR` that
/// has its name, and ends with a return.
struct LegacyTable: Hashable, Sendable {
    var chains: [Chain] = []

    /// A chain with its rules.
    struct Chain: Hashable, Sendable {
        var name: String
        /// What befalls packets no rule decided on; only of a chain of a hook.
        var policy: String?
        var rules: [LegacyRule] = []
    }

    /// Where the parts of an entry are.
    struct Layout: Hashable, Sendable {
        /// Bytes of an address.
        var address: Int
        /// Offsets of the interfaces, the protocol, the flags, where the target begins, counters.
        var interfaces: Int, proto: Int, flags: Int, target: Int, counters: Int
        /// Bytes before the first match.
        var head: Int
        /// The flag of a jump that does not come back.
        var goto: UInt8

        static let four = Layout(
            address: 4, interfaces: 16, proto: 80, flags: 82, target: 88, counters: 96, head: 112,
            goto: 2)
        static let six = Layout(
            address: 16, interfaces: 64, proto: 128, flags: 131, target: 140, counters: 152,
            head: 168, goto: 4)
    }

    /// An entry, by its bytes.
    struct Entry {
        var bytes: [UInt8]
        /// Where its target begins.
        var target: Int

        func load<Word: FixedWidthInteger & BitwiseCopyable>(
            _ offset: Int, as: Word.Type = Word.self
        ) -> Word? {
            unsafe bytes.span.bytes.load(offset, as: Word.self)
        }

        func text(_ offset: Int, _ count: Int) -> String {
            lossyText(bytes.dropFirst(offset).prefix(count).prefix { $0 != 0 })
        }

        /// The name of its target; empty for a verdict or a jump.
        var targetName: String { text(target + 2, 29) }
    }

    private static let info = 84
    private static let hooks = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"]

    /// Reads a table; nil when it is not whole.
    init?(_ bytes: [UInt8], isSix: Bool) {
        let layout = isSix ? Layout.six : .four
        guard bytes.count >= Self.info, let entries = Self.entries(bytes, layout) else {
            return nil
        }
        let word = { (offset: Int) -> Int in
            unsafe Int(bytes.span.bytes.load(offset, as: UInt32.self) ?? 0)
        }
        var starts: [Int: String] = [:]
        var policies: [Int: String] = [:]
        for (index, name) in Self.hooks.enumerated() where word(32) >> index & 1 == 1 {
            starts[word(36 + 4 * index)] = name
            policies[word(56 + 4 * index)] = name
        }
        // Where a jump leads: the entry behind a chain's name.
        var names: [Int: String] = [:]
        for (offset, entry) in entries where entry.targetName == "ERROR" {
            names[offset + entry.bytes.count] = entry.text(entry.target + 32, 30)
        }
        for (offset, entry) in entries {
            if let name = starts[offset] { chains.append(Chain(name: name)) }
            if let name = names[offset] { chains.append(Chain(name: name)) }
            // The last of them ends the table and begins no chain.
            if entry.targetName == "ERROR" { continue }
            guard let last = chains.indices.last else { return nil }
            if policies[offset] == chains[last].name, chains[last].policy == nil {
                chains[last].policy = LegacyRule.verdict(entry)?.lowercased()
            } else {
                chains[last].rules.append(LegacyRule(entry, layout, chains: names))
            }
        }
        for index in chains.indices where chains[index].policy == nil {
            // The return at the end of a chain was written by nobody.
            if chains[index].rules.last?.text == "-j RETURN" { chains[index].rules.removeLast() }
        }
    }

    /// The entries with their offsets; nil when one is cut short.
    private static func entries(_ bytes: [UInt8], _ layout: Layout) -> [(Int, Entry)]? {
        var result: [(Int, Entry)] = []
        var offset = info
        while offset < bytes.count {
            let place = bytes[...].dropFirst(offset + layout.target)
            guard let target = integer(place, as: UInt16.self),
                let next = integer(place.dropFirst(2), as: UInt16.self),
                target >= layout.head, Int(target) + 32 <= Int(next),
                offset + Int(next) <= bytes.count
            else { return nil }
            let part = Array(bytes[offset..<offset + Int(next)])
            result.append((offset - info, Entry(bytes: part, target: Int(target))))
            offset += Int(next)
        }
        return result
    }

    /// A digest of a table as it was given, without what packets count; nil when it is not whole.
    static func digest(_ bytes: [UInt8], isSix: Bool) -> UInt64? {
        let layout = isSix ? Layout.six : .four
        guard bytes.count >= info, let entries = entries(bytes, layout) else { return nil }
        var all = Array(bytes[..<info])
        for (_, entry) in entries {
            all += entry.bytes[..<layout.counters]
            all += entry.bytes[layout.head...]
        }
        return fingerprint(all)
    }
}
