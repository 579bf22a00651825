internal import Drivers
public import Host
internal import Log
public import MMSAgent
public import MMSGraph
public import Resources
internal import Synchronization
internal import Trust
internal import ZeroProcs

/// A node on Linux: the circle over a state directory, its sensors, handlers and executor.
public final class LinuxNode: Sendable {
    /// What the node is for ever.
    public let identity: NodeIdentity
    /// The circle.
    public let circle: Circle<LinuxDisk, RocksStore>
    /// What was refused here, for audit.
    public let refusals: RefusalJournal<LinuxDisk>
    /// The handlers of the fleet log.
    public let handlers: HandlerLoop<LinuxDisk, RocksStore>
    /// The executor of this machine.
    public let executor: ExecutorLoop<LinuxDisk, RocksStore, LinuxProcesses>
    /// Changes for those who subscribe.
    public let feed: ChangeFeed<RocksStore>
    /// Questions that are kept answered.
    public let standing: StandingLoop<RocksStore>
    /// What every commit is told to: handlers, executor, subscribers.
    public let announcer: Announcer
    /// What this machine runs applications with.
    public let apps: AppAssembly
    /// Its place among other machines.
    public let fleet: FleetNode
    /// Health checks and balancers of this machine.
    public let serving: ServingLoop<LinuxDisk, RocksStore>
    private let pump: SensorPump<LinuxDisk, RocksStore>
    private let groups: [SensorGroup]
    /// Keeps the logs within their budgets.
    public let keeper: Keeper<LinuxDisk, RocksStore>
    /// Folds what churned into counters.
    public let folder: ChurnFolder<LinuxDisk, RocksStore>
    private let housekeeper: Housekeeper<LinuxDisk, RocksStore>
    private let lock: StateLock
    private let started = LinuxClock().ticks
    private let state = Mutex(State())

    private struct State {
        var word = "starting"
        var endpoints: ValueMap = [:]
        var machineWarnings: [String] = []
    }

    /// Opens the state directory, makes it when there is none, replays its logs, and starts
    /// handlers, sensors and executor. Ready to serve when it returns. Other nodes reach it at
    /// `bus`; nil for a machine alone.
    ///
    /// Without `sensing` no sensor runs until ``sense()`` and no task is started until ``work()``:
    /// who answers first and looks around then answers sooner where processors are slow.
    public init(
        directory: String, name: String?, bus: BusAddress? = nil, sensing: Bool = true
    ) throws(NodeError) {
        lock = try StateLock.taking(directory)
        let reserve = StartReserve(LinuxDisk(), in: directory)
        try reserve.lend()
        let (clock, entropy) = (LinuxClock(), LinuxEntropy())
        identity = try NodeIdentity.load(directory: directory, name: name, clock, entropy)
        let (announcer, links) = (Announcer(), FleetLinks())
        self.announcer = announcer
        refusals = RefusalJournal(in: directory)
        circle = try Circle.open(
            directory: directory, identity: identity, announcer: announcer, links: links,
            refusals: refusals)
        let feed = ChangeFeed(graph: circle.graph)
        self.feed = feed
        let standing = StandingLoop(graph: circle.graph, feed: feed, clock: clock)
        self.standing = standing
        announcer.add { commit in
            feed.publish(commit.changes, of: commit.log, upTo: commit.position)
            standing.queries.publish(commit.changes, of: commit.log, upTo: commit.position)
        }
        let assembly = try AppAssembly(
            directory: directory, listen: bus?.anyAddress ?? "127.0.0.1", links: links,
            announcer: announcer)
        apps = assembly
        let fleet = try FleetNode(
            circle: circle, identity: identity, key: assembly.devices.key, directory: directory,
            links: links, address: bus, bundles: assembly.bundles, blobs: assembly.blobs,
            publish: { announcer.committed($0) })
        self.fleet = fleet
        try fleet.open()
        // Where another machine decides, the types come with its log.
        if fleet.decides {
            try circle.install(InstalledTypes.all, clock: clock, entropy: entropy)
        }
        handlers = HandlerLoop(
            circle: circle, feed: feed, clock: clock, entropy: entropy,
            decides: { fleet.decides }, placingWaits: { fleet.placingWaits })
        executor = ExecutorLoop(
            circle: circle, feed: feed, driver: assembly.driver, devices: assembly.devices,
            clock: clock, entropy: entropy)
        serving = try assembly.serving(circle, feed, clock)
        let contracts = SensorContracts()
        pump = SensorPump(circle: circle, clock: clock, entropy: entropy) { contracts[$0] }
        do throws(KernelError) {
            var groups: [SensorGroup] = []
            for makers in Sensors.groups(machine: identity.name) {
                groups.append(try SensorGroup(makers) { [pump] in pump.take($0) })
            }
            self.groups = groups
        } catch { throw NodeError("start", "sensors", "\(error)") }
        contracts.attach(groups)
        keeper = Keeper(circle: circle, archive: Circle.archive(directory, identity))
        folder = ChurnFolder(circle: circle, entropy: entropy)
        housekeeper = Housekeeper(
            circle: circle, keeper: keeper, folder: folder, reserve: reserve, clock: clock
        ) { bookmarking in
            switch bookmarking {
            case .all:
                feed.mark()
                standing.queries.mark()
            case .due:
                feed.markIfDue()
                standing.queries.markIfDue()
            }
        }
        try start()
        if sensing { try workAndSense() }
    }

