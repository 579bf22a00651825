extension Expression {
    /// True when a variable of this name stands in it, bound inside or outside.
    package func mentions(_ name: String) -> Bool {
        var names: Set<String> = []
        collectNames(into: &names)
        return names.contains(name)
    }

    /// All names of variables in it: more than its free variables, never fewer.
    package func collectNames(into names: inout Set<String>) {
        switch kind {
        case .variable(let name): names.insert(name)
        case .mapProjection(let variable, let items):
            names.insert(variable.text)
            for case .variable(let name) in items { names.insert(name.text) }
        case .pattern(let part): part.collectNames(into: &names)
        case .patternComprehension(let comprehension):
            comprehension.pattern.collectNames(into: &names)
        case .exists(.pattern(let parts, _)):
            parts.forEach { $0.collectNames(into: &names) }
        case .exists(.query(let query)): query.collectNames(into: &names)
        default: break
        }
        kind.forEachChild { $0.collectNames(into: &names) }
    }

    /// True when an aggregating function is called in it.
    package var hasAggregate: Bool {
        var found = false
        forEachAggregate { _ in found = true }
        return found
    }

    /// The aggregating calls in it, outermost first; those of queries inside are their own.
    func forEachAggregate(_ visit: (Expression) -> Void) {
        switch kind {
        case .countAll: visit(self)
        case .call(let call) where Aggregate(key: call.key) != nil: visit(self)
        case .exists: break
        default: kind.forEachChild { $0.forEachAggregate(visit) }
        }
    }
}

extension PatternPart {
    package func collectNames(into names: inout Set<String>) {
        if let variable { names.insert(variable.text) }
        for node in nodes {
            if let variable = node.variable { names.insert(variable.text) }
        }
        for hop in hops {
            if let variable = hop.relationship.variable { names.insert(variable.text) }
        }
    }
}

extension RegularQuery {
    package func collectNames(into names: inout Set<String>) {
        for query in [first] + unions.map(\.query) {
            for case .match(let match) in query.clauses {
                match.pattern.forEach { $0.collectNames(into: &names) }
            }
        }
    }
}
