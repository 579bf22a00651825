internal import Drivers
internal import Host
internal import MMSGraph
internal import Resources
internal import Synchronization
internal import ZeroProcs

/// The steps: each is written to the machine log before it is taken.
extension ExecutorLoop {
    func perform(_ step: Executor.Step, _ scene: Scene) {
        switch step {
        case .start(let task, let reason): start(task, reason, scene)
        case .stop(let name, let life, let isFailure, let reason):
            stop(name, life, isFailure, reason, scene)
        case .refresh(let task, let life, let signal, let reason):
            refresh(task, life, signal, reason, scene)
        case .record(let record, let observed, let reason):
            self.record(record, observed, reason, scene)
        case .forget(let record, let reason): forget(record, reason, scene)
        }
    }

    private func start(_ task: Executor.Assigned, _ reason: String, _ scene: Scene) {
        guard let (resource, assignment) = scene.tasks[task.task] else { return }
        let life = entropy.identifier(at: clock.now)
        let before = scene.resource(of: task)
        let revision = Int64(clamping: task.revision.rawValue)
        // Restarts count for what the task says now.
        let isSame = before?.data["taskRevision"]?.int == revision
        let restarts = isSame ? (before?.data["restarts"]?.int ?? 0) + 1 : 0
        let intent: ValueMap = [
            "task": .text(task.name.text), "life": .text(life.description), "state": "starting",
            "taskRevision": .int(revision), "restarts": .int(restarts), "reason": .text(reason),
            "inputs": .int(Int64(clamping: task.inputs.rawValue)), "ready": .bool(false),
            "health": "unknown", "healthReason": .null, "pid": .null, "since": .null,
        ]
        guard write(resource, before, intent, reason) else { return }
        do throws(DriverError) {
            let instance = try provisioner.instance(
                of: resource, assignment: assignment, life: life)
            noteVolumes(of: resource)
            let now = clock.now
            let running = try driver.start(instance)
            started(task.task)
            update(
                task.name, outcome(of: resource, assignment, since: now, running.pid), "started")
        } catch {
            note("\(error)")
            failed(task, "\(error)")
        }
        if let old = before?.data["life"]?.text.flatMap({ Identifier($0) }) { remove(old) }
    }

    /// What is recorded of a task that runs.
    private func outcome(
        of task: Resource, _ assignment: Resource, since: WallTime, _ pid: Int32?
    ) -> ValueMap {
        var outcome: ValueMap = [
            "state": "running", "since": .int(since.milliseconds),
            "address": .text(devices.listen),
            "ports": assignment.data["ports"] ?? .map([:]),
            // Who tells nothing of its health serves from the start.
            "ready": .bool(task.data["health"] == nil),
        ]
        outcome["pid"] = pid.map { .int(Int64($0)) }
        return outcome
    }

    private func started(_ task: Identifier) {
        state.withLock { state in
            _ = state.policies[task, default: RestartPolicy()].started(at: clock.ticks)
        }
    }

    private func failed(_ task: Executor.Assigned, _ cause: String) {
        state.withLock { state in
            // It was tried: each try that fails makes the next one later.
            var policy = state.policies[task.task] ?? RestartPolicy()
            _ = policy.started(at: clock.ticks)
            _ = policy.ended(at: clock.ticks)
            state.policies[task.task] = policy
        }
        update(task.name, ["state": "ended", "exit": .text(cause)], "could not be started")
    }

    private func stop(
        _ name: ResourceName, _ life: Identifier, _ isFailure: Bool, _ reason: String,
        _ scene: Scene
    ) {
        update(
            name, ["state": "stopping", "ready": .bool(false), "reason": .text(reason)], reason)
        if !isFailure { forgetPolicy(of: name, scene) }
        // Requests that are on their way still find it; new ones go elsewhere from now on.
        let due = clock.ticks.advanced(byMilliseconds: UInt64(Limits.stopDrain.value))
        state.withLock { if $0.stops[life] == nil { $0.stops[life] = due } }
    }

    /// Asks the lives that have drained to end; also those that an earlier life of Pisces was
    /// about to ask.
    func stopDrained(_ scene: Scene, at now: Ticks) {
        for (record, _) in scene.records {
            guard case .running = scene.observed[record.life] else {
                state.withLock { $0.stops[record.life] = nil }
                continue
            }
            let due = state.withLock { state -> Ticks? in
                if record.state == "stopping", state.stops[record.life] == nil {
                    state.stops[record.life] = now
                }
                guard let due = state.stops[record.life], due <= now else { return nil }
                state.stops[record.life] = Ticks(nanoseconds: .max)
                return due
            }
            guard due != nil else { continue }
            do throws(DriverError) { try driver.stop(record.life) } catch { note("\(error)") }
        }
    }

    /// New files for a life that goes on, then the signal it asked for.
    private func refresh(
        _ task: Executor.Assigned, _ life: Identifier, _ signal: String, _ reason: String,
        _ scene: Scene
    ) {
        guard let (resource, _) = scene.tasks[task.task] else { return }
        do throws(DriverError) {
            let files = try provisioner.files(of: resource)
            _ = try driver.refresh(life, files)
            try driver.signal(life, signal)
            let inputs = Value.int(Int64(clamping: task.inputs.rawValue))
            update(task.name, ["inputs": inputs, "reason": .text(reason)], reason)
        } catch { note("\(error)") }
    }

