internal import Resources

extension Machine {
    /// The value of a function that does not aggregate.
    func call(_ function: Function, _ codes: [Code]) throws(CypherError) -> CypherValue {
        switch function {
        case .coalesce:
            for code in codes {
                let value = try value(code)
                if !value.isNull { return value }
            }
            return .null
        case .rand: return .float(nextRandom())
        case .randomIdentifier: return .string(nextIdentifier())
        case .timestamp: return .integer(options.now.milliseconds)
        default: break
        }
        var arguments: [CypherValue] = []
        arguments.reserveCapacity(codes.count)
        for code in codes { arguments.append(try value(code)) }
        guard let first = arguments.first else {
            return try Functions.call(function, arguments, now: now)
        }
        switch function {
        case .id, .elementID, .labels, .type, .keys, .properties, .startNode, .endNode:
            return first.isNull ? .null : try ask(function, first)
        case .nodes, .relationships, .length:
            return first.isNull ? .null : try ask(function, path: first)
        default: return try Functions.call(function, arguments, now: now)
        }
    }

    /// Functions that ask the graph about an entity.
    private func ask(
        _ function: Function, _ subject: CypherValue
    ) throws(CypherError) -> CypherValue {
        hit()
        switch (function, subject) {
        case (.id, .node(let node)): return .integer(node.id)
        case (.id, .relationship(let relationship)): return .integer(relationship.id)
        case (.elementID, .node(let node)): return .string(graph.elementID(ofNode: node.id))
        case (.elementID, .relationship(let relationship)):
            return .string(graph.elementID(ofRelationship: relationship.id))
        case (.labels, .node(let node)):
            return .list(try graph.labels(node.id).map(CypherValue.string))
        case (.type, .relationship(let relationship)):
            return .string(graph.name(try graph.type(relationship.id)))
        case (.startNode, .relationship(let relationship)):
            return .node(NodeValue(id: try graph.ends(relationship.id).start))
        case (.endNode, .relationship(let relationship)):
            return .node(NodeValue(id: try graph.ends(relationship.id).end))
        case (.keys, _):
            if let map = try properties(of: subject) {
                return .list(map.keys.map(CypherValue.string))
            }
        case (.properties, _):
            if let map = try properties(of: subject) { return .map(map) }
        default: break
        }
        throw Functions.wrong(function, subject)
    }

    private func ask(
        _ function: Function, path subject: CypherValue
    ) throws(CypherError) -> CypherValue {
        guard case .path(let path) = subject else { throw Functions.wrong(function, subject) }
        switch function {
        case .nodes: return .list(path.nodes.map(CypherValue.node))
        case .relationships: return .list(path.relationships.map(CypherValue.relationship))
        default: return .integer(Int64(path.relationships.count))
        }
    }
}
