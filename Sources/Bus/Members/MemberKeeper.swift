internal import Dispatch
public import Host
public import Resources
internal import Synchronization

/// Cares for the member of etcd on this machine and, on the machine that may, for who is in the
/// cluster: looks, lets the plan decide, takes one step, looks again. A thread of its own; what it
/// was about to do when Pisces died is decided anew.
public final class MemberKeeper<P: Processes>: Sendable {
    /// What the fleet wants, read anew for each look.
    public struct Wishes: Sendable {
        /// The members there shall be.
        public var desired: [MemberSeat]
        /// Whether a first member may be made.
        public var founding: MemberScene.Founding
        /// What other machines say of themselves.
        public var machines: [ResourceName: MachineReport]
        /// True on the holder of the pen.
        public var mayChange: Bool
        /// True while the log leaves the members.
        public var isLeaving: Bool
        /// Where members are reached by clients, as far as that is known: `https://host:port`.
        public var endpoints: [String]
        /// Where members are, as far as that is known, and where they were.
        public var routes: MemberRoutes

        /// The wishes of a fleet.
        public init(
            desired: [MemberSeat], founding: MemberScene.Founding,
            machines: [ResourceName: MachineReport] = [:], mayChange: Bool, endpoints: [String],
            routes: MemberRoutes = MemberRoutes(listed: [:], present: [:]), isLeaving: Bool = false
        ) {
            self.isLeaving = isLeaving
            self.routes = routes
            self.desired = desired
            self.founding = founding
            self.machines = machines
            self.mayChange = mayChange
            self.endpoints = endpoints
        }
    }

    /// What came of a look.
    public struct Outcome: Sendable {
        /// The step that was decided.
        public var step: MemberStep
        /// Why it could not be taken; nil when it was.
        public var failure: BusError?
        /// What the cluster said; nil when it did not answer.
        public var sight: MemberSight?
        /// What this machine says of its member.
        public var report: MachineReport
        /// True where this machine keeps no member, and shall keep none.
        public var isElsewhere = false

        /// Why the member of that machine cannot be counted on; nil when it is well.
        public func trouble(of machine: ResourceName) -> String? {
            if let failure { return failure.description }
            guard let sight else { return "etcd: no majority of its members answers" }
            let own = sight.cluster.members.first { $0.name == machine }
            if own?.isHealthy ?? false { return nil }
            return "the member of etcd on \(machine) does not answer: \(step.reason)"
        }
    }

    private let member: Member<P>
    private let version: @Sendable () -> EtcdVersion?
    private let security: EtcdSecurity
    private let bridge: MemberBridge?
    private let clock: any Clock
    private let wishes: @Sendable () -> Wishes
    private let decide: @Sendable (MemberScene) -> MemberStep
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let done = DispatchSemaphore(value: 0)

    private struct State {
        var patience = MemberPatience()
        var client: EtcdClient?
        var endpoints: [String] = []
        var latest: Outcome?
        /// True from the end that a restart asked for until the start behind it.
        var isRestarting = false
        var isStarted = false
        var isStopping = false
    }

    /// The keeper of `member`. `version` is that of the program on disk; `decide` is the plan. Without
    /// a bridge, members that all have moved find each other no more.
    public init(
        member: Member<P>, version: @escaping @Sendable () -> EtcdVersion?,
        security: EtcdSecurity, bridge: MemberBridge? = nil, clock: any Clock,
        wishes: @escaping @Sendable () -> Wishes,
        decide: @escaping @Sendable (MemberScene) -> MemberStep
    ) {
        self.member = member
        self.version = version
        self.security = security
        self.bridge = bridge
        self.clock = clock
        self.wishes = wishes
        self.decide = decide
        member.onEnd { [weak self] in self?.notice() }
    }

    /// What came of the last look; nil before the first.
    public var latest: Outcome? { state.withLock { $0.latest } }

    /// Starts the thread.
    public func start() throws(ThreadError) {
        state.withLock { $0.isStarted = true }
        try HostThread.start("members") { [self] in run() }
    }

    /// Ends the thread after its look; the member runs on.
    public func stop() {
        let isStarted = state.withLock { state in
            state.isStopping = true
            defer { state.isStarted = false }
            return state.isStarted
        }
        wake.signal()
        if isStarted { done.wait() }
        state.withLock { state in
            state.client?.close()
            state.client = nil
        }
        bridge?.close()
    }

    /// Shows what the files of its security say now: takes a new client with the next look.
    public func renew() {
        state.withLock { $0.endpoints = [] }
        notice()
    }

    /// Looks at once: a wish has changed, or a process has ended.
    public func notice() { wake.signal() }

    private func run() {
        while !state.withLock({ $0.isStopping }) {
            let pause: Int
            do throws(BusError) { pause = Self.pause(after: try look()) } catch {
                pause = Limits.memberRetryMost.value
            }
            _ = wake.wait(timeout: .now() + .milliseconds(pause))
        }
        done.signal()
    }

    /// Milliseconds until the next look, where nothing tells of a change before.
    static func pause(after outcome: Outcome) -> Int {
        if outcome.failure != nil { return Limits.memberLook.value }
        if outcome.step.action == .rest {
            return outcome.isElsewhere
                ? Limits.memberRestElsewhere.value : Limits.memberRest.value
        }
        if case .wait(let milliseconds) = outcome.step.action { return Int(clamping: milliseconds) }
        // What a step brings about is seen soon.
        return Limits.memberLook.value / 5
    }

