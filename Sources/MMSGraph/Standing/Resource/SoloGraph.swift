internal import Cypher
internal import Resources

/// A graph of one resource: what a statement of class A can see.
struct SoloGraph: PropertyGraph {
    let resource: Resource
    private let tokens = TokenTable()

    init(_ resource: Resource) { self.resource = resource }

    func token(_ name: String) -> GraphToken? { tokens[name] }
    func name(_ token: GraphToken) -> String { tokens.name(token) }

    func labelNames() -> [String] { [Labels.label(of: resource.type)] }
    func typeNames() -> [String] { [] }
    func keyNames() -> [String] { resource.properties.keys.sorted() }

    var nodeCount: Int { 1 }
    func nodeCount(label: GraphToken) -> Int { 1 }
    var relationshipCount: Int { 0 }
    func relationshipCount(type: GraphToken) -> Int { 0 }
    func indexedCount(label: GraphToken, key: GraphToken) -> Int? { nil }

    func nodes() -> Nodes { Nodes(left: 0) }
    func nodes(label: GraphToken) -> Nodes {
        resource.hasLabel(tokens.name(label)) ? Nodes(left: 0) : Nodes(left: nil)
    }
    func nodes(label: GraphToken, key: GraphToken, equals value: CypherValue) -> Nodes {
        nodes(label: label)
    }
    func nodes(label: GraphToken, key: GraphToken, in range: ValueRange) -> Nodes {
        nodes(label: label)
    }

    func nodeExists(_ node: Int64) -> Bool { node == 0 }
    func hasLabel(_ node: Int64, _ label: GraphToken) -> Bool {
        resource.hasLabel(tokens.name(label))
    }
    func labels(_ node: Int64) -> [String] { labelNames() }
    func property(ofNode node: Int64, _ key: GraphToken) -> CypherValue {
        resource.property(tokens.name(key))
    }
    func properties(ofNode node: Int64) -> CypherMap { resource.properties }
    func elementID(ofNode node: Int64) -> String { resource.id.description }

    func neighbours(of node: Int64, _ direction: Direction, types: [GraphToken]) -> Neighbours {
        Neighbours()
    }

    func relationshipExists(_ relationship: Int64) -> Bool { false }
    func type(_ relationship: Int64) -> GraphToken { GraphToken(0) }
    func ends(_ relationship: Int64) -> (start: Int64, end: Int64) { (0, 0) }
    func property(ofRelationship relationship: Int64, _ key: GraphToken) -> CypherValue { .null }
    func properties(ofRelationship relationship: Int64) -> CypherMap { CypherMap() }
    func elementID(ofRelationship relationship: Int64) -> String { "" }

    /// The one node, or none.
    struct Nodes: GraphCursor {
        var left: Int64?
        mutating func next() -> Int64? {
            defer { left = nil }
            return left
        }
    }

    /// A class A statement has no hop to follow.
    struct Neighbours: GraphCursor {
        mutating func next() -> Neighbour? { nil }
    }
}
