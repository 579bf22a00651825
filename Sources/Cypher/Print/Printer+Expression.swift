extension Printer {
    mutating func put(_ expression: Expression) {
        switch expression.kind {
        case .literal(let literal): put(literal)
        case .list(let items): put(list: items)
        case .map(let entries): put(map: entries)
        case .parameter(let name):
            let isNumber = name.text.utf8.allSatisfy(\.isDigit)
            put("$" + (isNumber ? name.text : Self.quoted(name.text)))
        case .variable(let name): put(name: name)
        case .property(let subject, let key):
            put(subject, atLeast: .postfix)
            put(".")
            put(key)
        case .element(let subject, let key):
            put(subject, atLeast: .postfix)
            put("[")
            put(key)
            put("]")
        case .slice(let subject, let from, let to):
            put(subject, atLeast: .postfix)
            put("[")
            if let from { put(from) }
            put("..")
            if let to { put(to) }
            put("]")
        case .hasLabels(let subject, let labels):
            if case .hasLabels = subject.kind {
                put(parenthesised: subject)
            } else {
                put(subject, atLeast: .postfix)
            }
            put(labels: labels)
        case .unary, .binary, .and, .or, .comparison, .isNull, .isNotNull:
            put(operation: expression)
        case .call(let call): put(call)
        case .countAll: put("count(*)")
        case .conditional, .listComprehension, .patternComprehension, .quantifier, .reduce,
            .pattern, .exists, .mapProjection:
            put(compound: expression)
        }
    }

    /// The expression, in parentheses when its operators bind looser than `floor`.
    mutating func put(_ expression: Expression, atLeast floor: Precedence) {
        if expression.precedence < floor {
            put(parenthesised: expression)
        } else {
            put(expression)
        }
    }

    /// The expression, in parentheses unless its operators bind tighter than `floor`.
    private mutating func put(_ expression: Expression, above floor: Precedence) {
        if expression.precedence > floor {
            put(expression)
        } else {
            put(parenthesised: expression)
        }
    }

    private mutating func put(parenthesised expression: Expression) {
        put("(")
        put(expression)
        put(")")
    }

    // MARK: Operators

    private mutating func put(operation expression: Expression) {
        switch expression.kind {
        case .unary(.not, let operand):
            put("NOT ")
            put(operand, atLeast: .not)
        case .unary(let sign, let operand):
            put(sign.rawValue)
            put(operand, atLeast: .unary)
        case .binary(let binary, let left, let right):
            put(left, atLeast: binary.precedence)
            put(" \(binary.rawValue) ")
            put(right, above: binary.precedence)
        case .and(let operands):
            put(operands, separator: " AND ") { $0.put($1, above: .and) }
        case .or(let operands):
            put(operands, separator: " OR ") { $0.put($1, above: .or) }
        case .comparison(let first, let links):
            put(first, above: .comparison)
            for link in links {
                put(" \(link.comparison.rawValue) ")
                put(link.operand, above: .comparison)
            }
        case .isNull(let operand):
            put(operand, atLeast: .predicate)
            put(" IS NULL")
        case .isNotNull(let operand):
            put(operand, atLeast: .predicate)
            put(" IS NOT NULL")
        default: put(expression)
        }
    }

    // MARK: Collections and calls

    /// A single item that is an operation could be read as a comprehension.
    private mutating func put(list items: [Expression]) {
        put("[")
        if items.count == 1 {
            put(items[0], atLeast: .postfix)
        } else {
            put(items) { $0.put($1) }
        }
        put("]")
    }

    mutating func put(map entries: [MapEntry]) {
        put("{")
        put(entries) { $0.put($1) }
        put("}")
    }

    mutating func put(_ entry: MapEntry) {
        put(entry.key)
        put(": ")
        put(entry.value)
    }

    mutating func put(labels: [Name]) {
        for label in labels {
            put(":")
            put(label)
        }
    }

    private mutating func put(_ call: FunctionCall) {
        put(dotted: call.name)
        put(call.isDistinct ? "(DISTINCT " : "(")
        put(call.arguments) { $0.put($1) }
        put(")")
    }
}

extension Expression {
    /// How tightly the outermost operator binds.
    var precedence: Precedence {
        switch kind {
        case .or: .or
        case .and: .and
        case .binary(let binary, _, _): binary.precedence
        case .unary(.not, _): .not
        case .unary: .unary
        case .comparison: .comparison
        case .isNull, .isNotNull: .predicate
        // What follows a pattern could be read as its next relationship.
        case .pattern(let part): part.shape == .path ? .comparison : .atom
        case .literal(.integer(let value)): value < 0 ? .unary : .atom
        case .property, .element, .slice, .hasLabels: .postfix
        case .literal, .list, .map, .parameter, .variable, .call, .countAll, .conditional,
            .listComprehension, .patternComprehension, .quantifier, .reduce, .exists,
            .mapProjection:
            .atom
        }
    }
}
