extension Machine {
    /// The node in a slot; nil for null.
    func node(_ slot: Int) throws(CypherError) -> Int64? {
        switch row[slot] {
        case .node(let node): return node.id
        case .null: return nil
        case let other:
            throw .runtime(
                .typeError, .invalidArgumentType,
                "A pattern starts from a node, not from \(other.typeName) \(other.shortText)")
        }
    }

    /// True when one of the slots holds the relationship, by itself or in a list.
    func isUsed(_ relationship: Int64, in slots: [Int]) -> Bool {
        for slot in slots {
            switch row[slot] {
            case .relationship(let used): if used.id == relationship { return true }
            case .list(let hops):
                for case .relationship(let used) in hops where used.id == relationship {
                    return true
                }
            default: break
            }
        }
        return false
    }

    /// The number of a name; one that the plan did not find may have been written since.
    func token(_ name: NamedToken) -> GraphToken? { name.token ?? graph.token(name.name) }

    /// The types to follow, empty for all; nil when the graph knows none of them.
    func tokens(_ types: TypeChoice) -> [GraphToken]? {
        switch types {
        case .any: return []
        case .some(let names):
            let known = names.compactMap(token)
            return known.isEmpty ? nil : known
        }
    }

    /// The number of rows that SKIP or LIMIT say.
    func count(_ code: Code, _ clause: String) throws(CypherError) -> Int64 {
        let value = try value(code)
        guard case .integer(let count) = value else {
            throw .runtime(
                .syntaxError, .invalidArgumentType,
                "\(clause) takes an integer, not \(value.typeName) \(value.shortText)")
        }
        if count < 0 {
            throw .runtime(
                .syntaxError, .negativeIntegerArgument,
                "\(clause) takes no negative number; it is \(count)")
        }
        return count
    }

    func tooManyHops() -> CypherError {
        .runtime(
            .limitExceeded, .hopLimit,
            "A walk went beyond \(options.hops) hops; give its length a bound, as in `*1..5`")
    }

    /// What leaves: nodes, relationships and paths are described from the graph.
    func described(_ value: CypherValue) throws(CypherError) -> CypherValue {
        switch value {
        case .node(let node): return .node(try described(node))
        case .relationship(let relationship):
            return .relationship(try described(relationship))
        case .path(let path):
            var nodes: [NodeValue] = []
            for node in path.nodes { nodes.append(try described(node)) }
            var relationships: [RelationshipValue] = []
            for hop in path.relationships { relationships.append(try described(hop)) }
            return .path(PathValue(nodes: nodes, relationships: relationships))
        case .list(let values):
            var all: [CypherValue] = []
            all.reserveCapacity(values.count)
            for value in values { all.append(try described(value)) }
            return .list(all)
        case .map(let map):
            var all = CypherMap()
            for (key, value) in map.entries { all[key] = try described(value) }
            return .map(all)
        default: return value
        }
    }

    private func described(_ node: NodeValue) throws(CypherError) -> NodeValue {
        hit()
        guard try graph.nodeExists(node.id) else {
            return NodeValue(
                id: node.id, elementID: graph.elementID(ofNode: node.id), labels: [],
                properties: CypherMap())
        }
        return NodeValue(
            id: node.id, elementID: graph.elementID(ofNode: node.id),
            labels: try graph.labels(node.id), properties: try graph.properties(ofNode: node.id))
    }

    private func described(
        _ relationship: RelationshipValue
    ) throws(CypherError) -> RelationshipValue {
        hit()
        let id = relationship.id
        let (start, end) = try graph.ends(id)
        let isThere = try graph.relationshipExists(id)
        return RelationshipValue(
            id: id, elementID: graph.elementID(ofRelationship: id),
            type: graph.name(try graph.type(id)), start: reference(start), end: reference(end),
            properties: isThere
                ? try graph.properties(ofRelationship: id) : CypherMap())
    }

    /// A node of which only the identities matter.
    private func reference(_ node: Int64) -> NodeValue {
        NodeValue(
            id: node, elementID: graph.elementID(ofNode: node), labels: [],
            properties: CypherMap())
    }
}
