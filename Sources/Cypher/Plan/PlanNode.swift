/// One operator of a plan with the operators that feed it.
///
/// All operators of a statement share one row of slots. An operator reads the slots that those
/// below it filled and fills its own; nothing is copied from one to the next.
struct PlanNode: Sendable {
    let step: PlanStep
    let inputs: [PlanNode]
    /// How many rows the optimiser expects of it.
    let estimate: Double
    /// How many operators stand above each other, with this one.
    let depth: Int

    init(_ step: PlanStep, _ inputs: [PlanNode], estimate: Double) {
        self.step = step
        self.inputs = inputs
        self.estimate = estimate
        var deepest = 0
        for input in inputs { deepest = max(deepest, input.depth) }
        depth = deepest + 1
    }

    /// The rows of this operator and of all below it.
    var estimateOfAll: Double { inputs.reduce(estimate) { $0 + $1.estimateOfAll } }

    /// The start of a plan, or of a subplan: one row, in which outer slots are filled.
    static let argument = PlanNode(.argument, [], estimate: 1)
}

/// What an operator does.
enum PlanStep: Sendable {
    case argument
    case allNodes(slot: Int)
    case labelScan(slot: Int, label: NamedToken)
    case indexSeek(slot: Int, label: NamedToken, key: NamedToken, value: Code)
    case indexRange(IndexRange)
    case expand(Expand)
    case expandVariable(VariableExpand)
    case shortestPath(ShortestPath)
    /// A relationship that is bound already: its ends, which may be bound too.
    case ends(Expand, knowsStart: Bool, knowsEnd: Bool)
    case filter([Code])
    case project([Assignment])
    /// Rows of the second input for each of the first; nulls where there are none.
    case optional(slots: [Int])
    case unwind(slot: Int, list: Code)
    case sort(Sort)
    case skip(Code)
    case limit(Code, hasWrites: Bool)
    case distinct([Int])
    case aggregate(Aggregation)
    /// The rows of one input after the other; their columns go to the same slots.
    case union(columns: [[Int]], slots: [Int])
    case create(Creation)
    case merge(Merge)
    case set([Assigned], live: [Int])
    case delete([Code], isDetach: Bool, live: [Int])
    case procedure(Procedure, arguments: [Code], slots: [Int?])
}

/// A value for a slot.
struct Assignment: Sendable {
    let slot: Int
    let code: Code
    /// As it stands in the statement.
    let name: String
}

struct IndexRange: Sendable {
    let slot: Int
    let label: NamedToken
    let key: NamedToken
    var lower: (code: Code, inclusive: Bool)?
    var upper: (code: Code, inclusive: Bool)?
}

/// Relationship types to follow.
enum TypeChoice: Sendable {
    case any
    /// Those the graph knows; none of them means that nothing matches.
    case some([NamedToken])

    /// The numbers, empty for any; nil when nothing can match.
    var tokens: [GraphToken]? {
        switch self {
        case .any: return []
        case .some(let names):
            let known = names.compactMap(\.token)
            return known.isEmpty ? nil : known
        }
    }

    /// True when one relationship can be of both.
    func overlaps(_ other: TypeChoice) -> Bool {
        guard case .some(let left) = self, case .some(let right) = other else { return true }
        return left.contains { name in right.contains { $0.name == name.name } }
    }
}

/// One hop from a bound node.
struct Expand: Sendable {
    let from: Int
    let relationship: Int
    let to: Int
    let direction: Direction
    let types: TypeChoice
    /// The far end is bound too and must be the same.
    let isInto: Bool
    /// Slots of relationships, or lists of them, that must be others.
    let unlike: [Int]
}

/// Some hops, each relationship at most once.
struct VariableExpand: Sendable {
    let hop: Expand
    let least: Int
    /// nil: as far as the limit of hops.
    let most: Int?
    /// Each relationship stands in this slot while `predicate` is asked.
    let each: Int
    let predicate: Code?
    /// It is walked from the pattern's end; the list of relationships is turned round.
    let isReversed: Bool
}

/// The shortest walk between two bound nodes.
struct ShortestPath: Sendable {
    let walk: VariableExpand
    let isAll: Bool
}

struct SortKey: Sendable {
    let code: Code
    let isDescending: Bool
    let name: String
}

struct Sort: Sendable {
    let keys: [SortKey]
    /// What is kept of each row.
    let slots: [Int]
    /// Only so many rows from the start are asked for.
    let bounds: [Code]
}

struct Aggregation: Sendable {
    let keys: [Assignment]
    let aggregates: [AggregateCall]
}

struct AggregateCall: Sendable {
    let slot: Int
    let function: Aggregate
    let isDistinct: Bool
    /// None for `count(*)`.
    let arguments: [Code]
    let name: String
}

/// Nodes and relationships to make for each row.
struct Creation: Sendable {
    struct Node: Sendable {
        let slot: Int
        let labels: [String]
        let properties: Code?
    }

    struct Relationship: Sendable {
        let slot: Int
        let type: String
        let start: Int
        let end: Int
        let properties: Code?
    }

    enum Item: Sendable {
        case node(Node)
        case relationship(Relationship)
        /// A path's name.
        case path(Assignment)
    }

    let items: [Item]
    /// Slots that later operators may read.
    let live: [Int]
}

/// `MERGE`: the second input finds; what is not found is created.
struct Merge: Sendable {
    let creation: Creation
    let onCreate: [Assigned]
    let onMatch: [Assigned]
    let live: [Int]
}

/// One assignment of SET or REMOVE.
enum Assigned: Sendable {
    case property(Code, key: String, Code)
    case replace(Int, Code)
    case merge(Int, Code)
    case addLabels(Int, [String])
    case removeLabels(Int, [String])
}

/// Procedures: those that a graph answers by itself, and those that look at the machine when asked.
enum Procedure: String, Sendable, CaseIterable {
    case labels = "db.labels"
    case relationshipTypes = "db.relationshiptypes"
    case propertyKeys = "db.propertykeys"
    case ping = "db.ping"
    case components = "dbms.components"
    case live = "mms.live"
    case process = "mms.process"
    case maps = "mms.maps"
    case file = "mms.file"
    case digest = "mms.digest"
    case packageFiles = "mms.packagefiles"

    /// What it looks at, for one that does.
    var lookup: Lookup? {
        switch self {
        case .labels, .relationshipTypes, .propertyKeys, .ping, .components: nil
        case .live: .live
        case .process: .process
        case .maps: .maps
        case .file: .file
        case .digest: .digest
        case .packageFiles: .packageFiles
        }
    }
}
