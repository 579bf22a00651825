import Bus
import Host
import Log
import MMSGraph
import Resources
import Synchronization
import Testing
import ZeroProcs

@testable import Node

/// A node of the World: its disk and store, and what lives on them until it crashes.
final class FleetMachine {
    let name: ResourceName
    let disk: SimulatedDisk
    let store = SimulatedStore()
    private let identity: NodeIdentity
    private let parts: Parts
    private(set) var life: Life
    private(set) var lives = 1
    /// State hash by position, over all lives.
    let seen = Seen()

    /// What all nodes of a World have in common.
    struct Parts {
        let clock: SimulatedClock
        let entropy: SimulatedEntropy
        let connect:
            @Sendable (_ name: String, _ node: ResourceName) throws(LogError) -> any LogCluster
        let peers: @Sendable (ResourceName) -> any Peers
        /// Where else entries are, for a node that lacks what no loglet has.
        var history: (@Sendable (ResourceName) -> any EntrySource)?
        /// The cluster that is ready to take the log.
        var clusterName: @Sendable () -> String? = { nil }
        var pause: @Sendable (Int) -> Void = { _ in }
        /// What a cluster keeps of a log that is mounted on a namespace.
        var connectMounted:
            @Sendable (MountedLog, _ name: String, _ node: ResourceName) throws(LogError) ->
                any LogCluster = { log, name, _ throws(LogError) in
                    throw .unreachable(cause: "\(name) does not keep \(log.mount)")
                }
        /// The other machines of a node, all voters.
        var others: @Sendable (ResourceName) -> [ResourceName] = { _ in [] }
    }

    /// What was seen of the state, beside the node.
    final class Seen: Sendable {
        private let state = Mutex<[UInt64: [UInt8]]>([:])
        private let rewritten = Mutex<[String]>([])

        func note(_ position: Position, _ hash: [UInt8]) {
            let before = state.withLock { $0.updateValue(hash, forKey: position.rawValue) }
            if let before, before != hash {
                rewritten.withLock { $0.append("\(position) had two states on one node") }
            }
        }

        var hashes: [UInt64: [UInt8]] { state.withLock { $0 } }
        var violations: [String] { rewritten.withLock { $0 } }
    }

    /// What a crash ends.
    struct Life {
        let log: CommandLog<SimulatedDisk>
        let graph: Graph<SimulatedStore>
        let shared: SharedLog<SimulatedDisk>
        let writer: FleetWriter<SimulatedDisk, SimulatedStore>
        let follower: Follower<SimulatedDisk, SimulatedStore>
        let mover: Mover<SimulatedDisk, SimulatedStore>
        let commands: CommandService
        let entries: EntryService<SimulatedDisk>
        let images: ImageService<SimulatedDisk, SimulatedStore>
        let statements: StatementService<SimulatedDisk, SimulatedStore>
        let transfer: StateTransfer<SimulatedDisk, SimulatedStore>
        let circle: Circle<SimulatedDisk, SimulatedStore>
        let mounted: MountedLogs<SimulatedDisk, SimulatedStore>
    }

    /// What becomes of its answers on their way, by path; nil: they arrive as they are.
    var tamper: ((String, [UInt8]) throws(BusError) -> [UInt8])?

    /// A node named `name` with a copy of the fleet log of `identity`.
    init(_ name: String, seed: UInt64, identity: NodeIdentity, parts: Parts) throws {
        self.name = try ResourceName(name)
        self.identity = identity
        self.parts = parts
        disk = SimulatedDisk(seed: seed)
        life = try Self.open(self.name, disk, store, identity, parts, seen)
    }

