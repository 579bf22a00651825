extension Planner {
    mutating func compile(
        _ expressions: [Expression], _ scope: Scope
    ) throws(CypherError) -> [Code] {
        var codes: [Code] = []
        for expression in expressions { codes.append(try compile(expression, scope)) }
        return codes
    }

    private mutating func compile(
        optional expression: Expression?, _ scope: Scope
    ) throws(CypherError) -> Code? {
        guard let expression else { return nil }
        return try compile(expression, scope)
    }

    /// Code of an expression in a scope.
    mutating func compile(
        _ expression: Expression, _ scope: Scope
    ) throws(CypherError) -> Code {
        if !scope.computed.isEmpty, let slot = scope.computed[expression] { return .slot(slot) }
        switch expression.kind {
        case .literal(let literal): return .constant(literal.value)
        case .list(let items): return try compileList(items, scope)
        case .map(let entries): return .map(try compile(entries, scope))
        case .parameter(let name): return .parameter(try parameter(name))
        case .variable(let name): return .slot(try variable(name, scope))
        case .property(let subject, let key): return try compileProperty(subject, key, scope)
        case .element(let subject, let key):
            return .element(try compile(subject, scope), try compile(key, scope))
        case .slice(let subject, let from, let to):
            return .slice(
                try compile(subject, scope), from: try compile(optional: from, scope),
                to: try compile(optional: to, scope))
        case .hasLabels(let subject, let labels):
            return .hasLabels(try compile(subject, scope), labels.map(named))
        case .unary(let sign, let operand): return try compile(sign, operand, scope)
        case .binary(let sign, let left, let right):
            return .binary(sign, try compile(left, scope), try compile(right, scope))
        case .and(let items): return .and(try compile(items, scope))
        case .or(let items): return .or(try compile(items, scope))
        case .comparison(let first, let links): return try compile(first, links, scope)
        case .isNull(let subject): return .isNull(try compile(subject, scope))
        case .isNotNull(let subject): return .isNotNull(try compile(subject, scope))
        case .call(let call): return try compile(call, scope)
        case .countAll:
            throw CypherError(
                .syntaxError, .invalidAggregation, .compileTime,
                "`count(*)` stands where nothing is grouped; use it in WITH or RETURN")
        case .conditional, .listComprehension, .patternComprehension, .quantifier, .reduce,
            .pattern, .exists, .mapProjection:
            return try compileCompound(expression.kind, scope)
        }
    }

    private mutating func compileList(
        _ items: [Expression], _ scope: Scope
    ) throws(CypherError) -> Code {
        let codes = try compile(items, scope)
        // A list of constants is a constant, made once and not for each row.
        var values: [CypherValue] = []
        for code in codes {
            guard case .constant(let value) = code else { return .list(codes) }
            values.append(value)
        }
        return .constant(.list(values))
    }

    private mutating func compile(
        _ entries: [MapEntry], _ scope: Scope
    ) throws(CypherError) -> [(key: String, value: Code)] {
        var codes: [(key: String, value: Code)] = []
        for entry in entries {
            codes.append((entry.key.text, try compile(entry.value, scope)))
        }
        return codes
    }

    /// The place of a parameter among those of the statement.
    private func parameter(_ name: Name) throws(CypherError) -> Int {
        guard let place = names.firstIndex(of: name.text) else {
            throw Statement.missing(name.text)
        }
        return place
    }

    func variable(_ name: String, _ scope: Scope) throws(CypherError) -> Int {
        guard let slot = scope.names[name] else {
            throw CypherError(
                .syntaxError, .undefinedVariable, .compileTime,
                "The variable `\(name)` is not defined here")
        }
        return slot
    }

    private mutating func compileProperty(
        _ subject: Expression, _ key: Name, _ scope: Scope
    ) throws(CypherError) -> Code {
        let code = try compile(subject, scope)
        if case .slot(let slot) = code { return .slotProperty(slot, named(key)) }
        return .property(code, named(key))
    }

    private mutating func compile(
        _ sign: UnaryOperator, _ operand: Expression, _ scope: Scope
    ) throws(CypherError) -> Code {
        let code = try compile(operand, scope)
        switch (sign, code) {
        case (.minus, .constant(.integer(let value))) where value != .min:
            return .constant(.integer(-value))
        case (.minus, .constant(.float(let value))): return .constant(.float(-value))
        case (.not, _): return .not(code)
        case (.minus, _): return .negate(code)
        case (.plus, _): return .plus(code)
        }
    }

    private mutating func compile(
        _ first: Expression, _ links: [ComparisonLink], _ scope: Scope
    ) throws(CypherError) -> Code {
        let code = try compile(first, scope)
        if links.count == 1, let link = links.first {
            return .comparison(link.comparison, code, try compile(link.operand, scope))
        }
        var codes: [(comparison: ComparisonOperator, operand: Code)] = []
        for link in links {
            codes.append((link.comparison, try compile(link.operand, scope)))
        }
        return .comparisons(code, codes)
    }

    private mutating func compile(
        _ call: FunctionCall, _ scope: Scope
    ) throws(CypherError) -> Code {
        guard let function = Function(key: call.key) else {
            let isAggregate = Aggregate(key: call.key) != nil
            throw CypherError(
                .syntaxError, isAggregate ? .invalidAggregation : .unknownFunction, .compileTime,
                isAggregate
                    ? "`\(call.name)` aggregates where nothing is grouped"
                    : "There is no function `\(call.name)`")
        }
        guard function.arity.contains(call.arguments.count) else {
            throw CypherError(
                .syntaxError, .invalidNumberOfArguments, .compileTime,
                "`\(call.name)` does not take \(call.arguments.count) arguments")
        }
        // `exists((a)-->(b))` is the pattern itself; of a property it asks for null.
        if function == .exists, case .pattern? = call.arguments.first?.kind {
            return try compile(call.arguments[0], scope)
        }
        if function == .id { showsNumbers = true }
        return .call(function, try compile(call.arguments, scope))
    }

    private mutating func compileCompound(
        _ kind: Expression.Kind, _ scope: Scope
    ) throws(CypherError) -> Code {
        switch kind {
        case .conditional(let conditional):
            var branches: [(when: Code, then: Code)] = []
            for branch in conditional.branches {
                branches.append(
                    (try compile(branch.when, scope), try compile(branch.then, scope)))
            }
            return .conditional(
                subject: try compile(optional: conditional.subject, scope), branches,
                otherwise: try compile(optional: conditional.otherwise, scope))
        case .listComprehension(let comprehension):
            let list = try compile(comprehension.list, scope)
            let (target, inner) = bind(comprehension.variable, scope)
            return .comprehension(
                slot: target, list: list,
                predicate: try compile(optional: comprehension.predicate, inner),
                result: try compile(optional: comprehension.result, inner))
        case .quantifier(let quantifier):
            let list = try compile(quantifier.list, scope)
            let (target, inner) = bind(quantifier.variable, scope)
            return .quantifier(
                quantifier.kind, slot: target, list: list,
                predicate: try compile(quantifier.predicate, inner))
        case .reduce(let reduction):
            let (initial, list) = (
                try compile(reduction.initial, scope), try compile(reduction.list, scope)
            )
            let (accumulator, outer) = bind(reduction.accumulator, scope)
            let (target, inner) = bind(reduction.variable, outer)
            return .reduce(
                accumulator: accumulator, initial: initial, slot: target, list: list,
                result: try compile(reduction.result, inner))
        case .mapProjection(let variable, let items):
            return try compile(items, of: variable, scope)
        default: return try compileSubquery(kind, scope)
        }
    }

    private mutating func bind(_ name: Name, _ scope: Scope) -> (Int, Scope) {
        var inner = scope
        let target = slot()
        inner.names[name.text] = target
        // What was computed of an outer variable of that name is not of this one.
        inner.computed = inner.computed.filter { !$0.key.mentions(name.text) }
        return (target, inner)
    }

    private mutating func compile(
        _ items: [MapProjectionItem], of variable: Name, _ scope: Scope
    ) throws(CypherError) -> Code {
        let subject = try self.variable(variable.text, scope)
        var parts: [Code.Projected] = []
        for item in items {
            switch item {
            case .property(let key):
                parts.append(.entry(key.text, .slotProperty(subject, named(key))))
            case .entry(let entry):
                parts.append(.entry(entry.key.text, try compile(entry.value, scope)))
            case .variable(let name):
                parts.append(.entry(name.text, .slot(try self.variable(name.text, scope))))
            case .all: parts.append(.all)
            }
        }
        return .mapProjection(.slot(subject), parts)
    }

    private mutating func compileSubquery(
        _ kind: Expression.Kind, _ scope: Scope
    ) throws(CypherError) -> Code {
        switch kind {
        case .pattern(let part):
            var planned = Planned(node: .argument, columns: [], scope: scope)
            if part.shape == .path {
                try addPattern([part], nil, to: &planned)
                return .exists(subplan(planned.node))
            }
            let path = slot()
            try addPattern([part.named("  path")], nil, to: &planned, paths: ["  path": path])
            let code = Code.slot(path)
            guard part.shape == .allShortestPaths else {
                return .first(subplan(planned.node), code)
            }
            return .collect(subplan(planned.node), code)
        case .patternComprehension(let comprehension):
            var planned = Planned(node: .argument, columns: [], scope: scope)
            try addPattern([comprehension.pattern], comprehension.predicate, to: &planned)
            let result = try compile(comprehension.result, planned.scope)
            return .collect(subplan(planned.node), result)
        case .exists(.pattern(let parts, let predicate)):
            var planned = Planned(node: .argument, columns: [], scope: scope)
            try addPattern(parts, predicate, to: &planned)
            return .exists(subplan(planned.node))
        case .exists(.query(let query)):
            return .exists(subplan(try plan(query, scope, from: .argument).node))
        default: preconditionFailure("\(kind) is compiled elsewhere")
        }
    }
}

extension Literal {
    package var value: CypherValue {
        switch self {
        case .null: .null
        case .boolean(let value): .boolean(value)
        case .integer(let value): .integer(value)
        case .float(let value): .float(value)
        case .string(let value): .string(value)
        }
    }
}

extension PatternPart {
    /// The same pattern with a name for its path.
    func named(_ name: String) -> PatternPart {
        PatternPart(
            variable: Name(name, at: at), shape: shape, start: start, hops: hops, at: at)
    }
}
