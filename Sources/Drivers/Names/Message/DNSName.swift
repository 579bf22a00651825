public import Host

/// A domain name in its wire form (RFC 1035 section 3.1). Two names that differ in the case of
/// ASCII letters are equal (RFC 4343); the case itself is kept.
public struct DNSName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Each label behind its length, and the zero of the root at the end; at most 255 bytes.
    public let wire: [UInt8]
    /// The same with small letters, by which names are compared.
    let key: [UInt8]

    /// The root.
    public static let root = DNSName(unchecked: [0])

    /// Bytes of a label, and of a whole name, at the most (RFC 1035 section 2.3.4).
    static let labelLimit = 63
    static let limit = 255

    /// Takes a wire form that was checked.
    init(unchecked wire: [UInt8]) {
        self.wire = wire
        key = wire.map(Self.fold)
    }

    /// A name of its text form: labels with dots between, `\.` and `\DDD` for bytes that are no
    /// plain character; a dot at the end changes nothing. Nil when a label is empty or longer than
    /// 63 bytes, or the name longer than 255.
    public init?(_ text: String) {
        if text == "." || text.isEmpty {
            self = .root
            return
        }
        var labels: [[UInt8]] = [[]]
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "."):
                if rest.isEmpty { break }
                labels.append([])
            case UInt8(ascii: "\\"):
                guard let escaped = Self.unescape(&rest) else { return nil }
                labels[labels.count - 1].append(escaped)
            default: labels[labels.count - 1].append(byte)
            }
        }
        self.init(labels: labels)
    }

    /// A name of its labels, the root's left out; nil when one has 0 or more than 63 bytes.
    public init?(labels: [[UInt8]]) {
        var wire: [UInt8] = []
        for label in labels {
            guard (1...Self.labelLimit).contains(label.count) else { return nil }
            wire.append(UInt8(label.count))
            wire += label
        }
        wire.append(0)
        guard wire.count <= Self.limit else { return nil }
        self.init(unchecked: wire)
    }

    private static func unescape(_ rest: inout ArraySlice<UInt8>) -> UInt8? {
        guard let first = rest.first else { return nil }
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return rest.popFirst()
        }
        let digits = String(decoding: rest.prefix(3), as: UTF8.self)
        guard digits.utf8.count == 3, let byte = UInt8(digits) else { return nil }
        rest = rest.dropFirst(3)
        return byte
    }

    static func fold(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    /// The labels without the root's.
    public var labels: [[UInt8]] {
        var labels: [[UInt8]] = []
        var at = 0
        while wire[at] != 0 {
            let end = at + 1 + Int(wire[at])
            labels.append(Array(wire[at + 1..<end]))
            at = end
        }
        return labels
    }

    /// The name above; the root has none.
    public var parent: DNSName? {
        wire[0] == 0 ? nil : DNSName(unchecked: Array(wire.dropFirst(1 + Int(wire[0]))))
    }

    /// Whether it is `apex` or below it.
    public func isWithin(_ apex: DNSName) -> Bool {
        var at = 0
        while key.count - at > apex.key.count { at += 1 + Int(key[at]) }
        return key.count - at == apex.key.count && key[at...].elementsEqual(apex.key)
    }

    /// This name with labels before it; nil when it becomes too long.
    public func child(_ text: String) -> DNSName? {
        DNSName(text).flatMap { DNSName(labels: $0.labels + labels) }
    }

    public static func == (left: DNSName, right: DNSName) -> Bool { left.key == right.key }

    public func hash(into hasher: inout Hasher) { hasher.combine(key) }

    /// Order by labels from the root on (RFC 4034 section 6.1).
    public static func < (left: DNSName, right: DNSName) -> Bool {
        let a = DNSName(unchecked: left.key).labels.reversed()
        let b = DNSName(unchecked: right.key).labels.reversed()
        return a.lexicographicallyPrecedes(b) { $0.lexicographicallyPrecedes($1) }
    }

    /// The text form, without the dot at its end; `.` for the root.
    public var description: String {
        guard wire[0] != 0 else { return "." }
        return labels.map { label in
            label.map { byte in
                switch byte {
                case UInt8(ascii: "."), UInt8(ascii: "\\"):
                    "\\" + String(UnicodeScalar(byte))
                case 0x21...0x7E: String(UnicodeScalar(byte))
                default:
                    "\\" + String(repeating: "0", count: byte < 10 ? 2 : byte < 100 ? 1 : 0)
                        + "\(byte)"
                }
            }.joined()
        }.joined(separator: ".")
    }
}

extension IPAddress {
    /// The name whose PTR record names the address (RFC 1035 section 3.5, RFC 3596 section 2.5).
    public var reverseName: DNSName? {
        if !isVersion6 {
            return DNSName(
                bytes.reversed().map { "\($0)" }.joined(separator: ".") + ".in-addr.arpa")
        }
        let nibbles = bytes.reversed().flatMap { [$0 & 15, $0 >> 4] }
        return DNSName(nibbles.map { String($0, radix: 16) }.joined(separator: ".") + ".ip6.arpa")
    }
}
