extension RegularQuery {
    /// Calls `visit` with each expression that stands directly in a clause.
    package func forEachExpression(_ visit: (Expression) -> Void) {
        first.clauses.forEach { $0.forEachExpression(visit) }
        for union in unions {
            union.query.clauses.forEach { $0.forEachExpression(visit) }
        }
    }
}

extension Clause {
    /// Calls `visit` with each expression that stands directly in the clause or its pattern.
    package func forEachExpression(_ visit: (Expression) -> Void) {
        switch self {
        case .match(let clause):
            clause.pattern.forEach { $0.forEachExpression(visit) }
            clause.predicate.map(visit)
        case .unwind(let clause): visit(clause.list)
        case .with(let clause):
            clause.projection.forEachExpression(visit)
            clause.predicate.map(visit)
        case .return(let projection): projection.forEachExpression(visit)
        case .call(let clause):
            clause.arguments?.forEach(visit)
            clause.predicate.map(visit)
        case .create(let clause): clause.pattern.forEach { $0.forEachExpression(visit) }
        case .merge(let clause):
            clause.pattern.forEachExpression(visit)
            (clause.onCreate + clause.onMatch).forEach { $0.forEachExpression(visit) }
        case .set(let clause): clause.items.forEach { $0.forEachExpression(visit) }
        case .remove(let clause):
            for case .property(let target) in clause.items { visit(target) }
        case .delete(let clause): clause.expressions.forEach(visit)
        }
    }
}

extension SetItem {
    /// Calls `visit` with the target, where it is an expression, and the value.
    package func forEachExpression(_ visit: (Expression) -> Void) {
        switch self {
        case .property(let target, let value):
            visit(target)
            visit(value)
        case .replace(_, let value), .merge(_, let value): visit(value)
        case .labels: break
        }
    }
}

extension Projection {
    /// Calls `visit` with the items, the sort keys, and the bounds.
    package func forEachExpression(_ visit: (Expression) -> Void) {
        items.forEach { visit($0.expression) }
        order.forEach { visit($0.expression) }
        skip.map(visit)
        limit.map(visit)
    }
}
