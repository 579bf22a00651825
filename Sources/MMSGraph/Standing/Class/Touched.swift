internal import Cypher

/// The labels of all nodes that a statement may look at: a change of a resource with another label
/// cannot change its answer. A link is part of the resource that has it, and its ends are nodes of
/// the pattern, so relations add nothing.
struct Touched: Hashable, Sendable {
    /// nil for any label.
    private(set) var labels: Set<String>? = []
    /// Variables whose label is known at this place of the statement.
    private var known: Set<String> = []

    /// Nothing: for those who look changes up elsewhere.
    init() {}

    init(_ query: RegularQuery) {
        visit(query)
        known = []
    }

    func contains(_ label: String) -> Bool { labels?.contains(label) ?? true }

    private mutating func visit(_ query: RegularQuery) {
        let outer = known
        for part in [query.first] + query.unions.map(\.query) {
            known = outer
            for clause in part.clauses { visit(clause) }
        }
        known = outer
    }

    private mutating func visit(_ clause: Clause) {
        switch clause {
        case .match(let match):
            visit(match.pattern)
            match.predicate.map { visit($0) }
        case .with(let with):
            visit(with.projection)
            known = with.projection.kept(of: known)
            with.predicate.map { visit($0) }
        case .return(let projection): visit(projection)
        case .unwind(let unwind):
            visit(unwind.list)
            known.remove(unwind.variable.text)
        // A procedure reads what it likes; the others never stand.
        case .call, .create, .merge, .set, .remove, .delete: labels = nil
        }
    }

    private mutating func visit(_ projection: Projection) {
        projection.forEachExpression { visit($0) }
    }

    private mutating func visit(_ pattern: [PatternPart]) {
        // A label anywhere in a MATCH holds for the variable in all of it.
        for node in pattern.flatMap(\.nodes) where !node.labels.isEmpty {
            labels?.formUnion(node.labels.map(\.text))
            if let variable = node.variable { known.insert(variable.text) }
        }
        for node in pattern.flatMap(\.nodes) where node.labels.isEmpty {
            if node.variable.map({ known.contains($0.text) }) ?? false { continue }
            labels = nil
        }
        for hop in pattern.flatMap(\.hops) where hop.relationship.length != nil {
            // What lies between may be anything.
            labels = nil
        }
        if pattern.contains(where: { $0.shape != .path }) { labels = nil }
        for part in pattern { part.forEachExpression { visit($0) } }
    }

    private mutating func visit(_ expression: Expression) {
        let outer = known
        switch expression.kind {
        case .pattern(let part): visit([part])
        case .patternComprehension(let comprehension): visit([comprehension.pattern])
        case .exists(.pattern(let parts, _)): visit(parts)
        case .exists(.query(let query)): visit(query)
        default: break
        }
        expression.kind.forEachChild { visit($0) }
        known = outer
    }
}

extension Projection {
    /// The variables that pass it under their own names.
    fileprivate func kept(of known: Set<String>) -> Set<String> {
        var kept: Set<String> = []
        for item in expandedItems {
            if case .variable(let name) = item.expression.kind, item.column == name,
                known.contains(name)
            {
                kept.insert(name)
            }
        }
        return kept
    }
}
