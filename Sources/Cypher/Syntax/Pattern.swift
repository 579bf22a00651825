/// A path of a pattern: a node and the hops that follow, perhaps with a name.
package struct PatternPart: Hashable, Sendable {
    package enum Shape: String, Hashable, Sendable {
        case path
        case shortestPath
        case allShortestPaths
    }

    /// The name of the path.
    package let variable: Name?
    package let shape: Shape
    package let start: NodePattern
    package let hops: [Hop]
    package let at: SourceOffset

    package init(
        variable: Name?, shape: Shape, start: NodePattern, hops: [Hop], at: SourceOffset
    ) {
        self.variable = variable
        self.shape = shape
        self.start = start
        self.hops = hops
        self.at = at
    }

    /// All nodes in their order.
    package var nodes: [NodePattern] { [start] + hops.map(\.node) }
}

/// A relationship and the node at its far end.
package struct Hop: Hashable, Sendable {
    package let relationship: RelationshipPattern
    package let node: NodePattern

    package init(relationship: RelationshipPattern, node: NodePattern) {
        self.relationship = relationship
        self.node = node
    }
}

/// `(n:Label {key: value})`.
package struct NodePattern: Hashable, Sendable {
    package let variable: Name?
    /// All must be there.
    package let labels: [Name]
    /// A map or a parameter.
    package let properties: Expression?
    package let at: SourceOffset

    package init(variable: Name?, labels: [Name], properties: Expression?, at: SourceOffset) {
        self.variable = variable
        self.labels = labels
        self.properties = properties
        self.at = at
    }
}

/// `-[r:TYPE|OTHER *1..3 {key: value}]->`.
package struct RelationshipPattern: Hashable, Sendable {
    package enum Direction: Hashable, Sendable {
        /// `-->`
        case outgoing
        /// `<--`
        case incoming
        /// `--` and `<-->`
        case either
    }

    package let variable: Name?
    /// Any of these; none means any type.
    package let types: [Name]
    package let direction: Direction
    /// With it the pattern matches several hops and the variable is a list.
    package let length: HopRange?
    /// A map or a parameter; of several hops each must match.
    package let properties: Expression?
    package let at: SourceOffset

    package init(
        variable: Name?, types: [Name], direction: Direction, length: HopRange?,
        properties: Expression?, at: SourceOffset
    ) {
        self.variable = variable
        self.types = types
        self.direction = direction
        self.length = length
        self.properties = properties
        self.at = at
    }
}

/// `*`, `*2`, `*1..`, `*..3`, `*1..3`. A missing least is 1; a missing most is no bound.
package struct HopRange: Hashable, Sendable {
    package let least: Int64?
    package let most: Int64?
    package let at: SourceOffset

    package init(least: Int64?, most: Int64?, at: SourceOffset) {
        self.least = least
        self.most = most
        self.at = at
    }
}
