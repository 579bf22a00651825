public import Resources

/// Gives tasks to machines: a pure function of what there is to commands, each with its reason.
///
/// A task has at most one assignment. It stays where it is while nothing says otherwise: that its
/// machine drains, is full or is not heard of moves nothing (law 1). It moves when it was changed
/// so that its machine can no longer take it and another can, or when its machine is among those
/// said to have lapsed and another can take it.
public struct Scheduler: Sendable {
    /// The scheduler.
    public init() {}

    /// What the scheduler decides from.
    public struct Situation: Sendable {
        /// All resources of type `task`.
        public var tasks: [Resource]
        /// All resources of type `assignment`.
        public var assignments: [Resource]
        /// The machines.
        public var machines: [Offer]
        /// Where volumes live.
        public var volumes: [VolumePin] = []
        /// Machines that are given up: what they had is placed elsewhere.
        public var lapsed: Set<ResourceName> = []

        /// Tasks, assignments and machines.
        public init(tasks: [Resource], assignments: [Resource], machines: [Offer]) {
            self.tasks = tasks
            self.assignments = assignments
            self.machines = machines
        }
    }

    /// What is to be done.
    public struct Decision: Sendable {
        /// Assignments to make and to change.
        public var commands: [Command] = []
        /// Tasks without a place, and those that stay though they no longer suit their machine.
        public var unplaced: [Unplaced] = []
        /// False when there was more to place than one turn takes: decide again after this.
        public var isComplete = true
    }

    /// A task that found no place.
    public struct Unplaced: Hashable, Sendable {
        /// The task.
        public var task: ResourceName
        /// Why each machine refused it.
        public var reasons: [String]
    }

    /// Decides at most `Limits.placementsInTurn` placements.
    public func decide(_ situation: Situation, identify: () -> Identifier) -> Decision {
        var turn = SchedulerTurn(situation)
        return turn.run(identify: identify)
    }

    /// The machine and ports of every task as of the assignments, for those that place more.
    public static func placer(_ situation: Situation) -> Placer { SchedulerTurn(situation).placer }
}

/// One run of the scheduler.
struct SchedulerTurn {
    private(set) var placer: Placer
    private let lapsed: Set<ResourceName>
    private var free: [Demand] = []
    private var held: [(demand: Demand, assignment: Resource)] = []
    private var decision = Scheduler.Decision()

    init(_ situation: Scheduler.Situation) {
        lapsed = situation.lapsed
        placer = Placer(
            situation.machines.filter { !situation.lapsed.contains($0.name) },
            volumes: situation.volumes)
        var assigned: [Identifier: Resource] = [:]
        for assignment in situation.assignments {
            guard let task = assignment.links["OF"]?.first else { continue }
            // Of two the older one counts.
            if let known = assigned[task], known.id < assignment.id { continue }
            assigned[task] = assignment
        }
        for demand in situation.tasks.map(Demand.init).sorted(by: Demand.precedes) {
            if let assignment = assigned[demand.id] {
                held.append((demand, assignment))
                seat(demand, assignment)
            } else {
                free.append(demand)
            }
        }
    }

    mutating func run(identify: () -> Identifier) -> Scheduler.Decision {
        for (demand, assignment) in held where hasRoom() { review(demand, assignment) }
        for demand in free where hasRoom() {
            guard let place = placer.place(demand) else {
                refuse(demand)
                continue
            }
            decision.commands.append(
                .create(Scheduler.assignment(of: demand, at: place, id: identify())))
        }
        return decision
    }

    private mutating func hasRoom() -> Bool {
        if decision.commands.count < Limits.placementsInTurn.value { return true }
        decision.isComplete = false
        return false
    }

    private mutating func seat(_ demand: Demand, _ assignment: Resource) {
        guard let machine = assignment.machine else { return }
        placer.seat(demand, on: machine, ports: assignment.ports(of: demand))
    }

    private mutating func review(_ demand: Demand, _ assignment: Resource) {
        guard let machine = assignment.machine else { return }
        if lapsed.contains(machine) {
            move(demand, assignment, because: "\(machine) is gone")
        } else if demand.revision > assignment.revision, let index = placer.index(of: machine) {
            adapt(demand, assignment, on: index)
        }
    }

    /// Holds a task that was changed since it was placed against its machine.
    private mutating func adapt(_ demand: Demand, _ assignment: Resource, on index: Int) {
        let before = assignment.ports(of: demand)
        placer.release(demand.id)
        if let refusal = placer.refusal(of: demand, on: index, staying: true) {
            seat(demand, assignment)
            move(
                demand, assignment, because: "\(placer.offers[index].name) \(refusal.words)")
            return
        }
        let given = placer.give(demand, on: index, keeping: before) ?? before
        placer.seat(demand, on: placer.offers[index].name, ports: given)
        guard given.map != assignment.data["ports"]?.map ?? [:] else { return }
        var update = Update(id: assignment.id, expect: assignment.revision)
        update.data = [
            "ports": .map(given.map),
            "reason": .text("stays on \(placer.offers[index].name); its ports changed"),
        ]
        decision.commands.append(.update(update))
    }

    /// Gives a task another machine; it stays when there is none.
    private mutating func move(
        _ demand: Demand, _ assignment: Resource, because reason: String
    ) {
        placer.release(demand.id)
        guard let place = placer.place(demand), place.machine != assignment.machine else {
            refuse(demand, staying: reason)
            seat(demand, assignment)
            return
        }
        var update = Update(id: assignment.id, expect: assignment.revision)
        update.data = Scheduler.fields(of: demand, at: place)
        update.data["reason"] = .text("\(reason); \(place.reason)")
        update.links = ["ON": [place.machineID]]
        decision.commands.append(.update(update))
    }

    private mutating func refuse(_ demand: Demand, staying reason: String? = nil) {
        var reasons = placer.refusals(of: demand)
        if let reason { reasons.insert("stays: \(reason)", at: 0) }
        decision.unplaced.append(Scheduler.Unplaced(task: demand.name, reasons: reasons))
    }
}

extension Scheduler {
    /// The assignment of a task to a place.
    static func assignment(of demand: Demand, at place: Place, id: Identifier) -> Draft {
        Draft(
            id: id, type: AppTypes.assignment.name, namespace: demand.namespace, name: demand.name,
            data: fields(of: demand, at: place),
            links: ["OF": [demand.id], "ON": [place.machineID]], owner: demand.id)
    }

    static func fields(of demand: Demand, at place: Place) -> ValueMap {
        [
            "task": .text(demand.name.text), "machine": .text(place.machine.text),
            "ports": .map(place.ports.map), "reason": .text(place.reason),
        ]
    }
}

extension SortedMap<Int> {
    /// The ports as a field.
    var map: ValueMap {
        ValueMap(entries.map { ($0.key, Resources.Value.int(Int64($0.value))) })
    }
}

extension Resource {
    fileprivate var machine: ResourceName? {
        data["machine"]?.text.flatMap { try? ResourceName($0) }
    }

    /// The ports an assignment gave; where it says nothing, those the task names itself.
    fileprivate func ports(of demand: Demand) -> SortedMap<Int> {
        var ports = SortedMap<Int>()
        guard let given = data["ports"]?.map else {
            for (name, port) in demand.ports.entries where port != 0 { ports[name] = port }
            return ports
        }
        for (name, port) in given.entries { ports[name] = port.int.map { Int(clamping: $0) } }
        return ports
    }
}
