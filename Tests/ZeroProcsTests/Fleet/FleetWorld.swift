import Host
import Resources
import ZeroProcs

/// A fleet in memory: the handlers of the fleet log where the pen is, and on each machine an
/// executor with its own copy of the log, which is old while the machine is cut off.
struct FleetWorld {
    var store = AppStore()
    var machines: [String: Machine] = [:]
    private(set) var decision = Scheduler.Decision()
    private(set) var holder = "m00"
    /// When the rollout is due by itself.
    private(set) var due: WallTime?
    /// The state of the last look.
    private var looked: Position?
    private var heldSince = Ticks.zero
    private var heard: [ResourceName: Ticks] = [:]
    private var lives: UInt64 = 0
    /// Which machine started each volume's data last, by those that knew the newest log.
    private(set) var newestData: [String: String] = [:]
    /// The first promise that was broken.
    var fault: String?
    var story: [String] = []

    /// A process.
    struct Life {
        let id: Identifier
        let task: Identifier
        let revision: Position
        let volumes: [String]
        var age = 0
    }

    struct Machine {
        var isUp = true
        var isCut = false
        /// Its copy of the fleet log.
        var view = AppStore()
        /// The highest position it has obeyed.
        var obeyed = Position.zero
        /// The state of the last look, when it left nothing to do.
        var looked: Position?
        var running: [ResourceName: Life] = [:]
        var records: [ResourceName: (record: Executor.Record, task: Identifier)] = [:]
        /// What is on its disk: the position each volume was given out at last, and to which task.
        var volumes: [String: (fence: Position, holder: Identifier?)] = [:]

        var isHeard: Bool { isUp && !isCut }
    }

    static func name(_ text: String) -> ResourceName { AppWorld.name(text) }

    var ticks: Ticks { Ticks(nanoseconds: UInt64(store.now.milliseconds) * 1_000_000) }

    var names: [String] { machines.keys.sorted() }

    func folder(_ machine: String) -> Namespace {
        AppWorld.known { () throws(NameError) in try Namespace("/machines/" + machine) }
    }

    func node(_ machine: String) -> Resource? { store.find("node", machine, in: .root) }

    func isRemoved(_ machine: String) -> Bool { node(machine)?.data["state"]?.text == "removed" }

    mutating func addMachine(_ name: String, zone: String) {
        machines[name] = Machine()
        var node = Draft(
            id: store.identify(), type: Lapse.node, namespace: .root, name: Self.name(name),
            data: ["state": "active"])
        node.tags["zone"] = zone
        let machine = Draft(
            id: store.identify(), type: CoreTypes.known("machine"), namespace: folder(name),
            name: Self.name(name), data: ["cores": 64, "memory": .int(256 << 30)])
        store.apply([.create(node), .create(machine)])
    }

    mutating func set(_ machine: String, to state: String) {
        guard let node = node(machine) else { return }
        store.apply([.update(Update(id: node.id, data: ["state": .text(state)]))])
    }

    // MARK: Where the pen is

    var standings: MachineStandings {
        MachineStandings(nodes: store.all("node"), lapses: store.all("lapse"))
    }

    private var situation: Scheduler.Situation {
        var situation = Scheduler.Situation(
            tasks: store.all("task"), assignments: store.all("assignment"),
            machines: standings.offers(store.all("machine")))
        let volumes = store.all("volume")
        situation.volumes = VolumePin.all(store.all("volumestate"), of: volumes)
        situation.losses = VolumeLoss.all(volumes)
        situation.reasons = standings.lost
        situation.instances = standings.current(store.all("instance"))
        situation.components = store.all("component")
        return situation
    }

    /// Another machine takes the pen when its holder is not heard.
    private mutating func passPen() {
        if machines[holder]?.isHeard == true, !isRemoved(holder) { return }
        let next = names.first { machines[$0]?.isHeard == true && !isRemoved($0) }
        guard let next else { return }
        story.append("\(next) takes the pen")
        (holder, heldSince, heard) = (next, ticks, [:])
    }

