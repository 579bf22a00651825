/// A query under way: its columns, and its rows one at a time.
package struct Query<Graph: PropertyGraph> {
    /// The names of the columns as written in the statement; empty when it returns nothing.
    package let columns: [String]
    /// What the plan is, for EXPLAIN and PROFILE.
    package let mode: StatementMode
    /// True when the statement may change the graph.
    package let hasWrites: Bool

    private let slots: [Int]
    private let machine: Machine<Graph>
    private let root: Operator<Graph>
    private let plan: PlanNode
    private let profile: Profile?
    /// The slot of a variable that is bound before the query begins.
    private let seed: Int?
    private var given = 0
    private var isDone = false

    /// Plans a checked statement for a graph that queries only read.
    package init(
        _ statement: Statement, parameters: CypherMap = CypherMap(), graph: Graph,
        options: QueryOptions = QueryOptions()
    ) throws(CypherError) {
        try self.init(statement, parameters, graph, options, writer: nil)
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
        hasWrites = statement.isWriting
        if hasWrites && writer == nil {
            throw CypherError(
                .readOnly, .changesAreCommands, .compileTime,
                "Queries only read this graph; commands change Pisces: see `pisces apply`")
        }
        var planner = Planner(
            graph: graph, parameters: parameters, strategy: options.strategy,
            hasWrites: hasWrites)
        var scope = Planner<Graph>.Scope()
        seed = variable.map { _ in planner.slot() }
        if let variable { scope.names[variable] = seed }
        let planned = try planner.plan(statement.query, scope, from: .argument)
        mode = statement.mode
        plan = planned.node
        columns = planned.columns.map(\.name)
        slots = planned.columns.map(\.slot)
        profile = mode == .profile ? Profile() : nil
        machine = Machine(
            graph: graph, slots: planner.slots, subplans: planner.subplans, options: options,
            writer: writer, profile: profile)
        root = Operator(plan, profile)
        isDone = mode == .explain
    }

    /// How many rows all operators together are expected to give: what a run costs, about.
    package var estimate: Double { plan.estimateOfAll }

    /// The graph as this query sees it; after the last row, with its changes.
    package var graph: Graph { machine.graph }

    /// The next row, nil at the end. A query that returns nothing is run by one call.
    package mutating func next() throws(CypherError) -> [CypherValue]? {
        if isDone { return nil }
        machine.begin()
        if columns.isEmpty {
            while try root.next(machine) {}
            isDone = true
            return nil
        }
        guard try root.next(machine) else {
            isDone = true
            return nil
        }
        given += 1
        if given > machine.options.rows { throw tooManyRows() }
        var values: [CypherValue] = []
        values.reserveCapacity(slots.count)
        for slot in slots { values.append(try machine.described(machine.row[slot])) }
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
    package init(
        changing statement: Statement, parameters: CypherMap = CypherMap(), graph: Graph,
        options: QueryOptions = QueryOptions()
    ) throws(CypherError) {
        try self.init(statement, parameters, graph, options, writer: Writer())
    }
}
