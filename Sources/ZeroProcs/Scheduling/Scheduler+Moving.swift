internal import Resources

extension SchedulerTurn {
    /// Gives a task another machine; it stays when there is none, or its data would stay behind.
    /// Who is leaving keeps running where it is until it runs where it goes.
    mutating func move(
        _ asked: Demand, _ assignment: Resource, because reason: String, isLeaving: Bool
    ) {
        var demand = asked
        if let obstacle = homes.bind(&demand, to: assignment) {
            refuse(demand, obstacle, staying: reason)
            return
        }
        placer.release(demand.id)
        guard let place = placer.place(demand), place.machine != assignment.machine else {
            refuse(demand, nil, staying: reason)
            seat(demand, assignment)
            return
        }
        var update = Update(id: assignment.id, expect: assignment.revision)
        update.data = Scheduler.fields(of: demand, at: place)
        update.data["reason"] = .text("\(reason); \(place.reason)")
        update.links = ["ON": [place.machineID]]
        var former = assignment.former.filter { $0 != place.machine.text }
        if isLeaving, let machine = assignment.machine { former.append(machine.text) }
        former = Array(former.suffix(Limits.formerMachines.value))
        if former != assignment.former {
            update.data["former"] = former.isEmpty ? .null : .list(former.map { .text($0) })
        }
        let fences = homes.fences(
            of: demand, since: assignment.revision, known: assignment.data["fences"]?.map ?? [:])
        if let fences { update.data["fences"] = fences }
        homes.note(demand, on: place.machine)
        decision.commands.append(.update(update))
    }

    /// It runs where it was given: what runs of it elsewhere may end.
    mutating func forgetFormer(_ demand: Demand, _ assignment: Resource) {
        var update = Update(id: assignment.id, expect: assignment.revision)
        update.data["former"] = .null
        decision.commands.append(.update(update))
    }

    /// Moves a task off a machine that drains, while few enough of its component are away.
    mutating func drain(_ demand: Demand, _ assignment: Resource, from machine: ResourceName) {
        guard let room = away.room(for: demand) else {
            let reason = "as many of \(demand.component.name) are away as its update allows"
            refuse(demand, reason, staying: "\(machine) drains")
            return
        }
        let before = decision.commands.count
        move(demand, assignment, because: "\(machine) drains", isLeaving: true)
        if decision.commands.count > before { away.leave(room) }
    }
}

/// Where the data of volumes is, and what that means for tasks that want to go elsewhere.
struct VolumeHomes {
    /// The data that counts.
    let current: [VolumePin]
    /// Data that was given up.
    let givenUp: [VolumePin]
    private let lost: Set<ResourceName>
    private let losses: [VolumeName: VolumeLoss]
    private let latest: [VolumeName: Position]
    private var machines: [VolumeName: Set<ResourceName>] = [:]

    init(
        _ situation: Scheduler.Situation, _ held: [(demand: Demand, assignment: Resource)],
        lost: Set<ResourceName>
    ) {
        self.lost = lost
        losses = situation.losses
        var fences: [VolumeName: Position] = [:]
        for (demand, assignment) in held {
            for (volume, position) in assignment.data["fences"]?.map?.entries ?? [] {
                let name = VolumeName(namespace: demand.namespace, name: volume)
                let fence = Position(UInt64(clamping: position.int ?? 0))
                fences[name] = max(fences[name] ?? .zero, fence)
            }
        }
        (current, givenUp) = VolumePin.split(situation.volumes, fences: fences)
        latest = Dictionary(
            situation.volumes.map { ($0.name, $0.attached ?? .zero) }, uniquingKeysWith: max)
        for pin in current { machines[pin.name, default: []].insert(pin.machine) }
        // Data that nobody has told of yet is where the task was put.
        for (demand, assignment) in held {
            for volume in demand.volumes where pinned(volume, demand).isEmpty {
                guard let machine = assignment.machine else { continue }
                unpinned[name(volume, demand), default: []].insert(machine)
            }
        }
        machines.merge(unpinned) { pinned, _ in pinned }
    }

    private var unpinned: [VolumeName: Set<ResourceName>] = [:]

    private func name(_ volume: String, _ demand: Demand) -> VolumeName {
        VolumeName(namespace: demand.namespace, name: volume)
    }

