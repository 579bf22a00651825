import Cypher

/// A scratch graph whose handles end when it is told to forget: each has the number of its
/// generation in it, so that one of an earlier generation is known when it is used.
final class ForgettingGraph: PropertyGraph {
    private let graph: ScratchGraph
    private var generation: Int64 = 0
    /// How often it was told to forget.
    var forgotten: Int { Int(generation) }
    /// How often a handle was used that had ended.
    private(set) var stale = 0

    init(_ graph: ScratchGraph) { self.graph = graph }

    struct Nodes: GraphCursor {
        let graph: ForgettingGraph
        var cursor: ScratchNodes

        mutating func next() throws(CypherError) -> Int64? { cursor.next().map(graph.handle) }
    }

    struct Neighbours: GraphCursor {
        let graph: ForgettingGraph
        var cursor: ScratchNeighbours

        mutating func next() throws(CypherError) -> Neighbour? {
            cursor.next().map {
                Neighbour(
                    relationship: graph.handle($0.relationship), node: graph.handle($0.node))
            }
        }
    }

    private func handle(_ number: Int64) -> Int64 { generation << 32 | number }

    private func number(_ handle: Int64) -> Int64 {
        if handle >> 32 != generation { stale += 1 }
        return handle & 0xffff_ffff
    }

    func forgetNodes() { generation += 1 }

    func token(_ name: String) -> GraphToken? { graph.token(name) }
    func name(_ token: GraphToken) -> String { graph.name(token) }
    func labelNames() -> [String] { graph.labelNames() }
    func typeNames() -> [String] { graph.typeNames() }
    func keyNames() -> [String] { graph.keyNames() }
    var nodeCount: Int { graph.nodeCount }
    func nodeCount(label: GraphToken) -> Int { graph.nodeCount(label: label) }
    var relationshipCount: Int { graph.relationshipCount }
    func relationshipCount(type: GraphToken) -> Int { graph.relationshipCount(type: type) }
    func indexedCount(label: GraphToken, key: GraphToken) -> Int? {
        graph.indexedCount(label: label, key: key)
    }

    func nodes() throws(CypherError) -> Nodes { Nodes(graph: self, cursor: graph.nodes()) }
    func nodes(label: GraphToken) throws(CypherError) -> Nodes {
        Nodes(graph: self, cursor: graph.nodes(label: label))
    }
    func nodes(
        label: GraphToken, key: GraphToken, equals value: CypherValue
    ) throws(CypherError) -> Nodes {
        Nodes(graph: self, cursor: graph.nodes(label: label, key: key, equals: value))
    }
    func nodes(
        label: GraphToken, key: GraphToken, in range: ValueRange
    ) throws(CypherError) -> Nodes {
        Nodes(graph: self, cursor: graph.nodes(label: label, key: key, in: range))
    }

    func nodeExists(_ node: Int64) throws(CypherError) -> Bool { graph.nodeExists(number(node)) }
    func hasLabel(_ node: Int64, _ label: GraphToken) throws(CypherError) -> Bool {
        try graph.hasLabel(number(node), label)
    }
    func labels(_ node: Int64) throws(CypherError) -> [String] { try graph.labels(number(node)) }
    func property(ofNode node: Int64, _ key: GraphToken) throws(CypherError) -> CypherValue {
        try graph.property(ofNode: number(node), key)
    }
    func properties(ofNode node: Int64) throws(CypherError) -> CypherMap {
        try graph.properties(ofNode: number(node))
    }
    func elementID(ofNode node: Int64) -> String { graph.elementID(ofNode: number(node)) }
    func neighbours(
        of node: Int64, _ direction: Direction, types: [GraphToken]
    ) throws(CypherError) -> Neighbours {
        Neighbours(
            graph: self, cursor: graph.neighbours(of: number(node), direction, types: types))
    }

    func relationshipExists(_ relationship: Int64) throws(CypherError) -> Bool {
        graph.relationshipExists(number(relationship))
    }
    func type(_ relationship: Int64) throws(CypherError) -> GraphToken {
        try graph.type(number(relationship))
    }
    func ends(_ relationship: Int64) throws(CypherError) -> (start: Int64, end: Int64) {
        let ends = try graph.ends(number(relationship))
        return (handle(ends.start), handle(ends.end))
    }
    func property(
        ofRelationship relationship: Int64, _ key: GraphToken
    ) throws(CypherError) -> CypherValue {
        try graph.property(ofRelationship: number(relationship), key)
    }
    func properties(ofRelationship relationship: Int64) throws(CypherError) -> CypherMap {
        try graph.properties(ofRelationship: number(relationship))
    }
    func elementID(ofRelationship relationship: Int64) -> String {
        graph.elementID(ofRelationship: number(relationship))
    }

    /// The rows of a statement as texts; with `forgets` it may forget.
    func rows(
        _ text: String, _ parameters: CypherMap = CypherMap(), _ strategy: Strategy = .optimised,
        forgets: Bool
    ) throws(CypherError) -> [String] {
        var options = QueryOptions()
        options.strategy = strategy
        options.ownsGraph = forgets
        var query = try Query(
            Statement(parsing: text), parameters: parameters, graph: self, options: options)
        var rows: [String] = []
        while let row = try query.next() {
            rows.append(row.map(\.literal).joined(separator: "|"))
        }
        return rows
    }
}
