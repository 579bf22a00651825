extension Checker {
    /// The type of an expression that has variables, patterns or branches of its own.
    mutating func compound(
        _ expression: Expression, isPredicate: Bool
    ) throws(Fault) -> StaticType {
        switch expression.kind {
        case .conditional(let conditional): return try self.conditional(conditional)
        case .listComprehension(let comprehension): return try self.comprehension(comprehension)
        case .patternComprehension(let comprehension):
            return try patternComprehension(comprehension)
        case .quantifier(let quantifier): return try self.quantifier(quantifier)
        case .reduce(let reduction): return try self.reduction(reduction)
        case .pattern(let part): return try pattern(part, isPredicate: isPredicate)
        case .exists(let body): return try exists(body)
        case .mapProjection(let name, let items): return try mapProjection(name, items)
        case .literal, .parameter, .variable, .countAll, .list, .and, .or, .map, .property,
            .hasLabels, .unary, .isNull, .isNotNull, .element, .binary, .slice, .comparison,
            .call:
            return .any
        }
    }

    private mutating func conditional(
        _ conditional: ConditionalExpression
    ) throws(Fault) -> StaticType {
        if let subject = conditional.subject { _ = try type(of: subject) }
        var types: [StaticType] = []
        for branch in conditional.branches {
            _ = try type(of: branch.when, isPredicate: conditional.subject == nil)
            types.append(try type(of: branch.then))
        }
        // Without ELSE the result may be null, which is of any type.
        types.append(try conditional.otherwise.map { e throws(Fault) in try type(of: e) } ?? .any)
        return .joined(types)
    }

    /// The mode of aggregation inside what is evaluated for each element.
    private func perElement(_ place: String) -> Aggregation {
        if case .inside = aggregation { .inside } else { .forbidden(place) }
    }

    private mutating func listType(
        _ list: Expression, _ word: String
    ) throws(Fault) -> StaticType {
        let type = try type(of: list)
        guard type.mayBe(.list(.any)) else { throw invalidType(list, type, "\(word) needs a list") }
        return type
    }

    private mutating func comprehension(
        _ comprehension: ListComprehension
    ) throws(Fault) -> StaticType {
        let list = try listType(comprehension.list, "a list comprehension")
        let mark = scope.mark
        defer { scope.rollBack(to: mark) }
        try declare(comprehension.variable, list.element)
        let mode = perElement("in a list comprehension")
        if let predicate = comprehension.predicate {
            _ = try type(of: predicate, aggregation: mode, isPredicate: true)
        }
        guard let result = comprehension.result else { return list }
        return .list(try type(of: result, aggregation: mode))
    }

    private mutating func patternComprehension(
        _ comprehension: PatternComprehension
    ) throws(Fault) -> StaticType {
        let mark = scope.mark
        defer { scope.rollBack(to: mark) }
        try bind([comprehension.pattern], as: .match)
        let mode = perElement("in a pattern comprehension")
        if let predicate = comprehension.predicate {
            _ = try type(of: predicate, aggregation: mode, isPredicate: true)
        }
        return .list(try type(of: comprehension.result, aggregation: mode))
    }

    private mutating func quantifier(_ quantifier: Quantifier) throws(Fault) -> StaticType {
        let word = quantifier.kind.rawValue
        let list = try listType(quantifier.list, "\(word)()")
        let mark = scope.mark
        defer { scope.rollBack(to: mark) }
        try declare(quantifier.variable, list.element)
        let type = try type(
            of: quantifier.predicate, aggregation: perElement("in \(word)()"), isPredicate: true)
        guard type.mayBe(.boolean) || type.isList else {
            throw invalidType(quantifier.predicate, type, "\(word)() needs a predicate")
        }
        return .boolean
    }

    private mutating func reduction(_ reduction: Reduction) throws(Fault) -> StaticType {
        _ = try type(of: reduction.initial)
        let list = try listType(reduction.list, "reduce()")
        let mark = scope.mark
        defer { scope.rollBack(to: mark) }
        // The type may change on the way: an integer that floats are added to.
        try declare(reduction.accumulator, .any)
        try declare(reduction.variable, list.element)
        _ = try type(of: reduction.result, aggregation: perElement("in reduce()"))
        return .any
    }

    private mutating func pattern(
        _ part: PatternPart, isPredicate: Bool
    ) throws(Fault) -> StaticType {
        guard part.shape == .path else {
            try checkBound(part)
            return part.shape == .shortestPath ? .path : .list(.path)
        }
        guard isPredicate else {
            throw Fault(
                .unexpectedSyntax, at: part.at,
                "a pattern can be a predicate in WHERE and in exists() only: "
                    + "use a pattern comprehension, [\u{2026} | 1], for its matches")
        }
        try checkBound(part)
        return .boolean
    }

    private mutating func exists(_ body: ExistsBody) throws(Fault) -> StaticType {
        let mark = scope.mark
        let outerBase = base
        let outerMode = aggregation
        base = mark
        aggregation = .forbidden("outside RETURN and WITH")
        defer {
            scope.rollBack(to: mark)
            base = outerBase
            aggregation = outerMode
        }
        switch body {
        case .pattern(let parts, let predicate):
            try bind(parts, as: .match)
            try check(predicate: predicate, in: "in WHERE")
        case .query(let query):
            try checkExistsClauses(query.first)
            for union in query.unions { try checkExistsClauses(union.query) }
        }
        return .boolean
    }

    private mutating func mapProjection(
        _ name: Name, _ items: [MapProjectionItem]
    ) throws(Fault) -> StaticType {
        guard let type = scope[name.text] else { throw undefined(name.text, at: name.at) }
        guard type.mayBe(.node) || type.mayBe(.relationship) || type.mayBe(.map) else {
            throw Fault(
                .invalidArgumentType, at: name.at,
                "a map projection needs a node, a relationship or a map, and `\(name.text)` is "
                    + type.name)
        }
        for item in items {
            switch item {
            case .property, .all: break
            case .entry(let entry): _ = try self.type(of: entry.value)
            case .variable(let variable):
                guard scope[variable.text] != nil else {
                    throw undefined(variable.text, at: variable.at)
                }
            }
        }
        return .map
    }
}
