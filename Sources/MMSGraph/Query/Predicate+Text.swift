public import Resources

extension Predicate {
    /// Reads the text of `--where`: comparisons of fields, `tag.k`, `name`, `namespace`, `owner`,
    /// `revision`, `id` and `type` with texts, numbers with units, `true` and `false`, joined by
    /// `and`, `or`, `not` and parentheses; `in (…)`, `contains`, `startsWith`, `exists field`.
    /// With a type, fields and kinds of values are checked and units follow the field's unit.
    /// `data.name` is a field that is named like a common part. Refusals name the column.
    public init(_ text: String, type: TypeDefinition? = nil) throws(Refusal) {
        var parser = PredicateParser(
            text: text, tokens: try Lexer.tokens(text), type: type)
        self = try parser.whole()
    }
}

/// Recursive descent over the tokens of a predicate.
struct PredicateParser {
    private let text: String
    private let tokens: [Token]
    private let type: TypeDefinition?
    private var index = 0
    private var parts = 0
    private var depth = 0

    init(text: String, tokens: [Token], type: TypeDefinition?) {
        self.text = text
        self.tokens = tokens
        self.type = type
    }

    mutating func whole() throws(Refusal) -> Predicate {
        let predicate = try anyOf()
        guard token.kind == .end else {
            throw wrong("expected `and`, `or` or the end, not \(token.words)")
        }
        return predicate
    }

    private var token: Token { tokens[min(index, tokens.count - 1)] }