    /// One look of all handlers of the fleet log.
    mutating func handle() {
        passPen()
        guard machines[holder]?.isHeard == true else { return }
        for (name, machine) in machines where machine.isHeard { heard[Self.name(name)] = ticks }
        let watch = LapseWatch.Scene(
            nodes: store.all("node"), lapses: store.all("lapse"), heard: heard,
            holder: Self.name(holder), epoch: 1, since: heldSince, now: ticks)
        apply(LapseWatch().plan(watch, identify: store.identities()).plan)
        let isDue = due.map { $0 <= store.now } ?? false
        if looked == store.position, !isDue { return }
        looked = store.position
        let expansion = Expander().plan(
            apps: store.all("app"),
            existing: Expander.Existing(
                components: store.all("component"), services: store.all("service"),
                volumes: store.all("volume"), tasks: store.all("task")),
            identify: store.identities())
        if let flaw = expansion.waiting.first { fault = fault ?? flaw }
        apply(expansion)
        let rollout = Rollout().plan(
            Rollout.Existing(
                components: store.all("component"), groups: store.all("taskgroup"),
                tasks: store.all("task"), assignments: store.all("assignment"),
                instances: standings.current(store.all("instance"))),
            now: store.now, identify: store.identities())
        due = rollout.due
        apply(rollout)
        let before = situation
        decision = Scheduler().decide(before, identify: store.identities())
        if decision.commands.isEmpty { return }
        FleetPromises.check(decision, before, &fault)
        for command in decision.commands { tell(command) }
        if !store.apply(decision.commands) { fault = fault ?? "the scheduler was refused" }
    }

    private mutating func apply(_ plan: HandlerPlan) {
        for turn in plan.turns {
            if store.apply(turn.commands) { story.append(turn.reason) }
        }
    }

    private mutating func tell(_ command: Command) {
        switch command {
        case .create(let draft):
            story.append("\(draft.name) on \(draft.data["machine"]?.text ?? "")")
        case .update(let update):
            let name = store.resources[update.id]?.name.text ?? "?"
            story.append("\(name): \(update.data)")
        case .delete: break
        }
    }

    // MARK: On the machines

    /// One look of one machine's executor.
    mutating func work(_ name: String) {
        guard var machine = machines[name], machine.isUp else { return }
        if machine.isHeard, !isRemoved(name) { machine.view = store }
        if machine.looked == machine.view.position { return }
        let obeys = machine.view.position >= machine.obeyed
        if obeys { machine.obeyed = machine.view.position }
        for (task, life) in machine.running { machine.running[task]?.age = life.age + 1 }
        let assignments = machine.view.all("assignment")
        var assigned: [Executor.Assigned] = []
        for assignment in assignments where assignment.data["machine"]?.text == name {
            guard let task = assignment.links["OF"]?.first.flatMap({ machine.view.resources[$0] })
            else { continue }
            assigned.append(
                Executor.Assigned(
                    task: task.id, name: task.name, data: task.data, revision: task.revision))
        }
        let observed = machine.records.values.map { entry -> (Identifier, Executor.Observed) in
            let lives = machine.running[entry.record.name]?.id == entry.record.life
            return (entry.record.life, lives ? .running(pid: 1) : .ended(status: "signal 9"))
        }
        let steps = Executor().steps(
            assigned: assigned, leaving: Executor.leaving(name, assignments),
            records: machine.records.values.map(\.record).sorted { $0.name < $1.name },
            observed: Dictionary(observed, uniquingKeysWith: { $1 }), obeys: obeys,
            mayStart: { _ in true })
        let isAtRest = steps.isEmpty && machine.running.values.allSatisfy { $0.age > 2 }
        machine.looked = isAtRest ? machine.view.position : nil
        machines[name] = machine
        for step in steps { perform(step, on: name, obeys: obeys) }
        checkVolumes()
        if machines[name]?.isHeard == true, !isRemoved(name) { mirror(name) }
    }

