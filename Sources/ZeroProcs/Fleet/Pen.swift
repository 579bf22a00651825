public import MMSGraph
public import Resources

/// Who decides what enters the fleet log, as the log says.
public struct Pen: Hashable, Sendable {
    /// The resource.
    public let id: Identifier
    /// Its revision: who takes the pen must have seen this one.
    public let revision: Position
    /// The machine that has it.
    public let holder: ResourceName
    /// How often it changed hands.
    public let epoch: Int64

    /// The pen of the log mounted at `log` in a state of the graph; nil when nobody took it yet.
    public init?(
        on graph: some GraphReader, of log: Namespace = .root
    ) throws(GraphError) {
        let found = try graph.resource(FleetLogTypes.pen.name, FleetLogTypes.only, in: log)
        guard let found, let text = found.data["holder"]?.text,
            let holder = try? ResourceName(text), let epoch = found.data["epoch"]?.int
        else { return nil }
        id = found.id
        revision = found.revision
        self.holder = holder
        self.epoch = epoch
    }

    /// The pen as a resource says.
    public init(id: Identifier, revision: Position, holder: ResourceName, epoch: Int64) {
        self.id = id
        self.revision = revision
        self.holder = holder
        self.epoch = epoch
    }

    /// The command by which `machine` takes over what `pen` says of `log`, or makes the pen. Of
    /// several that take it from the same holder one succeeds.
    public static func taking(
        _ pen: Pen?, of log: Namespace = .root, by machine: ResourceName,
        behind position: Position, identify: () -> Identifier
    ) -> Command {
        let data: ValueMap = [
            "holder": .text(machine.text), "epoch": .int((pen?.epoch ?? 0) + 1),
            "since": .int(Int64(clamping: position.rawValue)),
        ]
        if let pen { return .update(Update(id: pen.id, expect: pen.revision, data: data)) }
        return .create(
            Draft(
                id: identify(), type: FleetLogTypes.pen.name, namespace: log,
                name: FleetLogTypes.only, data: data))
    }
}

extension Pen {
    /// True when `machine` takes the pen though its holder is heard: it may vote, and the holder
    /// may not, or not any more. Who does not vote can order a log, and cannot decide for a fleet:
    /// it mirrors no machine, and has the key of no authority.
    public func isDue(
        to machine: ResourceName, on graph: some GraphReader
    ) throws(GraphError) -> Bool {
        guard machine != holder, try Self.mayVote(machine, on: graph) == true else { return false }
        return try Self.mayVote(holder, on: graph) == false
    }

    /// Nil for a machine that the log does not know.
    private static func mayVote(
        _ machine: ResourceName, on graph: some GraphReader
    ) throws(GraphError) -> Bool? {
        let node = try graph.resource(FleetTypes.node.name, machine, in: .root)
        let state = node?.data["state"]?.text.flatMap(NodeState.init(rawValue:))
        let belongs = state == .active || state == .draining
        return node.map { belongs && $0.data["role"]?.text == NodeRole.voter.rawValue }
    }
}

/// What a node does with commands for a log that several machines write to.
public enum PenTurn: Hashable, Sendable {
    /// It has the pen: it decides.
    case write
    /// It takes the pen, then decides.
    case take
    /// It lets the holder decide.
    case forward(ResourceName)

    /// Decides for `machine`. `silences` is how many calls in a row the holder left unanswered or
    /// could not follow; `mustDecide` says that the pen is due to this machine, or that the
    /// commands can be held only against the state here, as those of a plan.
    public static func next(
        _ pen: Pen?, machine: ResourceName, silences: Int, mustDecide: Bool
    ) -> PenTurn {
        guard let pen else { return .take }
        if pen.holder == machine { return .write }
        if mustDecide || silences >= Limits.penSilences.value { return .take }
        return .forward(pen.holder)
    }
}