    private mutating func anyOf() throws(Refusal) -> Predicate {
        var parts = [try allOf()]
        while take(word: "or") { parts.append(try allOf()) }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    private mutating func allOf() throws(Refusal) -> Predicate {
        var parts = [try one()]
        while take(word: "and") { parts.append(try one()) }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func one() throws(Refusal) -> Predicate {
        parts += 1
        depth += 1
        defer { depth -= 1 }
        guard parts <= Limits.predicateParts.value, depth <= Limits.valueDepth.value else {
            throw Lexer.tooLong(text, column: token.column)
        }
        if take(word: "not") { return .not(try one()) }
        if take(sign: "(") {
            let inner = try anyOf()
            guard take(sign: ")") else { throw wrong("expected `)`, not \(token.words)") }
            return inner
        }
        if case .word("exists") = token.kind, case .word = tokens[index + 1].kind {
            index += 1
            return .exists(try operand().operand)
        }
        return try comparison()
    }

    private mutating func comparison() throws(Refusal) -> Predicate {
        let (operand, field) = try operand()
        if take(word: "in") { return .isOneOf(operand, try list(field)) }
        let comparison: Predicate.Comparison?
        switch token.kind {
        case .sign(let sign): comparison = Predicate.Comparison(rawValue: sign)
        case .word("contains"): comparison = .contains
        case .word("startsWith"): comparison = .startsWith
        case .word, .text, .number, .end: comparison = nil
        }
        guard let comparison else {
            throw wrong(
                "expected a comparison, not \(token.words)",
                remedy: "use one of = != < <= > >= contains startsWith in")
        }
        index += 1
        let column = token.column
        let value = try value(for: field, comparison)
        if comparison == .startsWith, value.text == nil {
            throw wrong("`startsWith` takes a text", column: column)
        }
        return .compare(operand, comparison, value)
    }

    private mutating func list(_ field: TypeDefinition.Field?) throws(Refusal) -> [Value] {
        guard take(sign: "(") else { throw wrong("expected `(`, not \(token.words)") }
        var values: [Value] = []
        repeat {
            parts += 1
            guard parts <= Limits.predicateParts.value else {
                throw Lexer.tooLong(text, column: token.column)
            }
            values.append(try value(for: field, .equal))
        } while take(sign: ",")
        guard take(sign: ")") else { throw wrong("expected `,` or `)`, not \(token.words)") }
        return values
    }

    private mutating func operand() throws(Refusal) -> (
        operand: Operand, field: TypeDefinition.Field?
    ) {
        guard case .word(let word) = token.kind else {
            throw wrong("expected a field, not \(token.words)")
        }
        if let common = Operand.common.first(where: { $0.word == word }) {
            index += 1
            return (common.operand, nil)
        }
        if word.hasPrefix("tag."), word.utf8.count > 4 {
            index += 1
            return (.tag(String(word.dropFirst(4))), nil)
        }
        let path = word.hasPrefix("data.") ? String(word.dropFirst(5)) : word
        let found = try field(path, written: word)
        index += 1
        return found
    }

    /// A field by its whole name, else the first part of a path that leads into one.
    private func field(
        _ path: String, written word: String
    ) throws(Refusal) -> (operand: Operand, field: TypeDefinition.Field?) {
        let parts = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let type else { return (.field(parts), nil) }
        if let field = type.field(path) { return (.field([path]), field) }
        if parts.count > 1, type.field(parts[0]) != nil { return (.field(parts), nil) }
        let known = type.fields.map(\.name) + Operand.common.map(\.word)
        throw Refusal(
            .unknownField, filter: "where", subject: printable(text),
            reason: "column \(token.column): \(type.name) has no field \(printable(word))",
            remedy: nearest(to: word, among: known).map { "did you mean \($0)?" }
                ?? "its fields are \(type.fields.map(\.name).joined(separator: ", "))",
            field: word)
    }

    private mutating func take(word: String) -> Bool {
        guard case .word(let found) = token.kind, found.lowercased() == word else { return false }
        index += 1
        return true
    }

    private mutating func take(sign: String) -> Bool {
        guard token.kind == .sign(sign) else { return false }
        index += 1
        return true
    }

    private func wrong(
        _ reason: String, remedy: String? = nil, column: Int? = nil
    ) -> Refusal {
        Refusal(
            .malformed, filter: "where", subject: printable(text),
            reason: "column \(column ?? token.column): \(reason)", remedy: remedy)
    }
}

extension PredicateParser {
    /// A value, as the field's kind wants it.
    private mutating func value(
        for field: TypeDefinition.Field?, _ comparison: Predicate.Comparison
    ) throws(Refusal) -> Value {
        let value: Value
        switch token.kind {
        case .text(let text): value = .text(text)
        case .word("true") where field?.kind != .text: value = .bool(true)
        case .word("false") where field?.kind != .text: value = .bool(false)
        case .word(let word): value = .text(word)
        case .number(let digits, let unit):
            value = field?.kind == .text ? .text(digits + unit) : try number(digits, unit, field)
        case .sign, .end: throw wrong("expected a value, not \(token.words)")
        }
        if let field { try check(value, field, comparison) }
        index += 1
        return value
    }

    /// Refuses a value that no resource of the type could have there.
    private func check(
        _ value: Value, _ field: TypeDefinition.Field, _ comparison: Predicate.Comparison
    ) throws(Refusal) {
        let fits =
            switch field.kind {
            case .int, .float: value.number != nil
            case .bool: value.bool != nil
            case .text: value.text != nil
            case .bytes, .map: false
            case .list: comparison == .contains
            case .any: true
            }
        if fits { return }
        throw Refusal(
            .invalidValue, filter: "where", subject: printable(text),
            reason: "column \(token.column): \(field.name) is \(field.kind.rawValue), the value "
                + "\(token.words) is \(value.kindName)", field: field.name)
    }

    /// A number in the unit of the field: bytes, milliseconds, or a share of 1, unless the field
    /// says another.
    private func number(
        _ digits: String, _ unit: String, _ field: TypeDefinition.Field?
    ) throws(Refusal) -> Value {
        var scale: Double = 1
        if unit == "%" {
            scale = field?.unit == "%" ? 1 : 0.01
        } else if let bytes = Self.bytes[unit] {
            scale = bytes
        } else if let milliseconds = Self.milliseconds[unit] {
            scale = milliseconds / (field?.unit.flatMap { Self.milliseconds[$0] } ?? 1)
        } else if !unit.isEmpty {
            let units = Self.bytes.keys.sorted() + Self.milliseconds.keys.sorted() + ["%"]
            throw wrong(
                "no unit \(printable(unit))",
                remedy: nearest(to: unit, among: units).map { "did you mean \($0)?" }
                    ?? "units are \(units.joined(separator: " "))")
        }
        if scale == 1, let int = Int64(digits) { return .int(int) }
        guard let number = Double(digits).map({ $0 * scale }), number.isFinite else {
            throw wrong("\(token.words) is no number")
        }
        if unit != "%", let int = Int64(exactly: number.rounded()), Double(int) == number {
            return .int(int)
        }
        return .float(number)
    }

    private static let bytes: [String: Double] = [
        "B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 0x1p10, "MiB": 0x1p20,
        "GiB": 0x1p30, "TiB": 0x1p40,
    ]

    private static let milliseconds: [String: Double] = [
        "ns": 1e-6, "us": 1e-3, "µs": 1e-3, "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000,
        "d": 86_400_000,
    ]
}