    private static func open(
        _ name: ResourceName, _ disk: SimulatedDisk, _ store: SimulatedStore,
        _ identity: NodeIdentity, _ parts: Parts, _ seen: Seen
    ) throws -> Life {
        let graph = try Graph(store: store, mounts: [.root])
        var options = LogOptions(durability: .synced)
        options.firstSegmentBytes = 16 << 10
        options.segmentBytes = 16 << 10
        options.knownDurable = graph.applied(.root)
        let log = try CommandLog.open(
            disk: disk, directory: "/fleet", mount: .root, clusterID: identity.cluster,
            logID: identity.fleetLog, options: options)
        if let waiting = try Installation<SimulatedDisk, SimulatedStore>.waiting(log) {
            _ = try Installation(log: log, graph: graph).install(waiting)
        }
        let connect = parts.connect
        let shared = try SharedLog(copy: log, machine: name, history: parts.history?(name)) {
            cluster throws(LogError) in try connect(cluster, name)
        }
        let mounted = mountedLogs(name, disk, graph, identity, parts, shared)
        let sequencer = Sequencer(mount: .root, log: log, graph: graph) { [graph] commit in
            seen.note(commit.position, graph.stateHash(.root).bytes)
            if commit.changes.contains(where: \.mountsLog) { mounted.open(graph) }
        }
        try sequencer.replay()
        mounted.open(graph)
        let writer = FleetWriter(
            sequencer: sequencer, shared: shared, peers: parts.peers(name), clock: parts.clock,
            entropy: parts.entropy, pause: parts.pause)
        let attend: @Sendable (@escaping @Sendable () -> Void) -> Bool = { work in
            work()
            return true
        }
        let others = parts.others
        let transfer = StateTransfer(
            sequencer, peers: parts.peers(name),
            sources: { others(name).map { .init(name: $0, votes: true) } },
            confirm: { shared.confirm($0) }, attend: attend, pause: { _ in })
        let follower = Follower(sequencer, source: shared, attend: attend) {
            first throws(NodeError) in try transfer.run(to: first)
        }
        let mover = Mover(writer, clusterName: parts.clusterName, attend: attend)
        let circle = try Self.circle(identity, name, disk, graph, sequencer, writer, mounted)
        let copy: @Sendable (Namespace) -> CommandLog<SimulatedDisk>? = { mount in
            circle.writers.first { $0.sequencer.mount == mount }?.sequencer.log
        }
        return Life(
            log: log, graph: graph, shared: shared, writer: writer, follower: follower,
            mover: mover, commands: CommandService { writer.commit($0) },
            entries: EntryService(copy), images: ImageService(graph, copy),
            statements: StatementService(graph: graph, log: copy), transfer: transfer,
            circle: circle, mounted: mounted)
    }

    /// The logs that are mounted on namespaces, as the node on Linux opens them.
    private static func mountedLogs(
        _ name: ResourceName, _ disk: SimulatedDisk, _ graph: Graph<SimulatedStore>,
        _ identity: NodeIdentity, _ parts: Parts, _ root: SharedLog<SimulatedDisk>
    ) -> MountedLogs<SimulatedDisk, SimulatedStore> {
        var options = LogOptions(durability: .synced)
        options.firstSegmentBytes = 16 << 10
        options.segmentBytes = 16 << 10
        let placement = LogPlacement(
            disk: disk, state: "", graph: graph, cluster: identity.cluster,
            options: options)
        return MountedLogs(pause: parts.pause) { log throws(NodeError) in
            let copy = try placement.open(log)
            let sequencer = Sequencer(mount: log.mount, log: copy, graph: graph) { _ in }
            do {
                let shared = try SharedLog(
                    copy: copy, machine: name,
                    history: PeerEntries(log.mount, peers: parts.peers(name)) {
                        parts.others(name)
                    }, parent: (root, log.origin)
                ) { cluster throws(LogError) in try parts.connectMounted(log, cluster, name) }
                try sequencer.replay()
                let writer = FleetWriter(
                    sequencer: sequencer, shared: shared, peers: parts.peers(name),
                    clock: parts.clock, entropy: parts.entropy, pause: parts.pause)
                return SequencerThread(sequencer, fleet: writer) { _ in }
            } catch { throw NodeError("open", "log \(log.mount)", "\(error)") }
        }
    }

    /// The circle of a node. Nothing observes it: its own log has what its executor writes, where
    /// it has one.
    private static func circle(
        _ identity: NodeIdentity, _ name: ResourceName, _ disk: SimulatedDisk,
        _ graph: Graph<SimulatedStore>, _ root: Sequencer<SimulatedDisk, SimulatedStore>,
        _ writer: FleetWriter<SimulatedDisk, SimulatedStore>,
        _ mounted: MountedLogs<SimulatedDisk, SimulatedStore>
    ) throws -> Circle<SimulatedDisk, SimulatedStore> {
        let namespace = try Namespace.machine(name.text)
        try graph.mount(namespace)
        var options = LogOptions(durability: .grouped)
        options.firstSegmentBytes = 16 << 10
        options.segmentBytes = 16 << 10
        let log = try CommandLog.open(
            disk: disk, directory: "/machine", mount: namespace, clusterID: identity.cluster,
            logID: identity.machineLog, options: options)
        let own = Sequencer(mount: namespace, log: log, graph: graph) { _ in }
        try own.replay()
        return Circle(
            graph: graph, fleet: SequencerThread(root, fleet: writer) { _ in },
            machine: SequencerThread(own) { _ in }, mounted: mounted)
    }

