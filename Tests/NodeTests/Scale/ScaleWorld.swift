import Bus
import Host
import Log
import MMSGraph
import Resources
import Synchronization
import Testing
import ZeroProcs

@testable import Node

/// Nobody is asked: one machine decides, the others follow.
struct NoPeers: Peers {
    func call(_ peer: ResourceName, _ request: PeerRequest) throws(BusError) -> PeerAnswer {
        throw BusError(
            .unreachable, operation: "call", subject: peer.text, cause: "nobody listens",
            remedy: "decide here")
    }
}

/// A machine that follows logs and keeps nothing of them but how far it is: what of a fleet's
/// thousands concerns the one that decides and the cluster.
struct ScaleFollower {
    var tails: [Namespace: Position] = [:]
    /// Answers with entries, entries, and bytes of entries since the last window.
    var answers = 0
    var entries = 0
    var bytes = 0

    /// Takes what `loglet` has of the log at `mount`, which must go on where this machine is.
    mutating func follow(
        _ mount: Namespace, _ loglet: any SharedLoglet, behind first: Position
    ) throws {
        var tail = tails[mount] ?? first
        let found = try loglet.follow(behind: tail, milliseconds: 0)
        if found.isEmpty { return }
        answers += 1
        entries += found.count
        for entry in found {
            bytes += entry.payload.count
            guard entry.header.position == tail.next else {
                throw LogError.discontinuous(
                    expected: tail.next, found: entry.header.position,
                    cause: "an entry is missing")
            }
            tail = entry.header.position
        }
        tails[mount] = tail
    }
}

/// A fleet of many machines with eight logs mounted on namespaces: one machine that decides, one
/// that follows whole, and followers that count. Each machine has desired state in a namespace.
final class ScaleWorld {
    static let logs = 8

    private let parts: ScaleParts
    private let decider: ScaleMachine
    private let whole: ScaleMachine
    private var followers: [ScaleFollower]
    private var states: [Identifier] = []
    private var turns: Int64 = 0

    /// What a window of commands cost, on average a command.
    struct Costs: Equatable {
        /// Of the machine that decides: what was asked of its store.
        var decider = MeteredStore.Counts()
        /// Of a machine that follows whole.
        var follower = MeteredStore.Counts()
        /// Calls to the cluster, of the machine that decides.
        var calls = 0
        /// Bytes that the log grew by.
        var logBytes = 0
        /// Answers, entries and bytes that each following machine got.
        var answers = 0
        var entries = 0
        var bytes = 0
        /// The same of all machines together.
        var allEntries = 0
    }

    init(machines: Int, seed: UInt64) throws {
        parts = try ScaleParts(seed: seed)
        decider = try ScaleMachine("a", seed: seed ^ 3, parts)
        whole = try ScaleMachine("b", seed: seed ^ 4, parts, founder: decider)
        followers = Array(repeating: ScaleFollower(), count: machines)
        try install(on: decider)
        try share(decider)
        for number in 0..<Self.logs { try mount(number) }
        try populate(machines)
        try whole.root.fleet?.shared.join(parts.cluster.name)
        try whole.follow()
        try whole.follow()
        _ = try measure(commands: 0)
    }

    static func site(_ number: Int) throws -> Namespace {
        try Namespace("/site-\(number % logs)")
    }

    private func propose(
        _ commands: [Command], to writer: SequencerThread<SimulatedDisk, MeteredStore>
    ) throws {
        let caller = Caller(identity: .local(uid: 0), right: .administrator)
        let proposal = Proposal(caller: caller, batch: Batch(commands), time: parts.clock.now)
        _ = try writer.decide([proposal])[0].get()
    }

    private func draft(
        _ type: TypeDefinition, _ name: String, in namespace: Namespace = .root, _ data: ValueMap
    ) throws -> Draft {
        Draft(
            id: parts.entropy.identifier(at: parts.clock.now), type: type.name,
            namespace: namespace,
            name: try ResourceName(name), data: data)
    }

    private func install(on machine: ScaleMachine) throws {
        let types = CoreTypes.all + FleetLogTypes.all + [FleetWorld.note]
        try propose(
            types.map { .create(try draft(CoreTypes.type, $0.name.text, $0.data)) },
            to: machine.root)
    }

