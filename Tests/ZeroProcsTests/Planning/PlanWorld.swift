import Host
import Resources
import ZeroProcs

/// A fleet with the real expander, rollout and scheduler, on machines where every task becomes
/// ready after a while of its own.
struct PlanWorld {
    var store = AppStore()
    var machines: [Offer]
    var unplaced: Set<ResourceName> = []
    /// How long every task takes. The same for all: of two components that are updated at once, the
    /// faster one moves first, and no plan knows which that is.
    private let delay: Int64
    /// When a task that was started becomes ready.
    private var timers: [Identifier: (revision: Position, time: WallTime)] = [:]

    init(machines: [Offer], seed: UInt64) {
        self.machines = machines
        var random = SeededRandom(seed: seed)
        delay = Int64.random(in: 10...3000, using: &random)
    }

    var snapshot: PlanSnapshot {
        PlanSnapshot(
            position: store.position,
            resources: PlanParent.types.flatMap { store.all($0.text) }, machines: machines)
    }

    /// Looks and steps until nothing changes any more; false when that takes too long.
    mutating func rest() -> Bool {
        for _ in 0..<2000 {
            let before = store.position
            let due = look()
            let isWorking = work()
            if store.position != before { continue }
            let times = [due, isWorking].compactMap(\.self).filter { $0 > store.now }
            guard let next = times.min() else { return true }
            store.now = next
        }
        return false
    }

    /// One look of each handler; gives when something is due.
    private mutating func look() -> WallTime? {
        let expansion = Expander().plan(
            apps: store.all("app"),
            existing: Expander.Existing(
                components: store.all("component"), services: store.all("service"),
                volumes: store.all("volume"), tasks: store.all("task")),
            identify: store.identities())
        for turn in expansion.turns { store.apply(turn.commands) }
        let rollout = Rollout().plan(
            Rollout.Existing(
                components: store.all("component"), groups: store.all("taskgroup"),
                tasks: store.all("task"), assignments: store.all("assignment"),
                instances: store.all("instance")),
            now: store.now, identify: store.identities())
        for turn in rollout.turns { store.apply(turn.commands) }
        var situation = Scheduler.Situation(
            tasks: store.all("task"), assignments: store.all("assignment"), machines: machines)
        situation.components = store.all("component")
        situation.instances = store.all("instance")
        let decision = Scheduler().decide(situation, identify: store.identities())
        unplaced = Set(decision.unplaced.map(\.task))
        if !decision.commands.isEmpty { store.apply(decision.commands) }
        return rollout.due
    }

    /// The machines: instances follow assignments. Gives when the next becomes ready.
    private mutating func work() -> WallTime? {
        var commands: [Command] = []
        var next: WallTime?
        var known: [Identifier: Resource] = [:]
        for instance in store.all("instance") { known[instance.id] = instance }
        for assignment in store.all("assignment") {
            guard let id = assignment.links["OF"]?.first, let task = store.resources[id],
                let machine = assignment.data["machine"]?.text
            else { continue }
            let key = Identifier(high: 1 << 60 | id.high, low: id.low)
            let old = known.removeValue(forKey: key)
            if timers[id]?.revision != task.revision {
                timers[id] = (task.revision, store.now.advanced(byMilliseconds: delay))
            }
            let ready = timers[id]?.time ?? store.now
            if ready > store.now { next = min(next ?? ready, ready) }
            let data: ValueMap = [
                "task": .text(task.name.text), "state": "running",
                "ready": .bool(ready <= store.now), "restarts": 0,
                "taskRevision": .int(Int64(task.revision.rawValue)),
                "since": .int(ready.milliseconds),
            ]
            let namespace = AppWorld.known { () throws(NameError) in
                try Namespace.machine(machine)
            }
            if let old, old.namespace == namespace {
                if old.data != data { commands.append(.update(Update(id: key, data: data))) }
                continue
            }
            if old != nil { commands.append(.delete(id: key, expect: nil)) }
            commands.append(
                .create(
                    Draft(
                        id: key, type: AppTypes.instance.name, namespace: namespace,
                        name: task.name, data: data, links: ["OF": [id]])))
        }
        commands += known.keys.sorted().map { .delete(id: $0, expect: nil) }
        if !commands.isEmpty { store.apply(commands) }
        return next
    }
}

extension PlanWorld {
    /// What a plan says of the end, as it is: a line for each thing.
    func end(of app: String) -> [String] {
        var lines: [String] = []
        for type in ["component", "service", "volume"] {
            for resource in store.all(type) where resource.data["app"]?.text == app {
                lines.append("\(type) \(resource.name)")
            }
        }
        for task in store.all("task") where task.data["app"]?.text == app {
            let place = store.all("assignment").first { $0.links["OF"] == [task.id] }
            let ports = (place?.data["ports"]?.map?.entries ?? []).map {
                "\($0.key)=\($0.value.int ?? 0)"
            }
            lines.append(
                "task \(task.name) on \(place?.data["machine"]?.text ?? "nothing") \(ports)")
        }
        return lines.sorted()
    }
}

extension Plan {
    /// The same lines from the plan, on top of what there was.
    func end(from before: PlanWorld, of app: String) -> [String] {
        Self.end(changes, placements, from: before, of: app)
    }

    /// The same of what a variant of a plan says.
    static func end(
        _ changes: [Change], _ placements: [Placement], from before: PlanWorld, of app: String
    ) -> [String] {
        var names: [String: Set<String>] = [:]
        for type in ["component", "service", "volume", "task"] {
            let there = before.store.all(type).filter { $0.data["app"]?.text == app }
            names[type] = Set(there.map(\.name.text))
        }
        for change in changes {
            switch change.action {
            case .create: names[change.type.text, default: []].insert(change.name.text)
            case .delete: names[change.type.text, default: []].remove(change.name.text)
            case .change: break
            }
        }
        var lines: [String] = []
        for type in ["component", "service", "volume"] {
            lines += (names[type] ?? []).map { "\(type) \($0)" }
        }
        var homeless = names["task"] ?? []
        for place in placements {
            homeless.remove(place.task.text)
            let ports = place.ports.entries.map { "\($0.key)=\($0.value)" }
            lines.append("task \(place.task) on \(place.machine) \(ports)")
        }
        let none: [String] = []
        lines += homeless.map { "task \($0) on nothing \(none)" }
        return lines.sorted()
    }
}
