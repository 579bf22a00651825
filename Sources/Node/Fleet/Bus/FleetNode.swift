internal import Bus
internal import Host
internal import Log
internal import MMSGraph
public import Resources
internal import Synchronization
internal import Trust
internal import ZeroProcs

/// This node as one of a fleet: its pass, the bus it listens on, the member of etcd it keeps, and the
/// threads that follow and move the fleet log. A node that was started without an address for the
/// bus, or that was never invited, has all of it at rest.
public final class FleetNode: Sendable {
    let circle: Circle<LinuxDisk, RocksStore>
    let identity: NodeIdentity
    /// This machine's name.
    public let name: ResourceName
    let key: MachineKey
    let directory: String
    let clock = LinuxClock()
    let entropy = LinuxEntropy()
    let links: FleetLinks
    /// Where it listens; nil when it was started without.
    public let address: BusAddress?
    let loops = BusLoops()
    let book = AddressBook()
    let care = FleetCare()
    let mirrors: Mirrors<RocksStore>
    let images: ImageService<LinuxDisk, RocksStore>
    let statements: StatementService<LinuxDisk, RocksStore>
    let bundles: BundleCourier
    let blobs: ImageCourier
    let tunnels: TunnelCare
    let state = Mutex(State())
    /// What answers questions of clients of other machines; nil before this one serves.
    let asked = Mutex<(@Sendable (FleetQuestion) -> FleetAnswer)?>(nil)
    /// What serves machines that are born of this one; nil before the console does.
    let desk = Mutex<BirthDesk?>(nil)

    /// What changes.
    struct State {
        var standing: Standing?
        var keeping: EtcdKeeping?
        var follower: Follower<LinuxDisk, RocksStore>?
        var transfer: StateTransfer<LinuxDisk, RocksStore>?
        var mover: Mover<LinuxDisk, RocksStore>?
        /// What looks after the logs mounted on namespaces.
        var mounted: [Namespace: LogCare] = [:]
        /// Since when this node decides for others; nil while it does not.
        var decidesSince: Ticks?
        var lastFailure: String?
        /// The fleet as it was read last, and the position it was surely read at or after.
        var view: (fleet: FleetView, position: Position)?
        /// What the member of etcd here was held against last, and when.
        var checks: (results: [MemberCheck], at: Ticks)?
        /// What of the logs was let go of where they are ordered.
        var tails: [Namespace: Trimmed] = [:]
        /// Whether the fleet log would survive the loss of this machine; nil where others decide.
        var replication: Replicated?
        /// What sets the list of certificates apart that etcd here is to refuse; nil before it is
        /// written.
        var revocation: String?
        /// Who was told where this node is.
        var meeting = Meeting()
        /// That this machine was left behind when the log was founded anew; nil when it was not.
        var leftBehind: Refounded?
        /// The machine with whose log this one goes on; nil when it was never founded anew.
        var founder: ResourceName?
        /// The voters that are lost; nil while enough of them are heard.
        var lost: LostVoters?
        /// Whom this machine asks whether the log was founded anew, and when.
        var foundingAsk = (turn: 0, at: Ticks.zero)
        /// Whom this machine asks for a newer pass to etcd, and when.
        var passAsk = (turn: 0, at: Ticks.zero)
        /// Looks in a row at which a removed node's cluster was not heard.
        var unheard = 0
    }

    /// What a node of a fleet reaches others with.
    struct Standing {
        var pass: FleetPass
        let peers: TLSPeers
        let server: PeerServer
        let etcd: RovingEtcd
        let entries: EntryService<LinuxDisk>
    }

    init(
        circle: Circle<LinuxDisk, RocksStore>, identity: NodeIdentity, key: MachineKey,
        directory: String, links: FleetLinks, address: BusAddress?, bundles: BundleCourier,
        blobs: ImageCourier,
        publish: @escaping @Sendable (Commit) -> Void
    ) throws(NodeError) {
        self.circle = circle
        self.identity = identity
        do throws(NameError) { name = try ResourceName(identity.name) } catch {
            throw NodeError("name", "this node '\(error.text)'", error.reason)
        }
        self.key = key
        self.directory = directory
        self.links = links
        self.address = address
        self.bundles = bundles
        self.blobs = blobs
        tunnels = TunnelCare(directory: directory)
        mirrors = Mirrors(graph: circle.graph, peers: links, clock: clock, publish: publish)
        let log: @Sendable (Namespace) -> CommandLog<LinuxDisk>? = { [circle] mount in
            circle.writers.first { $0.sequencer.mount == mount }?.sequencer.log
        }
        images = ImageService(circle.graph, log)
        statements = StatementService(graph: circle.graph, log: log)
    }

    /// The log of the fleet.
    var shared: SharedLog<LinuxDisk>? { circle.fleet.fleet?.shared }

