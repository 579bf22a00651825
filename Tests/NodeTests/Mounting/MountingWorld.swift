import Host
import Log
import MMSGraph
import Resources
import Synchronization
import Testing
import ZeroProcs

@testable import Node

/// What the cluster of a World keeps of each mounted log.
final class ClusterShards: Sendable {
    private let seed: UInt64
    private let name: String
    private let clusters = Mutex<[Identifier: MemoryCluster]>([:])
    private let preparing = Mutex<@Sendable (inout MemoryCluster.State) -> Void>({ _ in })

    init(seed: UInt64, name: String) {
        self.seed = seed
        self.name = name
    }

    subscript(log: MountedLog) -> MemoryCluster {
        clusters.withLock { clusters in
            if let known = clusters[log.id] { return known }
            let made = MemoryCluster(
                seed: seed &+ UInt64(clusters.count), name: name, mount: log.mount)
            let prepare = preparing.withLock { $0 }
            made.state.withLock { prepare(&$0) }
            clusters[log.id] = made
            return made
        }
    }

    /// Does so to all there are, and to those that come.
    func prepare(_ change: @escaping @Sendable (inout MemoryCluster.State) -> Void) {
        preparing.withLock { $0 = change }
        for cluster in all { cluster.state.withLock { change(&$0) } }
    }

    /// All there are.
    var all: [MemoryCluster] { clusters.withLock { Array($0.values) } }
}

/// Nodes with logs mounted on namespaces, and what clients were told of each.
final class MountingWorld {
    static let prod = known("/prod")

    let world: FleetWorld
    private var serial: Int64 = 0
    /// What was acknowledged, by resource.
    private var told: [Identifier: (namespace: Namespace, value: Int64)] = [:]
    /// What may or may not be there: its command had no answer.
    private var open: Set<Identifier> = []

    init(nodes: Int, seed: UInt64) throws { world = try FleetWorld(nodes: nodes, seed: seed) }

    var nodes: [FleetMachine] { world.nodes }
    var clock: SimulatedClock { world.clock }

    static func known(_ path: String) -> Namespace {
        do { return try Namespace(path) } catch { preconditionFailure("\(path) is none") }
    }

    // MARK: What people do

    func proposal(_ batch: Batch) -> Proposal {
        Proposal(
            caller: Caller(identity: .local(uid: 0), right: .administrator), batch: batch,
            time: clock.now)
    }

    func note(in namespace: Namespace) -> (command: Command, id: Identifier, value: Int64) {
        serial += 1
        let id = world.entropy.identifier(at: clock.now)
        let draft = Draft(
            id: id, type: FleetWorld.note.name, namespace: namespace,
            name: FleetWorld.name("n\(serial)"), data: ["value": .int(serial)])
        return (.create(draft), id, serial)
    }

    func mounting(_ mount: Namespace) -> Command {
        .create(
            Draft(
                id: world.entropy.identifier(at: clock.now), type: MountedLog.type.name,
                namespace: .root, name: FleetWorld.name(String(mount.path.dropFirst())),
                data: ["mount": .text(mount.path)]))
    }

    /// Mounts a log through a node; nil when that was not acknowledged.
    @discardableResult
    func mount(_ mount: Namespace, at index: Int) -> Receipt? {
        try? nodes[index].route(Batch([mounting(mount)]), at: clock.now).get()
    }

    /// Makes a note; nil when that was not acknowledged.
    @discardableResult
    func write(in namespace: Namespace, at index: Int) -> Receipt? {
        let note = note(in: namespace)
        return record(
            nodes[index].route(Batch([note.command]), at: clock.now), note.id, namespace,
            note.value)
    }

    /// Changes a note.
    func change(_ id: Identifier, expect: Position?, at index: Int) -> Receipt? {
        serial += 1
        let update = Update(id: id, expect: expect, data: ["value": .int(serial)])
        let namespace = told[id]?.namespace ?? .root
        return record(
            nodes[index].route(Batch([.update(update)]), at: clock.now), id, namespace, serial)
    }

