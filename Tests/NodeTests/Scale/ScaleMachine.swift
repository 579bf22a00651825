import Host
import Log
import MMSGraph
import Resources
import ZeroProcs

@testable import Node

/// What the machines of a simulated fleet have in common.
struct ScaleParts {
    let clock = SimulatedClock()
    let entropy: SimulatedEntropy
    let identity: NodeIdentity
    let cluster: MemoryCluster
    let shards: ClusterShards

    init(seed: UInt64) throws {
        entropy = SimulatedEntropy(seed: seed)
        identity = try NodeIdentity(name: "a", time: clock.now, entropy: entropy)
        cluster = MemoryCluster(seed: seed ^ 1)
        shards = ClusterShards(seed: seed ^ 2, name: cluster.name)
    }
}

/// Entries of another machine's copy.
struct CopyEntries: EntrySource {
    let log: CommandLog<SimulatedDisk>

    func next(behind position: Position, milliseconds: Int) throws(LogError) -> [LogEntry] {
        try log.read(from: position.next, maximumBytes: 1 << 20)
    }
}

/// A machine that has everything of a node that concerns commands: graph, logs, writers. It decides
/// for the fleet, or follows what others decide.
final class ScaleMachine {
    typealias Disk = SimulatedDisk

    let name: ResourceName
    let store = MeteredStore()
    let disk: SimulatedDisk
    let graph: Graph<MeteredStore>
    let root: SequencerThread<Disk, MeteredStore>
    let mounted: MountedLogs<Disk, MeteredStore>

    /// A machine of the fleet of `parts`; entries that are in no cluster are those of `founder`.
    init(_ name: String, seed: UInt64, _ parts: ScaleParts, founder: ScaleMachine? = nil) throws {
        self.name = try ResourceName(name)
        disk = SimulatedDisk(seed: seed)
        let graph = try Graph(store: store, mounts: [.root])
        self.graph = graph
        let (disk, machine, identity) = (disk, self.name, parts.identity)
        let (cluster, shards) = (parts.cluster, parts.shards)
        var options = LogOptions(durability: .synced)
        options.firstSegmentBytes = 64 << 10
        options.segmentBytes = 64 << 10
        let (clock, entropy) = (parts.clock, parts.entropy)
        let writer:
            @Sendable (Sequencer<Disk, MeteredStore>, SharedLog<Disk>) -> FleetWriter<
                Disk, MeteredStore
            > = { sequencer, shared in
                FleetWriter(
                    sequencer: sequencer, shared: shared, peers: NoPeers(), clock: clock,
                    entropy: entropy, pause: { _ in })
            }
        let log = try CommandLog.open(
            disk: disk, directory: "/fleet", mount: .root, clusterID: identity.cluster,
            logID: identity.fleetLog, options: options)
        let shared = try SharedLog(
            copy: log, machine: machine,
            history: founder.map { CopyEntries(log: $0.root.sequencer.log) }
        ) { _ throws(LogError) in cluster.client(of: machine.text) }
        let placement = LogPlacement(
            disk: disk, state: "", graph: graph, cluster: identity.cluster, options: options)
        let mounted = MountedLogs<Disk, MeteredStore>(pause: { _ in }) { log throws(NodeError) in
            let copy = try placement.open(log)
            let sequencer = Sequencer(mount: log.mount, log: copy, graph: graph) { _ in }
            do throws(LogError) {
                let shared = try SharedLog(
                    copy: copy, machine: machine, parent: (shared, log.origin)
                ) { _ throws(LogError) in shards[log].client(of: machine.text) }
                return SequencerThread(sequencer, fleet: writer(sequencer, shared)) { _ in }
            } catch { throw NodeError("open", "log \(log.mount)", "\(error)") }
        }
        self.mounted = mounted
        let sequencer = Sequencer(mount: .root, log: log, graph: graph) { commit in
            if commit.changes.contains(where: \.mountsLog) { mounted.open(graph) }
        }
        root = SequencerThread(sequencer, fleet: writer(sequencer, shared)) { _ in }
    }

    /// All its writers, that of `/` first.
    var writers: [SequencerThread<Disk, MeteredStore>] { [root] + mounted.logs.map(\.writer) }

    /// The writer of a namespace.
    func writer(of namespace: Namespace) throws -> SequencerThread<Disk, MeteredStore> {
        let log = graph.mounts.log(of: namespace)
        return writers.first { $0.sequencer.mount == log } ?? root
    }

    /// Takes all that others decided.
    func follow() throws {
        for writer in writers {
            guard let fleet = writer.fleet else { continue }
            try fleet.shared.arrive()
            try fleet.catchUp()
        }
    }
}