    /// From the files of the first machine to the cluster.
    private func share(_ machine: ScaleMachine) throws {
        let wish: ValueMap = ["mode": "etcd", "members": .list([])]
        try propose(
            [.create(try draft(FleetLogTypes.replication, FleetLogTypes.only.text, wish))],
            to: machine.root)
        let writer = try #require(machine.root.fleet)
        let name = parts.cluster.name
        let mover = Mover(writer, clusterName: { name }) { work in
            work()
            return true
        }
        for _ in 0..<12 where mover.turn() == .rest { return }
        throw LogError.unreachable(cause: "the log did not move: \(mover.status)")
    }

    private func mount(_ number: Int) throws {
        let mount = try Self.site(number)
        try propose(
            [.create(try draft(MountedLog.type, "site-\(number)", ["mount": .text(mount.path)]))],
            to: decider.root)
    }

    /// Desired state for each machine: in the log of its site.
    private func populate(_ machines: Int) throws {
        for site in 0..<Self.logs {
            let namespace = try Self.site(site)
            let numbers = stride(from: site, to: machines, by: Self.logs).map(\.self)
            for start in stride(from: 0, to: numbers.count, by: 250) {
                let commands = try numbers[start..<min(start + 250, numbers.count)].map { number in
                    let made = try draft(
                        FleetWorld.note, "machine-\(number)", in: namespace,
                        ["value": .int(Int64(number))])
                    states.append(made.id)
                    return Command.create(made)
                }
                try propose(commands, to: decider.writer(of: namespace))
            }
        }
    }

    /// Lets machines all over the fleet change, one command each, and gives what that cost.
    func measure(commands: Int) throws -> Costs {
        _ = decider.store.meter.taken
        _ = whole.store.meter.taken
        let calls = self.calls
        let before = logBytes
        for index in followers.indices {
            (followers[index].answers, followers[index].entries, followers[index].bytes) = (0, 0, 0)
        }
        var costs = Costs()
        for turn in 0..<commands {
            turns += 1
            // Strides through all machines and all logs.
            let id = states[(turn &* 7919) % states.count]
            let found = try #require(try decider.graph.resource(id))
            let update = Update(id: id, data: ["value": .int(1_000_000 + turns)])
            try propose([.update(update)], to: decider.writer(of: found.namespace))
            // Live: one that is behind folds several changes of a resource into one write.
            try whole.follow()
        }
        costs.decider = decider.store.meter.taken
        costs.follower = whole.store.meter.taken
        costs.calls = self.calls - calls
        costs.logBytes = logBytes - before
        try follow()
        costs.answers = followers.map(\.answers).max() ?? 0
        costs.entries = followers.map(\.entries).max() ?? 0
        costs.bytes = followers.map(\.bytes).max() ?? 0
        costs.allEntries = followers.reduce(0) { $0 + $1.entries }
        return costs
    }

    private func follow() throws {
        let clusters = [parts.cluster] + decider.mounted.logs.map { parts.shards[$0.log] }
        for (writer, cluster) in zip(decider.writers, clusters) {
            let chain = try #require(writer.fleet?.shared.chain)
            let loglet = try cluster.client(of: "followers").loglet(
                of: chain.active, in: chain, start: .zero)
            let before = Position(chain.active.first.rawValue - 1)
            for index in followers.indices {
                try followers[index].follow(writer.sequencer.mount, loglet, behind: before)
            }
        }
    }

    private var calls: Int {
        ([parts.cluster] + parts.shards.all).reduce(0) { $0 + $1.state.withLock { $0.calls } }
    }

    /// Bytes of all entries in the deciding machine's copies.
    private var logBytes: Int {
        decider.writers.reduce(0) { sum, writer in
            let log = writer.sequencer.log
            let entries = (try? log.read(from: log.first, maximumBytes: 1 << 30)) ?? []
            return sum + entries.reduce(0) { $0 + $1.payload.count }
        }
    }

    /// True when every machine has come to the end of every log.
    var isEven: Bool {
        decider.writers.allSatisfy { writer in
            let (mount, tail) = (writer.sequencer.mount, writer.sequencer.log.tail)
            return whole.graph.stateHash(mount) == decider.graph.stateHash(mount)
                && followers.allSatisfy { $0.tails[mount] == tail }
        }
    }
}