    /// The machine's name in the graph.
    public var name: String { identity.name }

    /// What people compare when they trust this machine for the first time.
    public var fingerprint: String { "\(apps.devices.key.signerKey.fingerprint)" }

    /// "starting", "ready" or "stopping".
    public var stateWord: String { state.withLock { $0.word } }

    /// Where the node can be reached, by name.
    public var endpoints: ValueMap { state.withLock { $0.endpoints } }

    /// Milliseconds since the node was opened.
    public var uptimeMilliseconds: Int64 {
        Int64(LinuxClock().ticks.nanoseconds(since: started) / 1_000_000)
    }

    /// The sensors with what they saw.
    public var sensors: [SensorGroup.Report] { groups.flatMap(\.reports) }

    /// Waits until what has happened on the machine before the call is in the graph; false when
    /// the sensors need longer than a question may wait.
    public func catchUp() -> Bool {
        let clock = LinuxClock()
        let deadline = clock.ticks.advanced(byMilliseconds: UInt64(Limits.catchUp.value))
        for group in groups {
            let left = Int(clamping: deadline.nanoseconds(since: clock.ticks) / 1_000_000)
            // Without a poller for the answer there is no knowing: the question is refused.
            guard (try? group.catchUp(milliseconds: left)) == true else { return false }
        }
        return pump.settle(
            milliseconds: Int(clamping: deadline.nanoseconds(since: clock.ticks) / 1_000_000))
    }

    /// What an operator should know.
    public var warnings: [String] {
        var warnings = state.withLock { $0.machineWarnings } + circle.repairs
        for writer in circle.writers where writer.sequencer.log.state != .writable {
            let sequencer = writer.sequencer
            warnings.append("log \(sequencer.mount) is \(sequencer.log.state.word)")
        }
        let refusals = pump.refusals
        if let last = refusals.last {
            warnings.append("\(refusals.count) batches of sensors were refused, the last: \(last)")
        }
        if let reason = executor.holdsBack { warnings.append(reason) }
        if let failure = executor.counted.lastFailure { warnings.append("executor: \(failure)") }
        if let failure = serving.lastFailure { warnings.append("serving: \(failure)") }
        for (service, cause) in serving.refusals.entries {
            warnings.append("\(service) is not served: \(cause)")
        }
        warnings += circle.mounted?.failures ?? []
        if let failure = fleet.lastFailure { warnings.append("fleet: \(failure)") }
        warnings += fleet.tunnelTroubles.map { "overlay: \($0)" }
        if let search = fleet.searching { warnings.append(search) }
        if let end = fleet.certificateEnd { warnings.append(end) }
        if let loss = fleet.voterLoss { warnings.append(loss) }
        if let founding = fleet.leftBehind { warnings.append("fleet: \(founding.refusal.message)") }
        warnings += fleet.memberFindings
        if let failure = self.refusals.failure {
            warnings.append("refusals are only counted: \(failure)")
        }
        if let failure = housekeeper.lastFailure { warnings.append("housekeeping: \(failure)") }
        return warnings
    }

    /// Takes what the machine around the node warns of, in place of what it warned of before.
    public func takeWarnings(ofMachine warnings: [String]) {
        state.withLock { $0.machineWarnings = warnings }
    }

