extension Lexer {
    /// Scans digits with an optional fraction and exponent, or `0x` and `0o` with their digits.
    mutating func scanNumber() {
        let start = position
        let prefix = (byte(1) ?? 0) | 0x20
        if byte() == UInt8(ascii: "0"), prefix == UInt8(ascii: "x") || prefix == UInt8(ascii: "o") {
            return scanPrefixedInteger(isHexadecimal: prefix == UInt8(ascii: "x"))
        }
        var isFloat = false
        skipDigits()
        if byte() == UInt8(ascii: "."), let next = byte(1), next.isDigit {
            isFloat = true
            position += 1
            skipDigits()
        }
        if let letter = byte(), letter | 0x20 == UInt8(ascii: "e") {
            let signs = byte(1) == UInt8(ascii: "-") || byte(1) == UInt8(ascii: "+")
            if let digit = byte(signs ? 2 : 1), digit.isDigit {
                isFloat = true
                position += signs ? 2 : 1
                skipDigits()
            }
        }
        finishNumber(isFloat ? .float : .integer, from: start)
    }

    private mutating func scanPrefixedInteger(isHexadecimal: Bool) {
        let start = position
        position += 2
        while let digit = byte(),
            isHexadecimal ? digit.hexadecimalValue != nil : digit >= 0x30 && digit <= 0x37
        {
            position += 1
        }
        if position - start == 2 {
            scanNameRest()
            return addFaulty(
                .invalidNumberLiteral, from: start,
                isHexadecimal
                    ? "`0x` needs hexadecimal digits after it"
                    : "`0o` needs octal digits after it")
        }
        finishNumber(.integer, from: start)
    }

    /// A number ends where a name could not go on: `12abc` is neither.
    private mutating func finishNumber(_ kind: Token.Kind, from start: Int) {
        let end = position
        scanNameRest()
        guard position > end else { return add(kind, from: start) }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        addFaulty(
            .invalidNumberLiteral, from: start,
            "`\(text)` is no number: separate it from what follows, or put a name in backticks")
    }

    private mutating func skipDigits() {
        while let digit = byte(), digit.isDigit { position += 1 }
    }

    /// Scans a string up to its closing quote, and checks its escapes.
    mutating func scanString(quote: UInt8) {
        let start = position
        position += 1
        var flaw: (offset: Int, detail: CypherError.Detail, message: String)?
        while let byte = byte() {
            position += 1
            if byte == quote {
                guard let flaw else { return add(.string, from: start) }
                return addFaulty(flaw.detail, from: start, at: flaw.offset, flaw.message)
            }
            guard byte == UInt8(ascii: "\\") else { continue }
            let offset = position - 1
            var decoded = String.UnicodeScalarView()
            if let found = StringEscape.read(bytes, at: &position, into: &decoded), flaw == nil {
                flaw = (offset, found.detail, found.message)
            }
        }
        let sign = UnicodeScalar(quote)
        addFaulty(.unexpectedSyntax, from: start, "a string is not closed: add a \(sign)")
    }
}

/// The escapes of a string: `\n`, `\'`, `\u00e9`, `\U0001f41f` and so on.
enum StringEscape {
    struct Flaw {
        let detail: CypherError.Detail
        let message: String
    }

    /// Reads the escape whose backslash is before `position`, and moves behind it. Two escapes
    /// that are a surrogate pair make one character.
    static func read(
        _ bytes: [UInt8], at position: inout Int, into text: inout String.UnicodeScalarView
    ) -> Flaw? {
        guard position < bytes.count else { return nil }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "n"): text.append("\n")
        case UInt8(ascii: "t"): text.append("\t")
        case UInt8(ascii: "r"): text.append("\r")
        case UInt8(ascii: "b"): text.append("\u{8}")
        case UInt8(ascii: "f"): text.append("\u{c}")
        case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"):
            text.append(UnicodeScalar(byte))
        case UInt8(ascii: "u"): return readUnicode(bytes, digits: 4, at: &position, into: &text)
        case UInt8(ascii: "U"): return readUnicode(bytes, digits: 8, at: &position, into: &text)
        default:
            return Flaw(
                detail: .unexpectedSyntax,
                message: "no such escape in a string: double the backslash to write one")
        }
        return nil
    }

    private static func readUnicode(
        _ bytes: [UInt8], digits: Int, at position: inout Int,
        into text: inout String.UnicodeScalarView
    ) -> Flaw? {
        guard var value = hexadecimal(bytes, digits: digits, at: &position) else {
            return Flaw(
                detail: .invalidUnicodeLiteral,
                message: "\\u needs four and \\U eight hexadecimal digits")
        }
        if digits == 4, value & 0xfc00 == 0xd800, position + 1 < bytes.count,
            bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
        {
            var next = position + 2
            if let low = hexadecimal(bytes, digits: 4, at: &next), low & 0xfc00 == 0xdc00 {
                position = next
                value = 0x10000 + (value & 0x3ff) << 10 + low & 0x3ff
            }
        }
        guard let scalar = Unicode.Scalar(value) else {
            return Flaw(
                detail: .invalidUnicodeLiteral,
                message: "this number is no Unicode character; a surrogate needs its pair")
        }
        text.append(scalar)
        return nil
    }

    private static func hexadecimal(
        _ bytes: [UInt8], digits: Int, at position: inout Int
    ) -> UInt32? {
        guard position + digits <= bytes.count else { return nil }
        var value: UInt32 = 0
        for byte in bytes[position..<position + digits] {
            guard let digit = byte.hexadecimalValue else { return nil }
            value = value << 4 | UInt32(digit)
        }
        position += digits
        return value
    }
}

extension UInt8 {
    /// The value of a hexadecimal digit.
    var hexadecimalValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}
