internal import Dispatch
public import Drivers
public import Host
public import MMSGraph
public import Resources
internal import Synchronization
internal import ZeroProcs

/// Makes this machine run what is assigned to it: looks, lets the executor decide, writes each
/// intent to the machine log, takes the step, writes what came of it. One thread; level-triggered.
public final class ExecutorLoop<D: Disk, S: OrderedStore, P: Processes>: Sendable {
    let circle: Circle<D, S>
    let driver: ProcessDriver<P>
    let devices: AppDevices
    let provisioner: Provisioner<S>
    let clock: any Clock
    let entropy: any Entropy
    let machine: Namespace
    let startsAtOnce: Int
    let state = Mutex(State())
    private let subscription: HandlerSubscription<S>
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    struct State {
        var isRunning = false
        var stopping = false
        /// True when there is more to do than the log says.
        var isNoticed = false
        /// The configs and secrets of the tasks here; nil when that is not known.
        var inputs: TaskInputs.Used?
        /// Back-off of each task by name.
        var policies: [Identifier: RestartPolicy] = [:]
        var lastFailure: String?
        var steps: UInt64 = 0
        /// True once what an earlier life of Pisces left was cleared away.
        var hasCleared = false
        /// When each life that is to stop is asked to; distant once it was.
        var stops: [Identifier: Ticks] = [:]
        /// Copies of volumes that are made on a thread of their own.
        var copies = Copies()
    }

    /// The executor of this machine, which subscribes at `feed` and starts so many tasks at the same
    /// time. The World, where all has one order, starts one after the other.
    public init(
        circle: Circle<D, S>, feed: ChangeFeed<S>, driver: ProcessDriver<P>, devices: AppDevices,
        clock: any Clock, entropy: any Entropy, startsAtOnce: Int = Limits.startsAtOnce.value
    ) {
        self.startsAtOnce = startsAtOnce
        self.circle = circle
        self.driver = driver
        self.devices = devices
        self.clock = clock
        self.entropy = entropy
        provisioner = Provisioner(graph: circle.graph, devices: devices, clock: clock)
        machine = circle.machine.sequencer.mount
        subscription = HandlerSubscription(feed, Self.followed, wakes: wake)
    }

    /// What it does something about when it changes.
    private static var followed: [Selection] {
        var ailing = Selection(AppTypes.instance.name)
        ailing.predicate = .compare(.field(["health"]), .equal, .text("failing"))
        return [Selection].all(of: [
            "assignment", "task", "config", "secret", "volume", "snapshot", "image",
        ]) + [ailing]
    }

    /// Starts the loop's thread.
    public func start() throws(ThreadError) {
        try HostThread.start("executor") { [self] in run() }
        state.withLock { $0.isRunning = true }
    }

    /// Ends the loop after its turn; what runs keeps running.
    public func stop() {
        let isRunning = state.withLock { state in
            state.stopping = true
            return state.isRunning
        }
        wake.signal()
        if isRunning { ended.wait() }
    }

    /// Wakes the loop: an instance ended, or there is more to do.
    public func notice() {
        state.withLock { $0.isNoticed = true }
        wake.signal()
    }

    /// How many steps were taken, and what the last failure was.
    public var counted: (steps: UInt64, lastFailure: String?) {
        state.withLock { ($0.steps, $0.lastFailure) }
    }

    private func run() {
        while !state.withLock({ $0.stopping }) {
            let next = turn()
            let deadline = next.map { DispatchTime.now() + .milliseconds($0) } ?? .distantFuture
            while !isDue(by: deadline) {}
        }
        ended.signal()
    }

    /// Waits until a look is due, or something has come; false for what has nothing to do with this
    /// machine: a look at everything takes longer than a command does.
    private func isDue(by deadline: DispatchTime) -> Bool {
        if wake.wait(timeout: deadline) == .timedOut { return true }
        wake.drain()
        let news = subscription.take()
        return state.withLock { state in
            guard !state.stopping, !state.isNoticed, let inputs = state.inputs else { return true }
            return news.isIncomplete || news.rows.contains { inputs.concern($0.resource) }
        }
    }

