import Host
import Log
import MMSGraph
import Node
import Resources
import Testing
import ZeroProcs

/// A log that is applied to an empty graph while it is read ahead, and while it is not.
@Suite struct ReplayTests {
    private let disk = SimulatedDisk(seed: 1)
    private let entropy = SimulatedEntropy(seed: 2)
    private let identity: NodeIdentity

    init() throws {
        identity = try NodeIdentity(
            name: "world", time: WallTime(milliseconds: 0), entropy: entropy)
    }

    private struct Life {
        let graph: Graph<SimulatedStore>
        let log: CommandLog<SimulatedDisk>
        let sequencer: Sequencer<SimulatedDisk, SimulatedStore>
    }

    private func open() throws -> Life {
        let graph = try Graph(store: SimulatedStore(), mounts: [.root, identity.namespace])
        let log = try CommandLog.open(
            disk: disk, directory: "/fleet", mount: .root, clusterID: identity.cluster,
            logID: identity.fleetLog, options: LogOptions(durability: .synced))
        return Life(
            graph: graph, log: log,
            sequencer: Sequencer(mount: .root, log: log, graph: graph) { _ in })
    }

    /// So many configs of 100 KB, an entry each; what the graph is then.
    private func write(_ count: Int) throws -> [UInt8] {
        let life = try open()
        let types = CoreTypes.all + AppTypes.all
        try propose(types.map { (.root, CoreTypes.type.name, $0.name.text, $0.data) }, life)
        let text = String(repeating: "x", count: 100_000)
        for number in 0..<count {
            let name = CoreTypes.known("config")
            try propose([(.root, name, "c\(number)", ["text": .text(text)])], life)
        }
        life.log.close()
        return life.graph.stateHash(.root).bytes
    }

    private func propose(
        _ drafts: [(Namespace, TypeName, String, ValueMap)], _ life: Life
    ) throws {
        let time = WallTime(milliseconds: 1)
        let commands = try drafts.map { namespace, type, name, data in
            Command.create(
                Draft(
                    id: entropy.identifier(at: time), type: type, namespace: namespace,
                    name: try ResourceName(name), data: data))
        }
        let outcome = life.sequencer.commit([
            Proposal(caller: .system("install"), batch: Batch(commands), time: time)
        ])
        _ = try outcome[0].get()
    }

    @Test(arguments: [false, true]) func aGraphIsMadeOfItsLog(ahead: Bool) throws {
        // Three readings.
        let written = try write(2 * Limits.groupBytes.value / 100_000 + 10)
        let again = try open()
        #expect(again.graph.applied(.root) == .zero)
        try again.sequencer.replay(ahead: ahead)
        #expect(again.graph.applied(.root) == again.log.tail)
        #expect(again.graph.stateHash(.root).bytes == written)
        // Nothing is left to do.
        try again.sequencer.replay(ahead: ahead)
    }

    @Test(arguments: [false, true]) func whatCannotBeReadIsSaid(ahead: Bool) throws {
        _ = try write(2 * Limits.groupBytes.value / 100_000 + 10)
        let again = try open()
        disk.failNext(.read, errno: DiskError.inputOutput)
        let error = #expect(throws: SequencerError.self) {
            try again.sequencer.replay(ahead: ahead)
        }
        #expect(error?.operation == "read", "\(String(describing: error))")
    }
}
