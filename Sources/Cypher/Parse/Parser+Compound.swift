extension Parser {
    /// An expression in parentheses, or a pattern that stands as a predicate.
    mutating func parenthesised() throws(Fault) -> Expression {
        let at = at
        if beginsPattern() { return try build(.pattern(try patternPart()), at: at) }
        advance()
        let expression = try expression()
        try expect(.closeParen, " after the expression")
        return expression
    }

    /// True when a node with a relationship behind it begins here, or `ahead`: `(a)-[`, `()--(`,
    /// `({x: 1})<--`. Brackets are skipped, not read.
    private mutating func beginsPattern(ahead: Int = 0) -> Bool {
        guard isAt(.openParen, ahead: ahead), let end = brackets.closer(of: index + ahead) else {
            return false
        }
        var place = index + ahead + 1
        if Self.isName(tokens[place].kind) { place += 1 }
        while tokens[place].kind == .symbol(.colon), Self.isName(tokens[place + 1].kind) {
            place += 2
            look()
        }
        if tokens[place].kind == .symbol(.openBrace) {
            guard let closer = brackets.closer(of: place) else { return false }
            place = closer + 1
        } else if tokens[place].kind == .symbol(.dollar) {
            place += 2
        }
        return place == end && isRelationship(after: end)
    }

    /// True when `-[…]-`, `--` or one of their arrows follows, and then a node.
    private func isRelationship(after end: Int) -> Bool {
        var place = end + 1
        func sees(_ symbol: Symbol) -> Bool {
            place < tokens.count && tokens[place].kind == .symbol(symbol)
        }
        if sees(.less) { place += 1 }
        guard sees(.minus) else { return false }
        place += 1
        if sees(.openBracket) {
            guard let closer = brackets.closer(of: place) else { return false }
            place = closer + 1
        }
        guard sees(.minus) else { return false }
        place += 1
        if sees(.greater) { place += 1 }
        return sees(.openParen)
    }

    // MARK: Lists

    /// A list, or one of the two comprehensions.
    mutating func list() throws(Fault) -> Expression {
        let at = at
        let hasComma = brackets.hasComma(inside: index)
        if isName(ahead: 1), isAt(.in, ahead: 2), !hasComma { return try listComprehension() }
        let isNamed = isName(ahead: 1) && isAt(.equal, ahead: 2)
        if beginsPattern(ahead: isNamed ? 3 : 1), !hasComma { return try patternComprehension() }
        advance()
        return try build(.list(try expressions(until: .closeBracket)), at: at)
    }

    private mutating func listComprehension() throws(Fault) -> Expression {
        let at = at
        advance()
        let variable = try name("a variable")
        advance()
        let list = try expression()
        let predicate = try predicate()
        let result = accept(.bar) ? try expression() : nil
        try expect(.closeBracket, result == nil ? ", WHERE or `|`" : " of the comprehension")
        return try build(
            .listComprehension(
                ListComprehension(
                    variable: variable, list: list, predicate: predicate, result: result)),
            at: at)
    }

    private mutating func patternComprehension() throws(Fault) -> Expression {
        let at = at
        advance()
        let pattern = try patternPart()
        let predicate = try predicate()
        try expect(.bar, " and what to collect for each match")
        let result = try expression()
        try expect(.closeBracket, " of the comprehension")
        return try build(
            .patternComprehension(
                PatternComprehension(pattern: pattern, predicate: predicate, result: result)),
            at: at)
    }

    // MARK: Forms with a word

    mutating func quantifier(_ keyword: Keyword) throws(Fault) -> Expression {
        let at = at
        let word = keyword.rawValue.lowercased()
        let kind = Quantifier.Kind(rawValue: word) ?? .all
        advance()
        advance()
        let variable = try name("a variable, as in \(word)(x IN list WHERE x > 0)")
        try expect(.in, " after the variable of \(word)()")
        let list = try expression()
        try expect(.where, " and a predicate, as in \(word)(x IN list WHERE x > 0)")
        let predicate = try expression()
        try expect(.closeParen, " of \(word)()")
        return try build(
            .quantifier(
                Quantifier(kind: kind, variable: variable, list: list, predicate: predicate)),
            at: at)
    }

    mutating func reduction() throws(Fault) -> Expression {
        let at = at
        advance()
        advance()
        let accumulator = try name("a variable, as in reduce(sum = 0, x IN list | sum + x)")
        try expect(.equal, " and the first value")
        let initial = try expression()
        try expect(.comma, " and `variable IN list`")
        let variable = try name("a variable")
        try expect(.in, " and a list")
        let list = try expression()
        try expect(.bar, " and the next value")
        let result = try expression()
        try expect(.closeParen, " of reduce()")
        return try build(
            .reduce(
                Reduction(
                    accumulator: accumulator, initial: initial, variable: variable, list: list,
                    result: result)), at: at)
    }

    mutating func conditional() throws(Fault) -> Expression {
        let at = at
        advance()
        let subject = isAt(.when) ? nil : try expression()
        var branches: [ConditionalExpression.Branch] = []
        while accept(.when) {
            let when = try expression()
            try expect(.then, " after WHEN")
            branches.append(ConditionalExpression.Branch(when: when, then: try expression()))
        }
        if branches.isEmpty { throw unexpected("WHEN") }
        let otherwise = accept(.else) ? try expression() : nil
        try expect(.end, otherwise == nil ? ", WHEN or ELSE" : " of CASE")
        return try build(
            .conditional(
                ConditionalExpression(
                    subject: subject, branches: branches, otherwise: otherwise)), at: at)
    }

    mutating func existsSubquery() throws(Fault) -> Expression {
        let at = at
        try enter()
        defer { leave() }
        advance()
        advance()
        let body: ExistsBody
        if case .word(let keyword?) = kind, keyword.beginsClause, !isAt(.equal, ahead: 1) {
            body = .query(try regularQuery())
        } else {
            body = .pattern(try pattern(), predicate: try predicate())
        }
        try expect(.closeBrace, " of EXISTS")
        return try build(.exists(body), at: at)
    }
}
