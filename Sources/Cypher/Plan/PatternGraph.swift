/// The patterns of one MATCH as a graph: what has to be found, and what must hold of it.
struct PatternGraph: Sendable {
    /// Slots of nodes in the order of the text.
    var nodes: [Int] = []
    var edges: [PatternEdge] = []
    var conditions: [Condition] = []
    /// Paths with names, made when all their parts are found.
    var paths: [Assignment] = []
    /// Slots that this MATCH fills.
    var fresh: Set<Int> = []
}

/// A relationship of a pattern.
struct PatternEdge: Sendable {
    let slot: Int
    let start: Int
    let end: Int
    /// Seen from `start`.
    let direction: Direction
    let types: TypeChoice
    /// With it there are several hops.
    let length: HopRange?
    let each: Int
    /// What must hold of each of several hops.
    let predicate: Code?
    let shape: PatternPart.Shape
    /// The relationship was found by an earlier clause.
    let isBound: Bool
}

/// Something that must hold of the row.
struct Condition: Sendable {
    let code: Code
    /// Slots of this MATCH that it reads.
    let reads: Set<Int>
    let use: Use
    let selectivity: Double

    /// How a scan could make use of it.
    enum Use: Sendable {
        case none
        case label(slot: Int, NamedToken)
        case equals(slot: Int, key: NamedToken, Code)
        case range(slot: Int, key: NamedToken, ComparisonOperator, Code)
    }
}