    /// Says where the node can be reached, and that it serves.
    public func serve(at endpoints: ValueMap) {
        state.withLock { state in
            state.endpoints = endpoints
            state.word = "ready"
        }
        LastStep.begin()
    }

    /// Stops sensors, handlers and executor, commits what waits, and makes all durable. What runs
    /// on the machine keeps running.
    public func stop() {
        state.withLock { $0.word = "stopping" }
        for group in groups { group.stop() }
        pump.stop()
        handlers.stop()
        serving.stop()
        apps.stop()
        executor.stop()
        housekeeper.stop()
        standing.stop()
        fleet.stop()
        for writer in circle.writers { writer.stop() }
        circle.close()
        refusals.close()
    }

    /// Calls that the life before began have an outcome before this one takes any.
    private func closeCalls() throws(NodeError) {
        do throws(GraphError) {
            try OpenCalls(circle).close(clock: LinuxClock(), entropy: LinuxEntropy())
        } catch {
            throw NodeError(error.operation, error.subject, error.cause)
        }
    }

    private func start() throws(NodeError) {
        announcer.add { [housekeeper] in housekeeper.note($0) }
        announcer.add { [fleet] in fleet.notice($0) }
        announcer.addEnd { [executor] in executor.notice() }
        do throws(ThreadError) {
            try circle.fleet.start()
            try circle.machine.start()
        } catch {
            throw NodeError("start thread", error.name, "error \(error.code)")
        }
        try circle.mounted?.start()
        do throws(ThreadError) { try fleet.start() } catch {
            throw NodeError("start thread", error.name, "error \(error.code)")
        }
        try closeCalls()
        do throws(ThreadError) {
            try pump.start()
            try handlers.start()
            try apps.start()
            try serving.start()
            try standing.start()
            try housekeeper.start()
        } catch {
            throw NodeError("start thread", error.name, "error \(error.code)")
        }
    }

    private func workAndSense() throws(NodeError) {
        try work()
        try sense()
    }

    /// Starts the executor, once: from now on this machine runs what it shall.
    public func work() throws(NodeError) {
        do throws(ThreadError) { try executor.start() } catch {
            throw NodeError("start thread", error.name, "error \(error.code)")
        }
    }

    /// Starts the sensors, once, and waits for what they see first.
    public func sense() throws(NodeError) {
        do throws(ThreadError) {
            for group in groups { try group.start() }
        } catch {
            throw NodeError("start thread", error.name, "error \(error.code)")
        }
        awaitFirstPicture()
    }

    /// Waits until every sensor has read the machine once, so that who asks first sees it whole.
    /// Bounded: a sensor that takes longer shows that it is in a gap.
    private func awaitFirstPicture() {
        let clock = LinuxClock()
        let deadline = clock.ticks.advanced(byMilliseconds: UInt64(Limits.firstPicture.value))
        while clock.ticks < deadline {
            let reports = sensors
            if !reports.isEmpty, reports.allSatisfy({ $0.statistics.resyncs > 0 }) { break }
            LinuxSystem.pause(milliseconds: 1)
        }
        pump.settle(
            milliseconds: Int(clamping: deadline.nanoseconds(since: clock.ticks) / 1_000_000))
    }
}

/// The contract of each sensor, known once the groups of sensors are made.
private final class SensorContracts: Sendable {
    private let groups = Mutex<[SensorGroup]>([])

    func attach(_ sensors: [SensorGroup]) { groups.withLock { $0 = sensors } }

    subscript(source: String) -> SensorContract? {
        let reports = groups.withLock { $0 }.flatMap(\.reports)
        return reports.first { $0.contract.name == source }?.contract
    }
}

/// Why a node could not be opened.
public struct NodeError: Error, Sendable {
    /// What was being done.
    public let operation: String
    /// To what.
    public let subject: String
    /// Why it failed.
    public let cause: String
    /// What to do.
    public let remedy: String?

    /// The failure of `operation` on `subject`.
    public init(
        _ operation: String, _ subject: String, _ cause: String, remedy: String? = nil
    ) {
        self.operation = operation
        self.subject = subject
        self.cause = cause
        self.remedy = remedy
    }

    /// One line for people.
    public var message: String {
        "cannot \(operation) \(subject): \(cause)" + (remedy.map { "; \($0)" } ?? "")
    }
}
