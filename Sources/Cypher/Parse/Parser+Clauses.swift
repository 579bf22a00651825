extension Parser {
    mutating func matchClause() throws(Fault) -> MatchClause {
        let at = at
        let isOptional = accept(.optional)
        try expect(.match, isOptional ? " after OPTIONAL" : "")
        let pattern = try pattern()
        return MatchClause(
            isOptional: isOptional, pattern: pattern, predicate: try predicate(), at: at)
    }

    /// `WHERE expression`, or nothing.
    mutating func predicate() throws(Fault) -> Expression? {
        accept(.where) ? try expression() : nil
    }

    mutating func unwindClause() throws(Fault) -> UnwindClause {
        let at = at
        advance()
        let list = try expression()
        try expect(.as, " and a name for the elements")
        return UnwindClause(list: list, variable: try name("a variable"), at: at)
    }

    mutating func withClause() throws(Fault) -> WithClause {
        let at = at
        advance()
        let projection = try projection(at: at)
        return WithClause(projection: projection, predicate: try predicate())
    }

    // MARK: Projections

    /// What follows RETURN and WITH.
    mutating func projection(at: SourceOffset) throws(Fault) -> Projection {
        let isDistinct = accept(.distinct)
        var star: Projection.Star?
        var items: [ProjectionItem] = []
        if accept(.star) {
            star = Projection.Star(variables: [])
        } else {
            items.append(try projectionItem())
        }
        while accept(.comma) { items.append(try projectionItem()) }
        let order = try sortItems()
        let skip = accept(.skip) ? try expression() : nil
        let limit = accept(.limit) ? try expression() : nil
        return Projection(
            isDistinct: isDistinct, star: star, items: items, order: order, skip: skip,
            limit: limit, at: at)
    }

    private mutating func projectionItem() throws(Fault) -> ProjectionItem {
        let start = token.start
        let expression = try expression()
        let end = tokens[index - 1].end
        let alias = accept(.as) ? try name("a name for the column") : nil
        return ProjectionItem(
            expression: expression, alias: alias,
            text: Verbatim(String(decoding: bytes[start..<end], as: UTF8.self)))
    }

    private mutating func sortItems() throws(Fault) -> [SortItem] {
        guard accept(.order) else { return [] }
        try expect(.by, " after ORDER")
        var items: [SortItem] = []
        repeat {
            let expression = try expression()
            let isDescending = accept(.desc) || accept(.descending)
            if !isDescending, !accept(.asc) { _ = accept(.ascending) }
            items.append(SortItem(expression: expression, isDescending: isDescending))
        } while accept(.comma)
        return items
    }

    // MARK: CALL

    mutating func callClause() throws(Fault) -> CallClause {
        let at = at
        advance()
        if isAt(.openBrace) {
            throw unexpected("a procedure's name", hint: "subqueries with CALL are not supported")
        }
        let first = try name("a procedure's name")
        var procedure = first.text
        while accept(.dot) { procedure += ".\(try name("the rest of the procedure's name").text)" }
        var arguments: [Expression]?
        if accept(.openParen) {
            arguments = try expressions(until: .closeParen)
        }
        let yield = try yield()
        return CallClause(
            procedure: Name(procedure, at: first.at), arguments: arguments, yield: yield,
            predicate: yield == .none ? nil : try predicate(), at: at)
    }

    private mutating func yield() throws(Fault) -> CallClause.Yield {
        guard accept(.yield) else { return .none }
        if accept(.star) { return .all }
        // `YIELD -` names nothing.
        if accept(.minus) { return .items([]) }
        var items: [CallClause.Item] = []
        repeat {
            let result = try name("the name of a result")
            let variable = accept(.as) ? try name("a variable") : result
            items.append(CallClause.Item(result: result, variable: variable))
        } while accept(.comma)
        return .items(items)
    }

    /// Expressions with commas between them, and the bracket that closes them.
    mutating func expressions(until closer: Symbol) throws(Fault) -> [Expression] {
        if accept(closer) { return [] }
        var items: [Expression] = []
        repeat { items.append(try expression()) } while accept(.comma)
        if !accept(closer) { throw unexpected("`,` or `\(closer.rawValue)`") }
        return items
    }
}
