extension Checker {
    /// The type of an expression at a place where aggregations may or may not stand.
    mutating func type(
        of expression: Expression, aggregation: Aggregation, isPredicate: Bool = false
    ) throws(Fault) -> StaticType {
        let before = self.aggregation
        self.aggregation = aggregation
        defer { self.aggregation = before }
        return try type(of: expression, isPredicate: isPredicate)
    }

    /// The type of an expression. `isPredicate` says that a pattern may stand here as one.
    mutating func type(
        of expression: Expression, isPredicate: Bool = false
    ) throws(Fault) -> StaticType {
        switch expression.kind {
        case .literal(let literal): return literal.type
        case .list(let items): return .list(.joined(try types(of: items)))
        case .map(let entries):
            for entry in entries { _ = try type(of: entry.value) }
            return .map
        case .parameter(let name):
            use(parameter: name.text)
            return .any
        case .variable(let name):
            guard let type = scope[name] else { throw undefined(name, at: expression.at) }
            return type
        case .property(let subject, let key): return try property(key, of: subject)
        case .element(let subject, let key): return try element(key, of: subject)
        case .slice(let subject, let from, let to):
            let type = try type(of: subject)
            if let from { _ = try self.type(of: from) }
            if let to { _ = try self.type(of: to) }
            return type
        case .hasLabels(let subject, _): return try labelPredicate(subject)
        case .unary(let sign, let operand):
            return try unary(sign, operand, isPredicate: isPredicate)
        case .binary(let binary, let left, let right):
            return try self.binary(binary, left, right, isPredicate: isPredicate)
        case .and(let operands): return try logical("AND", operands, isPredicate)
        case .or(let operands): return try logical("OR", operands, isPredicate)
        case .comparison(let first, let links):
            _ = try type(of: first)
            for link in links { _ = try type(of: link.operand) }
            return .boolean
        case .isNull(let operand), .isNotNull(let operand):
            _ = try type(of: operand, isPredicate: false)
            return .boolean
        case .call, .countAll: return try call(expression)
        case .conditional, .listComprehension, .patternComprehension, .quantifier, .reduce,
            .pattern, .exists, .mapProjection:
            return try compound(expression, isPredicate: isPredicate)
        }
    }

    func invalidType(
        _ expression: Expression, _ type: StaticType, _ rule: String,
        kind: CypherError.Kind = .syntaxError
    ) -> Fault {
        Fault(
            .invalidArgumentType, at: expression.at, "\(rule), and this is \(type.name)",
            kind: kind)
    }

    private mutating func types(of items: [Expression]) throws(Fault) -> [StaticType] {
        var types: [StaticType] = []
        for item in items { types.append(try type(of: item)) }
        return types
    }

    // MARK: Access

    private mutating func property(
        _ key: Name, of subject: Expression
    ) throws(Fault) -> StaticType {
        let type = try type(of: subject)
        switch type {
        case .any, .map, .node, .relationship, .temporal: return .any
        case .path:
            throw invalidType(
                subject, type, "only nodes, relationships and maps have a property `\(key.text)`")
        case .boolean, .integer, .float, .number, .string, .list:
            throw invalidType(
                subject, type, "only nodes, relationships and maps have a property `\(key.text)`",
                kind: .typeError)
        }
    }

    /// The type of the key is left to the evaluation, whose errors differ by the subject.
    private mutating func element(
        _ key: Expression, of subject: Expression
    ) throws(Fault) -> StaticType {
        let type = try type(of: subject)
        _ = try self.type(of: key)
        return type.element
    }

    private mutating func labelPredicate(_ subject: Expression) throws(Fault) -> StaticType {
        let type = try type(of: subject)
        guard type.mayBe(.node) || type.mayBe(.relationship) else {
            throw invalidType(subject, type, "only nodes and relationships have labels")
        }
        return .boolean
    }

    // MARK: Operators

    private mutating func unary(
        _ sign: UnaryOperator, _ operand: Expression, isPredicate: Bool
    ) throws(Fault) -> StaticType {
        if sign == .not { return try logical("NOT", [operand], isPredicate) }
        let type = try type(of: operand)
        guard type.mayBe(.number) || type == .temporal else {
            throw invalidType(operand, type, "`\(sign.rawValue)` needs a number")
        }
        return type
    }

    private mutating func logical(
        _ word: String, _ operands: [Expression], _ isPredicate: Bool
    ) throws(Fault) -> StaticType {
        for operand in operands {
            let type = try type(of: operand, isPredicate: isPredicate)
            guard type.mayBe(.boolean) else {
                throw invalidType(operand, type, "\(word) needs booleans")
            }
        }
        return .boolean
    }