    private mutating func perform(_ step: Executor.Step, on name: String, obeys: Bool) {
        switch step {
        case .start(let task, _): start(task, on: name)
        case .stop(let task, _, _, let reason):
            story.append("\(name) stops \(task): \(reason)")
            if !obeys { fault = fault ?? "\(name) stops \(task) by an old log" }
            checkStop(task, on: name)
            machines[name]?.records[task]?.record.state = "stopping"
            machines[name]?.running[task] = nil
        case .record(let record, let seen, _):
            if case .ended = seen {
                machines[name]?.records[record.name]?.record.state = "ended"
            } else {
                machines[name]?.records[record.name]?.record.state = "running"
            }
        case .forget(let record, _):
            let task = machines[name]?.records[record.name]?.task
            machines[name]?.records[record.name] = nil
            for (volume, entry) in machines[name]?.volumes ?? [:] where entry.holder == task {
                machines[name]?.volumes[volume]?.holder = nil
            }
        case .refresh: break
        }
    }

    private mutating func start(_ task: Executor.Assigned, on name: String) {
        guard let view = machines[name]?.view,
            let assignment = view.find("assignment", task.name.text)
        else { return }
        let volumes = (task.data["volumes"]?.map?.entries ?? []).compactMap(\.value.text)
        for volume in volumes {
            let known = machines[name]?.volumes[volume]
            if let known, known.fence > assignment.revision { return }
            if let holder = known?.holder, holder != task.task { return }
        }
        let isNewest = store.find("assignment", task.name.text)?.revision == assignment.revision
        for volume in volumes {
            if isNewest, machines[name]?.volumes[volume] != nil,
                let newest = newestData[volume], newest != name
            {
                fault = fault ?? "\(task.name) goes back to old data of \(volume) on \(name)"
            }
            if isNewest { newestData[volume] = name }
            machines[name]?.volumes[volume] = (assignment.revision, task.task)
        }
        lives += 1
        let life = Life(
            id: Identifier(high: 9, low: lives), task: task.task, revision: task.revision,
            volumes: volumes)
        machines[name]?.running[task.name] = life
        machines[name]?.records[task.name] = (
            Executor.Record(
                name: task.name, life: life.id, revision: task.revision, state: "running"),
            task.task
        )
        story.append("\(name) starts \(task.name) @\(task.revision)")
    }

    /// What runs as desired is not stopped, and what left is stopped only once it runs elsewhere.
    private mutating func checkStop(_ task: ResourceName, on name: String) {
        guard let life = machines[name]?.running[task], machines[name]?.isHeard == true,
            let wanted = store.find("assignment", task.text),
            wanted.links["OF"]?.first == life.task,
            let machine = wanted.data["machine"]?.text
        else { return }
        let now = store.resources[life.task]?.revision
        if machine == name {
            if now == life.revision {
                fault = fault ?? "\(name) stops \(task), which is as desired"
            }
        } else if wanted.data["former"]?.list?.contains(.text(name)) == true {
            fault = fault ?? "\(name) stops \(task), which does not run on \(machine) yet"
        }
    }

    /// Data is never in two hands, and data that waits for its machine is nowhere twice.
    private mutating func checkVolumes() {
        var users: [String: [String]] = [:]
        for (name, machine) in machines where machine.isUp {
            for (task, life) in machine.running {
                for volume in life.volumes {
                    users[volume, default: []].append("\(name)/\(task)")
                    let here = machine.running.filter { $0.value.volumes.contains(volume) }
                    if here.count > 1 { fault = fault ?? "\(volume) is used twice on \(name)" }
                }
            }
        }
        for (volume, users) in users where users.count > 1 {
            let policy = store.find("volume", volume)?.data["lost"]?.text
            if policy != "fresh" { fault = fault ?? "\(volume) is used by \(users.sorted())" }
        }
    }

