/// A property graph in memory, as values: a copy is a snapshot and costs nothing until one of
/// the two is changed. Tests, what-if questions and the TCK write into such graphs.
public struct ScratchGraph: Sendable {
    /// Names of labels, types and keys by number.
    var names: [String] = []
    var numbers: [String: Int32] = [:]

    var nodeRecords: [NodeRecord] = []
    var relationshipRecords: [RelationshipRecord] = []
    var aliveNodes = 0
    var aliveRelationships = 0

    /// Nodes that have, or had, a label, by the label's number, in the order of their creation.
    var labelled: [[Int64]] = []
    /// Living nodes by label, and living relationships by type.
    var labelCounts: [Int] = []
    var typeCounts: [Int] = []

    var indexes: [ScratchIndex] = []

    struct NodeRecord: Sendable {
        var isAlive = true
        var labels: [GraphToken] = []
        var properties: [(key: GraphToken, value: CypherValue)] = []
        var out: [Adjacency] = []
        var `in`: [Adjacency] = []
    }

    /// A relationship in the list of one of its ends.
    struct Adjacency: Sendable {
        let relationship: Int64
        let node: Int64
        let type: GraphToken
    }

    struct RelationshipRecord: Sendable {
        var isAlive = true
        let type: GraphToken
        let start: Int64
        let end: Int64
        var properties: [(key: GraphToken, value: CypherValue)] = []
    }

    /// An empty graph.
    public init() {}

    /// The number of a name, given to it now if it has none.
    public mutating func intern(_ name: String) -> GraphToken {
        if let number = numbers[name] { return GraphToken(number) }
        let token = GraphToken(Int32(names.count))
        names.append(name)
        numbers[name] = token.number
        labelled.append([])
        labelCounts.append(0)
        typeCounts.append(0)
        return token
    }
}

/// Nodes of one label by the value of one property.
struct ScratchIndex: Sendable {
    let label: GraphToken
    let key: GraphToken
    var nodes: [CypherValue: [Int64]] = [:]
    var count = 0

    mutating func insert(_ node: Int64, _ value: CypherValue) {
        nodes[value, default: []].append(node)
        count += 1
    }

    mutating func remove(_ node: Int64, _ value: CypherValue) {
        guard let index = nodes[value]?.firstIndex(of: node) else { return }
        nodes[value]?.remove(at: index)
        count -= 1
        if nodes[value]?.isEmpty == true { nodes[value] = nil }
    }
}
