/// A running operator. `next` fills its slots of the row and is true, or is false at the end.
///
/// A closed set: the switch calls methods of final classes directly, so that all of it is
/// specialised for a graph. A class with subclasses would go through unspecialised tables.
enum Operator<Graph: PropertyGraph> {
    case argument(ArgumentOperator<Graph>)
    case scan(ScanOperator<Graph>)
    case expand(ExpandOperator<Graph>)
    case walk(WalkOperator<Graph>)
    case shortest(ShortestOperator<Graph>)
    case ends(EndsOperator<Graph>)
    case filter(FilterOperator<Graph>)
    case project(ProjectOperator<Graph>)
    case optional(OptionalOperator<Graph>)
    case unwind(UnwindOperator<Graph>)
    case sort(SortOperator<Graph>)
    case slice(SliceOperator<Graph>)
    case distinct(DistinctOperator<Graph>)
    case aggregate(AggregateOperator<Graph>)
    case union(UnionOperator<Graph>)
    case write(WriteOperator<Graph>)
    case procedure(ProcedureOperator<Graph>)
    indirect case profiled(Operator<Graph>, index: Int)

    /// With `forgets` the first scan tells the graph to forget what it met before.
    init(_ node: PlanNode, _ profile: Profile?, forgets: Bool = false) {
        // Numbers go from the top down, as a plan is shown.
        let index = profile?.register()
        var inputs: [Operator<Graph>] = []
        for (place, input) in node.inputs.enumerated() {
            inputs.append(Operator(input, profile, forgets: forgets && place == 0))
        }
        let made = Operator(node.step, inputs)
        if forgets, node.isFirstScan, case .scan(let scan) = made { scan.forgets = true }
        self = index.map { .profiled(made, index: $0) } ?? made
    }

    private init(_ step: PlanStep, _ inputs: [Operator<Graph>]) {
        let input = inputs.first ?? .argument(ArgumentOperator())
        switch step {
        case .argument: self = .argument(ArgumentOperator())
        case .allNodes(let slot): self = .scan(ScanOperator(.all, slot, input))
        case .labelScan(let slot, let label):
            self = .scan(ScanOperator(.label(label), slot, input))
        case .indexSeek(let slot, let label, let key, let value):
            self = .scan(ScanOperator(.equals(label, key, value), slot, input))
        case .indexRange(let range):
            self = .scan(ScanOperator(.range(range), range.slot, input))
        case .expand(let expand): self = .expand(ExpandOperator(expand, input))
        case .expandVariable(let walk): self = .walk(WalkOperator(walk, input))
        case .shortestPath(let shortest): self = .shortest(ShortestOperator(shortest, input))
        case .ends(let ends, let knowsStart, let knowsEnd):
            self = .ends(EndsOperator(ends, knowsStart, knowsEnd, input))
        case .filter(let codes): self = .filter(FilterOperator(codes, input))
        case .project(let items): self = .project(ProjectOperator(items, input))
        case .optional(let slots):
            self = .optional(OptionalOperator(slots, input, inputs[1]))
        case .unwind(let slot, let list): self = .unwind(UnwindOperator(slot, list, input))
        case .sort(let sort): self = .sort(SortOperator(sort, input))
        case .skip(let count):
            self = .slice(SliceOperator(skip: count, limit: nil, hasWrites: false, input))
        case .limit(let count, let hasWrites):
            self = .slice(SliceOperator(skip: nil, limit: count, hasWrites: hasWrites, input))
        case .distinct(let slots): self = .distinct(DistinctOperator(slots, input))
        case .aggregate(let aggregation):
            self = .aggregate(AggregateOperator(aggregation, input))
        case .union(let columns, let slots):
            self = .union(UnionOperator(columns, slots, inputs))
        case .create, .merge, .set, .delete:
            self = .write(WriteOperator(step, input, inputs.count > 1 ? inputs[1] : nil))
        case .procedure(let procedure, let arguments, let slots):
            self = .procedure(ProcedureOperator(procedure, arguments, slots, input))
        }
    }

    func next(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        switch self {
        case .argument(let step): step.next(machine)
        case .scan(let step): try step.next(machine)
        case .expand(let step): try step.next(machine)
        case .walk(let step): try step.next(machine)
        case .shortest(let step): try step.next(machine)
        case .ends(let step): try step.next(machine)
        case .filter(let step): try step.next(machine)
        case .project(let step): try step.next(machine)
        case .optional(let step): try step.next(machine)
        case .unwind(let step): try step.next(machine)
        case .sort(let step): try step.next(machine)
        case .slice(let step): try step.next(machine)
        case .distinct(let step): try step.next(machine)
        case .aggregate(let step): try step.next(machine)
        case .union(let step): try step.next(machine)
        case .write(let step): try step.next(machine)
        case .procedure(let step): try step.next(machine)
        case .profiled(let inner, let index): try Self.profiled(inner, index, machine)
        }
    }

    private static func profiled(
        _ inner: Operator<Graph>, _ index: Int, _ machine: Machine<Graph>
    ) throws(CypherError) -> Bool {
        let before = machine.profile?.enter(index) ?? 0
        defer { machine.profile?.leave(to: before) }
        let found = try inner.next(machine)
        if found { machine.profile?.row(index) }
        return found
    }

    /// Back to the start, for the next row of what is outside.
    func reset(_ machine: Machine<Graph>) {
        switch self {
        case .argument(let step): step.reset()
        case .scan(let step): step.reset(machine)
        case .expand(let step): step.reset(machine)
        case .walk(let step): step.reset(machine)
        case .shortest(let step): step.reset(machine)
        case .ends(let step): step.reset(machine)
        case .filter(let step): step.input.reset(machine)
        case .project(let step): step.input.reset(machine)
        case .optional(let step): step.reset(machine)
        case .unwind(let step): step.reset(machine)
        case .sort(let step): step.reset(machine)
        case .slice(let step): step.reset(machine)
        case .distinct(let step): step.reset(machine)
        case .aggregate(let step): step.reset(machine)
        case .union(let step): step.reset(machine)
        case .write(let step): step.reset(machine)
        case .procedure(let step): step.reset(machine)
        case .profiled(let inner, _): inner.reset(machine)
        }
    }
}