    private func record(
        _ record: Executor.Record, _ observed: Executor.Observed, _ reason: String, _ scene: Scene
    ) {
        let task = scene.assigned.first { $0.name == record.name }
        switch observed {
        case .running(let pid):
            // It was started, but Pisces did not live to write down with what.
            guard let task, let (resource, assignment) = scene.tasks[task.task] else {
                update(record.name, ["state": "running", "pid": .int(Int64(pid))], reason)
                return
            }
            started(task.task)
            update(
                record.name, outcome(of: resource, assignment, since: clock.now, pid), reason)
        case .ended(let status):
            // Stopped for what it should be instead is no failure, stopped for its health is one.
            let isStopping = record.state == "stopping"
            let isFailure =
                isStopping && record.unhealthy != nil && task?.isRun(by: record) == true
            let wanted = !isStopping || isFailure
            if let task {
                state.withLock { state in
                    var policy = state.policies[task.task] ?? RestartPolicy()
                    _ = wanted ? policy.ended(at: clock.ticks) : policy.stopped()
                    state.policies[task.task] = policy
                }
            }
            let exit = [
                status, driver.limitsReached(by: record.life)?.description,
                isFailure ? record.unhealthy.map { "its health check failed: \($0)" } : nil,
            ]
            update(
                record.name,
                [
                    "state": "ended", "ready": .bool(false), "pid": .null,
                    "exit": .text(exit.compactMap(\.self).joined(separator: ", ")),
                ], reason)
            notice()
        }
    }

    private func forget(_ record: Executor.Record, _ reason: String, _ scene: Scene) {
        // What is copied just now is detached when the copy is whole.
        if let task = scene.records.first(where: { $0.record == record })?.resource.links["OF"],
            task.contains(where: hasCopiedVolume)
        {
            return
        }
        // It says under which name its output is kept, as long as it is known.
        let output = (try? driver.instance(record.life))?.task
        remove(record.life)
        guard let found = scene.records.first(where: { $0.record == record }) else { return }
        if let task = found.resource.links["OF"]?.first {
            detachVolumes(of: task)
            if let output { forgetOutput(of: output) }
            state.withLock { $0.policies[task] = nil }
        }
        propose([.delete(id: found.resource.id, expect: nil)], reason)
    }

    private func forgetPolicy(of name: ResourceName, _ scene: Scene) {
        guard let task = scene.assigned.first(where: { $0.name == name })?.task else { return }
        state.withLock { $0.policies[task] = nil }
    }

    /// Removes lives that no record names any more: Pisces was killed between the start of a new
    /// life and the removal of the one before. Once, before the first step.
    func clearLeftovers(_ scene: Scene) throws {
        guard try obeys(), !state.withLock({ $0.hasCleared }) else { return }
        for life in try driver.leftovers(besides: Set(scene.records.map(\.record.life))) {
            remove(life)
        }
        state.withLock { $0.hasCleared = true }
    }

    private func remove(_ life: Identifier) {
        do throws(DriverError) { try driver.remove(life) } catch {
            if error.kind != .unknownInstance { note("\(error)") }
        }
    }

    private func forgetOutput(of name: String) {
        do throws(ProcessError) { try devices.processes?.forgetOutput(of: name) } catch {
            note("\(error)")
        }
    }

    // MARK: The log

    /// Creates or updates the record of a task's instance, and moves the cursor with it.
    private func write(
        _ task: Resource, _ before: Resource?, _ data: ValueMap, _ reason: String
    ) -> Bool {
        if let before {
            var update = Update(id: before.id, data: data)
            // A task of that name may be another than the one before.
            update.links = ["OF": [task.id]]
            return propose([.update(update)], reason)
        }
        var draft = Draft(
            id: entropy.identifier(at: clock.now), type: CoreTypes.known("instance"),
            namespace: machine, name: task.name,
            data: ValueMap(data.entries.filter { $0.value != .null }),
            links: ["OF": [task.id]])
        if let app = task.data["app"]?.text { draft.tags["app"] = app }
        return propose([.create(draft)], reason)
    }

    func update(_ name: ResourceName, _ data: ValueMap, _ reason: String) {
        do throws(GraphError) {
            let instance = CoreTypes.known("instance")
            guard let resource = try circle.graph.reader().resource(instance, name, in: machine)
            else { return }
            propose([.update(Update(id: resource.id, data: data))], reason)
        } catch { note("\(error)") }
    }

    @discardableResult
    func propose(_ commands: [Command], _ reason: String) -> Bool {
        var batch = Batch(commands, reason: reason)
        do throws(GraphError) {
            // Never back: a start by an older state would else make that state obeyed.
            let position = max(circle.graph.applied(.root), try obeyed())
            batch.cursors = [Batch.Cursor(handler: "executor", log: .root, position: position)]
        } catch {
            note("\(error)")
            return false
        }
        let outcome = circle.machine.propose(
            Proposal(caller: .system("executor"), batch: batch, time: clock.now))
        LastStep.taken()
        guard case .failure(let refusal) = outcome else { return true }
        note(refusal.message)
        return false
    }
}
