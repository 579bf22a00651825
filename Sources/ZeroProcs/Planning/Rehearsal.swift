internal import Resources

/// The handlers at work on a sketch, with machines on which everything becomes ready after a while.
struct Rehearsal {
    private(set) var sketch: Sketch
    private(set) var unplaced: [Scheduler.Unplaced] = []
    private(set) var waiting: [String] = []
    private let machines: [Offer]
    private let volumes: [VolumePin]
    private var now: WallTime
    /// Milliseconds until a replica is ready.
    private let pace: Int64
    /// The state before anything happened.
    private let start: Position
    /// Replicas by component before anything happened, and the most that stopped in one look.
    private var standing: [TaskKey: Int] = [:]
    private var stopped: [TaskKey: Int] = [:]

    init(
        _ sketch: Sketch, machines: [Offer], volumes: [VolumePin], now: WallTime,
        readyAfter pace: Int64
    ) {
        self.sketch = sketch
        self.machines = machines
        self.volumes = volumes
        self.now = now
        self.pace = pace
        start = sketch.position
        for task in sketch.all(AppTypes.task) {
            if let key = TaskKey(task) { standing[key, default: 0] += 1 }
        }
    }

    /// Carries out commands and everything that follows from them.
    mutating func run(_ commands: [Command]) {
        note(sketch.apply(commands, now: now))
        for _ in 0..<Limits.planLooks.value {
            let before = sketch.position
            let expansion = expand()
            let rollout = roll()
            place()
            waiting = expansion.waiting + rollout.waiting
            guard sketch.position == before else { continue }
            let times = [rollout.due, nextReady].compactMap(\.self).filter { $0 > now }
            guard let due = times.min() else { return }
            now = due
        }
        waiting.append(
            "it does not come to rest in \(Limits.planLooks.value) looks; what follows is not "
                + "planned")
    }

    /// What stops serving of an app, by component.
    func unavailable(of app: String, in namespace: Namespace) -> [Plan.Unavailable] {
        let left = Set(sketch.all(AppTypes.task).compactMap(TaskKey.init))
        return stopped.filter { $0.key.app == app && $0.key.namespace == namespace }
            .sorted { $0.key.component < $1.key.component }
            .map { key, most in
                Plan.Unavailable(
                    component: key.component, most: most, replicas: standing[key] ?? 0,
                    isForGood: !left.contains(key))
            }
    }

    private mutating func expand() -> HandlerPlan {
        let existing = Expander.Existing(
            components: sketch.all(AppTypes.component), services: sketch.all(AppTypes.service),
            volumes: sketch.all(AppTypes.volume), tasks: sketch.all(AppTypes.task))
        let plan = Expander().plan(
            apps: sketch.all(AppTypes.app), existing: existing, identify: identities())
        for turn in plan.turns { note(sketch.apply(turn.commands, now: now)) }
        return plan
    }

    private mutating func roll() -> HandlerPlan {
        let assignments = sketch.all(AppTypes.assignment)
        let tasks = sketch.all(AppTypes.task)
        let existing = Rollout.Existing(
            components: sketch.all(AppTypes.component), groups: sketch.all(AppTypes.taskgroup),
            tasks: tasks, assignments: assignments, instances: instances(tasks, assignments))
        let plan = Rollout().plan(existing, now: now, identify: identities())
        for turn in plan.turns { note(sketch.apply(turn.commands, now: now)) }
        return plan
    }

    private mutating func place() {
        var situation = Scheduler.Situation(
            tasks: sketch.all(AppTypes.task), assignments: sketch.all(AppTypes.assignment),
            machines: machines)
        situation.volumes = volumes
        situation.losses = VolumeLoss.all(sketch.all(AppTypes.volume))
        situation.components = sketch.all(AppTypes.component)
        situation.instances = instances(situation.tasks, situation.assignments)
        let decision = Scheduler().decide(situation, identify: identities())
        unplaced = decision.unplaced
        if !decision.commands.isEmpty { note(sketch.apply(decision.commands, now: now)) }
    }

    private mutating func identities() -> () -> Identifier {
        sketch.identities(Limits.batchCommands.value)
    }

    /// When a replica runs that was started or moved for the plan. What ran before is ready.
    private func readiness(_ task: Resource, _ assignment: Resource) -> WallTime {
        let since = max(task.changed.time, assignment.changed.time)
        let isOld = max(task.revision, assignment.revision) <= start
        return isOld ? since : since.advanced(byMilliseconds: pace)
    }

    /// When the next replica becomes ready.
    private var nextReady: WallTime? {
        sketch.all(AppTypes.assignment).compactMap { assignment in
            guard let task = assignment.links["OF"]?.first.flatMap({ sketch.resources[$0] })
            else { return nil }
            let time = readiness(task, assignment)
            return time > now ? time : nil
        }.min()
    }

    /// What the machines would say of every task that is assigned. Its start is told too: what has
    /// no health check settles before a rollout builds on it.
    private func instances(_ tasks: [Resource], _ assignments: [Resource]) -> [Resource] {
        let byID = Dictionary(tasks.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        return assignments.compactMap { assignment in
            guard let id = assignment.links["OF"]?.first, let task = byID[id],
                let machine = assignment.data["machine"]?.text,
                let namespace = try? Namespace.machine(machine)
            else { return nil }
            let since = readiness(task, assignment)
            let draft = Draft(
                id: id, type: AppTypes.instance.name, namespace: namespace, name: task.name,
                data: [
                    "task": .text(task.name.text), "state": "running",
                    "ready": .bool(since <= now),
                    "restarts": 0, "taskRevision": .int(Int64(clamping: task.revision.rawValue)),
                    "since": .int(since.milliseconds),
                ],
                links: ["OF": [id]])
            return Resource(draft: draft, created: task.created, changed: task.changed)
        }
    }

    /// Counts tasks that end or are started again, those of one batch together.
    private mutating func note(_ changes: [(old: Resource?, new: Resource?)]) {
        var counts: [TaskKey: Set<ResourceName>] = [:]
        for (old, new) in changes {
            guard let old, old.type == AppTypes.task.name || isMove(old, new),
                let key = key(of: old)
            else { continue }
            // Tasks that came with the plan serve nobody yet.
            guard standing[key] != nil else { continue }
            counts[key, default: []].insert(old.name)
        }
        for (key, names) in counts { stopped[key] = max(stopped[key] ?? 0, names.count) }
    }

    /// True for an assignment that goes to another machine or gives other ports.
    private func isMove(_ old: Resource, _ new: Resource?) -> Bool {
        guard old.type == AppTypes.assignment.name, let new else { return false }
        return old.data["machine"] != new.data["machine"] || old.data["ports"] != new.data["ports"]
    }

    private func key(of resource: Resource) -> TaskKey? {
        if resource.type == AppTypes.task.name { return TaskKey(resource) }
        return resource.links["OF"]?.first.flatMap { sketch.resources[$0] }.flatMap(TaskKey.init)
    }
}
