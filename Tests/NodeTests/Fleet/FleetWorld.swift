import Bus
import Host
import Log
import MMSGraph
import Node
import Resources
import Synchronization
import Testing
import ZeroProcs

/// Nodes over one cluster and one network in the World, on one thread.
final class FleetWorld {
    let clock = SimulatedClock()
    let entropy: SimulatedEntropy
    let identity: NodeIdentity
    let cluster: MemoryCluster
    /// The simulated etcd, where the run is on that one.
    let etcd: SimulatedEtcd?
    let network: SimulatedNetwork
    /// What the cluster keeps of logs that are mounted on namespaces.
    let shards: ClusterShards
    private(set) var nodes: [FleetMachine] = []
    private let parts: FleetMachine.Parts
    var record = LogRecord()
    private var serial = 0

    static let names = ["a", "b", "c", "d", "e"]
    static let note = TypeDefinition(
        name: CoreTypes.known("note"), summary: "A note.", role: .desired, writer: "people",
        fields: [.init("value", .int, "A value.", indexed: true, required: true)],
        columns: ["value"])

    /// So many nodes; the first one has the log in its files, the others have nothing yet.
    init(nodes count: Int, seed: UInt64, onEtcd: Bool = false) throws {
        entropy = SimulatedEntropy(seed: seed ^ 0xE)
        identity = try NodeIdentity(name: "a", time: clock.now, entropy: entropy)
        cluster = MemoryCluster(seed: seed ^ 0xC)
        network = SimulatedNetwork(clock: clock, seed: seed ^ 0xA)
        shards = ClusterShards(seed: seed ^ 0xB, name: cluster.name)
        etcd = onEtcd ? SimulatedEtcd(seed: seed ^ 0xD, clock: clock) : nil
        let (clock, cluster, network, etcd) = (clock, cluster, network, etcd)
        let log = identity.fleetLog
        let names = try Self.names.prefix(count).map { try ResourceName($0) }
        var parts = FleetMachine.Parts(
            clock: clock, entropy: entropy,
            connect: { name, node throws(LogError) in
                guard name == cluster.name else {
                    throw .unreachable(cause: "there is no cluster \(name)")
                }
                guard let etcd else { return cluster.client(of: node.text) }
                return EtcdLogCluster(
                    name: name, calls: etcd.client(names.firstIndex(of: node) ?? 0), clock: clock,
                    log: log, mount: .root)
            },
            peers: { network.peers(of: $0) })
        parts.history = { me in
            PeerEntries(.root, peers: network.peers(of: me)) { names.filter { $0 != me } }
        }
        parts.others = { me in names.filter { $0 != me } }
        parts.connectMounted = { [shards] log, name, node throws(LogError) in
            guard name == cluster.name else {
                throw .unreachable(cause: "there is no cluster \(name)")
            }
            return shards[log].client(of: node.text)
        }
        parts.clusterName = { cluster.name }
        // Late requests to a node are delivered between steps: its thread is busy in one.
        parts.pause = { milliseconds in
            clock.advance(milliseconds: UInt64(milliseconds))
            cluster.step()
        }
        self.parts = parts
        for (index, name) in names.enumerated() {
            nodes.append(
                try FleetMachine(
                    name.text, seed: seed &* 31 &+ UInt64(index), identity: identity, parts: parts))
        }
        for node in nodes { join(node) }
        try install()
    }

    /// A node loses its disk and everything on it.
    func wipe(_ index: Int) throws {
        network.leave(nodes[index].name)
        nodes[index] = try FleetMachine(
            nodes[index].name.text, seed: entropy.next(), identity: identity, parts: parts)
        join(nodes[index])
    }

    /// Lets a node answer others.
    func join(_ node: FleetMachine) {
        // The World runs on one thread.
        nonisolated(unsafe) let node = node
        network.join(unsafe node.name) { peer, request in
            unsafe node.answer(peer, request.path, request.body)
        }
    }

