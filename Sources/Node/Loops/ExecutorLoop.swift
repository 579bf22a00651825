internal import Dispatch
public import Drivers
public import Host
internal import MMSGraph
public import Resources
internal import Synchronization
internal import ZeroProcs

/// Makes this machine run what is assigned to it: looks, lets the executor decide, writes each
/// intent to the machine log, takes the step, writes what came of it. One thread; level-triggered.
public final class ExecutorLoop<D: Disk, S: OrderedStore, P: Processes>: Sendable {
    private let circle: Circle<D, S>
    private let driver: ProcessDriver<P>
    private let clock: any Clock
    private let entropy: any Entropy
    private let machine: Namespace
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    private struct State {
        var stopping = false
        /// Back-off of each task by name.
        var policies: [ResourceName: RestartPolicy] = [:]
        /// Ends the driver reported since the last turn.
        var lastFailure: String?
        var steps: UInt64 = 0
    }

    /// The executor of this machine.
    public init(
        circle: Circle<D, S>, driver: ProcessDriver<P>, clock: any Clock, entropy: any Entropy
    ) {
        self.circle = circle
        self.driver = driver
        self.clock = clock
        self.entropy = entropy
        machine = circle.machine.sequencer.mount
    }

    /// Starts the loop's thread.
    public func start() throws(ThreadError) {
        try HostThread.start("executor") { [self] in run() }
    }

    /// Ends the loop after its turn; what runs keeps running.
    public func stop() {
        state.withLock { $0.stopping = true }
        wake.signal()
        ended.wait()
    }

    /// Wakes the loop: something it watches changed, or an instance ended.
    public func notice() { wake.signal() }

    /// Wakes the loop when `changes` touch what it watches.
    public func notice(_ changes: [Change]) {
        let watched: Set = ["assignment", "task"]
        if changes.contains(where: { watched.contains(($0.new ?? $0.old)?.type.text ?? "") }) {
            notice()
        }
    }

    /// How many steps were taken, and what the last failure was.
    public var counted: (steps: UInt64, lastFailure: String?) {
        state.withLock { ($0.steps, $0.lastFailure) }
    }

    private func run() {
        while !state.withLock({ $0.stopping }) {
            let next = turn()
            let deadline = next.map { DispatchTime.now() + .milliseconds($0) } ?? .distantFuture
            _ = wake.wait(timeout: deadline)
        }
        ended.signal()
    }

    /// One look at the state and all steps it asks for. Gives the milliseconds until something
    /// is due by itself, nil when nothing is.
    public func turn() -> Int? {
        do {
            let scene = try look()
            let steps = Executor().steps(
                assigned: scene.assigned, records: scene.records.map(\.record),
                observed: scene.observed, obeys: try obeys(), mayStart: mayStart)
            for step in steps { perform(step, scene) }
            state.withLock { $0.steps += UInt64(steps.count) }
            return due(scene.assigned.map(\.name))
        } catch {
            note("\(error)")
            return Limits.restartDelayMost.value
        }
    }
}

extension ExecutorLoop {
    /// What the executor decides on.
    private struct Scene {
        var assigned: [Executor.Assigned] = []
        var records: [(record: Executor.Record, resource: Resource)] = []
        var observed: [Identifier: Executor.Observed] = [:]
        var states: [Identifier: InstanceState] = [:]
    }

    /// The machine never obeys a position older than the highest it has seen (law 1).
    private func obeys() throws(GraphError) -> Bool {
        try circle.graph.applied(.root) >= circle.graph.cursor(of: "executor", in: .root)
    }

    private func look() throws -> Scene {
        let reader = try circle.graph.reader()
        var scene = Scene()
        for assignment in try reader.all("assignment")
        where assignment.data["machine"]?.text == machine.machineName {
            guard let id = assignment.links["OF"]?.first, let task = try reader.resource(id) else {
                continue
            }
            scene.assigned.append(
                Executor.Assigned(
                    task: task.id, name: task.name, data: task.data, revision: task.revision))
        }
        for instance in try reader.all("instance") where instance.namespace == machine {
            guard let life = instance.data["life"]?.text.flatMap({ Identifier($0) }) else {
                continue
            }
            let record = Executor.Record(
                name: instance.name, life: life,
                revision: Position(UInt64(clamping: instance.data["taskRevision"]?.int ?? 0)),
                state: instance.data["state"]?.text ?? "ended")
            scene.records.append((record, instance))
        }
        scene.states = try driver.observe()
        for (life, state) in scene.states {
            switch state {
            case .running(let process, _): scene.observed[life] = .running(pid: process.pid)
            case .ended(let exit, _):
                scene.observed[life] = .ended(status: exit?.description ?? "unknown status")
            case .unknown: break
            }
        }
        return scene
    }

    private func mayStart(_ name: ResourceName) -> Bool {
        state.withLock { state in
            guard var policy = state.policies[name] else { return true }
            defer { state.policies[name] = policy }
            if case .wait = policy.tick(at: clock.ticks) { return false }
            return true
        }
    }

    private func due(_ names: [ResourceName]) -> Int? {
        let now = clock.ticks
        return state.withLock { state in
            names.compactMap { name -> Int? in
                guard var policy = state.policies[name],
                    case .wait(let until) = policy.tick(at: now)
                else { return nil }
                return Int(until.nanoseconds(since: now) / 1_000_000) + 1
            }.min()
        }
    }

