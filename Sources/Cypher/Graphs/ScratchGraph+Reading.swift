extension ScratchGraph: PropertyGraph {
    public func token(_ name: String) -> GraphToken? { numbers[name].map(GraphToken.init) }
    public func name(_ token: GraphToken) -> String { names[Int(token.number)] }

    public func labelNames() -> [String] { names(counted: labelCounts) }
    public func typeNames() -> [String] { names(counted: typeCounts) }

    private func names(counted counts: [Int]) -> [String] {
        zip(names, counts).filter { $1 > 0 }.map(\.0).sorted()
    }

    public func keyNames() -> [String] {
        var used: Set<GraphToken> = []
        for record in nodeRecords where record.isAlive {
            used.formUnion(record.properties.map(\.key))
        }
        for record in relationshipRecords where record.isAlive {
            used.formUnion(record.properties.map(\.key))
        }
        return used.map(name).sorted()
    }

    public var nodeCount: Int { aliveNodes }
    public func nodeCount(label: GraphToken) -> Int { labelCounts[Int(label.number)] }
    public var relationshipCount: Int { aliveRelationships }
    public func relationshipCount(type: GraphToken) -> Int { typeCounts[Int(type.number)] }

    public func indexedCount(label: GraphToken, key: GraphToken) -> Int? {
        guard let index = index(label, key) else { return nil }
        return (index.count + index.nodes.count - 1) / max(1, index.nodes.count)
    }

    func index(_ label: GraphToken, _ key: GraphToken) -> ScratchIndex? {
        indexes.first { $0.label == label && $0.key == key }
    }

    public func nodes() -> ScratchNodes {
        ScratchNodes(records: nodeRecords, candidates: nil, label: nil)
    }

    public func nodes(label: GraphToken) -> ScratchNodes {
        ScratchNodes(
            records: nodeRecords, candidates: labelled[Int(label.number)], label: label)
    }

    public func nodes(label: GraphToken, key: GraphToken, equals value: CypherValue)
        -> ScratchNodes
    {
        let found = index(label, key)?.nodes[value] ?? []
        return ScratchNodes(records: nodeRecords, candidates: found, label: label)
    }

    public func nodes(label: GraphToken, key: GraphToken, in range: ValueRange) -> ScratchNodes {
        let all = index(label, key)?.nodes ?? [:]
        let values = all.keys.filter(range.contains).sorted { $0.order($1) < 0 }
        return ScratchNodes(
            records: nodeRecords, candidates: values.flatMap { all[$0] ?? [] }, label: label)
    }

    private func node(_ node: Int64) -> NodeRecord? {
        guard node >= 0, node < nodeRecords.count else { return nil }
        return nodeRecords[Int(node)]
    }

    private func relationship(_ relationship: Int64) -> RelationshipRecord? {
        guard relationship >= 0, relationship < relationshipRecords.count else { return nil }
        return relationshipRecords[Int(relationship)]
    }

    public func nodeExists(_ node: Int64) -> Bool { self.node(node)?.isAlive ?? false }

    public func hasLabel(_ node: Int64, _ label: GraphToken) throws(CypherError) -> Bool {
        try living(node).labels.contains(label)
    }

    public func labels(_ node: Int64) throws(CypherError) -> [String] {
        try living(node).labels.map(name)
    }

    public func property(
        ofNode node: Int64, _ key: GraphToken
    ) throws(CypherError) -> CypherValue {
        guard node >= 0, node < nodeRecords.count, nodeRecords[Int(node)].isAlive else {
            throw Self.deleted("node", node)
        }
        for entry in nodeRecords[Int(node)].properties where entry.key == key {
            return entry.value
        }
        return .null
    }

    public func properties(ofNode node: Int64) throws(CypherError) -> CypherMap {
        map(try living(node).properties)
    }

    public func elementID(ofNode node: Int64) -> String { String(node) }

    public func neighbours(
        of node: Int64, _ direction: Direction, types: [GraphToken]
    ) -> ScratchNeighbours {
        guard node >= 0, node < nodeRecords.count else {
            return ScratchNeighbours(first: [], second: [], node: node, types: types)
        }
        let index = Int(node)
        return switch direction {
        case .out:
            ScratchNeighbours(
                first: nodeRecords[index].out, second: [], node: node, types: types)
        case .in:
            ScratchNeighbours(
                first: nodeRecords[index].in, second: [], node: node, types: types)
        case .both:
            ScratchNeighbours(
                first: nodeRecords[index].out, second: nodeRecords[index].in, node: node,
                types: types)
        }
    }

    public func relationshipExists(_ relationship: Int64) -> Bool {
        self.relationship(relationship)?.isAlive ?? false
    }

    /// The type outlives the relationship, as the TCK has it.
    public func type(_ relationship: Int64) throws(CypherError) -> GraphToken {
        guard let record = self.relationship(relationship) else {
            throw Self.deleted("relationship", relationship)
        }
        return record.type
    }

    public func ends(
        _ relationship: Int64
    ) throws(CypherError) -> (start: Int64, end: Int64) {
        guard let record = self.relationship(relationship) else {
            throw Self.deleted("relationship", relationship)
        }
        return (record.start, record.end)
    }

    public func property(
        ofRelationship relationship: Int64, _ key: GraphToken
    ) throws(CypherError) -> CypherValue {
        guard let record = self.relationship(relationship), record.isAlive else {
            throw Self.deleted("relationship", relationship)
        }
        return record.properties.first { $0.key == key }?.value ?? .null
    }

    public func properties(
        ofRelationship relationship: Int64
    ) throws(CypherError) -> CypherMap {
        guard let record = self.relationship(relationship), record.isAlive else {
            throw Self.deleted("relationship", relationship)
        }
        return map(record.properties)
    }

    public func elementID(ofRelationship relationship: Int64) -> String {
        String(relationship)
    }

    private func living(_ node: Int64) throws(CypherError) -> NodeRecord {
        guard let record = self.node(node), record.isAlive else {
            throw Self.deleted("node", node)
        }
        return record
    }

    private func map(_ properties: [(key: GraphToken, value: CypherValue)]) -> CypherMap {
        CypherMap(properties.map { (name($0.key), $0.value) })
    }

    static func deleted(_ what: String, _ id: Int64) -> CypherError {
        .runtime(
            .entityNotFound, .deletedEntityAccess,
            "\(what) \(id) was deleted in this statement; read what is needed before")
    }
}

