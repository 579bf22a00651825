internal import Cypher
internal import Resources

/// Values of standing rows outlive the query that made them, whose numbers of nodes mean nothing
/// to the next: here a node is its identity and what it holds.
extension CypherValue {
    /// The value with numbers of nodes and relationships that are the same in every evaluation.
    var settled: CypherValue {
        switch self {
        case .node(let node): .node(node.settled)
        case .relationship(let relationship): .relationship(relationship.settled)
        case .path(let path):
            .path(
                PathValue(
                    nodes: path.nodes.map(\.settled),
                    relationships: path.relationships.map(\.settled)))
        case .list(let values): .list(values.map(\.settled))
        case .map(let map): .map(CypherMap(map.entries.map { ($0.key, $0.value.settled) }))
        default: self
        }
    }

    /// Adds bytes that are equal exactly when a client sees the same value.
    func write(into bytes: inout [UInt8]) {
        switch self {
        case .node(let node): node.write(into: &bytes)
        case .relationship(let relationship): relationship.write(into: &bytes)
        case .path(let path):
            bytes.write("p", path.nodes.count)
            path.nodes.forEach { $0.write(into: &bytes) }
            path.relationships.forEach { $0.write(into: &bytes) }
        case .list(let values):
            bytes.write("l", values.count)
            values.forEach { $0.write(into: &bytes) }
        case .map(let map): map.write(into: &bytes)
        case .float(let value): bytes.write("f", value.isNaN ? "NaN" : "\(value)")
        case .bytes(let value):
            bytes.write("b", value.count)
            bytes += value
        case .dateTime(let value):
            bytes.write("d", value.description + (value.zone ?? ""))
        default: bytes.write(typeName, text)
        }
    }

    /// True when a client sees the same value.
    func isSame(as other: CypherValue) -> Bool {
        switch (self, other) {
        case (.null, .null): return true
        case (.integer(let left), .integer(let right)): return left == right
        case (.string(let left), .string(let right)): return left.utf8.elementsEqual(right.utf8)
        case (.boolean(let left), .boolean(let right)): return left == right
        default:
            var (left, right): ([UInt8], [UInt8]) = ([], [])
            write(into: &left)
            other.write(into: &right)
            return left == right
        }
    }
}

extension [CypherValue] {
    /// True when a client sees the same row.
    func isSameRow(as other: [CypherValue]) -> Bool {
        elementsEqual(other) { $0.isSame(as: $1) }
    }

    /// Roughly its bytes in memory.
    var rowWeight: Int { reduce(48) { $0 + $1.rowWeight } }
}

extension CypherValue {
    /// With what nodes hold, which the executor does not count.
    fileprivate var rowWeight: Int {
        switch self {
        case .node(let node): 128 + CypherValue.map(node.properties).weight
        case .path(let path): path.nodes.reduce(64) { $0 + CypherValue.node($1).rowWeight }
        case .list(let values): values.reduce(56) { $0 + $1.rowWeight }
        default: weight
        }
    }
}

extension NodeValue {
    /// The node that a resource is.
    init(_ resource: Resource) {
        let text = resource.id.description
        self.init(
            id: text.settledNumber, elementID: text, labels: [Labels.label(of: resource.type)],
            properties: resource.properties)
    }

    fileprivate var settled: NodeValue {
        NodeValue(
            id: elementID.settledNumber, elementID: elementID, labels: labels,
            properties: properties)
    }

    fileprivate func write(into bytes: inout [UInt8]) {
        bytes.write("n", elementID)
        bytes.write("l", labels.joined(separator: ":"))
        properties.write(into: &bytes)
    }
}

extension RelationshipValue {
    fileprivate var settled: RelationshipValue {
        func end(_ text: String) -> NodeValue {
            NodeValue(
                id: text.settledNumber, elementID: text, labels: [], properties: CypherMap())
        }
        return RelationshipValue(
            id: elementID.settledNumber, elementID: elementID, type: type,
            start: end(startElementID), end: end(endElementID), properties: properties)
    }

    fileprivate func write(into bytes: inout [UInt8]) {
        bytes.write("r", elementID)
        properties.write(into: &bytes)
    }
}

extension CypherMap {
    fileprivate func write(into bytes: inout [UInt8]) {
        bytes.write("m", count)
        for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
            bytes.write("k", key)
            value.write(into: &bytes)
        }
    }
}

extension [UInt8] {
    fileprivate mutating func write(_ kind: String, _ text: String) {
        write(kind, text.utf8.count)
        self += text.utf8
    }

    fileprivate mutating func write(_ kind: String, _ count: Int) {
        self += kind.utf8
        for shift in [24, 16, 8, 0] { append(UInt8(truncatingIfNeeded: count >> shift)) }
    }
}

extension String {
    /// A number for an element's text: FNV-1a, without the sign.
    fileprivate var settledNumber: Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int64(hash & UInt64(Int64.max))
    }
}
