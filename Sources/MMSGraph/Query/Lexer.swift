internal import Resources

/// A word, text, number or sign of a predicate's text, with its column, from 1.
struct Token: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case word(String)
        case text(String)
        /// Digits and what follows them at once: `100` and `MB`.
        case number(String, unit: String)
        case sign(String)
        case end
    }

    let kind: Kind
    let column: Int

    /// As it is written in messages.
    var words: String {
        switch kind {
        case .word(let word): "`\(printable(word))`"
        case .text(let text): "\"\(printable(text))\""
        case .number(let digits, let unit): "`\(digits)\(unit)`"
        case .sign(let sign): "`\(sign)`"
        case .end: "the end"
        }
    }
}

/// Splits a predicate's text into tokens.
struct Lexer {
    private let text: String
    private let characters: [Character]
    private var offset = 0

    init(_ text: String) {
        self.text = text
        characters = Array(text)
    }

    static func tokens(_ text: String) throws(Refusal) -> [Token] {
        var lexer = Lexer(text)
        var tokens: [Token] = []
        while let token = try lexer.next() {
            tokens.append(token)
            if tokens.count > Limits.predicateParts.value * 4 {
                throw tooLong(text, column: token.column)
            }
        }
        return tokens + [Token(kind: .end, column: lexer.characters.count + 1)]
    }

    static func tooLong(_ text: String, column: Int) -> Refusal {
        Refusal(
            .tooMany, filter: "where", subject: printable(text),
            reason: "column \(column): more than \(Limits.predicateParts.value) parts",
            remedy: "use tags, or `in (…)`")
    }

    private mutating func next() throws(Refusal) -> Token? {
        while let character = peek(), character.isWhitespace { offset += 1 }
        guard let character = peek() else { return nil }
        let column = offset + 1
        func token(_ kind: Token.Kind) -> Token { Token(kind: kind, column: column) }
        if character == "\"" || character == "'" {
            return token(.text(try quoted(by: character, column: column)))
        }
        if character.isASCII, character.isNumber || character == "-" || character == "." {
            if let number = number() { return token(number) }
        }
        if Self.isWordCharacter(character) { return token(.word(word())) }
        for sign in ["!=", "<=", ">=", "==", "=", "<", ">", "(", ")", ","]
        where characters[offset...].starts(with: sign) {
            offset += sign.count
            return token(.sign(sign == "==" ? "=" : sign))
        }
        throw Refusal(
            .malformed, filter: "where", subject: printable(text),
            reason: "column \(column): `\(printable(String(character)))` belongs to no word",
            remedy: "put texts in quotes")
    }

    private func peek() -> Character? { offset < characters.count ? characters[offset] : nil }

    private static func isWordCharacter(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "._-/:@".contains(character)
    }

    private mutating func word() -> String {
        let start = offset
        while let character = peek(), Self.isWordCharacter(character) { offset += 1 }
        return String(characters[start..<offset])
    }

    /// A number with its unit; nil for a word that only begins like one, such as `10.0.0.1`.
    private mutating func number() -> Token.Kind? {
        let start = offset
        if peek() == "-" { offset += 1 }
        let digits = offset
        while let character = peek(), character.isASCII,
            character.isNumber || "._".contains(character)
        {
            offset += 1
        }
        let unitStart = offset
        while let character = peek(), character.isLetter || character == "%" { offset += 1 }
        let number = String(characters[start..<unitStart].filter { $0 != "_" })
        let isNumber = unitStart > digits && Double(number) != nil
        if let character = peek(), Self.isWordCharacter(character) || !isNumber {
            offset = start
            return nil
        }
        guard isNumber else {
            offset = start
            return nil
        }
        return .number(number, unit: String(characters[unitStart..<offset]))
    }

    private mutating func quoted(by quote: Character, column: Int) throws(Refusal) -> String {
        offset += 1
        var result = ""
        while let character = peek() {
            offset += 1
            if character == quote { return result }
            if character == "\\", let escaped = peek() {
                offset += 1
                result.append(escaped)
            } else {
                result.append(character)
            }
        }
        throw Refusal(
            .malformed, filter: "where", subject: printable(text),
            reason: "column \(column): the text has no end", remedy: "close it with \(quote)")
    }
}
