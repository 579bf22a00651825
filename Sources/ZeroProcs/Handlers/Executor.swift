public import Resources

/// Decides what a machine must do so that exactly its assigned tasks run: a pure function from
/// what is assigned, recorded and observed to steps, each with its reason.
public struct Executor: Sendable {
    /// The executor.
    public init() {}

    /// A task that is assigned to this machine.
    public struct Assigned: Hashable, Sendable {
        /// The task's identity.
        public var task: Identifier
        /// The task's name, also that of its instance.
        public var name: ResourceName
        /// What it should be: the task's fields.
        public var data: ValueMap
        /// The revision of the task: another one means that it should be something else.
        public var revision: Position
        /// The highest revision of the configs and secrets it uses; zero when it uses none.
        public var inputs = Position.zero
        /// What to do when these change while it runs.
        public var onChange = OnChange.restart
        /// Whether it starts again when it has ended.
        public var restart = Restart.always

        /// The assignment of a task as of `revision`.
        public init(task: Identifier, name: ResourceName, data: ValueMap, revision: Position) {
            self.task = task
            self.name = name
            self.data = data
            self.revision = revision
        }

        /// True when the life of a record is of the task, configs and secrets as they are now.
        public func isRun(by record: Record) -> Bool {
            record.revision == revision && record.inputs >= inputs
        }
    }

    /// What happens to a running task whose configs or secrets changed.
    public enum OnChange: Hashable, Sendable {
        case restart
        /// New files and a signal of that name; what it has in variables stays as it was.
        case signal(String)
    }

    /// When what has ended starts again.
    public enum Restart: String, Hashable, Sendable {
        case always
        /// Unless it ended with code 0.
        case onFailure = "on-failure"
        /// Only as something else.
        case never
        /// Whenever its time has come, however it ended: `mayStart` knows when.
        case scheduled
    }

    /// What the machine log says of a task's instance.
    public struct Record: Hashable, Sendable {
        /// The task's name.
        public var name: ResourceName
        /// The life of the instance: each start has its own.
        public var life: Identifier
        /// The revision of the task that this life runs.
        public var revision: Position
        /// "starting", "running", "stopping" or "ended".
        public var state: String
        /// The highest revision of the configs and secrets that this life was given.
        public var inputs = Position.zero
        /// How this life ended, `exit 0`; nil while it runs.
        public var exit: String?
        /// What its health check found when it failed as often as it may; nil while it has not.
        public var unhealthy: String?

        /// What is recorded of the instance of a task.
        public init(name: ResourceName, life: Identifier, revision: Position, state: String) {
            self.name = name
            self.life = life
            self.revision = revision
            self.state = state
        }
    }

    /// What the driver sees of a life.
    public enum Observed: Hashable, Sendable {
        case running(pid: Int32)
        case ended(status: String)
    }

    /// One thing to do, with its reason.
    public enum Step: Hashable, Sendable {
        /// Write the intent, then start a new life.
        case start(Assigned, reason: String)
        /// Stop a life; because it failed, or because it should be something else or nothing.
        case stop(name: ResourceName, life: Identifier, isFailure: Bool, reason: String)
        /// Give a running life its configs and secrets as they are now, and send it the signal.
        case refresh(Assigned, life: Identifier, signal: String, reason: String)
        /// Write what was observed of a life.
        case record(Record, Observed, reason: String)
        /// Drop the record and the leavings of a life that is over and no longer assigned.
        case forget(Record, reason: String)

        /// True for the steps that take their time.
        public var isStart: Bool { if case .start = self { true } else { false } }
    }

    /// The tasks that left `machine` and do not run yet where they went: what runs of them here
    /// goes on (law 1), and what has ended is not started again.
    public static func leaving(_ machine: String, _ assignments: [Resource]) -> Set<ResourceName> {
        Set(
            assignments.filter { assignment in
                assignment.data["machine"]?.text != machine
                    && assignment.former.contains(machine)
            }.map(\.name))
    }

