internal import Dispatch
internal import Drivers
public import Host
internal import MMSGraph
public import Resources
internal import Synchronization
internal import ZeroProcs

/// Runs the handlers of the fleet log on one thread: each looks at the whole state of the types
/// it watches whenever one of them changed, and answers with commands. What it has seen and what
/// it does are one batch; when nothing is to be done nothing is written.
public final class HandlerLoop<D: Disk, S: OrderedStore>: Sendable {
    private let circle: Circle<D, S>
    private let clock: any Clock
    private let entropy: any Entropy
    private let wake = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    private struct State {
        var dirty: Set<HandlerName> = Set(HandlerName.allCases)
        var stopping = false
        var statistics: [HandlerName: HandlerStatistics] = [:]
    }

    /// The handlers of the fleet log over `circle`.
    public init(circle: Circle<D, S>, clock: any Clock, entropy: any Entropy) {
        self.circle = circle
        self.clock = clock
        self.entropy = entropy
    }

    /// Starts the loop.
    public func start() throws(ThreadError) {
        try HostThread.start("handlers") { [self] in run() }
    }

    /// Ends the loop after the turn it is in.
    public func stop() {
        state.withLock { $0.stopping = true }
        wake.signal()
    }

    /// Wakes the handlers that watch the types of `changes`.
    public func notice(_ changes: [Change]) {
        let types = Set(changes.compactMap { ($0.new ?? $0.old)?.type.text })
        let wakes = state.withLock { state in
            let touched = HandlerName.allCases.filter { !types.isDisjoint(with: $0.watches) }
            state.dirty.formUnion(touched)
            return !touched.isEmpty
        }
        if wakes { wake.signal() }
    }

    /// What each handler did so far.
    public var statistics: [(HandlerName, HandlerStatistics)] {
        state.withLock { state in
            HandlerName.allCases.map { ($0, state.statistics[$0] ?? HandlerStatistics()) }
        }
    }

    private func run() {
        while true {
            let (dirty, stopping) = state.withLock { state in
                defer { state.dirty = [] }
                return (state.dirty, state.stopping)
            }
            if stopping { return }
            for handler in HandlerName.allCases where dirty.contains(handler) { turn(handler) }
            if dirty.isEmpty { wake.wait() }
        }
    }

    /// One run of one handler. A refusal means that the state moved on: it runs again with the
    /// change that caused it.
    private func turn(_ handler: HandlerName) {
        let seen = circle.graph.applied(.root)
        var statistics = state.withLock { $0.statistics[handler] } ?? HandlerStatistics()
        statistics.runs += 1
        statistics.seen = seen
        do {
            let plan = try plan(handler)
            if !plan.commands.isEmpty {
                var batch = Batch(plan.commands, reason: plan.reason)
                batch.cursors = [
                    Batch.Cursor(handler: handler.rawValue, log: .root, position: seen)
                ]
                let proposal = Proposal(
                    caller: .system(handler), batch: batch, time: clock.now)
                switch circle.fleet.propose(proposal) {
                case .success: statistics.effects += UInt64(plan.commands.count)
                case .failure(let refusal): statistics.lastRefusal = refusal.message
                }
            }
            statistics.waiting = plan.waiting
        } catch {
            statistics.lastRefusal = "\(error.operation) failed: \(error.cause)"
        }
        state.withLock { $0.statistics[handler] = statistics }
    }

    private struct Plan {
        var commands: [Command]
        var reason: String
        var waiting: [String] = []
    }

    private func plan(_ handler: HandlerName) throws(GraphError) -> Plan {
        let reader = try circle.graph.reader()
        let identify = { [self] in entropy.identifier(at: clock.now) }
        switch handler {
        case .expander:
            var refused: [String] = []
            var apps: [(app: Resource, wanted: [Expander.Wanted])] = []
            for app in try reader.all("app") {
                do throws(AppError) { apps.append((app, try wanted(app))) } catch {
                    refused.append("\(app.address): \(error)")
                }
            }
            return Plan(
                commands: Expander().commands(
                    apps: apps, tasks: try reader.all("task"), identify: identify),
                reason: "the tasks follow their app", waiting: refused)
        case .scheduler:
            let machines = try reader.all("machine").compactMap(Scheduler.Machine.init)
            let (commands, unplaced) = Scheduler().place(
                tasks: try reader.all("task"), assignments: try reader.all("assignment"),
                machines: machines, identify: identify)
            return Plan(
                commands: commands, reason: "unassigned tasks that fit",
                waiting: unplaced.map { "\($0.task): \($0.reasons.joined(separator: "; "))" })
        }
    }
}

extension HandlerLoop {
    /// The tasks an app asks for.
    private func wanted(_ app: Resource) throws(AppError) -> [Expander.Wanted] {
        try App(name: app.name.text, data: app.data).tasks().map { (task) throws(AppError) in
            let name: ResourceName
            do throws(NameError) { name = try ResourceName(task.name) } catch {
                throw AppError([], found: "task name \(error.text)", expected: error.reason)
            }
            return Expander.Wanted(name: name, data: task.data)
        }
    }
}

/// The handlers of the fleet log.
public enum HandlerName: String, Sendable, CaseIterable {
    /// App to tasks.
    case expander
    /// Task to assignment.
    case scheduler

    /// The types whose changes wake it.
    public var watches: [String] {
        switch self {
        case .expander: ["app", "task"]
        case .scheduler: ["task", "assignment", "machine"]
        }
    }
}

/// What a handler did.
public struct HandlerStatistics: Sendable {
    /// How often it ran.
    public var runs: UInt64 = 0
    /// How many commands of its were taken.
    public var effects: UInt64 = 0
    /// How far it has seen the fleet log.
    public var seen = Position.zero
    /// What it could not do, and why.
    public var waiting: [String] = []
    /// The last refusal of a batch of its.
    public var lastRefusal: String?
}

extension Caller {
    static func system(_ handler: HandlerName) -> Caller {
        switch handler {
        case .expander: .system("expander")
        case .scheduler: .system("scheduler")
        }
    }
}

extension Scheduler.Machine {
    /// A machine as its sensor sees it.
    init?(_ resource: Resource) {
        guard let cores = resource.data["cores"]?.number,
            let memory = resource.data["memory"]?.number
        else { return nil }
        self.init(id: resource.id, name: resource.name, cpu: cores, memory: memory)
    }
}