    private mutating func binary(
        _ binary: BinaryOperator, _ left: Expression, _ right: Expression, isPredicate: Bool
    ) throws(Fault) -> StaticType {
        switch binary {
        case .xor: return try logical("XOR", [left, right], isPredicate)
        case .isIn:
            _ = try type(of: left)
            let type = try type(of: right)
            guard type.mayBe(.list(.any)) else { throw invalidType(right, type, "IN needs a list") }
            return .boolean
        case .startsWith, .endsWith, .contains, .matchesRegex:
            _ = try type(of: left)
            _ = try type(of: right)
            return .boolean
        case .add: return try sum(left, right)
        case .subtract, .multiply, .divide, .modulo, .power:
            return try arithmetic(binary, left, right)
        }
    }

    private mutating func sum(
        _ left: Expression, _ right: Expression
    ) throws(Fault) -> StaticType {
        let first = try type(of: left)
        let second = try type(of: right)
        if first.isList || second.isList {
            guard first.isList, second.isList else { return .list(.any) }
            return first.joined(with: second)
        }
        for (operand, type) in [(left, first), (right, second)] {
            switch type {
            case .boolean, .map, .node, .relationship, .path:
                // `any` on the other side may be a list, which takes all.
                if first == .any || second == .any { return .any }
                throw invalidType(operand, type, "`+` adds numbers, strings, lists and durations")
            case .any, .integer, .float, .number, .string, .list, .temporal: break
            }
        }
        if first == .string, second == .string { return .string }
        return first.isNumber && second.isNumber ? numeric(first, second) : .any
    }

    private mutating func arithmetic(
        _ binary: BinaryOperator, _ left: Expression, _ right: Expression
    ) throws(Fault) -> StaticType {
        var types: [StaticType] = []
        for operand in [left, right] {
            let type = try type(of: operand)
            guard type.mayBe(.number) || type == .temporal else {
                throw invalidType(operand, type, "`\(binary.rawValue)` needs numbers")
            }
            types.append(type)
        }
        if binary == .power { return .float }
        guard types[0].isNumber, types[1].isNumber else { return .any }
        return numeric(types[0], types[1])
    }

    private func numeric(_ first: StaticType, _ second: StaticType) -> StaticType {
        if first == .float || second == .float { return .float }
        return first == .integer && second == .integer ? .integer : .number
    }

    // MARK: Calls

    private mutating func call(_ expression: Expression) throws(Fault) -> StaticType {
        guard case .call(let call) = expression.kind else {
            try checkAggregation("count", at: expression.at)
            return .integer
        }
        guard let function = FunctionTable.signature(of: call.key) else {
            let near = Nearest.name(to: call.name, among: FunctionTable.all.map(\.name))
            throw Fault(
                .unknownFunction, at: expression.at,
                "there is no function `\(call.name)`"
                    + (near.map { ": did you mean `\($0)`?" } ?? "")
            )
        }
        guard function.arguments.contains(call.arguments.count) else {
            throw Fault(
                .invalidNumberOfArguments, at: expression.at,
                "`\(function.name)` takes \(function.arity) arguments, not \(call.arguments.count)")
        }
        let types = try argumentTypes(of: call, function, at: expression.at)
        if let accepts = function.accepts, let first = types.first,
            !accepts.contains(where: { first.mayBe($0) })
        {
            let wanted = accepts.map(\.name).joined(separator: " or ")
            throw invalidType(call.arguments[0], first, "`\(function.name)` takes \(wanted)")
        }
        return function.type(of: types)
    }

    private mutating func argumentTypes(
        of call: FunctionCall, _ function: FunctionSignature, at: SourceOffset
    ) throws(Fault) -> [StaticType] {
        if function.isAggregate {
            try checkAggregation(function.name, at: at)
            let before = aggregation
            aggregation = .inside
            defer { aggregation = before }
            return try types(of: call.arguments)
        }
        if call.isDistinct {
            throw Fault(
                .invalidAggregation, at: at,
                "DISTINCT is for aggregations, and `\(function.name)` is none")
        }
        if !function.isDeterministic, case .inside = aggregation {
            throw Fault(
                .nonConstantExpression, at: at,
                "`\(function.name)` differs from row to row and cannot stand inside an "
                    + "aggregation: bind it with WITH before")
        }
        if call.key == "exists", let argument = call.arguments.first {
            return [try type(of: argument, isPredicate: true)]
        }
        return try types(of: call.arguments)
    }

    private func checkAggregation(_ name: String, at: SourceOffset) throws(Fault) {
        switch aggregation {
        case .allowed: break
        case .inside:
            throw Fault(
                .nestedAggregation, at: at,
                "`\(name)` stands inside another aggregation: bind the inner one with WITH before")
        case .forbidden(let place):
            throw Fault(
                .invalidAggregation, at: at,
                "`\(name)` cannot aggregate \(place): bind it with WITH before")
        }
    }
}

extension Literal {
    var type: StaticType {
        switch self {
        case .null: .any
        case .boolean: .boolean
        case .integer: .integer
        case .float: .float
        case .string: .string
        }
    }
}