    /// What the machine's own log says reaches the others.
    private mutating func mirror(_ name: String) {
        guard let machine = machines[name] else { return }
        var commands: [Command] = []
        var left: [Identifier: Resource] = [:]
        for old in store.all("instance") where old.namespace == folder(name) { left[old.id] = old }
        for (task, entry) in machine.records.sorted(by: { $0.key < $1.key }) {
            let age = machine.running[task]?.age ?? 0
            let data: ValueMap = [
                "task": .text(task.text), "state": .text(entry.record.state),
                "ready": .bool(age >= 2), "restarts": 0, "address": "127.0.0.1",
                "taskRevision": .int(Int64(entry.record.revision.rawValue)),
                "life": .text(entry.record.life.description),
            ]
            if let old = store.find("instance", task.text, in: folder(name)) {
                left[old.id] = nil
                if old.data == data, old.links["OF"] == [entry.task] { continue }
                var update = Update(id: old.id, data: data)
                update.links = ["OF": [entry.task]]
                commands.append(.update(update))
            } else {
                commands.append(
                    .create(
                        Draft(
                            id: store.identify(), type: CoreTypes.known("instance"),
                            namespace: folder(name), name: task, data: data,
                            links: ["OF": [entry.task]])))
            }
        }
        for old in left.keys.sorted() { commands.append(.delete(id: old, expect: nil)) }
        commands += volumeCommands(name, machine)
        if !commands.isEmpty { store.apply(commands) }
    }

    private mutating func volumeCommands(_ name: String, _ machine: Machine) -> [Command] {
        machine.volumes.sorted { $0.key < $1.key }.compactMap { volume, entry in
            let fence = Value.int(Int64(entry.fence.rawValue))
            if let old = store.find("volumestate", volume, in: folder(name)) {
                if old.data["fence"] == fence { return nil }
                return .update(Update(id: old.id, data: ["fence": fence]))
            }
            guard let resource = store.find("volume", volume) else { return nil }
            return .create(
                Draft(
                    id: store.identify(), type: CoreTypes.known("volumestate"),
                    namespace: folder(name), name: Self.name(volume),
                    data: ["volume": .text(volume), "driver": "directory", "fence": fence],
                    links: ["OF": [resource.id]]))
        }
    }
}

/// What the scheduler may not do, whatever it was asked.
enum FleetPromises {
    /// A drain takes no more of a component away than its update allows, and only what is lost or
    /// drains leaves a machine.
    static func check(
        _ decision: Scheduler.Decision, _ before: Scheduler.Situation, _ fault: inout String?
    ) {
        var moved: [String: Int] = [:]
        for command in decision.commands {
            guard case .update(let update) = command,
                let assignment = before.assignments.first(where: { $0.id == update.id }),
                let task = before.tasks.first(where: { $0.id == assignment.links["OF"]?.first })
            else { continue }
            if update.data["former"] == .null, update.data["machine"] == nil,
                !runs(task, assignment, before)
            {
                fault = fault ?? "\(task.name) is given up where it was before it runs"
            }
            if update.data["machine"] == nil { continue }
            let reason = update.data["reason"]?.text ?? ""
            let isDrain = reason.contains(" drains;")
            if isDrain, isServing(task, assignment, before) {
                moved[task.data["component"]?.text ?? "", default: 0] += 1
            } else if !isDrain, !reason.contains("given up"), !reason.contains("removed") {
                fault = fault ?? "\(task.name) moves without need: \(reason)"
            }
        }
        for (component, count) in moved {
            let away = before.tasks.filter { task in
                guard task.data["component"]?.text == component,
                    let seat = before.assignments.first(where: { $0.links["OF"] == [task.id] })
                else { return task.data["component"]?.text == component }
                return !isServing(task, seat, before)
            }.count
            let spec = before.components.first { $0.data["component"]?.text == component }
            let most = spec?.data["spec"]?.map?["update"]?.map?["max-unavailable"]?.int ?? 1
            if away + count > Int(most) {
                fault = fault ?? "\(count) of \(component) leave while \(away) are away"
            }
        }
    }

    private static func isServing(
        _ task: Resource, _ assignment: Resource, _ before: Scheduler.Situation
    ) -> Bool {
        assignment.data["former"] == nil && runs(task, assignment, before)
    }

    /// True when the task is known to run, as what it is now, where it is assigned.
    private static func runs(
        _ task: Resource, _ assignment: Resource, _ before: Scheduler.Situation
    ) -> Bool {
        guard let machine = assignment.data["machine"]?.text else { return false }
        return before.instances.contains { instance in
            instance.links["OF"] == [task.id] && instance.namespace.path == "/machines/" + machine
                && instance.data["ready"]?.bool == true
                && instance.data["taskRevision"]?.int == Int64(task.revision.rawValue)
        }
    }
}