    /// Whether what is decided for the whole fleet is decided here: the log is in this machine's
    /// files, or it has the pen and may vote. Who may not knows too little for that (`Pen.isDue`).
    public var decides: Bool {
        guard orders(circle.fleet) else { return false }
        return shared?.place != .shared || view?[name.text]?.role == .voter
    }

    /// Whether this node decides in which order commands enter the log of `writer`.
    func orders(_ writer: SequencerThread<LinuxDisk, RocksStore>) -> Bool {
        if leftBehind != nil { return false }
        guard let shared = writer.fleet?.shared else { return true }
        switch shared.place {
        case .here: return true
        case .shared:
            // Of a graph that cannot be read nothing is decided.
            let pen = try? Pen(on: circle.graph.reader(), of: writer.sequencer.mount)
            guard let pen else { return false }
            return pen.holder == name && belongs
        case .at, .unsettled: return false
        }
    }

    /// False once this node was removed from its fleet.
    var belongs: Bool { view?[name.text]?.belongs ?? true }

    /// What went wrong last.
    public var lastFailure: String? { state.withLock { $0.lastFailure } }

    /// Opens what a node of a fleet needs when this is one, and takes its place in the log. Before
    /// anything is proposed; waits for the fleet when nothing of its log is here yet.
    func open() throws(NodeError) {
        guard let pass = try FleetPass.load(directory) else { return }
        guard let address else {
            throw NodeError(
                "start", "node \(name)", "it belongs to a fleet and has no address for it",
                remedy: "start it with --bus ADDRESS:PORT")
        }
        try readFounding()
        try stand(pass, at: address)
        askBeforeWriting()
        guard let shared, shared.cluster == nil, circle.fleet.sequencer.log.tail == .zero else {
            return
        }
        try join(shared)
    }

    /// Follows the log for the first time.
    private func join(_ shared: SharedLog<LinuxDisk>) throws(NodeError) {
        let deadline = clock.ticks.advanced(byMilliseconds: UInt64(Limits.joinPatience.value))
        var cause = "no other node answered"
        while clock.ticks < deadline {
            do throws(BusError) {
                let cluster = try askForCluster()
                do throws(LogError) {
                    try shared.join(cluster)
                } catch { throw Self.asBus(error) }
                do throws(NodeError) {
                    if let writer = circle.fleet.fleet { try arrive(writer) }
                    return
                } catch { cause = error.message }
            } catch { cause = error.description }
            LinuxSystem.pause(milliseconds: 250)
        }
        throw NodeError(
            "join", "the fleet", cause,
            remedy: "see that a node of the fleet runs and can be reached, then start again")
    }

    /// Starts the threads. After the sequencers have theirs.
    func start() throws(ThreadError) {
        guard address != nil, let writer = circle.fleet.fleet else { return }
        let care = self.care(for: circle.fleet, writer)
        state.withLock { state in
            state.follower = care.follower
            state.transfer = care.transfer
            state.mover = care.mover
        }
        try care.start()
        try HostThread.start("fleet") { [self] in self.care.run { tend() } }
    }

    /// Wakes those who wait for what `commit` changed.
    func notice(_ commit: Commit) {
        let (entries, mover) = state.withLock { ($0.standing?.entries, $0.mover) }
        entries?.notice(commit.log)
        let types = Set(commit.changes.compactMap { ($0.new ?? $0.old)?.type })
        guard !types.isDisjoint(with: FleetNode.watched) else { return }
        care.notice()
        mover?.notice()
        for log in state.withLock({ $0.mounted.values.map(\.mover) }) { log.notice() }
        state.withLock { $0.keeping }?.keeper.notice()
    }

    private static let watched = Set((FleetTypes.members + FleetLogTypes.all).map(\.name))

    /// Ends the threads and connections; a member of etcd runs on.
    func stop() {
        care.stop()
        let state = state.withLock { state in
            defer { state = State() }
            return state
        }
        mirrors.stop()
        state.mover?.stop()
        for log in state.mounted.values { log.mover.stop() }
        state.keeping?.keeper.stop()
        // The follower may wait in a call that these end.
        state.standing?.etcd.close()
        state.standing?.peers.stop()
        state.follower?.stop()
        for log in state.mounted.values { log.follower.stop() }
        do throws(BusError) {
            try state.standing?.server.stop()
            try loops.stop()
        } catch { LinuxSystem.note("pisces: \(error.description)") }
    }

    /// The failure of a log in the words of the bus.
    private static func asBus(_ error: LogError) -> BusError {
        BusError(
            .unreachable, operation: "join", subject: "the fleet log", cause: error.description,
            remedy: "wait a moment")
    }

    func fail(_ cause: String?) { state.withLock { $0.lastFailure = cause } }
}
