internal import Resources

/// How a planner goes about patterns.
package enum Strategy: Sendable {
    /// Starts where the fewest rows are expected, uses indexes, filters early.
    case optimised
    /// Follows the text: scans and expands in its order, filters last. The model that tests
    /// compare the optimised plans with.
    case asWritten
}

/// Makes a plan of a checked query for one graph and its parameters.
struct Planner<Graph: PropertyGraph> {
    let graph: Graph
    /// The statement's parameters, and the values they have this time.
    let names: [String]
    let values: [CypherValue]
    let strategy: Strategy
    /// Writing clauses are there: names are kept from the graph's numbers until it runs.
    let hasWrites: Bool

    /// How many slots a row has.
    private(set) var slots = 0
    /// Plans of EXISTS, pattern comprehensions and shortest paths within expressions.
    private(set) var subplans: [PlanNode] = []
    /// The value of a parameter shaped the plan.
    var usesValues = false
    /// `id(…)` shows the numbers that the graph gives to nodes.
    var showsNumbers = false

    /// The variables that can be read, and expressions that were computed already.
    struct Scope {
        var names: [String: Int] = [:]
        var computed: [Expression: Int] = [:]
    }

    init(
        graph: Graph, names: [String], values: [CypherValue], strategy: Strategy,
        hasWrites: Bool
    ) {
        self.graph = graph
        self.names = names
        self.values = values
        self.strategy = strategy
        self.hasWrites = hasWrites
    }

    mutating func slot() -> Int {
        slots += 1
        return slots - 1
    }

    mutating func subplan(_ plan: PlanNode) -> Int {
        subplans.append(plan)
        return subplans.count - 1
    }

    /// Refuses a plan so deep that running it would need too much stack.
    func check(depth: Int) throws(CypherError) {
        let depth = subplans.reduce(depth) { $0 + $1.depth }
        let most = Limits.planOperators.value
        guard depth > most else { return }
        throw CypherError(
            .limitExceeded, .planDepth, .compileTime,
            "The statement takes \(depth) operators above each other, more than \(most) "
                + "(\(Limits.planOperators.name)); use fewer clauses and shorter patterns")
    }

    func named(_ name: Name) -> NamedToken { named(name.text) }

    func named(_ name: String) -> NamedToken {
        NamedToken(name: name, token: graph.token(name))
    }

    /// The plan of a whole query with its columns.
    mutating func plan(
        _ query: RegularQuery, _ outer: Scope, from input: PlanNode
    ) throws(CypherError) -> Planned {
        let first = try plan(query.first, outer, from: input)
        guard let union = query.unions.first else { return first }
        var branches = [first]
        for part in query.unions {
            branches.append(try plan(part.query, outer, from: .argument))
        }
        let output = first.columns.map { _ in slot() }
        let estimate = branches.reduce(0) { $0 + $1.node.estimate }
        var node = PlanNode(
            .union(columns: branches.map { aligned($0, to: first.columns) }, slots: output),
            branches.map(\.node), estimate: estimate)
        if !union.isAll { node = PlanNode(.distinct(output), [node], estimate: estimate) }
        let columns = zip(first.columns, output).map { Column(name: $0.name, slot: $1) }
        return Planned(node: node, columns: columns, scope: outer)
    }

    /// UNION goes by the names of the columns.
    private func aligned(_ branch: Planned, to columns: [Column]) -> [Int] {
        columns.enumerated().map { index, column in
            branch.columns.first { $0.name == column.name }?.slot ?? branch.columns[index].slot
        }
    }

    /// A plan with what can be read of it.
    struct Planned {
        var node: PlanNode
        var columns: [Column]
        var scope: Scope
    }

    struct Column: Sendable {
        let name: String
        let slot: Int
    }

    private mutating func plan(
        _ query: SingleQuery, _ outer: Scope, from input: PlanNode
    ) throws(CypherError) -> Planned {
        var planned = Planned(node: input, columns: [], scope: outer)
        for clause in query.clauses {
            try add(clause, to: &planned, outer)
            try check(depth: planned.node.depth)
        }
        return planned
    }

    private mutating func add(
        _ clause: Clause, to planned: inout Planned, _ outer: Scope
    ) throws(CypherError) {
        switch clause {
        case .match(let match): try add(match, to: &planned)
        case .unwind(let unwind):
            let list = try compile(unwind.list, planned.scope)
            let target = slot()
            planned.scope.names[unwind.variable.text] = target
            planned.node = PlanNode(
                .unwind(slot: target, list: list), [planned.node],
                estimate: planned.node.estimate * 10)
        case .with(let with):
            try add(with.projection, where: with.predicate, to: &planned, outer)
            planned.columns = []
        case .return(let projection): try add(projection, where: nil, to: &planned, outer)
        case .call(let call): try add(call, to: &planned)
        case .create, .merge, .set, .remove, .delete: try addWriting(clause, to: &planned)
        }
    }

    private mutating func add(
        _ call: CallClause, to planned: inout Planned
    ) throws(CypherError) {
        guard let procedure = Procedure(rawValue: call.procedure.text.lowercased()) else {
            throw CypherError(
                .procedureError, .procedureNotFound, .compileTime,
                "There is no procedure `\(call.procedure.text)`; there are "
                    + Procedure.allCases.map(\.rawValue).joined(separator: ", "))
        }
        var arguments: [Code] = []
        for argument in call.arguments ?? [] {
            arguments.append(try compile(argument, planned.scope))
        }
        var targets: [Int?] = []
        for column in procedure.columns {
            guard let name = call.yield.name(of: column) else {
                targets.append(nil)
                continue
            }
            let target = slot()
            planned.scope.names[name] = target
            planned.columns.append(Column(name: name, slot: target))
            targets.append(target)
        }
        planned.node = PlanNode(
            .procedure(procedure, arguments: arguments, slots: targets), [planned.node],
            estimate: planned.node.estimate * 10)
        if let predicate = call.predicate {
            planned.node = filter(
                planned.node, [try compile(predicate, planned.scope)], selectivity: 0.5)
        }
    }

    func filter(_ node: PlanNode, _ codes: [Code], selectivity: Double) -> PlanNode {
        codes.isEmpty
            ? node : PlanNode(.filter(codes), [node], estimate: node.estimate * selectivity)
    }
}

extension Procedure {
    /// The names of what it yields.
    package var columns: [String] {
        switch self {
        case .labels: ["label"]
        case .relationshipTypes: ["relationshipType"]
        case .propertyKeys: ["propertyKey"]
        case .ping: ["success"]
        case .components: ["name", "versions", "edition"]
        case .live, .process: ["name", "value", "unit"]
        case .maps: ["start", "end", "permissions", "offset", "device", "inode", "path"]
        case .file: ["name", "value"]
        case .digest: ["sha256"]
        case .packageFiles: ["path"]
        }
    }
}

extension CallClause.Yield {
    /// What a result is called; nil when it is not asked for.
    func name(of result: String) -> String? {
        switch self {
        case .none, .all: result
        case .items(let items): items.first { $0.result.text == result }?.variable.text
        }
    }
}
