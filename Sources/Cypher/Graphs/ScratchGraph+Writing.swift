/// A graph that the writing clauses may change.
public protocol MutableGraph: PropertyGraph {
    mutating func intern(_ name: String) -> GraphToken
    mutating func createNode(labels: [String], properties: CypherMap) -> Int64
    mutating func createRelationship(
        _ type: String, from start: Int64, to end: Int64, properties: CypherMap
    ) -> Int64
    mutating func deleteNode(_ node: Int64)
    mutating func deleteRelationship(_ relationship: Int64)
    /// Sets a property; null takes it away.
    mutating func set(_ key: String, ofNode node: Int64, to value: CypherValue)
    mutating func set(
        _ key: String, ofRelationship relationship: Int64, to value: CypherValue)
    mutating func addLabel(_ label: String, to node: Int64)
    mutating func removeLabel(_ label: String, from node: Int64)
}

extension ScratchGraph: MutableGraph {
    public mutating func createNode(labels: [String], properties: CypherMap) -> Int64 {
        let id = Int64(nodeRecords.count)
        nodeRecords.append(NodeRecord())
        aliveNodes += 1
        for label in labels { addLabel(label, to: id) }
        for (key, value) in properties.entries { set(key, ofNode: id, to: value) }
        return id
    }

    public mutating func createRelationship(
        _ type: String, from start: Int64, to end: Int64, properties: CypherMap
    ) -> Int64 {
        let id = Int64(relationshipRecords.count)
        let token = intern(type)
        relationshipRecords.append(RelationshipRecord(type: token, start: start, end: end))
        nodeRecords[Int(start)].out.append(
            Adjacency(relationship: id, node: end, type: token))
        nodeRecords[Int(end)].in.append(
            Adjacency(relationship: id, node: start, type: token))
        aliveRelationships += 1
        typeCounts[Int(token.number)] += 1
        for (key, value) in properties.entries { set(key, ofRelationship: id, to: value) }
        return id
    }

    public mutating func deleteNode(_ node: Int64) {
        let index = Int(node)
        guard nodeRecords[index].isAlive else { return }
        let record = nodeRecords[index]
        for entry in record.out + record.in { deleteRelationship(entry.relationship) }
        for (key, value) in record.properties { unindex(node, key, value) }
        nodeRecords[index].isAlive = false
        aliveNodes -= 1
        for label in record.labels { labelCounts[Int(label.number)] -= 1 }
    }

    public mutating func deleteRelationship(_ relationship: Int64) {
        let index = Int(relationship)
        guard relationshipRecords[index].isAlive else { return }
        let record = relationshipRecords[index]
        relationshipRecords[index].isAlive = false
        nodeRecords[Int(record.start)].out.removeAll { $0.relationship == relationship }
        nodeRecords[Int(record.end)].in.removeAll { $0.relationship == relationship }
        aliveRelationships -= 1
        typeCounts[Int(record.type.number)] -= 1
    }

    public mutating func set(_ key: String, ofNode node: Int64, to value: CypherValue) {
        let token = intern(key)
        let index = Int(node)
        if let place = nodeRecords[index].properties.firstIndex(where: { $0.key == token }) {
            unindex(node, token, nodeRecords[index].properties[place].value)
            if value.isNull {
                nodeRecords[index].properties.remove(at: place)
            } else {
                nodeRecords[index].properties[place].value = value
            }
        } else if !value.isNull {
            nodeRecords[index].properties.append((token, value))
        }
        guard !value.isNull else { return }
        for place in indexes.indices
        where indexes[place].key == token
            && nodeRecords[index].labels.contains(indexes[place].label)
        {
            indexes[place].insert(node, value)
        }
    }

    private mutating func unindex(_ node: Int64, _ key: GraphToken, _ value: CypherValue) {
        for place in indexes.indices where indexes[place].key == key {
            indexes[place].remove(node, value)
        }
    }

    public mutating func set(
        _ key: String, ofRelationship relationship: Int64, to value: CypherValue
    ) {
        let token = intern(key)
        let index = Int(relationship)
        let place = relationshipRecords[index].properties.firstIndex { $0.key == token }
        switch (place, value.isNull) {
        case (.some(let place), true):
            relationshipRecords[index].properties.remove(at: place)
        case (.some(let place), false):
            relationshipRecords[index].properties[place].value = value
        case (.none, false): relationshipRecords[index].properties.append((token, value))
        case (.none, true): break
        }
    }

    public mutating func addLabel(_ label: String, to node: Int64) {
        let token = intern(label)
        guard !nodeRecords[Int(node)].labels.contains(token) else { return }
        nodeRecords[Int(node)].labels.append(token)
        labelCounts[Int(token.number)] += 1
        // A label that was taken away and comes back is listed already.
        if labelled[Int(token.number)].last ?? -1 < node {
            labelled[Int(token.number)].append(node)
        } else if !labelled[Int(token.number)].contains(node) {
            labelled[Int(token.number)].append(node)
        }
        for place in indexes.indices where indexes[place].label == token {
            for (key, value) in nodeRecords[Int(node)].properties
            where key == indexes[place].key {
                indexes[place].insert(node, value)
            }
        }
    }

    public mutating func removeLabel(_ label: String, from node: Int64) {
        let token = intern(label)
        guard let place = nodeRecords[Int(node)].labels.firstIndex(of: token) else { return }
        nodeRecords[Int(node)].labels.remove(at: place)
        labelCounts[Int(token.number)] -= 1
        for place in indexes.indices where indexes[place].label == token {
            for (key, value) in nodeRecords[Int(node)].properties
            where key == indexes[place].key {
                indexes[place].remove(node, value)
            }
        }
    }

    /// Keeps the nodes of a label findable by a property from now on.
    public mutating func createIndex(label: String, key: String) {
        var index = ScratchIndex(label: intern(label), key: intern(key))
        guard self.index(index.label, index.key) == nil else { return }
        for (node, record) in nodeRecords.enumerated()
        where record.isAlive && record.labels.contains(index.label) {
            for (key, value) in record.properties where key == index.key {
                index.insert(Int64(node), value)
            }
        }
        indexes.append(index)
    }
}
