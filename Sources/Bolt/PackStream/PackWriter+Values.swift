internal import Cypher

extension PackWriter {
    /// Writes any value of the query language.
    mutating func write(_ value: CypherValue) {
        switch value {
        case .null: writeNull()
        case .boolean(let value): write(value)
        case .integer(let value): write(value)
        case .float(let value): write(value)
        case .string(let value): write(value)
        case .bytes(let value): write(value)
        case .list(let items):
            writeList(items.count)
            for item in items { write(item) }
        case .map(let map): write(map)
        case .node(let node): write(node)
        case .relationship(let relationship): write(relationship)
        case .path(let path): write(path)
        case .date(let date):
            writeStructure(PackStructure.date, fields: 1)
            write(date.days)
        case .localTime(let time):
            writeStructure(PackStructure.localTime, fields: 1)
            write(time.nanoseconds)
        case .time(let time):
            writeStructure(PackStructure.time, fields: 2)
            write(time.nanoseconds)
            write(Int64(time.offset))
        case .localDateTime(let moment):
            writeStructure(PackStructure.localDateTime, fields: 2)
            write(moment.seconds)
            write(Int64(moment.nanoseconds))
        case .dateTime(let moment): write(moment)
        case .duration(let duration): write(duration)
        }
    }

    mutating func write(_ map: CypherMap) {
        writeMap(map.count)
        for (key, value) in map.entries {
            write(key)
            write(value)
        }
    }

    private mutating func write(_ node: NodeValue) {
        writeStructure(PackStructure.node, fields: dialect.elementIDs ? 4 : 3)
        write(node.id)
        writeList(node.labels.count)
        for label in node.labels { write(label) }
        write(node.properties)
        if dialect.elementIDs { write(node.elementID) }
    }

    private mutating func write(_ relationship: RelationshipValue) {
        writeStructure(PackStructure.relationship, fields: dialect.elementIDs ? 8 : 5)
        write(relationship.id)
        write(relationship.startID)
        write(relationship.endID)
        write(relationship.type)
        write(relationship.properties)
        if dialect.elementIDs {
            write(relationship.elementID)
            write(relationship.startElementID)
            write(relationship.endElementID)
        }
    }

    /// A path names each node and relationship once and then walks through them: pairs of a
    /// relationship's number from 1, negative against its direction, and a node's from 0.
    private mutating func write(_ path: PathValue) {
        var nodes: [NodeValue] = []
        var relationships: [RelationshipValue] = []
        var walk: [Int64] = []
        walk.reserveCapacity(path.relationships.count * 2)
        if let first = path.nodes.first { nodes.append(first) }
        var places = [path.nodes.first?.id ?? 0: Int64(0)]
        var numbers: [Int64: Int64] = [:]
        for (index, relationship) in path.relationships.enumerated() {
            let (from, to) = (path.nodes[index], path.nodes[index + 1])
            let number: Int64
            if let known = numbers[relationship.id] {
                number = known
            } else {
                relationships.append(relationship)
                number = Int64(relationships.count)
                numbers[relationship.id] = number
            }
            if places[to.id] == nil {
                places[to.id] = Int64(nodes.count)
                nodes.append(to)
            }
            let forward = relationship.startID == from.id && relationship.endID == to.id
            walk.append(forward ? number : -number)
            walk.append(places[to.id] ?? 0)
        }
        writeStructure(PackStructure.path, fields: 3)
        writeList(nodes.count)
        for node in nodes { write(node) }
        writeList(relationships.count)
        for relationship in relationships { writeUnbound(relationship) }
        writeList(walk.count)
        for step in walk { write(step) }
    }

    private mutating func writeUnbound(_ relationship: RelationshipValue) {
        writeStructure(PackStructure.unboundRelationship, fields: dialect.elementIDs ? 4 : 3)
        write(relationship.id)
        write(relationship.type)
        write(relationship.properties)
        if dialect.elementIDs { write(relationship.elementID) }
    }

    private mutating func write(_ moment: CypherDateTime) {
        let (signature, zoned) =
            dialect.utc
            ? (PackStructure.dateTime, PackStructure.dateTimeZone)
            : (PackStructure.legacyDateTime, PackStructure.legacyDateTimeZone)
        writeStructure(moment.zone == nil ? signature : zoned, fields: 3)
        write(dialect.utc ? moment.seconds : moment.seconds &+ Int64(moment.offset))
        write(Int64(moment.nanoseconds))
        if let zone = moment.zone { write(zone) } else { write(Int64(moment.offset)) }
    }

    private mutating func write(_ duration: CypherDuration) {
        writeStructure(PackStructure.duration, fields: 4)
        write(duration.months)
        write(duration.days)
        write(duration.seconds)
        write(Int64(duration.nanoseconds))
    }
}
