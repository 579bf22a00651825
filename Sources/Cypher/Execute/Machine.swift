internal import Resources

/// Runs one plan: the row that all operators share, and what the query has used.
final class Machine<Graph: PropertyGraph> {
    var graph: Graph
    var row: [CypherValue]
    /// The values of the statement's parameters.
    let parameters: [CypherValue]
    let options: QueryOptions
    let now: Now
    /// Operators of subplans, made when they are first asked.
    let subplans: [PlanNode]
    var operators: [Operator<Graph>?]
    /// Changes the graph; nil where the graph cannot be changed.
    let writer: Writer<Graph>?

    /// Bytes held now.
    private(set) var held = 0
    private var steps = 0
    private var deadline: Ticks?
    var random: UInt64
    /// Nodes that a DELETE will take when its rows are done.
    var deletedNodes: [Int64] = []

    /// PROFILE: rows and reads of the graph by operator.
    let profile: Profile?

    init(
        graph: Graph, slots: Int, subplans: [PlanNode], parameters: [CypherValue],
        options: QueryOptions, writer: Writer<Graph>?, profile: Profile?
    ) {
        self.graph = graph
        row = Array(repeating: .null, count: slots)
        self.subplans = subplans
        self.parameters = parameters
        operators = Array(repeating: nil, count: subplans.count)
        self.options = options
        now = Now(wall: options.now, zone: options.zone)
        self.writer = writer
        self.profile = profile
        random = options.seed
    }

    /// Counts a step; every so many looks at the clock.
    func tick() throws(CypherError) {
        steps &+= 1
        if steps & 0x3ff == 0 { try checkTime() }
    }

    private func checkTime() throws(CypherError) {
        guard let clock = options.clock else { return }
        guard let deadline else {
            self.deadline = clock().advanced(byMilliseconds: UInt64(max(0, options.milliseconds)))
            return
        }
        if clock() > deadline {
            throw .runtime(
                .limitExceeded, .timeLimit,
                "The query ran for more than \(options.milliseconds) ms "
                    + "(\(Limits.queryTime.name)); narrow its pattern or add a LIMIT")
        }
    }

    /// Starts the clock.
    func begin() {
        guard let clock = options.clock, deadline == nil else { return }
        deadline = clock().advanced(byMilliseconds: UInt64(max(0, options.milliseconds)))
    }

    /// Gives a query that starts over its whole time and memory.
    func rewind() {
        deadline = nil
        held = 0
    }

    /// Takes memory for what an operator keeps.
    func hold(_ bytes: Int) throws(CypherError) {
        held += bytes
        if held > options.memory {
            throw .runtime(
                .limitExceeded, .memoryLimit,
                "The query needs more than \(options.memory) bytes (\(Limits.queryMemory.name)) "
                    + "to sort, group or collect; narrow its pattern or add a LIMIT")
        }
    }

    /// Gives memory back.
    func release(_ bytes: Int) { held -= bytes }

    /// Counts one read of the graph.
    func hit() { profile?.hit() }

    /// The subplan's operator, reset to its start.
    func start(_ subplan: Int) -> Operator<Graph> {
        if let known = operators[subplan] {
            known.reset(self)
            return known
        }
        let made = Operator<Graph>(subplans[subplan], profile)
        operators[subplan] = made
        return made
    }

    /// The next number of `rand()`, from 0 to below 1 (SplitMix64).
    func nextRandom() -> Double { Double(nextBits() >> 11) * 0x1p-53 }

    /// A random identifier in the form of RFC 9562, version 4.
    func nextIdentifier() -> String {
        let high = nextBits() & 0xffff_ffff_ffff_0fff | 0x4000
        let low = nextBits() & 0x3fff_ffff_ffff_ffff | 1 << 63
        var digits: [Character] = []
        for word in [high, low] {
            let text = String(word, radix: 16)
            digits += Array(String(repeating: "0", count: 16 - text.count) + text)
        }
        for place in [20, 16, 12, 8] { digits.insert("-", at: place) }
        return String(digits)
    }

    private func nextBits() -> UInt64 {
        random &+= 0x9e37_79b9_7f4a_7c15
        var bits = random
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        bits ^= bits >> 31
        return bits
    }
}

/// The changes a machine can make to its graph: closures, so that graphs that cannot be changed
/// need no empty methods.
struct Writer<Graph: PropertyGraph> {
    let createNode: (inout Graph, [String], CypherMap) -> Int64
    let createRelationship: (inout Graph, String, Int64, Int64, CypherMap) -> Int64
    let deleteNode: (inout Graph, Int64) -> Void
    let deleteRelationship: (inout Graph, Int64) -> Void
    let setNode: (inout Graph, Int64, String, CypherValue) -> Void
    let setRelationship: (inout Graph, Int64, String, CypherValue) -> Void
    let addLabel: (inout Graph, Int64, String) -> Void
    let removeLabel: (inout Graph, Int64, String) -> Void
}

extension Writer where Graph: MutableGraph {
    init() {
        createNode = { $0.createNode(labels: $1, properties: $2) }
        createRelationship = { $0.createRelationship($1, from: $2, to: $3, properties: $4) }
        deleteNode = { $0.deleteNode($1) }
        deleteRelationship = { $0.deleteRelationship($1) }
        setNode = { $0.set($2, ofNode: $1, to: $3) }
        setRelationship = { $0.set($2, ofRelationship: $1, to: $3) }
        addLabel = { $0.addLabel($2, to: $1) }
        removeLabel = { $0.removeLabel($2, from: $1) }
    }
}

/// What each operator did: rows it gave and reads of the graph while it worked.
final class Profile {
    private(set) var rows: [Int] = []
    private(set) var hits: [Int] = []
    private(set) var current = 0

    /// The number of one more operator.
    func register() -> Int {
        rows.append(0)
        hits.append(0)
        return rows.count - 1
    }

    func hit() { hits[current] += 1 }
    func row(_ index: Int) { rows[index] += 1 }

    /// Reads of the graph are this operator's from now; gives the one before.
    func enter(_ index: Int) -> Int {
        let before = current
        current = index
        return before
    }

    func leave(to index: Int) { current = index }
}
