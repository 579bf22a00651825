/// A number that a graph gives to a name (of a label, relationship type or property key), so that
/// the executor compares numbers.
public struct GraphToken: Hashable, Sendable {
    public let number: Int32

    public init(_ number: Int32) { self.number = number }
}

/// Which way a relationship is followed from a node.
public enum Direction: Sendable, Hashable {
    case out
    case `in`
    case both
}

/// One relationship seen from one of its ends.
public struct Neighbour: Sendable, Hashable {
    public let relationship: Int64
    public let node: Int64

    public init(relationship: Int64, node: Int64) {
        self.relationship = relationship
        self.node = node
    }
}

/// A range of property values, for an index. A missing bound is open.
public struct ValueRange: Sendable {
    public let lower: (value: CypherValue, inclusive: Bool)?
    public let upper: (value: CypherValue, inclusive: Bool)?

    public init(
        lower: (value: CypherValue, inclusive: Bool)?,
        upper: (value: CypherValue, inclusive: Bool)?
    ) {
        self.lower = lower
        self.upper = upper
    }
}

/// What a cursor gives, one at a time, so that the first row need not wait for the last.
public protocol GraphCursor<Element> {
    associatedtype Element
    mutating func next() throws(CypherError) -> Element?
}

/// What the executor asks of a graph.
///
/// Nodes and relationships are `Int64` handles that mean the same for the life of one query, or
/// until `forgetNodes`.
/// Reads of entities that do not exist give nothing; failures of a store are `StoreError`.
public protocol PropertyGraph {
    associatedtype Nodes: GraphCursor where Nodes.Element == Int64
    associatedtype Neighbours: GraphCursor where Neighbours.Element == Neighbour

    // Names.

    /// The number of a name, nil when no label, type or key is called so.
    func token(_ name: String) -> GraphToken?
    func name(_ token: GraphToken) -> String

    /// Names in use, sorted.
    func labelNames() -> [String]
    func typeNames() -> [String]
    func keyNames() -> [String]

    // Counters for the optimiser; estimates are enough.

    var nodeCount: Int { get }
    func nodeCount(label: GraphToken) -> Int
    var relationshipCount: Int { get }
    func relationshipCount(type: GraphToken) -> Int
    /// How many nodes of a label have one given value of a property, when an index can find them;
    /// nil when there is no such index.
    func indexedCount(label: GraphToken, key: GraphToken) -> Int?

    // Scans.

    func nodes() throws(CypherError) -> Nodes
    func nodes(label: GraphToken) throws(CypherError) -> Nodes
    /// Nodes of a label whose property equals a value; only asked where `indexedCount` answers.
    func nodes(label: GraphToken, key: GraphToken, equals value: CypherValue) throws(CypherError)
        -> Nodes
    /// Nodes of a label whose property lies in a range; only asked where `indexedCount` answers.
    func nodes(label: GraphToken, key: GraphToken, in range: ValueRange) throws(CypherError)
        -> Nodes

    // Nodes.

    func nodeExists(_ node: Int64) throws(CypherError) -> Bool
    func hasLabel(_ node: Int64, _ label: GraphToken) throws(CypherError) -> Bool
    func labels(_ node: Int64) throws(CypherError) -> [String]
    func property(ofNode node: Int64, _ key: GraphToken) throws(CypherError) -> CypherValue
    func properties(ofNode node: Int64) throws(CypherError) -> CypherMap
    func elementID(ofNode node: Int64) -> String

    /// The relationships at a node; empty `types` means all. With `.both` a loop comes once.
    func neighbours(
        of node: Int64, _ direction: Direction, types: [GraphToken]
    ) throws(CypherError) -> Neighbours

    // Relationships.

    func relationshipExists(_ relationship: Int64) throws(CypherError) -> Bool
    func type(_ relationship: Int64) throws(CypherError) -> GraphToken
    func ends(_ relationship: Int64) throws(CypherError) -> (start: Int64, end: Int64)
    func property(
        ofRelationship relationship: Int64, _ key: GraphToken
    ) throws(CypherError) -> CypherValue
    func properties(ofRelationship relationship: Int64) throws(CypherError) -> CypherMap
    func elementID(ofRelationship relationship: Int64) -> String

    /// None of the handles given so far is used any more: they may mean others from now on.
    func forgetNodes()
}

extension PropertyGraph {
    /// Keeps all: a graph whose handles cost nothing.
    public func forgetNodes() {}
}
