internal import Cypher

/// A statement of class B made ready: its anonymous parts have names, its rows carry the
/// identities of all that they matched, and it can begin at any node of its pattern.
struct MatchShape: Sendable {
    /// The whole statement.
    let full: Statement
    /// One start for each node of the pattern.
    let seeds: [Seed]
    /// How many values of a row are the author's; identities of nodes follow, then of
    /// relationships that their ends do not tell apart.
    let width: Int
    let nodes: Int

    struct Seed: Sendable {
        let variable: String
        /// A resource without all of these cannot stand there.
        let labels: [String]
        let statement: Statement
    }

    init(_ statement: Statement) {
        var naming = Naming()
        var matches: [MatchClause] = []
        var items: [ProjectionItem] = []
        var at = SourceOffset(0)
        for clause in statement.query.first.clauses {
            switch clause {
            case .match(let match): matches.append(naming.named(match))
            case .return(let projection):
                items = projection.expandedItems
                at = projection.at
            case .unwind, .with, .call, .create, .merge, .set, .remove, .delete: break
            }
        }
        width = items.count
        nodes = naming.nodes.count
        let identities = naming.nodes + naming.relationships
        let all = items + identities.map { Self.identity(of: $0, at) }
        let result = Projection(
            isDistinct: false, star: nil, items: all, order: [], skip: nil, limit: nil, at: at)
        func rewritten(_ matches: [MatchClause]) -> Statement {
            let query = SingleQuery(clauses: matches.map(Clause.match) + [.return(result)])
            return Statement(
                statement, as: RegularQuery(first: query, unions: []),
                columns: all.map(\.column))
        }
        full = rewritten(matches)
        seeds = naming.nodes.map { variable in
            Seed(
                variable: variable, labels: naming.labels[variable] ?? [],
                statement: rewritten(Self.ordered(matches, from: variable)))
        }
    }

    private static func identity(of variable: String, _ at: SourceOffset) -> ProjectionItem {
        let subject = Expression(.variable(variable), at: at)
        let call = FunctionCall(name: "elementId", isDistinct: false, arguments: [subject])
        let name = " " + variable
        return ProjectionItem(
            expression: Expression(.call(call), at: at), alias: Name(name, at: at),
            text: Verbatim(name))
    }

    /// The clauses in an order in which each hangs on what is bound before it, so that a seed in
    /// the last does not make the first scan. In the order of the text when one reads what another
    /// binds.
    private static func ordered(
        _ matches: [MatchClause], from variable: String
    ) -> [MatchClause] {
        guard matches.count > 1, matches.indices.allSatisfy({ matches[$0].stands(among: matches) })
        else { return matches }
        var left = matches
        var bound: Set<String> = [variable]
        var order: [MatchClause] = []
        while !left.isEmpty {
            let index = left.firstIndex { !$0.variables.isDisjoint(with: bound) } ?? 0
            bound.formUnion(left[index].variables)
            order.append(left.remove(at: index))
        }
        return order
    }
}

extension MatchClause {
    fileprivate var variables: Set<String> {
        var names: Set<String> = []
        pattern.forEach { $0.collectNames(into: &names) }
        return names
    }

    /// True when its expressions speak of its own variables only, or of none that another binds.
    fileprivate func stands(among matches: [MatchClause]) -> Bool {
        var read: Set<String> = []
        Clause.match(self).forEachExpression { $0.collectNames(into: &read) }
        let own = variables
        return matches.allSatisfy { $0.variables.subtracting(own).isDisjoint(with: read) }
    }
}

/// Gives names to the anonymous parts of patterns: names with a space, which no author can write
/// without quotes.
private struct Naming {
    private(set) var nodes: [String] = []
    private(set) var relationships: [String] = []
    private(set) var labels: [String: [String]] = [:]
    private var count = 0

    mutating func named(_ match: MatchClause) -> MatchClause {
        var pattern: [PatternPart] = []
        for part in match.pattern { pattern.append(named(part)) }
        return MatchClause(
            isOptional: false, pattern: pattern, predicate: match.predicate, at: match.at)
    }

    private mutating func named(_ part: PatternPart) -> PatternPart {
        let start = named(part.start)
        var hops: [Hop] = []
        for hop in part.hops {
            let relationship = named(hop.relationship)
            hops.append(Hop(relationship: relationship, node: named(hop.node)))
        }
        return PatternPart(
            variable: part.variable, shape: part.shape, start: start, hops: hops, at: part.at)
    }

    private mutating func named(_ node: NodePattern) -> NodePattern {
        let name = node.variable ?? fresh("node", node.at)
        if !nodes.contains(name.text) { nodes.append(name.text) }
        labels[name.text, default: []] += node.labels.map(\.text)
        return NodePattern(
            variable: name, labels: node.labels, properties: node.properties, at: node.at)
    }

    /// Of one type and direction there is one relationship between two nodes: then the nodes say
    /// which it is.
    private mutating func named(_ relationship: RelationshipPattern) -> RelationshipPattern {
        if relationship.types.count == 1, relationship.direction != .either { return relationship }
        let name = relationship.variable ?? fresh("relationship", relationship.at)
        if !relationships.contains(name.text) { relationships.append(name.text) }
        return RelationshipPattern(
            variable: name, types: relationship.types, direction: relationship.direction,
            length: nil, properties: relationship.properties, at: relationship.at)
    }

    private mutating func fresh(_ kind: String, _ at: SourceOffset) -> Name {
        count += 1
        return Name("\(kind) \(count)", at: at)
    }
}
