/// Splits a statement into tokens, in one pass.
///
/// What is no token becomes a faulty one, and the parser decides which fault comes first: a name
/// that begins with a digit is a malformed number in an expression and unexpected in a map's key.
struct Lexer {
    let bytes: [UInt8]
    private(set) var tokens: [Token] = []
    private(set) var faults: [Fault] = []
    var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
        tokens.reserveCapacity(bytes.count / 4 + 1)
        while skipSpace() { scanToken() }
        add(.end, from: bytes.count)
    }

    mutating func add(_ kind: Token.Kind, from start: Int) {
        tokens.append(Token(kind: kind, start: start, end: position))
    }

    mutating func addFaulty(
        _ detail: CypherError.Detail, from start: Int, at: Int? = nil, _ message: String
    ) {
        faults.append(Fault(detail, at: SourceOffset(at ?? start), message))
        add(.faulty(faults.count - 1), from: start)
    }

    func byte(_ ahead: Int = 0) -> UInt8? {
        position + ahead < bytes.count ? bytes[position + ahead] : nil
    }

    private mutating func scanToken() {
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): scanNumber()
        case UInt8(ascii: "."):
            let next = self.byte(1)
            if let next, next.isDigit {
                scanNumber()
            } else {
                scanSymbol(byte)
            }
        case UInt8(ascii: "'"), UInt8(ascii: "\""): scanString(quote: byte)
        case UInt8(ascii: "`"): scanQuotedWord()
        default:
            if byte.isASCIILetter || byte == UInt8(ascii: "_") || byte >= 0x80 {
                scanWord()
            } else {
                scanSymbol(byte)
            }
        }
    }

    // MARK: Words

    private mutating func scanWord() {
        let start = position
        guard let first = scalar(), first.beginsName else {
            let found = scalar()
            position += found.map { UTF8.width($0) } ?? 1
            let name = found.map { "`\($0)` (U+\(Self.hexadecimal($0)))" } ?? "a broken character"
            return addFaulty(
                .invalidUnicodeCharacter, from: start,
                "\(name) is no sign of Cypher: write the ASCII sign, or put names in backticks")
        }
        scanNameRest()
        var keyword: Keyword?
        if position - start <= Keyword.longest, first.isASCII {
            keyword = Keyword(text: String(decoding: bytes[start..<position], as: UTF8.self))
        }
        add(.word(keyword), from: start)
    }

    /// Moves to the end of the name that goes on here.
    mutating func scanNameRest() {
        while position < bytes.count {
            let byte = bytes[position]
            if byte.isASCIILetter || byte.isDigit || byte == UInt8(ascii: "_") {
                position += 1
            } else if byte >= 0x80, let next = scalar(), next.continuesName {
                position += UTF8.width(next)
            } else {
                return
            }
        }
    }

    /// The character here; the text of a string is always whole.
    func scalar() -> Unicode.Scalar? {
        var iterator = bytes[position..<min(position + 4, bytes.count)].makeIterator()
        var decoder = UTF8()
        if case .scalarValue(let scalar) = decoder.decode(&iterator) { return scalar }
        return nil
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    private mutating func scanQuotedWord() {
        let start = position
        position += 1
        while let byte = byte() {
            position += 1
            guard byte == UInt8(ascii: "`") else { continue }
            // Two backticks stand for one.
            if self.byte() == UInt8(ascii: "`") {
                position += 1
            } else if position - start == 2 {
                return addFaulty(.unexpectedSyntax, from: start, "a name in backticks is empty")
            } else {
                return add(.quotedWord, from: start)
            }
        }
        addFaulty(.unexpectedSyntax, from: start, "a name in backticks is not closed: add a `")
    }

    // MARK: Signs

    private mutating func scanSymbol(_ byte: UInt8) {
        let start = position
        let next = self.byte(1)
        let pair = next.map { String(decoding: [byte, $0], as: UTF8.self) }
        if let pair, let symbol = Symbol(rawValue: pair) {
            position += 2
            return add(.symbol(symbol), from: start)
        }
        position += 1
        if let symbol = Symbol(rawValue: String(UnicodeScalar(byte))) {
            return add(.symbol(symbol), from: start)
        }
        let hint =
            switch (byte, next) {
            case (UInt8(ascii: "!"), UInt8(ascii: "=")): ": write <> for not equal"
            case (UInt8(ascii: "!"), _): ": write NOT"
            case (UInt8(ascii: "&"), _): ": write AND"
            case (UInt8(ascii: "#"), _): ": comments begin with //"
            default: ": put unusual names in backticks and text in quotes"
            }
        let name = byte < 0x20 ? "a control character" : "`\(UnicodeScalar(byte))`"
        addFaulty(.unexpectedSyntax, from: start, "\(name) is no sign of Cypher\(hint)")
    }

    // MARK: Space

    /// Skips white space and comments; false at the end of the text.
    private mutating func skipSpace() -> Bool {
        while let byte = byte() {
            switch byte {
            case 0x09...0x0d, 0x1c...0x20: position += 1
            case UInt8(ascii: "/") where self.byte(1) == UInt8(ascii: "/"): skipLine()
            case UInt8(ascii: "/") where self.byte(1) == UInt8(ascii: "*"):
                if !skipComment() { return position < bytes.count }
            case 0x80...:
                guard let found = scalar(), found.isCypherSpace else { return true }
                position += UTF8.width(found)
            default: return true
            }
        }
        return false
    }

    private mutating func skipLine() {
        while let byte = byte(), byte != UInt8(ascii: "\n") { position += 1 }
    }

    /// Skips `/* … */`; false when it is not closed.
    private mutating func skipComment() -> Bool {
        let start = position
        position += 2
        while let byte = byte() {
            position += 1
            if byte == UInt8(ascii: "*"), self.byte() == UInt8(ascii: "/") {
                position += 1
                return true
            }
        }
        addFaulty(.unexpectedSyntax, from: start, "a comment is not closed: add */")
        return false
    }
}

extension UInt8 {
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isASCIILetter: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7a }
}

extension Unicode.Scalar {
    /// Of an unquoted name's first character (openCypher grammar, IdentifierStart).
    var beginsName: Bool {
        properties.isIDStart || properties.generalCategory == .connectorPunctuation
    }

    /// Of the others (openCypher grammar, IdentifierPart).
    var continuesName: Bool {
        properties.isIDContinue || properties.generalCategory == .currencySymbol
    }

    /// White space beyond ASCII (openCypher grammar, whitespace).
    var isCypherSpace: Bool { properties.isWhitespace || self == "\u{180e}" || self == "\u{feff}" }
}
