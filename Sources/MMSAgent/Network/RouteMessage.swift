/// One rtnetlink message (rtnetlink(7)): a kind, a fixed header and attributes.
struct RouteMessage {
    /// RTM_NEWLINK and so on.
    var kind: UInt16
    var flags: UInt16
    var body: [UInt8]

    /// Calls `take` for each message of a datagram; stops at one that is cut short, and says so
    /// with false.
    static func each(in datagram: RawSpan, _ take: (RouteMessage) -> Void) -> Bool {
        var offset = 0
        while offset < datagram.byteCount {
            guard let length = datagram.load(offset, as: UInt32.self).map({ Int($0) }),
                let kind = datagram.load(offset + 4, as: UInt16.self),
                let flags = datagram.load(offset + 6, as: UInt16.self),
                length >= 16, length <= datagram.byteCount - offset
            else { return false }
            if kind >= 16 {
                let body = datagram.copy(offset + 16..<offset + length)
                take(RouteMessage(kind: kind, flags: flags, body: body))
            }
            offset += (length + 3) & ~3
        }
        return true
    }

    /// The integer at an offset of the fixed header; 0 where it is cut short.
    func word<Word: FixedWidthInteger>(_ offset: Int, as: Word.Type = Word.self) -> Word {
        integer(body[...].dropFirst(offset)) ?? 0
    }

    /// The attributes after a fixed header of so many bytes.
    func attributes(after header: Int) -> Attributes { Attributes(body.dropFirst(header)) }
}

/// Attributes by number; of two with a number the last one stays.
struct Attributes {
    private var values: [UInt16: ArraySlice<UInt8>] = [:]

    /// Reads attributes up to the first that is cut short.
    init(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while let length = integer(rest, as: UInt16.self).map({ Int($0) }),
            let kind = integer(rest.dropFirst(2), as: UInt16.self), length >= 4,
            length <= rest.count
        {
            // The upper two bits say "nested" and "network order".
            values[kind & 0x3FFF] = rest.dropFirst(4).prefix(length - 4)
            rest = rest.dropFirst((length + 3) & ~3)
        }
    }

    /// The bytes of an attribute.
    subscript(kind: UInt16) -> ArraySlice<UInt8>? { values[kind] }

    /// An attribute as an integer; nil when it is not there or too short.
    func word<Word: FixedWidthInteger>(_ kind: UInt16, as: Word.Type = Word.self) -> Word? {
        values[kind].flatMap { integer($0) }
    }

    /// An attribute as text closed by NUL.
    func text(_ kind: UInt16) -> String? { values[kind].map { lossyText($0.prefix { $0 != 0 }) } }
}

/// The little-endian integer that bytes start with; nil when there are too few.
func integer<Word: FixedWidthInteger>(
    _ bytes: ArraySlice<UInt8>, as: Word.Type = Word.self
) -> Word? {
    let size = Word.bitWidth / 8
    guard bytes.count >= size else { return nil }
    return bytes.prefix(size).reversed().reduce(0) { $0 << 8 | Word(truncatingIfNeeded: $1) }
}
