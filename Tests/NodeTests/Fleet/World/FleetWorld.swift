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
    /// Those that belong.
    private let roster = Roster()
    /// Nodes that belong no more.
    private(set) var removed: Set<Int> = []
    private let parts: FleetMachine.Parts
    var record = LogRecord()
    private var serial = 0

    static let names = ["a", "b", "c", "d", "e", "f", "g", "h"]

    /// Which nodes belong, for all of them.
    final class Roster: Sendable {
        let names = Mutex<[ResourceName]>([])

        func others(of me: ResourceName) -> [ResourceName] {
            names.withLock { $0.filter { $0 != me } }
        }
    }

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
        let all = try Self.names.map { try ResourceName($0) }
        let names = Array(all.prefix(count))
        roster.names.withLock { $0 = names }
        var parts = FleetMachine.Parts(
            clock: clock, entropy: entropy,
            connect: { name, node throws(LogError) in
                guard name == cluster.name else {
                    throw .unreachable(cause: "there is no cluster \(name)")
                }
                guard let etcd else { return cluster.client(of: node.text) }
                return EtcdLogCluster(
                    name: name, calls: etcd.client(all.firstIndex(of: node) ?? 0), clock: clock,
                    log: log, mount: .root)
            },
            peers: { network.peers(of: $0) })
        parts.history = { [roster] me in
            PeerEntries(.root, peers: network.peers(of: me)) { roster.others(of: me) }
        }
        parts.others = { [roster] me in roster.others(of: me) }
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

    /// A node loses its disk and everything on it. It answers others at once, or only after
    /// `enter`.
    func wipe(_ index: Int, answers: Bool = true) throws {
        network.leave(nodes[index].name)
        nodes[index] = try FleetMachine(
            nodes[index].name.text, seed: entropy.next(), identity: identity, parts: parts)
        if answers { join(nodes[index]) }
    }

    /// One more node belongs, which has nothing yet and must `enter`. Gives its number.
    func add() throws -> Int {
        let node = try FleetMachine(
            Self.names[nodes.count], seed: entropy.next(), identity: identity, parts: parts)
        nodes.append(node)
        roster.names.withLock { $0.append(node.name) }
        return nodes.count - 1
    }

    /// A node that has nothing finds the log, and answers others.
    func enter(_ index: Int) throws {
        try nodes[index].life.shared.join(cluster.name)
        join(nodes[index])
    }

    /// A node belongs no more: nobody asks it, and it does nothing.
    func remove(_ index: Int) {
        let name = nodes[index].name
        network.leave(name)
        roster.names.withLock { $0.removeAll { $0 == name } }
        removed.insert(index)
    }

    /// The nodes that belong.
    var present: [Int] { nodes.indices.filter { !removed.contains($0) } }

    /// True when the loss of all that a node has loses nothing: others that belong have in their files
    /// what is before the loglet in use.
    func isSpare(_ index: Int) -> Bool {
        guard nodes[index].life.shared.place == .shared,
            let chain = nodes.lazy.compactMap(\.life.shared.chain).max(by: {
                $0.version < $1.version
            })
        else { return false }
        return present.contains { other in
            let log = nodes[other].life.log
            return other != index && log.first == Position(1)
                && log.durable.next >= chain.active.first
        }
    }

    /// Lets a node answer others, until its fuse burnt down.
    func join(_ node: FleetMachine) {
        let (cluster, name) = (cluster, node.name)
        // The World runs on one thread.
        nonisolated(unsafe) let node = node
        network.join(name) { peer, request in
            let isGone = { cluster.state.withLock { $0.burnt.contains(name.text) } }
            if isGone() { return .failure(Self.gone(name)) }
            let answer = unsafe node.answer(peer, request.path, request.body)
            // It may have died of this very request.
            return isGone() ? .failure(Self.gone(name)) : answer
        }
    }

    private static func gone(_ name: ResourceName) -> BusError {
        BusError(
            .unanswered, operation: "ask", subject: name.text, cause: "it is gone",
            remedy: "start it again")
    }

    /// True for a node whose fuse burnt down.
    func isGone(_ index: Int) -> Bool {
        cluster.state.withLock { $0.burnt.contains(nodes[index].name.text) }
    }

    /// Lets a node lose its power, and starts it again without a fuse.
    func revive(_ index: Int) throws {
        cluster.state.withLock { state in
            state.burnt.remove(nodes[index].name.text)
            state.fuse[nodes[index].name.text] = nil
        }
        try nodes[index].crash()
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
        for index in present { try nodes[index].sync() }
        for index in present {
            try nodes[index].catchUp()
            try nodes[index].sync()
        }
    }

    /// What is wrong with what the nodes have, after `settle()`.
    func check() -> [String] {
        var replicas: [LogCheck.Replica] = []
        for node in present.map({ nodes[$0] }) {
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
            + nodes.flatMap { $0.seen.violations } + strays(replicas)
    }

    /// What a node that was removed had and the others have not.
    private func strays(_ replicas: [LogCheck.Replica]) -> [String] {
        let longest = replicas.max { $0.entries.count < $1.entries.count }?.entries ?? []
        let known = Dictionary(uniqueKeysWithValues: longest.map { ($0.header.position, $0) })
        return removed.sorted().flatMap { index -> [String] in
            // One whose disk failed at last cannot be read, and need not be.
            let entries = (try? nodes[index].entries()) ?? []
            return entries.filter { known[$0.header.position] != $0 }.map {
                "\(nodes[index].name) was removed with another entry at \($0.header.position)"
            }
        }
    }
}