    /// One look at the state and all steps it asks for. Gives the milliseconds until something
    /// is due by itself, nil when nothing is.
    public func turn() -> Int? {
        // The look sees what was told.
        state.withLock { state in
            state.isNoticed = false
            state.inputs = nil
        }
        _ = subscription.take()
        // What falls due while the steps are taken is due after this look, not before it.
        let began = (ticks: clock.ticks, time: clock.now)
        do {
            let scene = try look()
            try clearLeftovers(scene)
            let steps = Executor().steps(
                assigned: scene.assigned, leaving: scene.leaving,
                records: scene.records.map(\.record),
                observed: scene.observed, obeys: try obeys(),
                mayStart: { mayStart($0, scene, at: began) })
            let starts = steps.filter(\.isStart)
            for step in steps where !step.isStart { perform(step, scene) }
            stopDrained(scene, at: began.ticks)
            let now = starts.prefix(Limits.startsInTurn.value)
            performAtOnce(Array(now), scene)
            if try obeys() {
                keepVolumes()
                try keepCopies()
            }
            // Any entry may bring the log past what was obeyed.
            let inputs = try obeys() ? TaskInputs.Used(by: scene.tasks.values.map(\.task)) : nil
            state.withLock { state in
                state.steps += UInt64(steps.count - starts.count + now.count)
                state.inputs = inputs
            }
            return now.count < starts.count ? 0 : due(scene, since: began)
        } catch {
            note("\(error)")
            return Limits.restartDelayMost.value
        }
    }

    /// A task that is assigned here, with the ports it was given; nil when it is not, or is of
    /// another version.
    public func described(_ task: Resource) throws -> App.Task? {
        let reader = try circle.graph.reader()
        guard
            let assignment = try reader.resource(
                AppTypes.assignment.name, task.name, in: task.namespace),
            assignment.links["OF"]?.first == task.id
        else { return nil }
        return try App.Task(name: task.name.text, data: task.data)?.started(at: assignment.ports)
    }

    func note(_ failure: String) { state.withLock { $0.lastFailure = failure } }
}

extension ExecutorLoop {
    /// What the executor decides on.
    struct Scene {
        var assigned: [Executor.Assigned] = []
        /// Tasks that went to other machines and do not run there yet.
        var leaving: Set<ResourceName> = []
        var records: [(record: Executor.Record, resource: Resource)] = []
        var observed: [Identifier: Executor.Observed] = [:]
        /// The task and the assignment of each that is assigned here.
        var tasks: [Identifier: (task: Resource, assignment: Resource)] = [:]

        /// What is recorded of a task.
        func resource(of task: Executor.Assigned) -> Resource? {
            records.first { $0.record.name == task.name }?.resource
        }
    }

    /// The machine never obeys a position older than the highest it has seen (law 1).
    func obeys() throws(GraphError) -> Bool { try circle.graph.applied(.root) >= obeyed() }

    /// The highest position of the fleet's log that this machine has obeyed; its own log has it.
    func obeyed() throws(GraphError) -> Position {
        try circle.graph.cursor(of: "executor", in: .root)
    }

    /// Why nothing is stopped here, as after an older copy of the log was restored; nil when the
    /// log is not older than what was obeyed.
    var holdsBack: String? {
        guard let obeyed = try? obeyed() else { return nil }
        let applied = circle.graph.applied(.root)
        if applied >= obeyed { return nil }
        return "log / ends at @\(applied), and this machine has obeyed it up to @\(obeyed): it "
            + "stops nothing until the log is past that; restore a newer copy, or go on changing "
            + "what is wanted"
    }

