internal import Dispatch
public import Drivers
public import Host
public import MMSGraph
public import Resources
internal import Synchronization
internal import ZeroProcs

/// Keeps what serves of apps in step with the graph: asks the tasks of this machine how they are,
/// and sends the requests of services to those that are ready. One thread; level-triggered.
public final class ServingLoop<D: Disk, S: OrderedStore>: Sendable {
    private let circle: Circle<D, S>
    private let clock: any Clock
    private let machine: Namespace
    private let servers: AppServers
    private let subscription: HandlerSubscription<S>
    private let wake: DispatchSemaphore
    private let breather: Breather
    private let ended = DispatchSemaphore(value: 0)
    private let state = Mutex(State())
    private let transitions: Transitions

    private struct State {
        var stopping = false
        var refusals: SortedMap<String> = [:]
        var checks = 0
        var lastFailure: String?
    }

    /// What the prober told and is not in the log yet.
    private final class Transitions: Sendable {
        private let waiting = Mutex<[Identifier: Health]>([:])
        let wake: DispatchSemaphore

        init(wake: DispatchSemaphore) { self.wake = wake }

        func add(_ life: Identifier, _ health: Health) {
            waiting.withLock { $0[life] = health }
            wake.signal()
        }

        func take() -> [Identifier: Health] {
            waiting.withLock { waiting in
                defer { waiting = [:] }
                return waiting
            }
        }
    }

    /// The loop over `circle` with its state directory, which subscribes at `feed`. `run` runs the
    /// command of a health check where its task runs; `names` publishes services.
    public init(
        circle: Circle<D, S>, feed: ChangeFeed<S>, directory: String, names: NameServer?,
        clock: any Clock, run: @escaping CommandRunner
    ) throws(DriverError) {
        self.circle = circle
        self.clock = clock
        breather = Breather(clock)
        machine = circle.machine.sequencer.mount
        let wake = DispatchSemaphore(value: 0)
        let transitions = Transitions(wake: wake)
        self.wake = wake
        self.transitions = transitions
        subscription = HandlerSubscription(
            feed,
            .all(of: [
                "service", "taskgroup", "task", "assignment", "instance", "record", "node", "lapse",
            ]), wakes: wake)
        servers = try AppServers(names: names, state: directory, run: run) { life, health in
            transitions.add(life, health)
        }
    }

    /// Starts the loop's thread.
    public func start() throws(ThreadError) {
        try HostThread.start("serving") { [self] in work() }
    }

    /// Ends the loop, the balancer and the checks.
    public func stop() {
        state.withLock { $0.stopping = true }
        breather.stop()
        wake.signal()
        ended.wait()
        servers.stop()
    }

    /// Why a service is not served, by its address in the graph.
    public var refusals: SortedMap<String> { state.withLock { $0.refusals } }

    /// What the services did, by their addresses in the graph.
    public var statistics: SortedMap<ServiceStatistics> { servers.statistics }

    /// How many health checks there are here.
    public var checks: Int { state.withLock { $0.checks } }

    /// What could not be done last.
    public var lastFailure: String? { state.withLock { $0.lastFailure } }

    private func work() {
        while !state.withLock({ $0.stopping }) {
            let began = clock.ticks
            let isComplete = turn()
            breather.rest(after: began)
            // What could not listen is tried again.
            let deadline: DispatchTime = isComplete ? .distantFuture : .now() + .seconds(1)
            _ = wake.wait(timeout: deadline)
            wake.drain()
        }
        ended.signal()
    }

    /// Brings everything up to date; false when something must be tried again.
    private func turn() -> Bool {
        do throws(GraphError) {
            write(transitions.take())
            _ = subscription.take()
            let reader = try circle.graph.reader()
            let scene = try ServingScene(reader, machine: machine)
            try check(scene)
            let refusals = servers.serve(scene.services)
            publish(scene.services)
            state.withLock { state in
                state.refusals = refusals
                state.checks = scene.checks.count
            }
            return refusals.isEmpty
        } catch {
            state.withLock { $0.lastFailure = "\(error.operation) failed: \(error.cause)" }
            return false
        }
    }

    private func check(_ scene: ServingScene) throws(GraphError) {
        do throws(DriverError) { try servers.check(scene.checks) } catch {
            state.withLock { $0.lastFailure = "\(error)" }
        }
    }

    private func publish(_ services: [ServingScene.Service]) {
        let serial = UInt32(truncatingIfNeeded: clock.now.milliseconds / 1000)
        do throws(DriverError) { try servers.publish(services, serial: serial) } catch {
            state.withLock { $0.lastFailure = "\(error)" }
        }
    }

    /// Writes what became ready or failing: transitions only, never single checks (law 8).
    private func write(_ transitions: [Identifier: Health]) {
        if transitions.isEmpty { return }
        do throws(GraphError) {
            var commands: [Command] = []
            for instance in try circle.graph.reader().all("instance")
            where instance.namespace == machine {
                guard let life = instance.data["life"]?.text.flatMap({ Identifier($0) }),
                    let health = transitions[life], instance.data["state"]?.text == "running"
                else { continue }
                let data = health.fields
                if data.entries.allSatisfy({ (instance.data[$0.key] ?? .null) == $0.value }) {
                    continue
                }
                commands.append(.update(Update(id: instance.id, data: data)))
            }
            if commands.isEmpty { return }
            let outcome = circle.machine.propose(
                Proposal(
                    caller: .system("executor"),
                    batch: Batch(commands, reason: "what the health checks found"), time: clock.now)
            )
            if case .failure(let refusal) = outcome {
                state.withLock { $0.lastFailure = refusal.message }
            }
        } catch {
            state.withLock { $0.lastFailure = "\(error.operation) failed: \(error.cause)" }
        }
    }
}

extension Health {
    /// The fields of an instance that say so.
    fileprivate var fields: ValueMap {
        switch self {
        case .unknown: ["health": "unknown", "ready": .bool(false), "healthReason": .null]
        case .passing: ["health": "passing", "ready": .bool(true), "healthReason": .null]
        case .failing(let reason):
            ["health": "failing", "ready": .bool(false), "healthReason": .text(reason)]
        }
    }
}
