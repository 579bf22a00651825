internal import Dispatch
internal import Drivers
public import Host
public import MMSGraph
public import Resources
internal import Synchronization
internal import ZeroProcs

/// Runs the handlers of the fleet log on one thread: each looks at the whole state of the types
/// it subscribes to whenever one of them changed, and answers with commands. What it has seen and
/// what it does are one batch; when nothing is to be done nothing is written.
public final class HandlerLoop<D: Disk, S: OrderedStore>: Sendable {
    let circle: Circle<D, S>
    let clock: any Clock
    let entropy: any Entropy
    /// Whether what is decided for the whole fleet is decided here now.
    private let decides: @Sendable () -> Bool
    /// What placing tasks waits for; nil when it need not.
    private let placingWaits: @Sendable () -> String?
    private let subscription: HandlerSubscription<S>
    private let wake = DispatchSemaphore(value: 0)
    private let breather: Breather
    private let state = Mutex(State())

    private struct State {
        var dirty: Set<HandlerName> = Set(HandlerName.allCases)
        var stopping = false
        /// True from taking what is dirty until it is worked off.
        var isBusy = false
        /// When a handler is due by itself.
        var due: [HandlerName: WallTime] = [:]
        var statistics: [HandlerName: HandlerStatistics] = [:]
        /// Where the logs stood that each handler has worked off.
        var reached: [HandlerName: Bookmark] = [:]
        /// What each handler tried and put aside.
        var books: [HandlerName: HandlerBook] = [:]
    }

    /// The handlers of the fleet log over `circle`, which subscribe at `feed`. Of several machines one
    /// decides: on the others they look and rest.
    public init(
        circle: Circle<D, S>, feed: ChangeFeed<S>, clock: any Clock, entropy: any Entropy,
        decides: @escaping @Sendable () -> Bool = { true },
        placingWaits: @escaping @Sendable () -> String? = { nil }
    ) {
        self.decides = decides
        self.placingWaits = placingWaits
        self.circle = circle
        self.clock = clock
        self.entropy = entropy
        breather = Breather(clock)
        subscription = HandlerSubscription(
            feed, .all(of: HandlerName.watched + ["deadletter"]), wakes: wake)
    }

    /// Starts the loop.
    public func start() throws(ThreadError) {
        try HostThread.start("handlers") { [self] in run() }
    }

    /// Ends the loop after the turn it is in.
    public func stop() {
        state.withLock { $0.stopping = true }
        breather.stop()
        wake.signal()
    }

    /// What each handler did so far.
    public var statistics: [(HandlerName, HandlerStatistics)] {
        state.withLock { state in
            HandlerName.allCases.map { ($0, state.statistics[$0] ?? HandlerStatistics()) }
        }
    }

    /// True when the handlers have worked off a log that has the desired state of `namespace` up to
    /// `position`.
    public func hasSeen(_ position: Position, of namespace: Namespace) -> Bool {
        let log = circle.graph.mounts.log(of: namespace) ?? .root
        // In this order: a turn is busy before it takes what was told.
        return !subscription.hasNews
            && state.withLock { state in
                let expander = state.reached[.expander]?[log] ?? .zero
                return expander >= position && state.dirty.isEmpty && !state.isBusy
            }
    }

    private func run() {
        while !state.withLock({ $0.stopping }) {
            let began = clock.ticks
            if turn() {
                breather.rest(after: began)
                continue
            }
            let now = clock.now
            let pause = due.map {
                DispatchTime.now() + .milliseconds(Int($0.milliseconds - now.milliseconds) + 1)
            }
            _ = wake.wait(timeout: pause ?? .distantFuture)
            wake.drain()
        }
    }

    /// One run of each handler that has something to look at; false when none had.
    @discardableResult
    public func turn() -> Bool {
        let now = clock.now
        state.withLock { $0.isBusy = true }
        let told = Self.touched(by: subscription.take())
        let dirty = state.withLock { state in
            let due = state.due.filter { $0.value <= now }.map(\.key)
            let dirty = state.dirty.union(told).union(due)
            for name in due { state.due[name] = nil }
            state.dirty = []
            return dirty
        }
        for handler in HandlerName.allCases where dirty.contains(handler) { turn(handler) }
        state.withLock { $0.isBusy = false }
        return !dirty.isEmpty
    }

    /// The handlers that follow the types of what has come, and those whose dead letters were deleted.
    private static func touched(by news: HandlerSubscription<S>.News) -> Set<HandlerName> {
        if news.isIncomplete { return Set(HandlerName.allCases) }
        let types = news.types
        let watching = HandlerName.allCases.filter { name in
            name.watches.contains { types.contains("\($0)") }
        }
        return Set(watching).union(news.deleted.compactMap(handler(ofLetter:)))
    }