    /// The steps for the state given. `leaving` are tasks of ``leaving(_:_:)``. `obeys` is false
    /// while the desired state is older than what this machine has obeyed before: then nothing is
    /// stopped (law 1). `mayStart` holds back a task whose restart must wait.
    public func steps(
        assigned: [Assigned], leaving: Set<ResourceName> = [], records: [Record],
        observed: [Identifier: Observed], obeys: Bool, mayStart: (ResourceName) -> Bool
    ) -> [Step] {
        var steps: [Step] = []
        let byName = Dictionary(grouping: records, by: \.name).compactMapValues(\.first)
        for task in assigned {
            let record = byName[task.name]
            steps += self.steps(
                for: task, record: record, observed: record.flatMap { observed[$0.life] },
                obeys: obeys, mayStart: mayStart(task.name))
        }
        let wanted = Set(assigned.map(\.name))
        for record in records where !wanted.contains(record.name) && obeys {
            let step =
                leaving.contains(record.name)
                ? kept(record, observed[record.life])
                : unassigned(record, observed[record.life])
            if let step { steps.append(step) }
        }
        return steps
    }

    private func steps(
        for task: Assigned, record: Record?, observed: Observed?, obeys: Bool, mayStart: Bool
    ) -> [Step] {
        guard let record else {
            return mayStart ? [.start(task, reason: "assigned, and not running")] : []
        }
        switch observed {
        case .running(let pid):
            if record.state != "stopping", obeys,
                let step = change(task, record) ?? heal(task, record)
            {
                return [step]
            }
            guard record.state == "starting" else { return [] }
            return [.record(record, .running(pid: pid), reason: "found running after a restart")]
        case .ended(let status):
            // The end is written first: how long a restart must wait is known only after it.
            if record.state != "ended" {
                return [.record(record, .ended(status: status), reason: "ended: \(status)")]
            }
            return mayStart && startsAgain(task, record)
                ? [.start(task, reason: "ended: \(status)")] : []
        case nil:
            return mayStart ? [.start(task, reason: "its last start left no process")] : []
        }
    }

    /// The step that a running life takes because its task, a config or a secret is another now.
    private func change(_ task: Assigned, _ record: Record) -> Step? {
        if record.revision != task.revision {
            return .stop(
                name: task.name, life: record.life, isFailure: false,
                reason: "the task changed at @\(task.revision)")
        }
        guard record.inputs < task.inputs else { return nil }
        let reason = "a config or secret changed at @\(task.inputs)"
        switch task.onChange {
        case .restart:
            return .stop(name: task.name, life: record.life, isFailure: false, reason: reason)
        case .signal(let signal):
            return .refresh(task, life: record.life, signal: signal, reason: reason)
        }
    }

    /// The step that a running life takes because its health check failed as often as it may. What
    /// would not start again goes on: stopping it would help nobody.
    private func heal(_ task: Assigned, _ record: Record) -> Step? {
        guard record.state == "running", let reason = record.unhealthy else { return nil }
        switch task.restart {
        case .always, .onFailure:
            return .stop(
                name: task.name, life: record.life, isFailure: true,
                reason: "its health check failed: \(reason)")
        case .never, .scheduled: return nil
        }
    }

    private func startsAgain(_ task: Assigned, _ record: Record) -> Bool {
        if !task.isRun(by: record) { return true }
        return switch task.restart {
        case .always, .scheduled: true
        // Who was stopped for its health failed, however politely it left.
        case .onFailure: record.exit != "exit 0" || record.unhealthy != nil
        case .never: false
        }
    }

    /// What is kept until its task runs elsewhere: its start and its end are written, no more.
    private func kept(_ record: Record, _ observed: Observed?) -> Step? {
        switch observed {
        case .running(let pid) where record.state == "starting":
            .record(record, .running(pid: pid), reason: "found running after a restart")
        case .ended(let status) where record.state != "ended":
            .record(record, .ended(status: status), reason: "ended: \(status)")
        case .running, .ended, nil: nil
        }
    }

    /// One that stops is waited for: who drives the stop knows when.
    private func unassigned(_ record: Record, _ observed: Observed?) -> Step? {
        guard case .running = observed else {
            return .forget(record, reason: "no longer assigned here")
        }
        if record.state == "stopping" { return nil }
        return .stop(
            name: record.name, life: record.life, isFailure: false,
            reason: "no longer assigned here")
    }
}