    /// One look and one step.
    @discardableResult
    public func look() throws(BusError) -> Outcome {
        let wishes = self.wishes()
        let startsAgain = try startsAgain()
        let sight = startsAgain ? latest?.sight : try client(wishes)?.sight()
        if let sight { try learn(sight) }
        try span(wishes, sight)
        let report = try member.report(installed: version())
        let local = member.settings.machine
        var machines = wishes.machines
        machines[local] = report
        var scene = MemberScene(
            local: local, desired: wishes.desired, founding: wishes.founding,
            cluster: sight?.cluster, machines: machines, mayChange: wishes.mayChange,
            notBefore: state.withLock { $0.patience.notBefore }, now: clock.ticks)
        scene.isLeaving = wishes.isLeaving
        let step = decide(scene)
        let isElsewhere =
            !wishes.desired.contains { $0.machine == local }
            && sight.map { !$0.cluster.members.contains { $0.name == local } } ?? false
        var outcome = Outcome(
            step: step, failure: nil, sight: sight, report: report, isElsewhere: isElsewhere)
        do throws(BusError) {
            try perform(step.action)
            if step.changesCluster { state.withLock { $0.patience.done(at: clock.ticks) } }
        } catch {
            outcome.failure = error
            if step.changesCluster { state.withLock { $0.patience.refused(at: clock.ticks) } }
        }
        let latest = outcome
        state.withLock { $0.latest = latest }
        return outcome
    }

    /// True when the member has ended in order to start again: whoever asks the cluster about that
    /// waits for answers in vain while too few members are left to give them.
    private func startsAgain() throws(BusError) -> Bool {
        guard state.withLock({ $0.isRestarting }), try member.process() == nil else { return false }
        state.withLock { $0.isRestarting = false }
        return true
    }

    /// Learns which member the data here is of, from the member that answers here.
    private func learn(_ sight: MemberSight) throws(BusError) {
        let local = member.settings.machine
        guard try member.process() != nil,
            let own = sight.cluster.members.first(where: { $0.name == local && $0.isHealthy })
        else { return }
        try member.note(id: own.id)
        let named = sight.cluster.members.filter { $0.name != nil }
        let listed = Dictionary(
            named.compactMap { one in one.name.map { ($0, one.peers) } }, uniquingKeysWith: { $1 })
        if named.count == sight.cluster.members.count, try member.folder.listed() != listed {
            try member.folder.save(listed: listed)
        }
    }

    /// Lets the member dial over the bridge while the cluster has no majority and others are not
    /// where it knows them, and until the cluster has them where they are.
    private func span(_ wishes: Wishes, _ sight: MemberSight?) throws(BusError) {
        guard let bridge else { return }
        let local = member.settings.machine
        var routes = wishes.routes
        var known = try member.folder.listed()
        if known.isEmpty { known = try member.initialPeers() }
        let isSpanned = member.settings.bridge != nil
        var listed = MemberRoutes(listed: known, present: routes.present)
        if let sight {
            for one in sight.cluster.members {
                if let name = one.name { listed.listed[name] = one.peers }
            }
        }
        let strays = listed.strays(besides: local)
        let wants = !strays.isEmpty && (isSpanned || sight == nil) || isSpanned && sight == nil
        for (name, addresses) in known.merging(listed.listed, uniquingKeysWith: { $0 + $1 }) {
            routes.listed[name] = addresses + (routes.listed[name] ?? [])
        }
        bridge.routes = routes
        if wants {
            let address = try bridge.open()
            member.configure { $0.bridge = address }
        } else {
            member.configure { $0.bridge = nil }
            if try !member.isBridged { bridge.close() }
        }
    }

    private func perform(_ action: MemberStep.Action) throws(BusError) {
        switch action {
        case .rest, .wait: break
        case .found: try member.found(version: try installed())
        case .join(let id, let cluster):
            try member.join(id: id, cluster: cluster, version: try installed())
        case .start: try member.start(version: try installed())
        case .stop: try member.stop()
        case .restart:
            try member.stop()
            state.withLock { $0.isRestarting = true }
        case .discard: try member.discard()
        case .add(let seat):
            _ = try reached().add(peers: [seat.peer], asLearner: true)
        case .promote(let id): _ = try reached().promote(id)
        case .move(let id, let peer): _ = try reached().move(id, to: [peer])
        case .remove(let id): _ = try reached().remove(id)
        case .yieldLead(let id): try reached().yieldLead(to: id)
        }
    }

    private func installed() throws(BusError) -> EtcdVersion {
        if let version = version() { return version }
        throw BusError(
            .refused, operation: "start", subject: "etcd", cause: "there is no such program",
            remedy: "install etcd-server \(EtcdVersion.oldest) or newer")
    }

    private func reached() throws(BusError) -> EtcdClient {
        if let client = state.withLock({ $0.client }) { return client }
        throw BusError(
            .unreachable, operation: "ask", subject: "etcd", cause: "no address of it is known",
            remedy: "name where its members are reached")
    }

    /// A client of all that may be members: those the fleet knows, this machine's own, and those the
    /// cluster lists: machines that were removed from the fleet are members until the cluster lets
    /// them go, and who does not ask them takes them for dead.
    private func client(_ wishes: Wishes) throws(BusError) -> EtcdClient? {
        let known = Set(wishes.endpoints).union(member.settings.clients.prefix(1))
            .union(latest?.sight?.addresses ?? [])
        let endpoints = Array(known.sorted().prefix(Limits.etcdEndpoints.value))
        let standing = state.withLock { $0.endpoints == endpoints ? $0.client : nil }
        if let standing { return standing }
        let client = try EtcdClient(endpoints: endpoints, security: security)
        let old = state.withLock { state in
            defer { (state.client, state.endpoints) = (client, endpoints) }
            return state.client
        }
        old?.close()
        return client
    }
}
