import Resources
import ZeroProcs

/// Apps, handlers and machines in memory: what the handlers decide is applied, a simple scheduler
/// and simple machines follow.
struct AppWorld {
    var store = AppStore()
    /// What a version of the program does on a machine.
    enum Program { case good, slow, neverReady, crashing }
    /// By the text of `run`; what is not here is good.
    var programs: [String: Program] = [:]
    /// Machines whose records are not known here.
    var silent: Set<String> = []
    var machines = ["m1", "m2"]
    /// What the handlers said last.
    var waiting: [String] = []
    var due: WallTime?
    /// Reasons of all batches.
    var reasons: [String] = []
    var refused = 0
    /// What a machine does, by task: when it becomes ready or starts again.
    private var timers: [Identifier: WallTime] = [:]

    /// Where each machine keeps its records.
    static let folders = Dictionary(
        uniqueKeysWithValues: ["m1", "m2"].map { name in
            (name, known { () throws(NameError) in try Namespace("/machines/" + name) })
        })
    static let namespace = known { () throws(NameError) in try Namespace("/prod") }

    static func known<T>(_ make: () throws(NameError) -> T) -> T {
        do throws(NameError) { return try make() } catch { preconditionFailure("\(error)") }
    }

    static func name(_ text: String) -> ResourceName {
        known { () throws(NameError) in try ResourceName(text) }
    }

    /// Installs the app, or replaces its fields, as a person does who read it at `expect`.
    @discardableResult
    mutating func declare(_ data: ValueMap, app: String = "shop", expect: Position? = nil) -> Bool {
        if let resource = store.find("app", app) {
            var update = Update(id: resource.id, expect: expect, data: data)
            update.replaces = true
            return store.apply([.update(update)])
        }
        let draft = Draft(
            id: store.identify(), type: CoreTypes.known("app"), namespace: Self.namespace,
            name: Self.name(app), data: data)
        return store.apply([.create(draft)])
    }

    var existing: Rollout.Existing {
        Rollout.Existing(
            components: store.all("component"), groups: store.all("taskgroup"),
            tasks: store.all("task"), assignments: store.all("assignment"),
            instances: store.all("instance").filter { !silent.contains(machine(of: $0)) })
    }

    var routes: Routes {
        let existing = existing
        return Routes(
            groups: existing.groups, tasks: existing.tasks, assignments: existing.assignments,
            instances: existing.instances)
    }

    func machine(of instance: Resource) -> String {
        String(instance.namespace.path.split(separator: "/").last ?? "")
    }

    func expansion() -> HandlerPlan {
        Expander().plan(
            apps: store.all("app"),
            existing: Expander.Existing(
                components: store.all("component"), services: store.all("service"),
                volumes: store.all("volume"), tasks: store.all("task")),
            identify: store.identities())
    }

    func rollout() -> HandlerPlan {
        Rollout().plan(existing, now: store.now, identify: store.identities())
    }

    mutating func apply(_ plan: HandlerPlan) {
        for turn in plan.turns {
            if store.apply(turn.commands) {
                reasons.append(turn.reason)
            } else {
                refused += 1
            }
        }
    }

    /// One look of each handler.
    mutating func handle() {
        let expansion = expansion()
        apply(expansion)
        let plan = rollout()
        apply(plan)
        waiting = expansion.waiting + plan.waiting
        due = plan.due
        place()
    }

    /// So many steps of handlers and machines.
    mutating func run(_ steps: Int = 40, each milliseconds: Int64 = 500) {
        for _ in 0..<steps {
            handle()
            store.now = store.now.advanced(byMilliseconds: milliseconds)
            work()
        }
    }
}

extension AppWorld {
    /// Gives every task without a machine the next one in turn.
    mutating func place() {
        let placed = Set(store.all("assignment").compactMap { $0.links["OF"]?.first })
        var commands: [Command] = []
        for task in store.all("task") where !placed.contains(task.id) {
            let machine = machines[Int(task.id.low % UInt64(machines.count))]
            commands.append(
                .create(
                    Draft(
                        id: store.identify(), type: CoreTypes.known("assignment"),
                        namespace: Self.namespace, name: task.name,
                        data: ["task": .text(task.name.text), "machine": .text(machine)],
                        links: ["OF": [task.id]], owner: task.id)))
        }
        if !commands.isEmpty { store.apply(commands) }
    }

    /// What all machines do in this moment: stop what is not assigned or changed, start what is
    /// assigned, become ready, crash.
    mutating func work() {
        let tasks = store.all("assignment").compactMap { assignment -> (Resource, String)? in
            guard let id = assignment.links["OF"]?.first, let task = store.resources[id],
                let machine = assignment.data["machine"]?.text
            else { return nil }
            return (task, machine)
        }
        let assigned = Set(tasks.map(\.0.id))
        var known: [Identifier: Resource] = [:]
        var commands: [Command] = []
        for instance in store.all("instance") {
            guard let task = instance.links["OF"]?.first, assigned.contains(task) else {
                commands.append(.delete(id: instance.id, expect: nil))
                continue
            }
            known[task] = instance
        }
        for (task, machine) in tasks where !silent.contains(machine) {
            if let command = step(task, machine, known[task.id]) { commands.append(command) }
        }
        if !commands.isEmpty { store.apply(commands) }
    }

