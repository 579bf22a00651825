/// A node. Within the executor it is only its `id`; what leaves the executor is described:
/// labels and properties have been read from the graph.
public struct NodeValue: Sendable, Hashable {
    package let id: Int64
    private let description: Description?

    private final class Description: Sendable {
        let elementID: String
        let labels: [String]
        let properties: CypherMap

        init(_ elementID: String, _ labels: [String], _ properties: CypherMap) {
            self.elementID = elementID
            self.labels = labels
            self.properties = properties
        }
    }

    /// A handle: the graph knows the rest.
    package init(id: Int64) {
        self.id = id
        description = nil
    }

    /// A described node.
    package init(id: Int64, elementID: String, labels: [String], properties: CypherMap) {
        self.id = id
        description = Description(elementID, labels, properties)
    }

    /// The identity as clients of Bolt 5 see it.
    package var elementID: String { description?.elementID ?? String(id) }
    package var labels: [String] { description?.labels ?? [] }
    package var properties: CypherMap { description?.properties ?? CypherMap() }

    public static func == (left: Self, right: Self) -> Bool { left.id == right.id }
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// A relationship: an `id` within the executor, described when it leaves.
public struct RelationshipValue: Sendable, Hashable {
    package let id: Int64
    private let description: Description?

    private final class Description: Sendable {
        let elementID: String
        let type: String
        let start: NodeValue
        let end: NodeValue
        let properties: CypherMap

        init(
            _ elementID: String, _ type: String, _ start: NodeValue, _ end: NodeValue,
            _ properties: CypherMap
        ) {
            self.elementID = elementID
            self.type = type
            self.start = start
            self.end = end
            self.properties = properties
        }
    }

    /// A handle: the graph knows the rest.
    package init(id: Int64) {
        self.id = id
        description = nil
    }

    /// A described relationship; of `start` and `end` only the identities are asked.
    package init(
        id: Int64, elementID: String, type: String, start: NodeValue, end: NodeValue,
        properties: CypherMap
    ) {
        self.id = id
        description = Description(elementID, type, start, end, properties)
    }

    package var elementID: String { description?.elementID ?? String(id) }
    package var type: String { description?.type ?? "" }
    package var startID: Int64 { description?.start.id ?? -1 }
    package var endID: Int64 { description?.end.id ?? -1 }
    package var startElementID: String { description?.start.elementID ?? "" }
    package var endElementID: String { description?.end.elementID ?? "" }
    package var properties: CypherMap { description?.properties ?? CypherMap() }

    public static func == (left: Self, right: Self) -> Bool { left.id == right.id }
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// A walk: `nodes` has one more than `relationships`; relationship `i` joins nodes `i` and `i + 1`
/// in whatever direction it has.
public struct PathValue: Sendable, Hashable {
    package let nodes: [NodeValue]
    package let relationships: [RelationshipValue]

    package init(nodes: [NodeValue], relationships: [RelationshipValue]) {
        precondition(nodes.count == relationships.count + 1, "a path is a chain")
        self.nodes = nodes
        self.relationships = relationships
    }
}
