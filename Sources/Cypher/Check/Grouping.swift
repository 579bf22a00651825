/// The items of a projection as grouping keys.
struct Grouping {
    let items: [ProjectionItem]
    let isAggregating: Bool
    /// The keys that may stand beside an aggregation: variables and their properties.
    let simpleKeys: Set<Expression>
    /// All that is projected.
    let expressions: Set<Expression>
    let columns: Set<String>

    init(_ items: [ProjectionItem]) {
        self.items = items
        isAggregating = items.contains { $0.expression.hasAggregation }
        expressions = Set(items.map(\.expression))
        columns = Set(items.map(\.column))
        simpleKeys = expressions.filter(\.isSimpleKey)
    }
}

extension Expression {
    /// True for a call that aggregates.
    var isAggregation: Bool {
        switch kind {
        case .countAll: true
        case .call(let call): FunctionTable.signature(of: call.key)?.isAggregate ?? false
        default: false
        }
    }

    /// True when it aggregates somewhere; what a subquery aggregates is its own affair.
    var hasAggregation: Bool {
        if isAggregation { return true }
        if case .exists = kind { return false }
        var found = false
        kind.forEachChild { found = found || $0.hasAggregation }
        return found
    }

    /// `a`, `a.b`, `a.b.c`
    var isSimpleKey: Bool {
        switch kind {
        case .variable: true
        case .property(let subject, _): subject.isSimpleKey
        default: false
        }
    }
}

/// Finds the variables of an expression that come from outside it.
struct FreeNames {
    /// Whether a variable of a pattern comes from outside, or the pattern binds it.
    let inScope: (String) -> Bool
    private var locals: [String: Int] = [:]

    init(inScope: @escaping (String) -> Bool) {
        self.inScope = inScope
    }

    typealias Found = (name: String, at: SourceOffset)

    /// The first variable from outside that no part covers. Aggregations that are not covered
    /// count by their arguments, and `count(*)` by itself.
    mutating func firstUncovered(
        in expression: Expression, where isCovered: (Expression) -> Bool
    ) -> Found? {
        if isCovered(expression) { return nil }
        switch expression.kind {
        case .variable(let name): return outside(name, at: expression.at)
        case .property(let subject, let key):
            guard let found = firstUncovered(in: subject, where: isCovered) else { return nil }
            return subject.isSimpleKey ? ("\(found.name).\(key.text)", found.at) : found
        case .listComprehension(let inner):
            return firstUncovered(in: inner.list, where: isCovered)
                ?? bound([inner.variable.text], [inner.predicate, inner.result], isCovered)
        case .quantifier(let inner):
            return firstUncovered(in: inner.list, where: isCovered)
                ?? bound([inner.variable.text], [inner.predicate], isCovered)
        case .reduce(let inner):
            return firstUncovered(in: inner.initial, where: isCovered)
                ?? firstUncovered(in: inner.list, where: isCovered)
                ?? bound(
                    [inner.accumulator.text, inner.variable.text], [inner.result], isCovered)
        case .patternComprehension(let inner):
            let names = inner.pattern.names
            let (outer, own) = (
                names.filter { inScope($0.text) }, names.filter { !inScope($0.text) }
            )
            return firstUncovered(among: outer, isCovered)
                ?? bound(own.map(\.text), [inner.predicate, inner.result], isCovered)
        case .pattern(let part): return firstUncovered(among: part.names, isCovered)
        case .exists(.pattern(let parts, _)):
            return firstUncovered(
                among: parts.flatMap(\.names).filter { inScope($0.text) }, isCovered)
        case .exists: return nil
        case .mapProjection(let name, _):
            if let found = firstUncovered(among: [name], isCovered) { return found }
        default: break
        }
        var found: Found?
        expression.kind.forEachChild { child in
            if found == nil { found = firstUncovered(in: child, where: isCovered) }
        }
        return found
    }

    private func outside(_ name: String, at: SourceOffset) -> Found? {
        locals[name, default: 0] > 0 ? nil : (name, at)
    }

    private mutating func firstUncovered(
        among names: [Name], _ isCovered: (Expression) -> Bool
    ) -> Found? {
        for name in names {
            let variable = Expression(.variable(name.text), at: name.at)
            if let found = firstUncovered(in: variable, where: isCovered) { return found }
        }
        return nil
    }

    /// The first in parts that see variables of their own.
    private mutating func bound(
        _ names: [String], _ parts: [Expression?], _ isCovered: (Expression) -> Bool
    ) -> Found? {
        for name in names { locals[name, default: 0] += 1 }
        defer { for name in names { locals[name, default: 0] -= 1 } }
        for case let part? in parts {
            if let found = firstUncovered(in: part, where: isCovered) { return found }
        }
        return nil
    }
}

extension PatternPart {
    /// The names of the path, its nodes and its relationships.
    var names: [Name] {
        [variable, start.variable].compactMap { $0 }
            + hops.flatMap { [$0.relationship.variable, $0.node.variable].compactMap { $0 } }
    }
}
