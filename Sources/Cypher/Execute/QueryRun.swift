/// A query under way: its columns, and its rows one at a time.
public struct Query<Graph: PropertyGraph> {
    /// The names of the columns as written in the statement; empty when it returns nothing.
    public let columns: [String]
    /// What the plan is, for EXPLAIN and PROFILE.
    public let mode: StatementMode
    /// True when the statement may change the graph.
    public let hasWrites: Bool

    private let machine: Machine<Graph>
    private let root: Operator<Graph>
    /// Gives the next row. The closure is made where the graph is known, so that all behind it can
    /// be specialised for that graph; who takes the rows need not know it.
    private let advance: () throws(CypherError) -> [CypherValue]?
    private let plan: PlanNode
    private let profile: Profile?
    /// The slot of a variable that is bound before the query begins.
    private let seed: Int?
    private var given = 0
    private var isDone = false

    /// Plans a checked statement for a graph that queries only read.
    public init(
        _ statement: Statement, parameters: CypherMap = CypherMap(), graph: Graph,
        options: QueryOptions = QueryOptions()
    ) throws(CypherError) {
        try self.init(statement, parameters, graph, options, writer: nil)
    }

    /// Runs a statement that was planned for this graph, or for one of the same content and names.
    public init(
        _ prepared: PreparedStatement, parameters: CypherMap, graph: Graph, options: QueryOptions
    ) throws(CypherError) {
        try self.init(prepared, parameters, graph, options, nil)
    }

    /// Plans a checked statement around a node variable of its pattern that is bound before it
    /// begins: each `begin(at:)` starts it over from that node.
    package init(
        _ statement: Statement, seededAt variable: String, parameters: CypherMap = CypherMap(),
        graph: Graph, options: QueryOptions = QueryOptions()
    ) throws(CypherError) {
        try self.init(statement, parameters, graph, options, writer: nil, seed: variable)
        isDone = true
    }

    private init(
        _ statement: Statement, _ parameters: CypherMap, _ graph: Graph,
        _ options: QueryOptions, writer: Writer<Graph>?, seed variable: String? = nil
    ) throws(CypherError) {
        if statement.isWriting && writer == nil {
            throw CypherError(
                .readOnly, .changesAreCommands, .compileTime,
                "Queries only read this graph; commands change Pisces: see `pisces apply`")
        }
        let prepared = try PreparedStatement(
            statement, parameters: parameters, graph: graph, strategy: options.strategy,
            seed: variable)
        try self.init(prepared, parameters, graph, options, writer)
    }

    private init(
        _ prepared: PreparedStatement, _ parameters: CypherMap, _ graph: Graph,
        _ options: QueryOptions, _ writer: Writer<Graph>?
    ) throws(CypherError) {
        hasWrites = prepared.statement.isWriting
        mode = prepared.statement.mode
        plan = prepared.node
        columns = prepared.columns
        seed = prepared.seed
        profile = mode == .profile ? Profile() : nil
        let machine = Machine(
            graph: graph, slots: prepared.width, subplans: prepared.subplans,
            parameters: try prepared.statement.values(of: parameters), options: options,
            writer: writer, profile: profile)
        let forgets =
            options.ownsGraph && prepared.forgets
            && !machine.parameters.contains(where: \.hasEntities)
        let root = Operator<Graph>(plan, profile, forgets: forgets)
        let slots = prepared.slots
        self.machine = machine
        self.root = root
        advance = { () throws(CypherError) -> [CypherValue]? in
            machine.begin()
            // Without columns the rows are nobody's.
            if slots.isEmpty { while try root.next(machine) {} }
            guard !slots.isEmpty, try root.next(machine) else { return nil }
            var values: [CypherValue] = []
            values.reserveCapacity(slots.count)
            for slot in slots { values.append(try machine.described(machine.row[slot])) }
            return values
        }
        isDone = mode == .explain
    }

    /// How many rows all operators together are expected to give: what a run costs, about.
    package var estimate: Double { plan.estimateOfAll }

    /// The graph as this query sees it; after the last row, with its changes.
    public var graph: Graph { machine.graph }

    /// The next row, nil at the end. A query that returns nothing is run by one call.
    public mutating func next() throws(CypherError) -> [CypherValue]? {
        if isDone { return nil }
        guard let values = try advance() else {
            isDone = true
            return nil
        }
        given += 1
        if given > machine.options.rows { throw tooManyRows() }
        return values
    }

    /// Starts a seeded query over: its rows are those in which the seed is `node`.
    package mutating func begin(at node: Int64) {
        guard let seed else { return }
        root.reset(machine)
        machine.rewind()
        machine.row[seed] = .node(NodeValue(id: node))
        (given, isDone) = (0, false)
    }

    private func tooManyRows() -> CypherError {
        .runtime(
            .limitExceeded, .rowLimit,
            "The query gives more than \(machine.options.rows) rows; add a LIMIT or aggregate")
    }

    /// The plan as a tree of words; with figures once a PROFILE has run.
    package var explanation: PlanDescription {
        PlanDescription(plan, graph: machine.graph, profile: profile)
    }
}

extension Query where Graph: MutableGraph {
    /// Plans a checked statement that may change the graph. The change is in `graph` once the
    /// last row was taken; until then the caller's graph is as it was.
    public init(
        changing statement: Statement, parameters: CypherMap = CypherMap(), graph: Graph,
        options: QueryOptions = QueryOptions()
    ) throws(CypherError) {
        try self.init(statement, parameters, graph, options, writer: Writer())
    }
}
