internal import Cypher
internal import Resources

extension JSONWriter {
    /// Writes a row as an object with a member for each column.
    mutating func write(row: [CypherValue], _ columns: [String]) {
        object { object in
            for (column, value) in zip(columns, row) {
                object.key(column)
                object.write(value)
            }
        }
    }

    /// Writes a value of the query language: nodes and relationships as objects with `id`, times
    /// and durations as ISO 8601 texts.
    mutating func write(_ value: CypherValue) {
        switch value {
        case .null: writeNull()
        case .boolean(let bool): write(bool)
        case .integer(let int): write(int)
        case .float(let float): write(Value.float(float))
        case .string(let text): write(text)
        case .bytes(let bytes): write(Value.bytes(bytes))
        case .list(let list): array { writer in for element in list { writer.write(element) } }
        case .map(let map): write(map)
        case .node(let node): write(node)
        case .relationship(let relationship): write(relationship)
        case .path(let path):
            object { writer in
                writer.key("nodes")
                writer.array { list in for node in path.nodes { list.write(node) } }
                writer.key("relationships")
                writer.array { list in for hop in path.relationships { list.write(hop) } }
            }
        case .date, .localTime, .time, .localDateTime, .dateTime, .duration: write(value.text)
        }
    }

    private mutating func write(_ map: CypherMap) {
        object { object in
            for (key, value) in map.entries {
                object.key(key)
                object.write(value)
            }
        }
    }

    private mutating func write(_ node: NodeValue) {
        object { object in
            object.member("id", node.elementID)
            object.key("labels")
            object.array { list in for label in node.labels { list.write(label) } }
            object.key("properties")
            object.write(node.properties)
        }
    }

    private mutating func write(_ relationship: RelationshipValue) {
        object { object in
            object.member("id", relationship.elementID)
            object.member("type", relationship.type)
            object.member("start", relationship.startElementID)
            object.member("end", relationship.endElementID)
            object.key("properties")
            object.write(relationship.properties)
        }
    }

    /// Writes a plan as a tree of operators.
    mutating func write(_ plan: PlanDescription) {
        object { object in
            object.member("operator", plan.name)
            object.member("detail", plan.detail)
            object.member("estimatedRows", .float(plan.estimatedRows))
            if let rows = plan.rows { object.member("rows", Int64(rows)) }
            if let hits = plan.hits { object.member("hits", Int64(hits)) }
            object.key("children")
            object.array { list in for child in plan.children { list.write(child) } }
        }
    }
}