    private func perform(_ step: Executor.Step, _ scene: Scene) {
        switch step {
        case .start(let task, let reason): start(task, reason, scene)
        case .stop(let name, let life, let reason): stop(name, life, reason, scene)
        case .refresh(let task, let life, let signal, let reason):
            refresh(task, life, signal, reason)
        case .record(let record, let observed, let reason):
            self.record(record, observed, reason, scene)
        case .forget(let record, let reason): forget(record, reason, scene)
        }
    }

    private func start(_ task: Executor.Assigned, _ reason: String, _ scene: Scene) {
        let life = entropy.identifier(at: clock.now)
        let before = scene.records.first { $0.record.name == task.name }
        let restarts = before.map { ($0.resource.data["restarts"]?.int ?? 0) + 1 } ?? 0
        let intent: ValueMap = [
            "task": .text(task.name.text), "life": .text(life.description), "state": "starting",
            "taskRevision": .int(Int64(clamping: task.revision.rawValue)),
            "restarts": .int(restarts), "reason": .text(reason), "pid": .null, "since": .null,
        ]
        guard write(task, before?.resource, intent, reason) else { return }
        do throws(DriverError) {
            let instance = try task.instance(life)
            let now = clock.now
            let running = try driver.start(instance)
            state.withLock { state in
                _ = state.policies[task.name, default: RestartPolicy()].started(at: clock.ticks)
            }
            var outcome: ValueMap = ["state": "running", "since": .int(now.milliseconds)]
            outcome["pid"] = running.pid.map { .int(Int64($0)) }
            update(task.name, outcome, "started")
        } catch {
            note("\(error)")
            failed(task.name, "\(error)")
        }
        if let old = before?.record.life { remove(old) }
    }

    private func failed(_ name: ResourceName, _ cause: String) {
        state.withLock { state in
            _ = state.policies[name, default: RestartPolicy()].ended(at: clock.ticks)
        }
        update(name, ["state": "ended", "exit": .text(cause)], "could not be started")
    }

    private func stop(
        _ name: ResourceName, _ life: Identifier, _ reason: String, _ scene: Scene
    ) {
        update(name, ["state": "stopping", "reason": .text(reason)], reason)
        state.withLock { $0.policies[name] = nil }
        do throws(DriverError) { try driver.stop(life) } catch { note("\(error)") }
    }

    private func record(
        _ record: Executor.Record, _ observed: Executor.Observed, _ reason: String, _ scene: Scene
    ) {
        switch observed {
        case .running(let pid):
            state.withLock { state in
                _ = state.policies[record.name, default: RestartPolicy()].started(at: clock.ticks)
            }
            update(record.name, ["state": "running", "pid": .int(Int64(pid))], reason)
        case .ended(let status):
            let wanted = record.state != "stopping"
            state.withLock { state in
                var policy = state.policies[record.name] ?? RestartPolicy()
                _ = wanted ? policy.ended(at: clock.ticks) : policy.stopped()
                state.policies[record.name] = policy
            }
            update(record.name, ["state": "ended", "pid": .null, "exit": .text(status)], reason)
            notice()
        }
    }

    private func forget(_ record: Executor.Record, _ reason: String, _ scene: Scene) {
        remove(record.life)
        guard let found = scene.records.first(where: { $0.record == record }) else { return }
        propose([.delete(id: found.resource.id, expect: nil)], reason)
        state.withLock { $0.policies[record.name] = nil }
    }

    private func remove(_ life: Identifier) {
        do throws(DriverError) { try driver.remove(life) } catch {
            if error.kind != .unknownInstance { note("\(error)") }
        }
    }

    /// Creates or updates the record of a task's instance, and moves the cursor with it.
    private func write(
        _ task: Executor.Assigned, _ before: Resource?, _ data: ValueMap, _ reason: String
    ) -> Bool {
        let command: Command
        if let before {
            command = .update(Update(id: before.id, data: data))
        } else {
            var fields = data
            for (key, value) in data.entries where value == .null { fields[key] = nil }
            command = .create(
                Draft(
                    id: entropy.identifier(at: clock.now), type: CoreTypes.known("instance"),
                    namespace: machine, name: task.name, data: fields,
                    links: ["OF": [task.task]]))
        }
        return propose([command], reason)
    }

    private func update(_ name: ResourceName, _ data: ValueMap, _ reason: String) {
        do throws(GraphError) {
            let instance = CoreTypes.known("instance")
            guard let resource = try circle.graph.reader().resource(instance, name, in: machine)
            else { return }
            propose([.update(Update(id: resource.id, data: data))], reason)
        } catch { note("\(error)") }
    }

    @discardableResult
    private func propose(_ commands: [Command], _ reason: String) -> Bool {
        var batch = Batch(commands, reason: reason)
        batch.cursors = [
            Batch.Cursor(handler: "executor", log: .root, position: circle.graph.applied(.root))
        ]
        let outcome = circle.machine.propose(
            Proposal(caller: .system("executor"), batch: batch, time: clock.now))
        guard case .failure(let refusal) = outcome else { return true }
        note(refusal.message)
        return false
    }

    private func note(_ failure: String) { state.withLock { $0.lastFailure = failure } }
}

extension Executor.Assigned {
    /// One life of the task.
    fileprivate func instance(_ life: Identifier) throws(DriverError) -> Instance {
        guard let task = App.Task(name: name.text, data: data) else {
            throw DriverError(
                .unsupported, operation: "start", subject: name.text,
                cause: "the task has no device or command of this version")
        }
        return task.instance(life)
    }
}

extension Namespace {
    /// The last component: the machine's name in `/machines/<name>`.
    var machineName: String { String(path.split(separator: "/").last ?? "") }
}
