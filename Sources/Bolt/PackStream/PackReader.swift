internal import Cypher
internal import NIOCore
internal import Resources

/// Reads the PackStream of one message. Every size is checked against the bytes that are there
/// before anything is kept for it.
struct PackReader {
    private var buffer: ByteBuffer
    let dialect: PackDialect
    private var depth = 0

    init(_ message: ByteBuffer, dialect: PackDialect) {
        buffer = message
        self.dialect = dialect
    }

    var isAtEnd: Bool { buffer.readableBytes == 0 }

    /// A structure's signature and number of fields; the fields follow.
    mutating func structure() throws(BoltError) -> (signature: UInt8, fields: Int) {
        let marker = try byte()
        guard marker & 0xF0 == 0xB0 else {
            throw .malformed("a message begins with a structure, not with \(hex(marker))")
        }
        return (try byte(), Int(marker & 0x0F))
    }

    /// Any value.
    mutating func value() throws(BoltError) -> CypherValue {
        let marker = try byte()
        switch marker {
        case 0x00...0x7F, 0xF0...0xFF: return .integer(Int64(Int8(bitPattern: marker)))
        case 0x80...0x8F, 0xD0...0xD2: return .string(try text(marker))
        case 0x90...0x9F, 0xD4...0xD6: return .list(try list(marker))
        case 0xA0...0xAF, 0xD8...0xDA: return .map(try map(marker))
        case 0xB0...0xBF: return try structured(fields: Int(marker & 0x0F))
        case 0xC0: return .null
        case 0xC1: return .float(Double(bitPattern: try integer(UInt64.self)))
        case 0xC2: return .boolean(false)
        case 0xC3: return .boolean(true)
        case 0xC8: return .integer(Int64(try integer(Int8.self)))
        case 0xC9: return .integer(Int64(try integer(Int16.self)))
        case 0xCA: return .integer(Int64(try integer(Int32.self)))
        case 0xCB: return .integer(try integer(Int64.self))
        case 0xCC...0xCE: return .bytes(try bytes(marker))
        default: throw .malformed("\(hex(marker)) is no marker of PackStream")
        }
    }

    /// A text, for a field that must be one.
    mutating func text() throws(BoltError) -> String {
        let marker = try byte()
        switch marker {
        case 0x80...0x8F, 0xD0...0xD2: return try text(marker)
        default: throw .malformed("a text is expected, not \(hex(marker))")
        }
    }

    /// A map, for a field that must be one.
    mutating func map() throws(BoltError) -> CypherMap {
        let marker = try byte()
        switch marker {
        case 0xA0...0xAF, 0xD8...0xDA: return try map(marker)
        default: throw .malformed("a map is expected, not \(hex(marker))")
        }
    }

    /// A list, for a field that must be one.
    mutating func list() throws(BoltError) -> [CypherValue] {
        let marker = try byte()
        switch marker {
        case 0x90...0x9F, 0xD4...0xD6: return try list(marker)
        default: throw .malformed("a list is expected, not \(hex(marker))")
        }
    }

    /// An integer of any width, for a field that must be one.
    mutating func integer() throws(BoltError) -> Int64 {
        guard case .integer(let value) = try value() else {
            throw .malformed("an integer is expected")
        }
        return value
    }

    // Parts.

    private mutating func byte() throws(BoltError) -> UInt8 { try integer(UInt8.self) }

    private mutating func integer<T: FixedWidthInteger>(_ type: T.Type) throws(BoltError) -> T {
        guard let value = buffer.readInteger(as: type) else {
            throw .malformed("the message ends inside a value")
        }
        return value
    }

    /// The count that a marker holds or that follows it: the last two bits name its width.
    private mutating func size(_ marker: UInt8) throws(BoltError) -> Int {
        let count: Int
        switch marker {
        case 0x80...0xBF: count = Int(marker & 0x0F)
        default:
            switch marker & 0x03 {
            case 0: count = Int(try integer(UInt8.self))
            case 1: count = Int(try integer(UInt16.self))
            default: count = Int(try integer(UInt32.self))
            }
        }
        guard count <= buffer.readableBytes else {
            throw .malformed(
                "\(count) bytes or items are announced, but \(buffer.readableBytes) bytes follow")
        }
        return count
    }

    private mutating func text(_ marker: UInt8) throws(BoltError) -> String {
        let count = try size(marker)
        guard let bytes = buffer.readSlice(length: count),
            let text = String(validating: bytes.readableBytesView, as: UTF8.self)
        else { throw .malformed("a text is not UTF-8") }
        return text
    }

    private mutating func bytes(_ marker: UInt8) throws(BoltError) -> [UInt8] {
        let count = try size(marker)
        return buffer.readBytes(length: count) ?? []
    }

    private mutating func list(_ marker: UInt8) throws(BoltError) -> [CypherValue] {
        let count = try size(marker)
        try descend()
        var items: [CypherValue] = []
        items.reserveCapacity(min(count, 1024))
        for _ in 0..<count { items.append(try value()) }
        depth -= 1
        return items
    }

    private mutating func map(_ marker: UInt8) throws(BoltError) -> CypherMap {
        let count = try size(marker)
        try descend()
        var map = CypherMap()
        for _ in 0..<count {
            let key = try text()
            guard map[key] == nil else {
                throw .malformed("the key `\(key.prefix(80))` stands twice in a map")
            }
            map[key] = try value()
        }
        depth -= 1
        return map
    }

    private mutating func structured(fields: Int) throws(BoltError) -> CypherValue {
        let signature = try byte()
        try descend()
        let value = try temporal(signature, fields: fields)
        depth -= 1
        return value
    }

    private mutating func descend() throws(BoltError) {
        depth += 1
        if depth > Limits.boltDepth.value {
            throw .beyond(Limits.boltDepth, "send flatter parameters")
        }
    }

    private func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.utf8.count < 2 ? "0x0" + digits : "0x" + digits
    }
}
