extension Machine {
    private func changing() throws(CypherError) -> Writer<Graph> {
        guard let writer else {
            throw .runtime(
                .readOnly, .changesAreCommands,
                "Queries only read this graph; commands change Pisces: see `pisces apply`")
        }
        return writer
    }

    func create(_ creation: Creation) throws(CypherError) {
        let writer = try changing()
        for item in creation.items {
            switch item {
            case .node(let node):
                let properties = try map(node.properties)
                let id = writer.createNode(&graph, node.labels, properties)
                row[node.slot] = .node(NodeValue(id: id))
            case .relationship(let wanted):
                let properties = try map(wanted.properties)
                guard let start = try node(wanted.start), let end = try node(wanted.end) else {
                    throw .runtime(
                        .entityNotFound, .invalidArgumentValue,
                        "A relationship needs two nodes; one of them is null")
                }
                let id = writer.createRelationship(
                    &graph, wanted.type, start, end, properties)
                row[wanted.slot] = .relationship(RelationshipValue(id: id))
            case .path(let path): row[path.slot] = try value(path.code)
            }
        }
    }

    private func map(_ code: Code?) throws(CypherError) -> CypherMap {
        guard let code else { return CypherMap() }
        guard case .map(let map) = try value(code) else {
            throw .runtime(
                .typeError, .invalidArgumentType, "The properties of a pattern are a map")
        }
        var kept = CypherMap()
        for (key, value) in map.entries where !value.isNull {
            try Self.checkStorable(value, key)
            kept[key] = value
        }
        return kept
    }

    /// Properties are plain values, or lists of them.
    private static func checkStorable(
        _ value: CypherValue, _ key: String
    ) throws(CypherError) {
        var isStorable = true
        switch value {
        case .map, .node, .relationship, .path: isStorable = false
        case .list(let items):
            for item in items {
                switch item {
                case .map, .node, .relationship, .path, .list, .null: isStorable = false
                default: break
                }
            }
        default: break
        }
        if !isStorable {
            throw .runtime(
                .typeError, .invalidPropertyType,
                "The property `\(key)` cannot hold \(value.shortText); it takes plain values "
                    + "and lists of them")
        }
    }

    func delete(_ value: CypherValue, _ isDetach: Bool) throws(CypherError) {
        let writer = try changing()
        switch value {
        case .null: break
        case .node(let node):
            guard try graph.nodeExists(node.id) else { return }
            if !isDetach { deletedNodes.append(node.id) }
            if isDetach { writer.deleteNode(&graph, node.id) }
        case .relationship(let relationship):
            writer.deleteRelationship(&graph, relationship.id)
        case .path(let path):
            for relationship in path.relationships {
                writer.deleteRelationship(&graph, relationship.id)
            }
            for node in path.nodes { try delete(.node(node), isDetach) }
        case .list(let values): for value in values { try delete(value, isDetach) }
        default:
            throw .runtime(
                .typeError, .invalidArgumentType,
                "DELETE takes nodes, relationships and paths, not \(value.typeName)")
        }
    }

    /// Nodes deleted without DETACH go once the clause has taken their relationships.
    func finishDeleting() throws(CypherError) {
        guard !deletedNodes.isEmpty else { return }
        let writer = try changing()
        let waiting = deletedNodes
        deletedNodes = []
        for node in waiting where try graph.nodeExists(node) {
            var cursor = try graph.neighbours(of: node, .both, types: [])
            if try cursor.next() != nil {
                throw .runtime(
                    .constraintVerificationFailed, .deleteConnectedNode,
                    "Node \(node) still has relationships; delete them too, or use "
                        + "DETACH DELETE")
            }
            writer.deleteNode(&graph, node)
        }
    }

    func assign(_ item: Assigned) throws(CypherError) {
        let writer = try changing()
        switch item {
        case .property(let subject, let key, let code):
            let value = try value(code)
            try Self.checkStorable(value, key)
            switch try self.value(subject) {
            case .node(let node): writer.setNode(&graph, node.id, key, value)
            case .relationship(let relationship):
                writer.setRelationship(&graph, relationship.id, key, value)
            case .null: break
            case let other: throw CypherValue.wrongType("SET", other, "an entity")
            }
        case .replace(let slot, let code): try assign(slot, try value(code), replaces: true)
        case .merge(let slot, let code): try assign(slot, try value(code), replaces: false)
        case .addLabels(let slot, let labels):
            guard let node = try node(slot) else { return }
            for label in labels { writer.addLabel(&graph, node, label) }
        case .removeLabels(let slot, let labels):
            guard let node = try node(slot) else { return }
            for label in labels { writer.removeLabel(&graph, node, label) }
        }
    }

    private func assign(
        _ slot: Int, _ value: CypherValue, replaces: Bool
    ) throws(CypherError) {
        if row[slot].isNull { return }
        guard let properties = try properties(of: value) else {
            throw CypherValue.wrongType("SET", value, "a map")
        }
        let writer = try changing()
        var changes = properties
        if replaces, let before = try self.properties(of: row[slot]) {
            for key in before.keys where changes[key] == nil { changes[key] = .null }
        }
        for (key, value) in changes.entries {
            try Self.checkStorable(value, key)
            switch row[slot] {
            case .node(let node): writer.setNode(&graph, node.id, key, value)
            case .relationship(let relationship):
                writer.setRelationship(&graph, relationship.id, key, value)
            default: break
            }
        }
    }
}
