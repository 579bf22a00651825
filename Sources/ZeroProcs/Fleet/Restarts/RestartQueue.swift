public import MMSGraph
public import Resources

/// What machines of a fleet write to take turns at restarting: pure, on one state of the graph.
/// Every answer is one batch, so that a machine is never drained without a turn or the other way.
public struct RestartQueue: Sendable {
    /// The machine that asks.
    private let machine: ResourceName

    /// The queue as `machine` sees it.
    public init(of machine: ResourceName) { self.machine = machine }

    /// What a machine is told, and what it writes for that.
    public struct Step: Sendable {
        /// What it is told.
        public let answer: RestartTurns.Answer
        /// What it writes before it acts on that; empty when the log has it.
        public let commands: [Command]
    }

    /// True when no other machine's tasks or log depend on this one.
    public func isAlone(on graph: some GraphReader) throws(Refusal) -> Bool {
        try members(graph).count <= 1
    }

    /// Asks for a turn to restart into a system. Who gets one is drained, when it took tasks.
    public func ask(
        for generation: String, atOnce: Int, at now: WallTime, on graph: some GraphReader,
        identify: () -> Identifier
    ) throws(Refusal) -> Step {
        let members = try members(graph)
        let isActive = members[machine] == .active
        let (resource, known) = try turns(graph)
        var turns = known
        let answer = turns.ask(
            RestartTurns.Turn(of: machine, into: generation, since: now, drains: isActive),
            atOnce: atOnce, isMember: { members[$0] != nil })
        guard answer == .taken, turns != known else { return Step(answer: answer, commands: []) }
        let drain = isActive ? try Membership().drain(machine, on: graph) : []
        let write = write(turns, over: resource, identify)
        return Step(answer: answer, commands: [write] + drain)
    }

    /// Ends the turn of the machine, which takes tasks again if it did before; empty when it had
    /// none.
    public func end(
        _ outcome: RestartTurns.Outcome, on graph: some GraphReader, identify: () -> Identifier
    ) throws(Refusal) -> [Command] {
        let (resource, known) = try turns(graph)
        var turns = known
        guard let turn = turns.end(machine, outcome) else { return [] }
        let write = write(turns, over: resource, identify)
        // Somebody else may have let it take tasks again, or keep it from that for good.
        guard turn.drains, try members(graph)[machine] == .draining else { return [write] }
        return [write] + (try Membership().resume(machine, on: graph))
    }

    /// True when no task is on the machine any more.
    public func isEmpty(on graph: some GraphReader) throws(Refusal) -> Bool {
        let assignments = try reading { () throws(GraphError) in
            try graph.resources(of: AppTypes.assignment.name, below: .root)
        }
        return !assignments.contains { $0.machine == machine }
    }

    /// The names of tasks that are on other machines. What left while this one was drained is not
    /// its own any more: nobody need wait until it runs here again.
    public func elsewhere(on graph: some GraphReader) throws(Refusal) -> Set<String> {
        let assignments = try reading { () throws(GraphError) in
            try graph.resources(of: AppTypes.assignment.name, below: .root)
        }
        let tasks = { (own: Bool) in
            Set(
                assignments.filter { ($0.machine == machine) == own }
                    .compactMap { $0.data["task"]?.text })
        }
        return tasks(false).subtracting(tasks(true))
    }

    /// The machines that are in the fleet, with their states.
    private func members(
        _ graph: some GraphReader
    ) throws(Refusal) -> [ResourceName: NodeState] {
        let nodes = try reading { () throws(GraphError) in
            try graph.resources(of: FleetTypes.node.name, below: .root)
        }
        let states = nodes.compactMap {
            (node: Resource) -> (ResourceName, NodeState)? in
            node.data["state"]?.text.flatMap { NodeState(rawValue: $0) }.map { (node.name, $0) }
        }
        return Dictionary(
            states.filter { $0.1 == .active || $0.1 == .draining }, uniquingKeysWith: { $1 })
    }

    private func turns(
        _ graph: some GraphReader
    ) throws(Refusal) -> (resource: Resource?, turns: RestartTurns) {
        let resource = try fleetResource(ReproductionTypes.restarts.name, on: graph)
        return (resource, resource.map { RestartTurns($0.data) } ?? RestartTurns())
    }

    private func write(
        _ turns: RestartTurns, over known: Resource?, _ identify: () -> Identifier
    ) -> Command {
        guard let known else {
            return .create(
                Draft(
                    id: identify(), type: ReproductionTypes.restarts.name, namespace: .root,
                    name: FleetLogTypes.only, data: turns.data))
        }
        return .update(Update(id: known.id, expect: known.revision, data: turns.data))
    }
}
