public import Resources

/// Gives tasks to machines: a pure function of what there is to commands, each with its reason.
///
/// A task has at most one assignment. It stays where it is while nothing says otherwise: that its
/// machine is full, or is not heard of, moves nothing (law 1). It moves when it was changed so
/// that its machine can no longer take it and another can, when its machine drains, or when it is
/// among those that were given up; never away from the data of its volumes, unless they say so.
///
/// A task that leaves a machine for the machine's sake keeps what runs of it there until it runs
/// where it goes (`former`).
public struct Scheduler: Sendable {
    /// The scheduler.
    public init() {}

    /// What is to be done.
    public struct Decision: Sendable {
        /// Assignments to make and to change.
        public var commands: [Command] = []
        /// Tasks without a place, and those that stay though they no longer suit their machine.
        public var unplaced: [Unplaced] = []
        /// False when there was more to place than one turn takes: decide again after this.
        public var isComplete = true

        /// To do nothing.
        public init() {}
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
    var placer: Placer
    /// Why machines are given up.
    let lost: [ResourceName: String]
    var homes: VolumeHomes
    var away: TasksAway
    var decision = Scheduler.Decision()
    private var free: [Demand] = []
    private var held: [(demand: Demand, assignment: Resource)] = []

    init(_ situation: Scheduler.Situation) {
        let lost = situation.lost
        self.lost = lost
        var assigned: [Identifier: Resource] = [:]
        for assignment in situation.assignments {
            guard let task = assignment.links["OF"]?.first else { continue }
            // Of two the older one counts.
            if let known = assigned[task], known.id < assignment.id { continue }
            assigned[task] = assignment
        }
        let demands = situation.tasks.map(Demand.init).sorted(by: Demand.precedes)
        for demand in demands {
            if let assignment = assigned[demand.id] {
                held.append((demand, assignment))
            } else {
                free.append(demand)
            }
        }
        homes = VolumeHomes(situation, held, lost: Set(lost.keys))
        away = TasksAway(situation)
        placer = Placer(
            situation.machines.filter { lost[$0.name] == nil }, volumes: homes.current,
            givenUp: homes.givenUp)
        for (demand, assignment) in held { seat(demand, assignment) }
    }

    mutating func run(identify: () -> Identifier) -> Scheduler.Decision {
        for (demand, assignment) in held where hasRoom() { review(demand, assignment) }
        for demand in free where hasRoom() {
            var demand = demand
            let obstacle = homes.free(&demand)
            guard obstacle == nil, let place = placer.place(demand) else {
                refuse(demand, obstacle)
                continue
            }
            var draft = Scheduler.assignment(of: demand, at: place, id: identify())
            draft.data["fences"] = homes.fences(of: demand, since: .zero, known: [:])
            homes.note(demand, on: place.machine)
            decision.commands.append(.create(draft))
        }
        return decision
    }

    private mutating func hasRoom() -> Bool {
        if decision.commands.count < Limits.placementsInTurn.value { return true }
        decision.isComplete = false
        return false
    }

    mutating func seat(_ demand: Demand, _ assignment: Resource) {
        guard let machine = assignment.machine else { return }
        placer.seat(demand, on: machine, ports: assignment.ports(of: demand))
    }

    private mutating func review(_ demand: Demand, _ assignment: Resource) {
        guard let machine = assignment.machine else { return }
        if let reason = lost[machine] {
            move(demand, assignment, because: reason, isLeaving: true)
        } else if adapt(demand, assignment, to: machine) {
            return
        } else if !assignment.former.isEmpty, away.hasSettled(demand) {
            forgetFormer(demand, assignment)
        } else if let index = placer.index(of: machine),
            placer.offers[index].standing == .draining
        {
            drain(demand, assignment, from: machine)
        }
    }

    /// Holds a task that was changed since it was placed against its machine; false when all is
    /// well with it there.
    private mutating func adapt(
        _ demand: Demand, _ assignment: Resource, to machine: ResourceName
    ) -> Bool {
        guard demand.revision > assignment.revision, let index = placer.index(of: machine) else {
            return false
        }
        let before = assignment.ports(of: demand)
        placer.release(demand.id)
        if let refusal = placer.refusal(of: demand, on: index, staying: true) {
            seat(demand, assignment)
            move(
                demand, assignment, because: "\(placer.offers[index].name) \(refusal.words)",
                isLeaving: false)
            return true
        }
        let given = placer.give(demand, on: index, keeping: before) ?? before
        placer.seat(demand, on: placer.offers[index].name, ports: given)
        guard given.map != assignment.data["ports"]?.map ?? [:] else { return false }
        var update = Update(id: assignment.id, expect: assignment.revision)
        update.data = [
            "ports": .map(given.map),
            "reason": .text("stays on \(placer.offers[index].name); its ports changed"),
        ]
        decision.commands.append(.update(update))
        return true
    }

    mutating func refuse(_ demand: Demand, _ obstacle: String?, staying reason: String? = nil) {
        var reasons = obstacle.map { [$0] } ?? placer.refusals(of: demand)
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
    /// The machine of an assignment.
    var machine: ResourceName? { data["machine"]?.text.flatMap { try? ResourceName($0) } }

    /// The machines an assignment was on, which keep what they run of it for now.
    var former: [String] { (data["former"]?.list ?? []).compactMap(\.text) }

    /// The ports an assignment gave; where it says nothing, those the task names itself.
    func ports(of demand: Demand) -> SortedMap<Int> {
        var ports = SortedMap<Int>()
        guard let given = data["ports"]?.map else {
            for (name, port) in demand.ports.entries where port != 0 { ports[name] = port }
            return ports
        }
        for (name, port) in given.entries { ports[name] = port.int.map { Int(clamping: $0) } }
        return ports
    }
}
