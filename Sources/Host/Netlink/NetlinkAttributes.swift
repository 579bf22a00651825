/// Attributes of a netlink message by number; of two with a number the last one stays.
public struct NetlinkAttributes: Sendable {
    private var values: [UInt16: ArraySlice<UInt8>] = [:]

    /// Reads attributes up to the first that is cut short.
    public init(_ bytes: ArraySlice<UInt8>) {
        Self.each(bytes) { values[$0] = $1 }
    }

    /// The bytes of an attribute.
    public subscript(kind: UInt16) -> ArraySlice<UInt8>? { values[kind] }

    /// An attribute as an integer; nil when it is not there or too short.
    public func word<Word: FixedWidthInteger>(_ kind: UInt16, as: Word.Type = Word.self) -> Word? {
        values[kind].flatMap { integer($0) }
    }

    /// The attributes of a list in their order, whatever their numbers; up to the first that is
    /// cut short.
    public static func list(_ bytes: ArraySlice<UInt8>?) -> [ArraySlice<UInt8>] {
        var values: [ArraySlice<UInt8>] = []
        each(bytes ?? []) { values.append($1) }
        return values
    }

    private static func each(
        _ bytes: ArraySlice<UInt8>, _ take: (UInt16, ArraySlice<UInt8>) -> Void
    ) {
        var rest = bytes
        while let length = integer(rest, as: UInt16.self).map({ Int($0) }),
            let kind = integer(rest.dropFirst(2), as: UInt16.self), length >= 4,
            length <= rest.count
        {
            // The upper two bits say "nested" and "network order".
            take(kind & 0x3FFF, rest.dropFirst(4).prefix(length - 4))
            rest = rest.dropFirst((length + 3) & ~3)
        }
    }
}

/// The little-endian integer that bytes start with; nil when there are too few.
public func integer<Word: FixedWidthInteger>(
    _ bytes: ArraySlice<UInt8>, as: Word.Type = Word.self
) -> Word? {
    let size = Word.bitWidth / 8
    guard bytes.count >= size else { return nil }
    return bytes.prefix(size).reversed().reduce(0) { $0 << 8 | Word(truncatingIfNeeded: $1) }
}
