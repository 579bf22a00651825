/// An address of the Internet Protocol, version 4 or 6.
public struct IPAddress: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Its 4 or 16 bytes, in the order of the network.
    public let bytes: [UInt8]

    /// The address of 4 or 16 bytes; nil for any other count.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads `192.0.2.1` or a form of RFC 4291 section 2.2 such as `2001:db8::1`.
    public init?(_ text: String) {
        guard let bytes = text.contains(":") ? Self.version6(text) : Self.version4(text) else {
            return nil
        }
        self.bytes = bytes
    }

    /// Whether it is of version 6.
    public var isVersion6: Bool { bytes.count == 16 }

    /// Of this very machine.
    public var isLoopback: Bool {
        isVersion6 ? bytes == [UInt8](repeating: 0, count: 15) + [1] : bytes[0] == 127
    }

    /// All addresses of a machine, for who listens.
    public var isAny: Bool { bytes.allSatisfy { $0 == 0 } }

    /// Of this machine or a network of its owner: RFC 1918, link-local, unique local (RFC 4193).
    public var isPrivate: Bool {
        if isLoopback { return true }
        if isVersion6 {
            return bytes[0] & 0xFE == 0xFC || bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
        }
        switch (bytes[0], bytes[1]) {
        case (10, _), (192, 168), (169, 254): return true
        case (172, let second): return (16...31).contains(second)
        default: return false
        }
    }

    private static func version4(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { part -> UInt8? in
            // A zero in front would be octal elsewhere.
            let plain = part == "0" || !part.hasPrefix("0")
            return plain && part.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? UInt8(part) : nil
        }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    private static func version6(_ text: String) -> [UInt8]? {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2, let head = groups(halves[0], isLast: halves.count == 1)
        else { return nil }
        guard halves.count == 2 else { return head.count == 16 ? head : nil }
        guard let tail = groups(halves[1], isLast: true), head.count + tail.count <= 14 else {
            return nil
        }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// `isLast` when an address of version 4 may stand at its end.
    private static func groups(_ text: Substring, isLast: Bool) -> [UInt8]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if isLast, index == parts.count - 1, part.contains(".") {
                guard let last = version4(String(part)) else { return nil }
                return bytes + last
            }
            guard (1...4).contains(part.utf8.count), !part.hasPrefix("+"), !part.hasPrefix("-"),
                let group = UInt16(part, radix: 16)
            else { return nil }
            bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
        }
        return bytes
    }

    public static func < (left: IPAddress, right: IPAddress) -> Bool {
        left.bytes.count == right.bytes.count
            ? left.bytes.lexicographicallyPrecedes(right.bytes)
            : left.bytes.count < right.bytes.count
    }

    /// The text of RFC 5952: the longest run of zero groups is `::`.
    public var description: String {
        guard isVersion6 else { return bytes.map { "\($0)" }.joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map {
            UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
        }
        var best = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || groups[index] != 0 {
            if index - start > max(1, best.count) { best = start..<index }
            start = index + 1
        }
        func text(_ part: some Sequence<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        if best.isEmpty { return text(groups) }
        return text(groups[..<best.lowerBound]) + "::" + text(groups[best.upperBound...])
    }
}
