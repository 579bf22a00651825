/// The distinguished encoding rules of ASN.1 (ITU-T X.690), as far as our certificates need them.
enum DER {
    static let boolean: UInt8 = 0x01
    static let integer: UInt8 = 0x02
    static let bits: UInt8 = 0x03
    static let octets: UInt8 = 0x04
    static let identifier: UInt8 = 0x06
    static let utf8: UInt8 = 0x0C
    static let printable: UInt8 = 0x13
    static let utcTime: UInt8 = 0x17
    static let generalizedTime: UInt8 = 0x18
    static let sequence: UInt8 = 0x30
    static let set: UInt8 = 0x31

    /// A value of that tag.
    static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        [tag] + length(content.count) + content
    }

    /// A sequence of values that are encoded already.
    static func list(_ parts: [UInt8]...) -> [UInt8] { value(sequence, parts.flatMap(\.self)) }

    /// An explicitly tagged value of that number.
    static func tagged(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        value(0xA0 | number, content)
    }

    /// A natural number, big-endian.
    static func number(_ bytes: [UInt8]) -> [UInt8] {
        let short = bytes.drop { $0 == 0 }
        guard let first = short.first else { return value(integer, [0]) }
        return value(integer, (first >= 0x80 ? [0] : []) + short)
    }

    /// A bit string of whole bytes, or one whose last bits are not used.
    static func bitString(_ bytes: [UInt8], unused: UInt8 = 0) -> [UInt8] {
        value(bits, [unused] + bytes)
    }

    private static func length(_ count: Int) -> [UInt8] {
        if count < 0x80 { return [UInt8(count)] }
        var bytes: [UInt8] = []
        var rest = count
        while rest > 0 {
            bytes.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        }
        return [0x80 | UInt8(bytes.count)] + bytes
    }
}

/// Reads values of one level, one after the other. Whatever is not in its shortest form ends it.
struct DERReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) { rest = ArraySlice(Array(bytes)) }

    var isAtEnd: Bool { rest.isEmpty }

    /// The next value, with its content and its whole encoding; nil when there is none.
    mutating func next() -> (tag: UInt8, content: ArraySlice<UInt8>, whole: ArraySlice<UInt8>)? {
        let start = rest.startIndex
        guard rest.count >= 2 else { return nil }
        let first = rest[start + 1]
        var (count, head) = (Int(first), 2)
        if first >= 0x80 {
            // Two bytes of length are more than a certificate may have.
            let width = Int(first & 0x7F)
            guard (1...2).contains(width), rest.count >= 2 + width else { return nil }
            head = 2 + width
            count = rest[start + 2..<start + head].reduce(0) { $0 << 8 | Int($1) }
            guard count >= (width == 1 ? 0x80 : 0x100) else { return nil }
        }
        guard rest.count - head >= count else { return nil }
        let end = start + head + count
        defer { rest = rest[end...] }
        return (rest[start], rest[start + head..<end], rest[start..<end])
    }

    /// The content of the next value when it has that tag.
    mutating func next(_ tag: UInt8) -> ArraySlice<UInt8>? {
        guard let value = next(), value.tag == tag else { return nil }
        return value.content
    }
}