    private func record(
        _ outcome: Outcome, _ id: Identifier, _ namespace: Namespace, _ value: Int64
    ) -> Receipt? {
        switch outcome {
        case .success(let receipt):
            told[id] = (namespace, value)
            return receipt
        case .failure(let refusal):
            if refusal.code == .unknownOutcome { open.insert(id) }
            return nil
        }
    }

    // MARK: What is held against it

    /// The digest of what is in a namespace and below.
    func subtree(_ namespace: Namespace, of index: Int) throws -> StateHash {
        let reader = try nodes[index].life.graph.reader()
        var forms: [[UInt8]] = []
        for resource in try reader.resources(of: FleetWorld.note.name, below: namespace) {
            var writer = CBORWriter()
            writer.write(resource)
            forms.append(writer.bytes)
        }
        return LogImage<SimulatedStore>.digest(of: forms)
    }

    /// From the files of the first node to the cluster; the others join.
    func grow() throws {
        try world.grow()
        try settle()
    }

    /// Lets the mover of a mounted log work until it says that all is as wanted.
    func move(_ mount: Namespace, at index: Int) throws -> MoveStep {
        let log = try #require(nodes[index].life.mounted.logs.first { $0.log.mount == mount })
        let writer = try #require(log.writer.fleet)
        let name = world.cluster.name
        let mover = Mover(writer, clusterName: { name }) { work in
            work()
            return true
        }
        var step = MoveStep.rest
        for _ in 0..<12 {
            step = mover.turn()
            if step == .rest { break }
        }
        return step
    }

    // MARK: What goes wrong

    private var clusters: [MemoryCluster] { [world.cluster] + world.shards.all }

    /// Lets a node die within that many calls to the cluster, whichever log they are for.
    func burn(_ node: String, in calls: Int, carriesOut: Bool) {
        world.shards.prepare { $0.fuse[node] = (calls, carriesOut) }
        world.cluster.state.withLock { $0.fuse[node] = (calls, carriesOut) }
    }

    /// True when it died in one of them.
    func isBurnt(_ node: String) -> Bool {
        clusters.contains { $0.state.withLock { $0.burnt.contains(node) } }
    }

    /// So many of a thousand calls to the cluster are lost, or left without an answer.
    func weather(lost: UInt64, unanswered: UInt64) {
        let change: @Sendable (inout MemoryCluster.State) -> Void = { state in
            state.faults.lost = lost
            state.faults.unanswered = unanswered
        }
        world.shards.prepare(change)
        world.cluster.state.withLock { change(&$0) }
    }

    /// All works again.
    func heal() {
        let change: @Sendable (inout MemoryCluster.State) -> Void = { state in
            state.faults = MemoryCluster.Faults()
            state.fuse = [:]
            state.burnt = []
        }
        world.shards.prepare(change)
        world.cluster.state.withLock { change(&$0) }
    }

    /// Lets every node take all there is of every log.
    func settle() throws {
        try world.settle()
        for cluster in world.shards.all { cluster.step() }
        for node in nodes {
            for log in node.life.mounted.logs {
                guard let writer = log.writer.fleet else { continue }
                try writer.shared.arrive()
                try writer.catchUp()
            }
        }
    }

    /// What is wrong.
    func check() -> [String] {
        var found: [String] = []
        var hashes: [Namespace: Set<[UInt8]>] = [:]
        for node in nodes {
            do {
                let graph = node.life.graph
                try graph.audit()
                for (id, note) in told.sorted(by: { $0.key < $1.key }) where !open.contains(id) {
                    let value = try graph.resource(id)?.data["value"]?.int
                    if value != note.value {
                        let has = value.map(String.init) ?? "nothing"
                        found.append(
                            "\(node.name): \(note.namespace) has \(has), not \(note.value)")
                    }
                }
                for log in node.life.mounted.logs {
                    let report = try log.writer.sequencer.log.verify()
                    if let defect = report.defect { found.append("\(node.name): \(defect)") }
                    hashes[log.log.mount, default: []].insert(
                        graph.stateHash(log.log.mount).bytes)
                }
            } catch { found.append("\(node.name): \(error)") }
        }
        return found
            + hashes.filter { $0.value.count > 1 }.map { "\($0.key) differs between nodes" }
    }
}
