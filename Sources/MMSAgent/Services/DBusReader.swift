internal import Resources

/// Reads values by their signature, with alignment from the start of the message. Structures,
/// arrays and entries of dictionaries are lists; a variant is what is in it.
struct DBusReader {
    private let bytes: ArraySlice<UInt8>
    private let isLittle: Bool
    /// Bytes from the start of the message.
    var offset = 0

    init(_ message: ArraySlice<UInt8>) throws(DBusError) {
        guard message.count >= DBusMessage.opening else { throw DBusError("a message cut short") }
        switch message[message.startIndex] {
        case UInt8(ascii: "l"): isLittle = true
        case UInt8(ascii: "B"): isLittle = false
        default: throw DBusError("a message of unknown byte order")
        }
        bytes = message
    }

    /// Reads a value for each complete type of a signature.
    mutating func read(_ signature: [UInt8]) throws(DBusError) -> [Value] {
        guard signature.count <= 255 else { throw DBusError("a signature that is too long") }
        var values: [Value] = []
        var place = 0
        while place < signature.count {
            values.append(try value(signature, &place, depth: 0))
        }
        return values
    }

    private mutating func value(
        _ signature: [UInt8], _ place: inout Int, depth: Int
    ) throws(DBusError) -> Value {
        guard depth <= Limits.valueDepth.value else { throw DBusError("values nested too deep") }
        guard place < signature.count else { throw DBusError("a signature cut short") }
        let kind = signature[place]
        place += 1
        switch Character(Unicode.Scalar(kind)) {
        case "y": return .int(Int64(try byte()))
        case "b": return .bool(try word() != 0)
        case "n": return .int(Int64(Int16(truncatingIfNeeded: try integer(2))))
        case "q": return .int(Int64(try integer(2)))
        case "i": return .int(Int64(Int32(truncatingIfNeeded: try integer(4))))
        case "u", "h": return .int(Int64(try integer(4)))
        case "x": return .int(Int64(bitPattern: try integer(8)))
        case "t": return .int(Int64(clamping: try integer(8)))
        case "d":
            let float = Double(bitPattern: try integer(8))
            return float.isFinite ? .float(float) : .null
        case "s", "o": return .text(try text(length: Int(try word())))
        case "g": return .text(try text(length: Int(try byte())))
        case "v": return try variant(depth)
        case "a": return try array(signature, &place, depth)
        case "(": return try members(signature, &place, depth, close: UInt8(ascii: ")"))
        case "{": return try members(signature, &place, depth, close: UInt8(ascii: "}"))
        default: throw DBusError("a type \(kind) that is unknown")
        }
    }

    private mutating func variant(_ depth: Int) throws(DBusError) -> Value {
        let inner = Array(try text(length: Int(try byte())).utf8)
        var place = 0
        let result = try value(inner, &place, depth: depth + 1)
        guard place == inner.count else { throw DBusError("a variant of many values") }
        return result
    }

    private mutating func members(
        _ signature: [UInt8], _ place: inout Int, _ depth: Int, close: UInt8
    ) throws(DBusError) -> Value {
        try align(8)
        var values: [Value] = []
        while place < signature.count, signature[place] != close {
            values.append(try value(signature, &place, depth: depth + 1))
        }
        // A structure without members would let an array of them have no end.
        guard place < signature.count, !values.isEmpty else {
            throw DBusError("a structure that is not closed, or empty")
        }
        place += 1
        return .list(values)
    }

    private mutating func array(
        _ signature: [UInt8], _ place: inout Int, _ depth: Int
    ) throws(DBusError) -> Value {
        let length = Int(try word())
        guard place < signature.count else { throw DBusError("an array of nothing") }
        try align(Self.alignment(signature[place]))
        guard length <= bytes.count - offset else { throw DBusError("an array cut short") }
        let end = offset + length
        let start = place
        var values: [Value] = []
        while offset < end {
            place = start
            values.append(try value(signature, &place, depth: depth + 1))
        }
        guard offset == end else { throw DBusError("an array longer than it says") }
        place = try Self.end(of: signature, from: start)
        return .list(values)
    }

    /// Where the complete type that begins at a place of a signature ends.
    private static func end(of signature: [UInt8], from start: Int) throws(DBusError) -> Int {
        var place = start
        while place < signature.count, signature[place] == UInt8(ascii: "a") { place += 1 }
        guard place < signature.count else { throw DBusError("an array of nothing") }
        var open = 0
        repeat {
            guard place < signature.count else { throw DBusError("a signature cut short") }
            switch signature[place] {
            case UInt8(ascii: "("), UInt8(ascii: "{"): open += 1
            case UInt8(ascii: ")"), UInt8(ascii: "}"): open -= 1
            default: break
            }
            place += 1
        } while open > 0
        return place
    }

    private static func alignment(_ kind: UInt8) -> Int {
        switch Character(Unicode.Scalar(kind)) {
        case "y", "g", "v": 1
        case "n", "q": 2
        case "x", "t", "d", "(", "{": 8
        default: 4
        }
    }

    mutating func align(_ size: Int) throws(DBusError) {
        offset = (offset + size - 1) / size * size
        guard offset <= bytes.count else { throw DBusError("a message cut short") }
    }

    mutating func byte() throws(DBusError) -> UInt8 { UInt8(try integer(1)) }

    mutating func word() throws(DBusError) -> UInt32 { UInt32(try integer(4)) }

    private mutating func integer(_ size: Int) throws(DBusError) -> UInt64 {
        try align(size)
        guard bytes.count - offset >= size else { throw DBusError("a message cut short") }
        let start = bytes.startIndex + offset
        offset += size
        let part = bytes[start..<start + size]
        return isLittle
            ? part.reversed().reduce(0) { $0 << 8 | UInt64($1) }
            : part.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Text of so many bytes and the NUL behind it.
    private mutating func text(length: Int) throws(DBusError) -> String {
        guard length >= 0, bytes.count - offset > length else {
            throw DBusError("a text cut short")
        }
        let start = bytes.startIndex + offset
        offset += length + 1
        return lossyText(bytes[start..<start + length])
    }
}
