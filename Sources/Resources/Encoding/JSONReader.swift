/// Why a text is not the JSON of a value.
public struct JSONError: Error, Equatable, Sendable {
    /// Offset of the offending byte.
    public let offset: Int
    /// Its line, from 1.
    public let line: Int
    /// Its column in bytes, from 1.
    public let column: Int
    /// What is wrong and what was expected.
    public let reason: String
}

/// Reads JSON (RFC 8259) strictly: no repeated keys, no numbers that would lose digits, valid
/// UTF-8, bounded depth.
public struct JSONReader {
    private let bytes: [UInt8]
    private var offset = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Decodes one value that must fill `bytes`.
    public static func decode(_ bytes: [UInt8]) throws(JSONError) -> Value {
        var reader = JSONReader(bytes)
        let value = try reader.readValue(depth: 0)
        reader.skipSpace()
        guard reader.offset == bytes.count else { throw reader.error("text follows the value") }
        return value
    }

    private mutating func readValue(depth: Int) throws(JSONError) -> Value {
        guard depth <= Limits.valueDepth.value else {
            throw error("nested deeper than \(Limits.valueDepth.value) levels")
        }
        skipSpace()
        guard let first = peek() else { throw error("the text ends where a value is expected") }
        switch first {
        case UInt8(ascii: "{"): return try readObject(depth: depth)
        case UInt8(ascii: "["): return try readArray(depth: depth)
        case UInt8(ascii: "\""): return .text(try readText())
        case UInt8(ascii: "t"): return try readWord("true", .bool(true))
        case UInt8(ascii: "f"): return try readWord("false", .bool(false))
        case UInt8(ascii: "n"): return try readWord("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try readNumber()
        default: throw error("a value is expected here")
        }
    }

    private mutating func readObject(depth: Int) throws(JSONError) -> Value {
        offset += 1
        var map = ValueMap()
        skipSpace()
        if take("}") { return .map(map) }
        repeat {
            skipSpace()
            let start = offset
            guard peek() == UInt8(ascii: "\"") else { throw error("a key in quotes is expected") }
            let key = try readText()
            if map[key] != nil {
                throw error("the key \"\(printable(key))\" is repeated", at: start)
            }
            skipSpace()
            guard take(":") else { throw error("a colon is expected") }
            map[key] = try readValue(depth: depth + 1)
            skipSpace()
        } while take(",")
        guard take("}") else { throw error("a comma or } is expected") }
        if map.count == 1, case .text(let text)? = map["$bytes"] {
            guard let bytes = Base64.decode(text) else { throw error("$bytes is not base 64") }
            return .bytes(bytes)
        }
        return .map(map)
    }

    private mutating func readArray(depth: Int) throws(JSONError) -> Value {
        offset += 1
        var list: [Value] = []
        skipSpace()
        if take("]") { return .list(list) }
        repeat {
            list.append(try readValue(depth: depth + 1))
            skipSpace()
        } while take(",")
        guard take("]") else { throw error("a comma or ] is expected") }
        return .list(list)
    }

    private mutating func readWord(_ word: String, _ value: Value) throws(JSONError) -> Value {
        guard bytes[offset...].starts(with: word.utf8) else {
            throw error("a value is expected here")
        }
        offset += word.utf8.count
        return value
    }

    private mutating func readNumber() throws(JSONError) -> Value {
        let start = offset
        _ = take("-")
        if !take("0") {
            guard skipDigits() else { throw error("a digit is expected") }
        } else if isDigit(peek()) {
            throw error("a number must not start with 0", at: start)
        }
        var isInteger = true
        if take(".") {
            isInteger = false
            guard skipDigits() else { throw error("a digit is expected") }
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            guard skipDigits() else { throw error("a digit is expected") }
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if isInteger {
            guard let int = Int64(text) else {
                throw error("the integer does not fit 64 bits with a sign", at: start)
            }
            return .int(int)
        }
        guard let float = Double(text), float.isFinite else {
            throw error("the number is too large for a float", at: start)
        }
        return .float(float)
    }

    private mutating func readText() throws(JSONError) -> String {
        let start = offset
        offset += 1
        let content = offset
        while let byte = peek(), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
            guard byte >= 0x20 else { throw error("a control character must be escaped") }
            offset += 1
        }
        var utf8 = Array(bytes[content..<offset])
        while !take("\"") {
            guard let byte = peek() else { throw error("the text ends inside a string", at: start) }
            guard byte >= 0x20 else { throw error("a control character must be escaped") }
            offset += 1
            if byte == UInt8(ascii: "\\") {
                try readEscape(into: &utf8)
            } else {
                utf8.append(byte)
            }
        }
        guard let text = String(validating: utf8, as: UTF8.self) else {
            throw error("the string is not UTF-8", at: start)
        }
        return text
    }

    private mutating func readEscape(into utf8: inout [UInt8]) throws(JSONError) {
        guard let byte = peek() else { throw error("the text ends inside an escape") }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): utf8.append(byte)
        case UInt8(ascii: "b"): utf8.append(0x08)
        case UInt8(ascii: "f"): utf8.append(0x0C)
        case UInt8(ascii: "n"): utf8.append(0x0A)
        case UInt8(ascii: "r"): utf8.append(0x0D)
        case UInt8(ascii: "t"): utf8.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try readScalar()
            utf8.append(contentsOf: String(Character(scalar)).utf8)
        default: throw error("no such escape", at: offset - 1)
        }
    }

    /// Four hex digits behind `\u`, and the second half when they are a high surrogate.
    private mutating func readScalar() throws(JSONError) -> Unicode.Scalar {
        let start = offset
        let first = try readHex()
        var code = UInt32(first)
        if (0xD800..<0xDC00).contains(code) {
            guard take("\\"), take("u") else { throw error("half a surrogate pair", at: start) }
            let second = UInt32(try readHex())
            guard (0xDC00..<0xE000).contains(second) else {
                throw error("half a surrogate pair", at: start)
            }
            code = 0x10000 + (code - 0xD800) << 10 + (second - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else {
            throw error("half a surrogate pair", at: start)
        }
        return scalar
    }

    private mutating func readHex() throws(JSONError) -> UInt16 {
        guard offset + 4 <= bytes.count,
            let value = UInt16(
                String(decoding: bytes[offset..<offset + 4], as: UTF8.self), radix: 16),
            bytes[offset] != UInt8(ascii: "+"), bytes[offset] != UInt8(ascii: "-")
        else { throw error("four hex digits are expected") }
        offset += 4
        return value
    }

    private func peek() -> UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    private func isDigit(_ byte: UInt8?) -> Bool {
        byte.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
    }

    private mutating func skipDigits() -> Bool {
        let start = offset
        while isDigit(peek()) { offset += 1 }
        return offset > start
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            offset += 1
        }
    }

    private func error(_ reason: String, at place: Int? = nil) -> JSONError {
        let place = place ?? offset
        let before = bytes[..<min(place, bytes.count)]
        let line = before.count { $0 == 0x0A } + 1
        let column = place - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
        return JSONError(offset: place, line: line, column: column, reason: reason)
    }
}