    private func pinned(_ volume: String, _ demand: Demand) -> Set<ResourceName> {
        (machines[name(volume, demand)] ?? []).union(
            machines[VolumeName(namespace: nil, name: volume)] ?? [])
    }

    private func loss(_ volume: String, _ demand: Demand) -> VolumeLoss {
        losses[name(volume, demand)] ?? .wait
    }

    /// Why a task must stay with its data; nil when it may go, with the volumes then that begin
    /// anew.
    func bind(_ demand: inout Demand, to assignment: Resource) -> String? {
        guard let machine = assignment.machine else { return free(&demand) }
        if lost.contains(machine) { return free(&demand) }
        for volume in demand.volumes where loss(volume, demand) != .memory {
            if pinned(volume, demand).contains(machine) {
                return "the data of its volume \(volume) is on \(machine)"
            }
        }
        return nil
    }

    /// Why a task must wait for lost machines; nil when it need not.
    func free(_ demand: inout Demand) -> String? {
        for volume in demand.volumes {
            let homes = pinned(volume, demand)
            guard !homes.isEmpty, homes.isSubset(of: lost) else { continue }
            switch loss(volume, demand) {
            case .memory, .fresh: demand.anew.insert(volume)
            case .wait:
                let names = homes.map(\.text).sorted().joined(separator: ", ")
                return "the data of its volume \(volume) is only on \(names); it waits for it, "
                    + "unless the volume says lost: fresh"
            }
        }
        return nil
    }

    /// A task goes to a machine; others that share its volumes follow it.
    mutating func note(_ demand: Demand, on machine: ResourceName) {
        for volume in demand.volumes {
            if demand.anew.contains(volume) {
                machines[name(volume, demand)] = [machine]
            } else if pinned(volume, demand).isEmpty {
                machines[name(volume, demand), default: []].insert(machine)
            }
        }
    }

    /// The field that gives up the data of volumes that begin anew; nil when none does.
    func fences(of demand: Demand, since position: Position, known: ValueMap) -> Value? {
        var fences = known
        for volume in demand.anew where loss(volume, demand) == .fresh {
            let latest =
                [name(volume, demand), VolumeName(namespace: nil, name: volume)]
                .compactMap { self.latest[$0] }.max() ?? .zero
            let before = Position(UInt64(clamping: known[volume]?.int ?? 0))
            let fence = max(max(latest, position), before)
            fences[volume] = .int(Int64(clamping: fence.rawValue))
        }
        return fences == known ? nil : .map(fences)
    }
}

/// Which tasks do not serve just now, and how many of a component may be away at once.
struct TasksAway {
    private let tasks: [Identifier: Resource]
    private let instances: Instances
    private let most: [TaskKey: Int]
    private var counts: [TaskKey: Int]?
    private let all: [Resource]

    init(_ situation: Scheduler.Situation) {
        all = situation.tasks
        tasks = Dictionary(situation.tasks.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        instances = Instances(
            assignments: situation.assignments, instances: situation.instances)
        most = Dictionary(
            situation.components.compactMap { component -> (TaskKey, Int)? in
                guard let key = TaskKey(component), let spec = component.data["spec"]?.map else {
                    return nil
                }
                return (key, ComponentSpec(map: spec).update.maxUnavailable)
            }, uniquingKeysWith: { $1 })
    }

    /// True when a task runs on the machine it is assigned to now, as what it is now.
    func hasSettled(_ demand: Demand) -> Bool {
        tasks[demand.id].map(instances.hasSettled) ?? false
    }

    /// The component whose task may leave; nil when too many are away. One that is away itself
    /// takes nothing from it.
    mutating func room(for demand: Demand) -> TaskKey? {
        guard let task = tasks[demand.id], let key = TaskKey(task) else { return nil }
        if isAway(task) { return key }
        if counts == nil {
            counts = all.reduce(into: [:]) { counts, task in
                if let key = TaskKey(task), isAway(task) { counts?[key, default: 0] += 1 }
            }
        }
        return counts?[key] ?? 0 < most[key] ?? 1 ? key : nil
    }

    /// Counts a task that leaves.
    mutating func leave(_ key: TaskKey) { counts?[key, default: 0] += 1 }

    private func isAway(_ task: Resource) -> Bool {
        if instances.assignment(of: task)?.former.isEmpty == false { return true }
        return !instances.hasSettled(task)
    }
}
