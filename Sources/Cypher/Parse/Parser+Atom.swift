extension Parser {
    /// What has no operators of its own, or has them in brackets.
    mutating func atom() throws(Fault) -> Expression {
        let at = at
        switch kind {
        case .integer, .float, .string: return try literal()
        case .symbol(.dollar): return try parameter()
        case .symbol(.openParen): return try parenthesised()
        case .symbol(.openBracket): return try list()
        case .symbol(.openBrace): return try build(.map(try mapEntries()), at: at)
        case .word(let keyword?):
            if let special = try keywordAtom(keyword) { return special }
            guard !keyword.isReserved else { throw unexpected("an expression") }
            return try named()
        case .word(nil), .quotedWord: return try named()
        case .symbol, .faulty, .end: throw unexpected("an expression")
        }
    }

    private mutating func keywordAtom(_ keyword: Keyword) throws(Fault) -> Expression? {
        let at = at
        switch keyword {
        case .true, .false:
            advance()
            return try build(.literal(.boolean(keyword == .true)), at: at)
        case .null:
            advance()
            return try build(.literal(.null), at: at)
        case .case: return try conditional()
        case .exists where isAt(.openBrace, ahead: 1): return try existsSubquery()
        case .count where isAt(.openParen, ahead: 1) && isAt(.star, ahead: 2):
            advance()
            advance()
            advance()
            try expect(.closeParen, " after count(*")
            return try build(.countAll, at: at)
        case .all, .any, .none, .single:
            return isAt(.openParen, ahead: 1) ? try quantifier(keyword) : nil
        case .reduce:
            return isAt(.openParen, ahead: 1) ? try reduction() : nil
        case .shortestPath, .allShortestPaths:
            guard isAt(.openParen, ahead: 1) else { return nil }
            return try build(.pattern(try patternPart()), at: at)
        default: return nil
        }
    }

    // MARK: Literals

    private mutating func literal() throws(Fault) -> Expression {
        let token = token
        switch token.kind {
        case .integer:
            let magnitude = try integerMagnitude()
            guard let value = Int64(exactly: magnitude) else { throw integerOverflow(token) }
            return try build(.literal(.integer(value)), at: token.at)
        case .float:
            advance()
            let text = text(of: token)
            guard let value = Double(text.hasPrefix(".") ? "0" + text : text), value.isFinite
            else {
                throw Fault(
                    .floatingPointOverflow, at: token.at,
                    "`\(text.prefix(40))` is larger than a float can be (1.8e308)")
            }
            return try build(.literal(.float(value)), at: token.at)
        default:
            advance()
            return try build(.literal(.string(string(of: token))), at: token.at)
        }
    }

    /// The number an integer's digits say, without a sign.
    mutating func integerMagnitude() throws(Fault) -> UInt64 {
        let token = token
        advance()
        let digits = text(of: token).lowercased()
        let value =
            if digits.hasPrefix("0x") {
                UInt64(digits.dropFirst(2), radix: 16)
            } else if digits.hasPrefix("0o") {
                UInt64(digits.dropFirst(2), radix: 8)
            } else {
                UInt64(digits)
            }
        guard let value, value <= Int64.min.magnitude else { throw integerOverflow(token) }
        return value
    }

    func integerOverflow(_ token: Token) -> Fault {
        Fault(
            .integerOverflow, at: token.at,
            "`\(text(of: token).prefix(40))` does not fit an integer of 64 bits: "
                + "write it as a float (with .0) or a string")
    }

    private func string(of token: Token) -> String {
        let inside = bytes[token.start + 1..<token.end - 1]
        guard inside.contains(UInt8(ascii: "\\")) else {
            return String(decoding: inside, as: UTF8.self)
        }
        var result = String.UnicodeScalarView()
        var position = inside.startIndex
        var plain = position
        while position < inside.endIndex {
            guard bytes[position] == UInt8(ascii: "\\") else {
                position += 1
                continue
            }
            result += String(decoding: bytes[plain..<position], as: UTF8.self).unicodeScalars
            position += 1
            // The lexer has checked the escapes.
            _ = StringEscape.read(bytes, at: &position, into: &result)
            plain = position
        }
        result += String(decoding: bytes[plain..<inside.endIndex], as: UTF8.self).unicodeScalars
        return String(result)
    }

    private mutating func parameter() throws(Fault) -> Expression {
        let at = at
        advance()
        if kind == .integer {
            let digits = text(of: token)
            advance()
            return try build(.parameter(Name(digits, at: at)), at: at)
        }
        let name = try name("a parameter's name")
        return try build(.parameter(Name(name.text, at: at)), at: at)
    }

    /// `{key: value, …}`, from the opening brace.
    private mutating func mapEntries() throws(Fault) -> [MapEntry] {
        advance()
        if accept(.closeBrace) { return [] }
        var entries: [MapEntry] = []
        repeat { entries.append(try mapEntry()) } while accept(.comma)
        if !accept(.closeBrace) { throw unexpected("`,` or `}`") }
        return entries
    }

    private mutating func mapEntry() throws(Fault) -> MapEntry {
        let key = try name("a key")
        try expect(.colon, " after the key")
        return MapEntry(key: key, value: try expression())
    }

    // MARK: Names

    /// A variable, a call, or a map projection.
    private mutating func named() throws(Fault) -> Expression {
        let at = at
        var ahead = 1
        while isAt(.dot, ahead: ahead), isName(ahead: ahead + 1) { ahead += 2 }
        if isAt(.openParen, ahead: ahead) { return try call() }
        let variable = try name("a variable")
        if isAt(.openBrace) { return try mapProjection(variable) }
        return try build(.variable(variable.text), at: at)
    }

    private mutating func call() throws(Fault) -> Expression {
        let at = at
        var function = try name("a function").text
        while accept(.dot) { function += ".\(try name("a function").text)" }
        try expect(.openParen)
        let isDistinct = accept(.distinct)
        let arguments = try expressions(until: .closeParen)
        return try build(
            .call(FunctionCall(name: function, isDistinct: isDistinct, arguments: arguments)),
            at: at)
    }

    private mutating func mapProjection(_ variable: Name) throws(Fault) -> Expression {
        advance()
        var items: [MapProjectionItem] = []
        if accept(.closeBrace) {
            return try build(.mapProjection(variable, items), at: variable.at)
        }
        repeat {
            if accept(.dot) {
                items.append(
                    accept(.star) ? .all : .property(try name("a property's name or `*`")))
            } else if isAt(.colon, ahead: 1) {
                items.append(.entry(try mapEntry()))
            } else {
                items.append(.variable(try name("`.key`, `key: value`, or a variable")))
            }
        } while accept(.comma)
        if !accept(.closeBrace) { throw unexpected("`,` or `}`") }
        return try build(.mapProjection(variable, items), at: variable.at)
    }
}
