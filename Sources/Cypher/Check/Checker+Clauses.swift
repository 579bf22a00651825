extension Checker {
    mutating func check(_ clause: MatchClause) throws(Fault) {
        try bind(clause.pattern, as: .match)
        try check(predicate: clause.predicate, in: "in WHERE")
    }

    /// The predicate of a WHERE.
    mutating func check(predicate: Expression?, in place: String) throws(Fault) {
        guard let predicate else { return }
        let type = try type(of: predicate, aggregation: .forbidden(place), isPredicate: true)
        // Lists were once true when they were not empty; that is left to the evaluation.
        guard type.mayBe(.boolean) || type.isList else {
            throw invalidType(predicate, type, "WHERE needs a boolean")
        }
    }

    mutating func check(_ clause: UnwindClause) throws(Fault) {
        let type = try type(of: clause.list, aggregation: .forbidden("in UNWIND"))
        if scope[clause.variable.text] != nil {
            throw alreadyBound(clause.variable, "choose another name for the elements")
        }
        try declare(clause.variable, type.element)
    }

    mutating func check(_ clause: WithClause) throws(Fault) -> WithClause {
        let projection = try check(
            clause.projection, predicate: clause.predicate, isReturn: false)
        return WithClause(projection: projection, predicate: clause.predicate)
    }

    // MARK: CALL

    /// Declares what the procedure yields; gives the columns of a call that stands alone.
    mutating func check(
        _ clause: CallClause, isStandalone: Bool
    ) throws(Fault) -> [String] {
        let name = clause.procedure
        guard let procedure = procedures.first(where: { $0.name == name.text }) else {
            let hint = Nearest.name(to: name.text, among: procedures.map(\.name))
            throw Fault(
                .procedureNotFound, at: name.at,
                "there is no procedure `\(name.text)`"
                    + (hint.map { ": did you mean `\($0)`?" }
                        ?? ": see those that are there with CALL dbms.components()"),
                kind: .procedureError)
        }
        try check(arguments: clause, of: procedure, isStandalone: isStandalone)
        let items: [CallClause.Item]
        switch clause.yield {
        case .items(let named): items = named
        case .none where !isStandalone: items = []
        case .all where !isStandalone:
            throw Fault(
                .unexpectedSyntax, at: clause.at,
                "YIELD * is only for a CALL that stands alone: name the results")
        case .none, .all:
            items = procedure.results.map { result in
                let name = Name(result, at: clause.at)
                return CallClause.Item(result: name, variable: name)
            }
        }
        for item in items {
            guard procedure.results.contains(item.result.text) else {
                throw Fault(
                    .undefinedVariable, at: item.result.at,
                    "`\(procedure.name)` yields no `\(item.result.text)`, only "
                        + Self.list(procedure.results))
            }
            guard scope[item.variable.text] == nil else {
                throw alreadyBound(item.variable, "name the result otherwise with AS")
            }
            try declare(item.variable, .any)
        }
        try check(predicate: clause.predicate, in: "in WHERE")
        return isStandalone ? items.map(\.variable.text) : []
    }

    private mutating func check(
        arguments clause: CallClause, of procedure: ProcedureSignature, isStandalone: Bool
    ) throws(Fault) {
        guard let arguments = clause.arguments else {
            guard isStandalone else {
                throw Fault(
                    .invalidArgumentPassingMode, at: clause.at,
                    "inside a query the arguments of `\(procedure.name)` are written out: "
                        + "add parentheses")
            }
            procedure.arguments.forEach { use(parameter: $0) }
            return
        }
        guard arguments.count == procedure.arguments.count else {
            throw Fault(
                .invalidNumberOfArguments, at: clause.at,
                "`\(procedure.name)` takes \(procedure.arguments.count) arguments "
                    + "(\(Self.list(procedure.arguments))), not \(arguments.count)")
        }
        for argument in arguments {
            _ = try type(of: argument, aggregation: .forbidden("in CALL"))
        }
    }

    // MARK: Changes

    mutating func check(_ clause: CreateClause) throws(Fault) {
        try bind(clause.pattern, as: .create)
    }

    mutating func check(_ clause: MergeClause) throws(Fault) {
        try bind([clause.pattern], as: .merge)
        try check(clause.onCreate)
        try check(clause.onMatch)
    }

    mutating func check(_ items: [SetItem]) throws(Fault) {
        for item in items {
            switch item {
            case .property(let target, let value):
                _ = try type(of: target, aggregation: .forbidden("in SET"))
                _ = try type(of: value, aggregation: .forbidden("in SET"))
            case .replace(let name, let value), .merge(let name, let value):
                try checkEntity(name)
                _ = try type(of: value, aggregation: .forbidden("in SET"))
            case .labels(let name, _): try checkEntity(name)
            }
        }
    }

    mutating func check(_ clause: RemoveClause) throws(Fault) {
        for item in clause.items {
            switch item {
            case .property(let target):
                _ = try type(of: target, aggregation: .forbidden("in REMOVE"))
            case .labels(let name, _): try checkEntity(name)
            }
        }
    }

    private func checkEntity(_ name: Name) throws(Fault) {
        guard let type = scope[name.text] else { throw undefined(name.text, at: name.at) }
        guard type.mayBe(.node) || type.mayBe(.relationship) else {
            throw Fault(
                .invalidArgumentType, at: name.at,
                "`\(name.text)` is \(type.name): only nodes and relationships can be changed")
        }
    }

    mutating func check(_ clause: DeleteClause) throws(Fault) {
        for expression in clause.expressions {
            if case .hasLabels = expression.kind {
                throw Fault(
                    .invalidDelete, at: expression.at,
                    "a label cannot be deleted: delete the node, or use REMOVE")
            }
            let type = try type(of: expression, aggregation: .forbidden("in DELETE"))
            guard type.mayBe(.node) || type.mayBe(.relationship) || type.mayBe(.path) else {
                throw invalidType(
                    expression, type, "only nodes, relationships and paths can be deleted")
            }
        }
    }
}