    /// Lets go of all entries that whole files hold, behind two checkpoints.
    func trim() throws {
        let log = life.log
        try sync()
        for position in [Position(log.tail.rawValue - 1), log.tail] {
            let entry = try #require(try log.read(from: position, maximumBytes: 1).first)
            try log.keep(
                CheckpointManifest(
                    position: position, epoch: entry.epoch, chainHash: entry.chainHash,
                    stateHash: [], format: 1))
        }
        try log.trim(before: Position(log.tail.rawValue - 1))
    }

    /// What the housekeeper of a node does ten times a second.
    func sync() throws { try life.log.sync() }

    /// Loses power and comes up again.
    func crash() throws {
        disk.crash()
        store.crash()
        life = try Self.open(name, disk, store, identity, parts, seen)
        lives += 1
    }

    /// Answers another node.
    func answer(
        _ peer: ResourceName, _ path: String, _ body: [UInt8]
    ) -> Result<PeerAnswer, BusError> {
        Result { () throws(BusError) in
            let answer = try serve(peer, path, body)
            return PeerAnswer(body: try tamper?(path, answer) ?? answer)
        }
    }

    private func serve(
        _ peer: ResourceName, _ path: String, _ body: [UInt8]
    ) throws(BusError) -> [UInt8] {
        switch path {
        case FleetWriter<SimulatedDisk, SimulatedStore>.path:
            try life.commands.answer(peer, body)
        case let path where path.hasPrefix(FleetWriter<SimulatedDisk, SimulatedStore>.path):
            try decide(peer, path, body)
        case PeerEntries.path: try life.entries.answer(peer, body)
        case FleetNode.imagePath: try life.images.answer(body)
        case StatementService<SimulatedDisk, SimulatedStore>.path:
            try life.statements.answer(body)
        default:
            throw BusError(
                .refused, operation: "answer", subject: path, cause: "there is no such service",
                remedy: "ask for another")
        }
    }

    private func decide(
        _ peer: ResourceName, _ path: String, _ body: [UInt8]
    ) throws(BusError) -> [UInt8] {
        let mount = FleetWriter<SimulatedDisk, SimulatedStore>.log(at: path)
        guard let found = life.mounted.logs.first(where: { $0.log.mount == mount }) else {
            throw BusError(
                .refused, operation: "decide", subject: path, cause: "it is not open here",
                remedy: "take the pen")
        }
        return try CommandService { found.writer.decide($0) }.answer(peer, body)
    }

    /// Proposes for a client, to whichever log the batch belongs to; once more where it has moved.
    func route(_ batch: Batch, at time: WallTime) -> Outcome {
        let outcome = routeOnce(batch, at: time)
        guard case .failure(let refusal) = outcome, refusal.code == .wrongLog,
            refusal.filter == "apply"
        else { return outcome }
        return routeOnce(batch, at: time)
    }

    private func routeOnce(_ batch: Batch, at time: WallTime) -> Outcome {
        let caller = Caller(identity: .local(uid: 0), right: .administrator)
        do throws(Refusal) {
            let writer = try life.circle.writer(for: batch)
            return writer.decide([Proposal(caller: caller, batch: batch, time: time)])[0]
        } catch {
            return .failure(error)
        }
    }

    /// Proposes for a client.
    func propose(_ batch: Batch, at time: WallTime) -> Outcome {
        let caller = Caller(identity: .local(uid: 0), right: .administrator)
        return life.writer.commit([Proposal(caller: caller, batch: batch, time: time)])[0]
    }

    /// Takes what others wrote, up to the tail as it is now.
    func catchUp() throws { try life.writer.catchUp() }

    /// The whole copy.
    func entries() throws -> [LogEntry] {
        var entries: [LogEntry] = []
        var next = life.log.first
        while next <= life.log.tail {
            let part = try life.log.read(from: next, maximumBytes: 1 << 20)
            guard let last = part.last else { break }
            entries += part
            next = last.header.position.next
        }
        return entries
    }
}