    private mutating func step(
        _ task: Resource, _ machine: String, _ instance: Resource?
    ) -> Command? {
        let revision = Value.int(Int64(task.revision.rawValue))
        guard let instance else {
            guard let namespace = Self.folders[machine] else { return nil }
            return .create(
                Draft(
                    id: store.identify(), type: CoreTypes.known("instance"), namespace: namespace,
                    name: task.name, data: started(task, restarts: 0, revision),
                    links: ["OF": [task.id]]))
        }
        guard instance.data["taskRevision"] == revision else {
            return .update(Update(id: instance.id, data: started(task, restarts: 0, revision)))
        }
        let restarts = instance.data["restarts"]?.int ?? 0
        if instance.data["state"]?.text == "ended" {
            return .update(
                Update(id: instance.id, data: started(task, restarts: restarts + 1, revision)))
        }
        guard let timer = timers[task.id], store.now >= timer else { return nil }
        switch program(task) {
        case .neverReady: return nil
        case .crashing:
            return .update(
                Update(
                    id: instance.id, data: ["state": "ended", "ready": false, "exit": "exit 1"]))
        case .good, .slow:
            if instance.data["ready"]?.bool == true { return nil }
            return .update(Update(id: instance.id, data: ["ready": true]))
        }
    }

    private mutating func started(
        _ task: Resource, restarts: Int64, _ revision: Value
    ) -> ValueMap {
        let delay: Int64 = program(task) == .slow ? 4000 : 300
        // Without a health check what was started is ready, until it crashes.
        let isReady = program(task) == .crashing && task.data["health"] == nil
        timers[task.id] = store.now.advanced(byMilliseconds: delay)
        return [
            "task": .text(task.name.text), "state": "running", "ready": .bool(isReady),
            "restarts": .int(restarts), "taskRevision": revision,
            "since": .int(store.now.milliseconds), "address": "127.0.0.1", "exit": "",
        ]
    }

    func program(_ task: Resource) -> Program {
        programs[task.data["command"]?.list?.first?.text ?? ""] ?? .good
    }

    /// Ends the instance of a task, as a signal would.
    mutating func kill(_ task: Resource) {
        for folder in Self.folders.values {
            guard let instance = store.find("instance", task.name.text, in: folder) else {
                continue
            }
            let end: ValueMap = ["state": "ended", "ready": false, "exit": "signal 9"]
            store.apply([.update(Update(id: instance.id, data: end))])
        }
    }

    /// Ends everything on a machine, as a reboot does.
    mutating func restart(_ machine: String) {
        for instance in store.all("instance") where self.machine(of: instance) == machine {
            if let id = instance.links["OF"]?.first, let task = store.resources[id] { kill(task) }
        }
    }
}

extension AppWorld {
    /// The app "shop" with one component "web".
    static func shop(
        _ run: String, count: Int64 = 3, strategy: String = "rolling", most: Int64 = 1,
        version: String = "1", more: ValueMap = [:]
    ) -> ValueMap {
        var spec: ValueMap = [
            "run": ["host": .text(run)], "count": .int(count), "ports": ["http": 8080],
            "health": ["tcp": "http"],
            "update": ["strategy": .text(strategy), "deadline": 20_000],
        ]
        if strategy == "rolling" {
            spec["update"] = ["max-unavailable": .int(most), "deadline": 20_000]
        }
        for (key, value) in more.entries { spec[key] = value == .null ? nil : value }
        return [
            "version": .text(version), "directory": "/srv/shop", "bundle": .bytes(Array(run.utf8)),
            "components": ["web": .map(spec)],
            "services": ["shop": ["component": "web", "port": "http"]],
        ]
    }

    /// `index group-number` of all tasks, as in "0:2 1:1".
    var layout: String {
        store.all("task").sorted { index($0) < index($1) }.map { task in
            "\(index(task)):\(task.data["group"]?.text?.split(separator: "-").last ?? "?")"
        }.joined(separator: " ")
    }

    func index(_ task: Resource) -> Int64 { task.data["replica"]?.int ?? -1 }

    /// `number state` of all groups, as in "1 current, 2 failed".
    var groups: String {
        store.all("taskgroup").map { group in
            "\(group.name.text.split(separator: "-").last ?? "?") "
                + (group.data["state"]?.text ?? "?")
        }.sorted().joined(separator: ", ")
    }

    func isReady(_ task: Resource) -> Bool {
        machines.contains { machine in
            guard !silent.contains(machine), let namespace = Self.folders[machine],
                let data = store.find("instance", task.name.text, in: namespace)?.data
            else { return false }
            return data["ready"]?.bool == true
                && data["taskRevision"]?.int == Int64(task.revision.rawValue)
        }
    }
}
