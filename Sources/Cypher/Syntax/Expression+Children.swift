extension Expression.Kind {
    /// Calls `visit` with each expression directly below this one, in the order of the text;
    /// of a query inside EXISTS with all that stand directly in its clauses.
    package func forEachChild(_ visit: (Expression) -> Void) {
        switch self {
        case .literal, .parameter, .variable, .countAll: break
        case .list(let items), .and(let items), .or(let items): items.forEach(visit)
        case .map(let entries): entries.forEach { visit($0.value) }
        case .property(let subject, _), .hasLabels(let subject, _), .unary(_, let subject),
            .isNull(let subject), .isNotNull(let subject):
            visit(subject)
        case .element(let left, let right), .binary(_, let left, let right):
            visit(left)
            visit(right)
        case .slice(let subject, let from, let to):
            visit(subject)
            from.map(visit)
            to.map(visit)
        case .comparison(let first, let links):
            visit(first)
            links.forEach { visit($0.operand) }
        case .call(let call): call.arguments.forEach(visit)
        case .conditional, .listComprehension, .patternComprehension, .quantifier, .reduce,
            .pattern, .exists, .mapProjection:
            forEachCompoundChild(visit)
        }
    }

    private func forEachCompoundChild(_ visit: (Expression) -> Void) {
        switch self {
        case .conditional(let conditional):
            conditional.subject.map(visit)
            for branch in conditional.branches {
                visit(branch.when)
                visit(branch.then)
            }
            conditional.otherwise.map(visit)
        case .listComprehension(let comprehension):
            visit(comprehension.list)
            comprehension.predicate.map(visit)
            comprehension.result.map(visit)
        case .patternComprehension(let comprehension):
            comprehension.pattern.forEachExpression(visit)
            comprehension.predicate.map(visit)
            visit(comprehension.result)
        case .quantifier(let quantifier):
            visit(quantifier.list)
            visit(quantifier.predicate)
        case .reduce(let reduction):
            visit(reduction.initial)
            visit(reduction.list)
            visit(reduction.result)
        case .pattern(let part): part.forEachExpression(visit)
        case .exists(.pattern(let parts, let predicate)):
            parts.forEach { $0.forEachExpression(visit) }
            predicate.map(visit)
        case .exists(.query(let query)): query.forEachExpression(visit)
        case .mapProjection(_, let items):
            for case .entry(let entry) in items { visit(entry.value) }
        case .literal, .parameter, .variable, .countAll, .list, .and, .or, .map, .property,
            .hasLabels, .unary, .isNull, .isNotNull, .element, .binary, .slice, .comparison,
            .call:
            break
        }
    }
}

extension PatternPart {
    /// Calls `visit` with the properties of each node and relationship that has some.
    package func forEachExpression(_ visit: (Expression) -> Void) {
        start.properties.map(visit)
        for hop in hops {
            hop.relationship.properties.map(visit)
            hop.node.properties.map(visit)
        }
    }
}