    private func look() throws -> Scene {
        let reader = try circle.graph.reader()
        var scene = Scene()
        let inputs = try TaskInputs(reader)
        let assignments = try reader.all("assignment")
        scene.leaving = Executor.leaving(machine.machineName, assignments)
        for assignment in assignments where assignment.data["machine"]?.text == machine.machineName
        {
            guard let id = assignment.links["OF"]?.first, let task = try reader.resource(id) else {
                continue
            }
            scene.tasks[task.id] = (task, assignment)
            scene.assigned.append(Executor.Assigned(task, inputs: inputs.latest(of: task)))
        }
        for instance in try reader.all("instance") where instance.namespace == machine {
            guard let record = Executor.Record(instance) else { continue }
            scene.records.append((record, instance))
        }
        for (life, state) in try driver.observe() {
            switch state {
            case .running(let process, _): scene.observed[life] = .running(pid: process.pid)
            case .ended(let exit, _):
                scene.observed[life] = .ended(status: exit?.description ?? "unknown status")
            case .unknown: break
            }
        }
        return scene
    }

    // MARK: When

    private func mayStart(
        _ name: ResourceName, _ scene: Scene, at began: (ticks: Ticks, time: WallTime)
    ) -> Bool {
        guard let task = scene.assigned.first(where: { $0.name == name }) else { return false }
        if let due = JobClock(task, scene)?.due, due > began.time { return false }
        return state.withLock { state in
            guard var policy = state.policies[task.task] else { return true }
            defer { state.policies[task.task] = policy }
            if case .wait = policy.tick(at: began.ticks) { return false }
            return true
        }
    }

    /// Milliseconds until the first thing is due that was not when the turn began: what fell due
    /// while its steps were taken is due at once.
    private func due(_ scene: Scene, since began: (ticks: Ticks, time: WallTime)) -> Int? {
        let (ticks, now) = (clock.ticks, clock.now)
        func left(_ until: Ticks) -> Int {
            until <= ticks ? 0 : Int(clamping: until.nanoseconds(since: ticks) / 1_000_000) + 1
        }
        let jobs = scene.assigned.compactMap { task -> Int? in
            guard let due = JobClock(task, scene)?.due, due > began.time else { return nil }
            return max(0, Int(clamping: due.milliseconds - now.milliseconds) + 1)
        }
        let waits = state.withLock { state in
            scene.assigned.compactMap { task -> Int? in
                guard var policy = state.policies[task.task],
                    case .wait(let until) = policy.tick(at: began.ticks)
                else { return nil }
                return left(until)
            }
        }
        let stops = state.withLock { state in
            state.stops.values.filter { $0 > began.ticks && $0 < Ticks(nanoseconds: .max) }
                .map(left)
        }
        return (jobs + waits + stops).min()
    }
}

extension Executor.Assigned {
    /// A task as it is.
    fileprivate init(_ task: Resource, inputs: Position) {
        self.init(task: task.id, name: task.name, data: task.data, revision: task.revision)
        self.inputs = inputs
        let isJob = task.data["every"] != nil || task.data["cron"] != nil
        restart =
            isJob
            ? .scheduled : Executor.Restart(rawValue: task.data["restart"]?.text ?? "") ?? .always
        if case .signal(let signal) = task.data["onChange"]?.text.flatMap(App.Change.init(text:)) {
            onChange = .signal(signal.rawValue)
        }
    }
}

extension Executor.Record {
    /// What a resource of type `instance` says.
    fileprivate init?(_ instance: Resource) {
        guard let life = instance.data["life"]?.text.flatMap({ Identifier($0) }) else { return nil }
        self.init(
            name: instance.name, life: life,
            revision: Position(UInt64(clamping: instance.data["taskRevision"]?.int ?? 0)),
            state: instance.data["state"]?.text ?? "ended")
        inputs = Position(UInt64(clamping: instance.data["inputs"]?.int ?? 0))
        exit = instance.data["exit"]?.text
        if instance.data["health"]?.text == "failing" {
            unhealthy = instance.data["healthReason"]?.text ?? "it does not answer"
        }
    }
}

extension Namespace {
    /// The last component: the machine's name in `/machines/<name>`.
    var machineName: String { String(path.split(separator: "/").last ?? "") }
}
