extension Parser {
    /// An expression, by precedence climbing.
    mutating func expression() throws(Fault) -> Expression {
        try enter()
        defer { leave() }
        return try expression(above: .lowest)
    }

    /// An expression whose operators all bind tighter than `floor`.
    private mutating func expression(above floor: Precedence) throws(Fault) -> Expression {
        var left = try prefixed()
        while let next = infix, next.precedence > floor {
            left = try extend(left, with: next)
        }
        return left
    }

    private var infix: InfixOperator? {
        switch kind {
        case .symbol(let symbol): infix(symbol)
        case .word(let keyword?): infix(keyword)
        case .word(nil), .quotedWord, .integer, .float, .string, .faulty, .end: nil
        }
    }

    private func infix(_ symbol: Symbol) -> InfixOperator? {
        switch symbol {
        case .plus: .binary(.add)
        case .minus: .binary(.subtract)
        case .star: .binary(.multiply)
        case .slash: .binary(.divide)
        case .percent: .binary(.modulo)
        case .caret: .binary(.power)
        case .regex: .binary(.matchesRegex)
        case .equal: .comparison(.equal)
        case .notEqual: .comparison(.notEqual)
        case .less: .comparison(.less)
        case .lessOrEqual: .comparison(.lessOrEqual)
        case .greater: .comparison(.greater)
        case .greaterOrEqual: .comparison(.greaterOrEqual)
        default: nil
        }
    }

    private func infix(_ keyword: Keyword) -> InfixOperator? {
        switch keyword {
        case .or: .or
        case .and: .and
        case .xor: .binary(.xor)
        case .in: .binary(.isIn)
        case .starts: .binary(.startsWith)
        case .ends: .binary(.endsWith)
        case .contains: .binary(.contains)
        case .is: .isNull
        default: nil
        }
    }

    private mutating func extend(
        _ left: Expression, with infix: InfixOperator
    ) throws(Fault) -> Expression {
        switch infix {
        case .or:
            return try build(.or(try chain(left, of: .or, above: .or)), at: left.at)
        case .and:
            return try build(.and(try chain(left, of: .and, above: .and)), at: left.at)
        case .binary(let binary):
            advance()
            if binary == .startsWith || binary == .endsWith {
                try expect(.with, " after \(binary == .startsWith ? "STARTS" : "ENDS")")
            }
            let right = try expression(above: binary.precedence)
            return try build(.binary(binary, left, right), at: left.at)
        case .comparison: return try comparison(left)
        case .isNull:
            advance()
            let isNegated = accept(.not)
            try expect(.null, isNegated ? " after IS NOT" : " or NOT NULL after IS")
            return try build(isNegated ? .isNotNull(left) : .isNull(left), at: left.at)
        }
    }

    /// The operands of a chain of ANDs or ORs.
    private mutating func chain(
        _ first: Expression, of keyword: Keyword, above floor: Precedence
    ) throws(Fault) -> [Expression] {
        var operands = [first]
        while accept(keyword) { operands.append(try expression(above: floor)) }
        return operands
    }

    private mutating func comparison(_ first: Expression) throws(Fault) -> Expression {
        var links: [ComparisonLink] = []
        while case .comparison(let comparison)? = infix {
            advance()
            links.append(ComparisonLink(comparison, try expression(above: .comparison)))
        }
        return try build(.comparison(first, links), at: first.at)
    }

    // MARK: Prefixes

    private mutating func prefixed() throws(Fault) -> Expression {
        guard isAt(.not) else { return try signed() }
        var places: [SourceOffset] = []
        while isAt(.not) {
            places.append(at)
            advance()
        }
        var result = try expression(above: .not)
        for place in places.reversed() { result = try build(.unary(.not, result), at: place) }
        return result
    }

    private mutating func signed() throws(Fault) -> Expression {
        var signs: [(UnaryOperator, SourceOffset)] = []
        while isAt(.plus) || isAt(.minus) {
            signs.append((isAt(.plus) ? .plus : .minus, at))
            advance()
        }
        var result: Expression
        if let least = try leastInteger(after: signs.last) {
            signs.removeLast()
            result = least
        } else {
            result = try operand()
        }
        for (sign, place) in signs.reversed() {
            result = try build(.unary(sign, result), at: place)
        }
        return result
    }

    /// The one integer whose magnitude has no positive counterpart.
    private mutating func leastInteger(
        after sign: (UnaryOperator, SourceOffset)?
    ) throws(Fault) -> Expression? {
        guard let sign, sign.0 == .minus, kind == .integer else { return nil }
        let before = index
        if let magnitude = try? integerMagnitude(), magnitude == Int64.min.magnitude {
            return try build(.literal(.integer(.min)), at: sign.1)
        }
        index = before
        return nil
    }

    // MARK: Suffixes

    /// An atom with the property lookups, elements and labels behind it.
    mutating func operand() throws(Fault) -> Expression {
        var subject = try atom()
        while true {
            switch kind {
            case .symbol(.dot):
                advance()
                subject = try build(
                    .property(subject, key: try name("a property's name")), at: subject.at)
            case .symbol(.openBracket): subject = try bracketed(subject)
            case .symbol(.colon):
                var labels: [Name] = []
                while accept(.colon) { labels.append(try name("a label")) }
                subject = try build(.hasLabels(subject, labels), at: subject.at)
            default: return subject
            }
        }
    }

    /// `[key]`, or `[from..to]`.
    private mutating func bracketed(_ subject: Expression) throws(Fault) -> Expression {
        advance()
        if accept(.dots) {
            let to = isAt(.closeBracket) ? nil : try expression()
            try expect(.closeBracket, " after the range")
            return try build(.slice(subject, from: nil, to: to), at: subject.at)
        }
        let first = try expression()
        if accept(.dots) {
            let to = isAt(.closeBracket) ? nil : try expression()
            try expect(.closeBracket, " after the range")
            return try build(.slice(subject, from: first, to: to), at: subject.at)
        }
        try expect(.closeBracket, " or `..`")
        return try build(.element(subject, key: first), at: subject.at)
    }
}