extension ValueRange {
    /// True when a value lies within both bounds.
    public func contains(_ value: CypherValue) -> Bool {
        if let lower, value.compare(lower.value, { lower.inclusive ? $0 >= 0 : $0 > 0 }) != true {
            return false
        }
        if let upper, value.compare(upper.value, { upper.inclusive ? $0 <= 0 : $0 < 0 }) != true {
            return false
        }
        return true
    }
}

/// Nodes of a scratch graph as it was when the scan began.
public struct ScratchNodes: GraphCursor, Sendable {
    let records: [ScratchGraph.NodeRecord]
    /// Which to look at; nil for all.
    let candidates: [Int64]?
    let label: GraphToken?
    var position = 0

    public mutating func next() -> Int64? {
        guard let candidates else {
            while position < records.count {
                position += 1
                if records[position - 1].isAlive { return Int64(position - 1) }
            }
            return nil
        }
        while position < candidates.count {
            let node = candidates[position]
            position += 1
            let record = records[Int(node)]
            guard record.isAlive else { continue }
            if let label, !record.labels.contains(label) { continue }
            return node
        }
        return nil
    }
}

/// Relationships at one node; of a loop only the outgoing side when both are asked.
public struct ScratchNeighbours: GraphCursor, Sendable {
    let first: [ScratchGraph.Adjacency]
    let second: [ScratchGraph.Adjacency]
    let node: Int64
    let types: [GraphToken]
    var position = 0

    public mutating func next() -> Neighbour? {
        while position < first.count {
            let entry = first[position]
            position += 1
            if types.isEmpty || types.contains(entry.type) {
                return Neighbour(relationship: entry.relationship, node: entry.node)
            }
        }
        while position < first.count + second.count {
            let entry = second[position - first.count]
            position += 1
            if entry.node != node, types.isEmpty || types.contains(entry.type) {
                return Neighbour(relationship: entry.relationship, node: entry.node)
            }
        }
        return nil
    }
}
