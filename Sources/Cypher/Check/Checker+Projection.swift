extension Checker {
    /// Checks RETURN or WITH and leaves in scope what it projects; gives it with the star written
    /// out. `predicate` is the WHERE of WITH.
    mutating func check(
        _ projection: Projection, predicate: Expression?, isReturn: Bool
    ) throws(Fault) -> Projection {
        let projection = try expandStar(projection, isReturn: isReturn)
        var types: [(name: Name, type: StaticType)] = []
        for item in projection.expandedItems {
            let type = try type(of: item.expression, aggregation: .allowed)
            let name = item.alias ?? Name(item.column, at: item.expression.at)
            types.append((name, type))
        }
        let grouping = Grouping(projection.expandedItems)
        try checkGrouping(grouping)
        try checkNames(types.map(\.name))

        // ORDER BY and WHERE see what was there before and, above it, what is projected.
        for (name, type) in types { try declare(name, type) }
        let isNarrow = projection.isDistinct || grouping.isAggregating
        try checkOrder(projection, grouping, isNarrow: isNarrow)
        try checkBound(projection.skip, "SKIP")
        try checkBound(projection.limit, "LIMIT")
        if !isReturn { try checkAliases(projection.items) }
        try check(predicate: predicate, in: "in WHERE")
        if isNarrow, let predicate { try checkProjected(predicate, grouping) }
        try narrow(to: types)
        return projection
    }

    /// Forgets all but what is projected.
    private mutating func narrow(to types: [(name: Name, type: StaticType)]) throws(Fault) {
        scope.rollBack(to: base)
        for (name, type) in types { try declare(name, type) }
    }

    private func expandStar(
        _ projection: Projection, isReturn: Bool
    ) throws(Fault) -> Projection {
        guard projection.star != nil else { return projection }
        let names = scope.names
        if names.isEmpty {
            throw Fault(
                .noVariablesInScope, at: projection.at,
                "\(isReturn ? "RETURN" : "WITH") * needs a variable in scope: "
                    + "name a node or relationship in the pattern")
        }
        return Projection(
            isDistinct: projection.isDistinct, star: Projection.Star(variables: names),
            items: projection.items, order: projection.order, skip: projection.skip,
            limit: projection.limit, at: projection.at)
    }

    private func checkNames(_ names: [Name]) throws(Fault) {
        var seen: Set<String> = []
        for name in names where !seen.insert(name.text).inserted {
            throw Fault(
                .columnNameConflict, at: name.at,
                "two columns are called `\(name.text)`: give one another name with AS")
        }
    }

    private func checkAliases(_ items: [ProjectionItem]) throws(Fault) {
        for item in items where item.alias == nil {
            if case .variable = item.expression.kind { continue }
            throw Fault(
                .noExpressionAlias, at: item.expression.at,
                "an expression in WITH needs a name: add AS and a name")
        }
    }

    // MARK: Grouping

    private func checkGrouping(_ grouping: Grouping) throws(Fault) {
        guard grouping.isAggregating else { return }
        for item in grouping.items where item.expression.hasAggregation {
            var names = FreeNames(inScope: { scope[$0] != nil })
            let found = names.firstUncovered(in: item.expression) { part in
                part.isAggregation || isOuter(part)
                    || part.isSimpleKey && grouping.simpleKeys.contains(part)
            }
            if let found { throw ambiguous("`\(found.name)`", at: found.at) }
        }
    }

    /// True for a variable from around the subquery, which is the same for all its rows.
    private func isOuter(_ part: Expression) -> Bool {
        if case .variable(let name) = part.kind { scope.has(name, before: base) } else { false }
    }

    private func ambiguous(_ name: String, at: SourceOffset) -> Fault {
        Fault(
            .ambiguousAggregationExpression, at: at,
            "\(name) stands beside an aggregation but is no column of its own: "
                + "project it alone, with WITH before if it is an expression")
    }

    // MARK: ORDER BY

    private mutating func checkOrder(
        _ projection: Projection, _ grouping: Grouping, isNarrow: Bool
    ) throws(Fault) {
        let mode: Aggregation =
            grouping.isAggregating
            ? .allowed : .forbidden("in ORDER BY when nothing else aggregates")
        for item in projection.order {
            _ = try type(of: item.expression, aggregation: mode)
            if isNarrow { try checkProjected(item.expression, grouping) }
        }
    }

    /// After DISTINCT and aggregations only what is projected can be sorted and filtered by: as a
    /// column, or as the expression that it is.
    private func checkProjected(
        _ expression: Expression, _ grouping: Grouping
    ) throws(Fault) {
        let columns = grouping.columns
        let isMixed = expression.hasAggregation
        var names = FreeNames(inScope: { scope[$0] != nil })
        var compound: Expression?
        var unprojected: Expression?
        let found = names.firstUncovered(in: expression) { part in
            if case .variable(let name) = part.kind, columns.contains(name) { return true }
            if isOuter(part) { return true }
            guard grouping.expressions.contains(part) else {
                if part.isAggregation, unprojected == nil { unprojected = part }
                return false
            }
            if isMixed, compound == nil, !part.isSimpleKey, !part.hasAggregation {
                compound = part
            }
            return true
        }
        if let found { throw undefined(found.name, at: found.at) }
        if let compound { throw ambiguous("this expression", at: compound.at) }
        if let unprojected {
            throw Fault(
                .invalidAggregation, at: unprojected.at,
                "only an aggregation that is projected can be sorted by: add it as a column")
        }
    }

    // MARK: SKIP and LIMIT

    private mutating func checkBound(
        _ bound: Expression?, _ word: String
    ) throws(Fault) {
        guard let bound else { return }
        var names = FreeNames(inScope: { _ in true })
        if let found = names.firstUncovered(in: bound, where: { _ in false }) {
            throw Fault(
                .nonConstantExpression, at: found.at,
                "\(word) is the same for all rows and cannot use `\(found.name)`: "
                    + "use a number or a parameter")
        }
        let type = try type(of: bound, aggregation: .forbidden("in \(word)"))
        guard type.mayBe(.integer) else {
            throw invalidType(bound, type, "\(word) needs an integer")
        }
        if case .unary(.minus, let operand) = bound.kind,
            case .literal(.integer(let value)) = operand.kind, value > 0
        {
            throw negative(bound, word)
        }
        if case .literal(.integer(let value)) = bound.kind, value < 0 {
            throw negative(bound, word)
        }
    }

    private func negative(_ bound: Expression, _ word: String) -> Fault {
        Fault(
            .negativeIntegerArgument, at: bound.at,
            "\(word) needs an integer that is not negative")
    }
}
