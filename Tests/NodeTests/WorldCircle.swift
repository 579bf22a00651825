import Host
import Log
import MMSGraph
import Node
import Resources
import Testing
import ZeroProcs

/// One life after another of a circle in the World: proposals, crashes, disk faults, recovery.
/// What was acknowledged is written down beside it and held against what is there.
final class WorldCircle {
    /// What a run ended with; two runs of a seed must agree.
    struct Digest: Equatable {
        var disk: UInt64
        var stateHash: [UInt8]
        var acknowledged: Int
        var refused: Int
        var lives: Int
    }

    private let disk: SimulatedDisk
    private let store = SimulatedStore()
    private let clock = SimulatedClock()
    private let entropy: SimulatedEntropy
    private var random: SeededRandom
    private let identity: NodeIdentity
    private var sequencer: Sequencer<SimulatedDisk, SimulatedStore>
    private var graph: Graph<SimulatedStore>
    /// Name to the value last acknowledged.
    private var expected: [String: Int64] = [:]
    /// Names whose last command had an unknown outcome: either value is right.
    private var open: [String: Int64?] = [:]
    private var digest = Digest(disk: 0, stateHash: [], acknowledged: 0, refused: 0, lives: 1)
    private var sequence: UInt64 = 0

    init(seed: UInt64) throws {
        disk = SimulatedDisk(seed: seed)
        entropy = SimulatedEntropy(seed: seed ^ 0xE)
        random = SeededRandom(seed: seed ^ 0xC)
        identity = try NodeIdentity(name: "world", time: clock.now, entropy: entropy)
        (graph, sequencer) = try Self.open(disk, store, identity)
        try install()
    }

    /// Lives through `steps` steps and gives what came of them.
    func run(steps: Int) throws -> Digest {
        for _ in 0..<steps {
            clock.advance(milliseconds: UInt64.random(in: 1...50, using: &random))
            switch UInt64.random(in: 0..<20, using: &random) {
            case 0: try crash()
            case 1: try graph.flush()
            default: propose()
            }
        }
        try crash()
        digest.disk = disk.digest
        digest.stateHash = graph.stateHash(.root).bytes
        return digest
    }

    private static func open(
        _ disk: SimulatedDisk, _ store: SimulatedStore, _ identity: NodeIdentity
    ) throws -> (Graph<SimulatedStore>, Sequencer<SimulatedDisk, SimulatedStore>) {
        let graph = try Graph(store: store, mounts: [.root, identity.namespace])
        var options = LogOptions(durability: .synced)
        options.firstSegmentBytes = 64 << 10
        options.segmentBytes = 64 << 10
        options.knownDurable = graph.applied(.root)
        let log = try CommandLog.open(
            disk: disk, directory: "/fleet", mount: .root, clusterID: identity.cluster,
            logID: identity.fleetLog, options: options)
        let sequencer = Sequencer(mount: .root, log: log, graph: graph) { _ in }
        try sequencer.replay()
        return (graph, sequencer)
    }

    private func install() throws {
        let note = TypeDefinition(
            name: CoreTypes.known("note"), summary: "A note.", role: .desired, writer: "people",
            fields: [.init("value", .int, "A value.", indexed: true, required: true)],
            columns: ["value"])
        let commands = (CoreTypes.all + [note]).map { type in
            Command.create(
                Draft(
                    id: entropy.identifier(at: clock.now), type: CoreTypes.type.name,
                    namespace: .root, name: name(type.name.text), data: type.data))
        }
        let outcome = sequencer.commit([
            Proposal(caller: .system("install"), batch: Batch(commands), time: clock.now)
        ])
        _ = try outcome[0].get()
    }

    private func propose() {
        let group = (0..<Int.random(in: 1...8, using: &random)).map { _ in proposal() }
        let outcomes = sequencer.commit(group.map(\.proposal))
        for (item, outcome) in zip(group, outcomes) {
            switch outcome {
            case .success:
                digest.acknowledged += 1
                expected[item.name] = item.value
            case .failure: digest.refused += 1
            }
        }
    }

    private func proposal() -> (proposal: Proposal, name: String, value: Int64?) {
        let name = "n\(Int.random(in: 0..<20, using: &random))"
        let value = Int64.random(in: 0..<1000, using: &random)
        let found = try? graph.reader().resource(
            CoreTypes.known("note"), self.name(name), in: .root)
        var batch: Batch
        var outcome: Int64? = value
        if let found {
            if random.oneIn(4) {
                batch = Batch([.delete(id: found.id, expect: found.revision)])
                outcome = nil
            } else {
                let update = Update(
                    id: found.id, expect: found.revision, data: ["value": .int(value)])
                batch = Batch([.update(update)])
            }
        } else {
            batch = Batch([
                .create(
                    Draft(
                        id: entropy.identifier(at: clock.now), type: CoreTypes.known("note"),
                        namespace: .root, name: self.name(name), data: ["value": .int(value)]))
            ])
        }
        sequence += 1
        batch.session = Batch.Session(client: identity.cluster, sequence: sequence)
        let caller = Caller(identity: .local(uid: 0), right: .administrator)
        return (Proposal(caller: caller, batch: batch, time: clock.now), name, outcome)
    }

    /// Loses power, recovers, and holds what is there against what was acknowledged.
    private func crash() throws {
        disk.crash()
        store.crash()
        (graph, sequencer) = try Self.open(disk, store, identity)
        digest.lives += 1
        let reader = try graph.reader()
        for index in 0..<20 {
            let name = "n\(index)"
            let there = try reader.resource(CoreTypes.known("note"), self.name(name), in: .root)
            #expect(there?.data["value"]?.int == expected[name], "\(name) after a crash")
        }
        #expect(graph.applied(.root) == sequencer.log.tail)
    }

    private func name(_ text: String) -> ResourceName {
        do { return try ResourceName(text) } catch { preconditionFailure("\(text) is a name") }
    }
}