    private func install() throws {
        let types = CoreTypes.all + FleetLogTypes.all + [Self.note]
        let commands = try types.map { type in
            Command.create(
                Draft(
                    id: entropy.identifier(at: clock.now), type: CoreTypes.type.name,
                    namespace: .root, name: try ResourceName(type.name.text), data: type.data))
        }
        let proposal = Proposal(
            caller: .system("install"), batch: Batch(commands), time: clock.now)
        _ = try nodes[0].life.writer.commit([proposal])[0].get()
    }

    // MARK: What people do

    /// Says what the log shall rest on.
    func wish(_ mode: String, _ members: [String] = [], at index: Int = 0) throws {
        let data: ValueMap = [
            "mode": .text(mode), "members": .list(members.map { .text($0) }),
        ]
        let reader = try nodes[index].life.graph.reader()
        let found = try reader.resource(
            FleetLogTypes.replication.name, FleetLogTypes.only, in: .root)
        let command: Command =
            if let found {
                .update(Update(id: found.id, data: data))
            } else {
                .create(
                    Draft(
                        id: entropy.identifier(at: clock.now),
                        type: FleetLogTypes.replication.name, namespace: .root,
                        name: FleetLogTypes.only, data: data))
            }
        _ = try nodes[index].propose(Batch([command]), at: clock.now).get()
    }

    /// Lets movers work until one says that all is as wanted, or for so many turns.
    @discardableResult
    func move(_ index: Int = 0, turns: Int = 12) -> MoveStep {
        var step = MoveStep.rest
        for _ in 0..<turns {
            step = nodes[index].life.mover.turn()
            if step == .rest { break }
        }
        return step
    }

    /// From the files of the first node to the cluster, then all others join.
    func grow() throws {
        try wish("etcd")
        #expect(move() == .rest)
        for node in nodes.dropFirst() {
            try node.life.shared.join(cluster.name)
            try node.catchUp()
        }
    }

    /// Makes a note through a node, as a client of it does; nil when it was not acknowledged.
    @discardableResult
    func write(_ name: String? = nil, at index: Int) -> Receipt? {
        let (batch, reason) = newNote(name)
        return send(batch, reason, at: index)
    }

    /// A batch that makes a note, and the reason it carries.
    func newNote(_ name: String? = nil) -> (batch: Batch, reason: String) {
        serial += 1
        let name = name ?? "n\(serial)"
        var batch = Batch([
            .create(
                Draft(
                    id: entropy.identifier(at: clock.now), type: Self.note.name, namespace: .root,
                    name: Self.name(name), data: ["value": .int(Int64(serial))]))
        ])
        batch.reason = "p\(serial)"
        return (batch, "p\(serial)")
    }

    /// Sends a batch through a node and writes down what came of it.
    @discardableResult
    func send(_ batch: Batch, _ reason: String, at index: Int) -> Receipt? {
        let outcome = nodes[index].propose(batch, at: clock.now)
        record.note(reason, client: nodes[index].name.text, outcome)
        return try? outcome.get()
    }

    static func name(_ text: String) -> ResourceName {
        do { return try ResourceName(text) } catch { preconditionFailure("\(text) is a name") }
    }

    // MARK: What is held against it

    /// Lets all nodes take all there is.
    func settle() throws {
        network.step()
        cluster.step()
        etcd?.settle()
        for node in nodes {
            try node.catchUp()
            try node.sync()
        }
    }

    /// What is wrong with what the nodes have, after `settle()`.
    func check() -> [String] {
        var replicas: [LogCheck.Replica] = []
        for node in nodes {
            do {
                replicas.append(
                    LogCheck.Replica(
                        name: node.name.text, entries: try node.entries(),
                        hashes: node.seen.hashes))
            } catch {
                return ["\(node.name): \(error)"]
            }
        }
        let chain = nodes.lazy.compactMap(\.life.shared.chain).max { $0.version < $1.version }
        return LogCheck(record: record, replicas: replicas, chain: chain).violations
            + nodes.flatMap { $0.seen.violations }
    }
}