    /// When a handler is due by itself; nil when none is.
    public var due: WallTime? { state.withLock { $0.due.values.min() } }

    /// One run of one handler. A refusal means that the state moved on: it runs again with the
    /// change that caused it.
    private func turn(_ handler: HandlerName) {
        let seen = circle.graph.applied(.root)
        let reached = circle.graph.standing
        var statistics = state.withLock { $0.statistics[handler] } ?? HandlerStatistics()
        statistics.runs += 1
        var due: WallTime?
        var book =
            state.withLock { $0.books[handler] } ?? HandlerBook(handler: handler.rawValue)
        do throws(GraphError) {
            let isDeciding = decides()
            let plan = isDeciding ? try plan(handler) : resting
            statistics.waiting = plan.waiting
            due = plan.due
            if isDeciding {
                let look = Look(handler: handler, seen: seen)
                if try workOff(plan, look, &book, &statistics) { due = clock.now }
            }
        } catch {
            statistics.lastRefusal = "\(error.operation) failed: \(error.cause)"
        }
        statistics.seen = seen
        state.withLock { state in
            state.statistics[handler] = statistics
            state.reached[handler] = reached
            state.due[handler] = due
            state.books[handler] = book
        }
    }

    /// Where another machine decides: looks again soon, for that may change.
    private var resting: HandlerPlan {
        var plan = HandlerPlan()
        plan.due = clock.now.advanced(byMilliseconds: Int64(Limits.fleetCare.value))
        return plan
    }

    private func plan(_ handler: HandlerName) throws(GraphError) -> HandlerPlan {
        let reader = try circle.graph.reader()
        let identify = { [self] in entropy.identifier(at: clock.now) }
        switch handler {
        case .expander:
            let existing = Expander.Existing(
                components: try reader.all("component"), services: try reader.all("service"),
                volumes: try reader.all("volume"), tasks: try reader.all("task"))
            return Expander().plan(
                apps: try reader.all("app"), existing: existing, identify: identify)
        case .rollout:
            let existing = Rollout.Existing(
                components: try reader.all("component"), groups: try reader.all("taskgroup"),
                tasks: try reader.all("task"), assignments: try reader.all("assignment"),
                instances: try MachineStandings(reader).current(try reader.all("instance")))
            return Rollout().plan(existing, now: clock.now, identify: identify)
        case .scheduler: return try placements(reader, identify)
        }
    }
}

extension HandlerLoop {
    /// What the scheduler decides.
    private func placements(
        _ reader: CommittedReader<S>, _ identify: () -> Identifier
    ) throws(GraphError) -> HandlerPlan {
        if let reason = placingWaits() {
            var plan = resting
            plan.waiting = [reason]
            return plan
        }
        var situation = try Scheduler.Situation(reader)
        let taken = TakenPorts(
            sockets: try reader.all("socket", where: TakenPorts.predicate),
            assignments: situation.assignments)
        situation.machines = taken.marked(situation.machines)
        let decision = Scheduler().decide(situation, identify: identify)
        var plan = HandlerPlan()
        plan.add(
            "assignments", decision.commands, "tasks are given machines",
            events: Self.events(decision.commands, situation))
        plan.waiting = decision.unplaced.map { one in
            "\(one.task): \(one.reasons.joined(separator: "; "))"
        }
        // What was committed wakes it for the rest.
        return plan
    }
}

/// The handlers of the fleet log.
public enum HandlerName: String, Sendable, CaseIterable {
    /// App to components, services and volumes.
    case expander
    /// Component to task groups and tasks.
    case rollout
    /// Task to assignment.
    case scheduler

    /// The types that one of them follows.
    static var watched: [StaticString] {
        var seen: Set<String> = []
        return allCases.flatMap(\.watches).filter { seen.insert("\($0)").inserted }
    }

    /// The types whose changes wake it.
    public var watches: [StaticString] {
        switch self {
        case .expander: ["app", "component", "service", "volume", "task"]
        case .rollout: ["component", "taskgroup", "task", "assignment", "instance"]
        case .scheduler:
            [
                "task", "assignment", "machine", "volumestate", "volume", "component", "instance",
                "node", "lapse", "price",
            ]
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
    /// Events that were put aside without a dead letter because there are too many of these.
    public var unlettered = 0
    /// The last refusal of a batch of its.
    public var lastRefusal: String?
}

extension Caller {
    static func system(_ handler: HandlerName) -> Caller {
        switch handler {
        case .expander: .system("expander")
        case .rollout: .system("rollout")
        case .scheduler: .system("scheduler")
        }
    }
}
