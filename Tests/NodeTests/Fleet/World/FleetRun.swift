import Bus
import Host
import Log
import MMSGraph
import Node
import Resources
import Synchronization
import Testing
import ZeroProcs

/// One seed's history of a fleet: a time in which everything goes wrong, then one in which all is
/// healed and must work.
final class FleetRun {
    /// What a run ended with; two runs of a seed must agree.
    struct Digest: Equatable {
        var disks: [UInt64] = []
        var hash: [UInt8] = []
        var network: UInt64 = 0
        var acknowledged = 0
        var unknown = 0
        /// How often each kind of thing happened.
        var kinds: [Kind: Int] = [:]
        var violations: [String] = []
    }

    /// What happens in a run, beside writing.
    enum Kind: String, CaseIterable {
        case moves, wishes, crashes, stops, fuses, clockJumps, diskFaults, roughWeather
        case partsInHalves, partsInARing, oneWayCuts, cutsFromTheCluster
        case wipes, additions, removals
    }

    private let world: FleetWorld
    private var random: SeededRandom
    private var down: Set<Int> = []
    /// Those of them that have nothing and must find the log first.
    private var empty: Set<Int> = []
    private var digest = Digest()
    private let session: Identifier
    private var sequence: UInt64 = 0

    init(seed: UInt64) throws {
        random = SeededRandom(seed: seed ^ 0xF1EE7)
        world = try FleetWorld(nodes: 3 + Int(seed % 3), seed: seed, onEtcd: seed % 4 >= 2)
        session = world.entropy.identifier(at: world.clock.now)
        try world.grow()
    }

    func run(steps: Int) throws -> Digest {
        for _ in 0..<steps {
            world.clock.advance(milliseconds: UInt64.random(in: 1...200, using: &random))
            try step()
            try restartFailed()
        }
        try heal()
        digest.violations += world.check()
        digest.disks = world.nodes.map(\.disk.digest)
        digest.hash = world.nodes[0].life.log.hash
        digest.network = world.network.digest
        digest.acknowledged = world.record.acknowledged
        digest.unknown = world.record.unknown
        return digest
    }

    private var up: [Int] { world.present.filter { !down.contains($0) } }

    private func note(_ kind: Kind) { digest.kinds[kind, default: 0] += 1 }

    private func step() throws {
        guard let node = world.present.randomElement(using: &random) else { return }
        switch UInt64.random(in: 0..<100, using: &random) {
        case 0..<1: try wipe(node)
        case 1..<2: try add()
        case 2..<3: remove(node)
        case 3..<55: if !down.contains(node) { write(at: node) }
        case 55..<65:
            if !down.contains(node) { _ = world.nodes[node].life.follower.turn(milliseconds: 0) }
            // A disk that fails here is found failed by `restartFailed`.
            if random.oneIn(2) { try? world.nodes[node].sync() }
        case 65..<77: if !down.contains(node) { move(node) }
        case 77..<80: try crash(node)
        case 80..<82: stop(node)
        case 82..<85: try start(node)
        case 85..<88: burn(node)
        case 88..<90: wish()
        case 90..<93: weather()
        case 93..<96: part()
        case 96..<97:
            note(.clockJumps)
            world.clock.jump(milliseconds: Int64.random(in: -90_000...90_000, using: &random))
        case 97..<98: failDisk(node)
        default:
            world.network.step()
            world.cluster.step()
            world.etcd?.settle()
        }
    }

    /// Writes as a client does: what it does not know the outcome of it may send again, through
    /// whichever node.
    private func write(at node: Int) {
        var (batch, reason) = world.newNote()
        if random.oneIn(2) {
            sequence += 1
            batch.session = Batch.Session(client: session, sequence: sequence)
        }
        guard world.send(batch, reason, at: node) == nil, batch.session != nil else { return }
        let last = world.record.told.last
        guard case .failure(let refusal)? = last?.outcome, refusal.code == .unknownOutcome,
            let other = up.randomElement(using: &random)
        else { return }
        world.send(batch, reason, at: other)
    }

    private func move(_ node: Int) {
        if world.nodes[node].life.mover.turn() != .rest { note(.moves) }
    }

    private func wish() {
        guard let node = up.randomElement(using: &random) else { return }
        // In this weather it may well be refused; then it is wished again.
        guard (try? wish(random.oneIn(2) ? "etcd" : "file", at: node)) != nil else { return }
        note(.wishes)
    }

    private func wish(_ mode: String, at node: Int) throws {
        let members = mode == "file" ? ["a"] : world.present.map { world.nodes[$0].name.text }
        try world.wish(mode, members, at: node)
    }

    // MARK: Who belongs

    /// A node loses its disk, when what is on it is elsewhere too, and comes back without anything.
    private func wipe(_ node: Int) throws {
        guard !down.contains(node), up.count > 2, world.isSpare(node) else { return }
        note(.wipes)
        try world.wipe(node, answers: false)
        down.insert(node)
        empty.insert(node)
    }

    private func add() throws {
        guard world.nodes.count < FleetWorld.names.count else { return }
        note(.additions)
        let node = try world.add()
        down.insert(node)
        empty.insert(node)
        // The log is to rest on other members from now on, if that can be written now.
        if let other = up.randomElement(using: &random) { try? wish("etcd", at: other) }
    }

    /// A node is removed; the first one, whose files the log may come home to, never is.
    private func remove(_ node: Int) {
        guard node > 0, world.present.count > 3, up.count > 2, world.isSpare(node) else { return }
        note(.removals)
        world.remove(node)
        down.remove(node)
        empty.remove(node)
        if let other = up.randomElement(using: &random) { try? wish("etcd", at: other) }
    }

    // MARK: What goes wrong

    private func crash(_ node: Int) throws {
        note(.crashes)
        world.nodes[node].disk.set(SimulatedDisk.Faults())
        try world.nodes[node].crash()
        world.cluster.state.withLock { state in
            state.burnt.remove(world.nodes[node].name.text)
            state.fuse[world.nodes[node].name.text] = nil
        }
    }

    private func stop(_ node: Int) {
        guard down.count * 2 < world.present.count - 1 else { return }
        note(.stops)
        down.insert(node)
        world.network.leave(world.nodes[node].name)
    }

    private func start(_ node: Int) throws {
        guard down.contains(node) else { return }
        if empty.contains(node) {
            // In this weather it may not find the log yet.
            guard (try? world.enter(node)) != nil else { return }
            empty.remove(node)
            down.remove(node)
            return
        }
        down.remove(node)
        try crash(node)
        world.join(world.nodes[node])
    }

    /// Lets the node die within its next calls to the cluster.
    private func burn(_ node: Int) {
        note(.fuses)
        let (calls, carriesOut) = (Int.random(in: 1...9, using: &random), random.oneIn(2))
        world.cluster.state.withLock {
            $0.fuse[world.nodes[node].name.text] = (calls, carriesOut)
        }
    }

    private func failDisk(_ node: Int) {
        guard node == world.present.last, !empty.contains(node) else { return }
        note(.diskFaults)
        var faults = SimulatedDisk.Faults()
        faults.syncErrors = 30
        faults.writeErrors = 40
        world.nodes[node].disk.set(faults)
    }

    /// A node whose disk or life failed starts again, as its supervisor would have it.
    private func restartFailed() throws {
        for index in up {
            let isBurnt = world.cluster.state.withLock {
                $0.burnt.contains(world.nodes[index].name.text)
            }
            let isFailed =
                switch world.nodes[index].life.log.state {
                case .failed, .rescue, .closed: true
                case .writable, .diskFull: false
                }
            if isBurnt || isFailed { try crash(index) }
        }
    }

    private func weather() {
        let isCalm = random.oneIn(3)
        var rough = SimulatedNetwork.Faults()
        if !isCalm {
            note(.roughWeather)
            rough.lost = UInt64.random(in: 0...300, using: &random)
            rough.duplicated = UInt64.random(in: 0...200, using: &random)
            rough.late = UInt64.random(in: 0...200, using: &random)
            rough.delay = 0...UInt64.random(in: 1...60, using: &random)
        }
        world.network.set(rough)
        var bad = MemoryCluster.Faults()
        if !isCalm {
            bad.lost = UInt64.random(in: 0...150, using: &random)
            bad.unanswered = UInt64.random(in: 0...100, using: &random)
            bad.late = UInt64.random(in: 0...100, using: &random)
        }
        var faults = EtcdFaults.all(
            perThousand: isCalm ? 0 : UInt64.random(in: 0...60, using: &random))
        // What is damaged stops a loglet for good, which is for another test.
        faults.damagesValues = 0
        world.etcd?.set(faults)
        let isRegisterDown = random.oneIn(6)
        world.cluster.state.withLock { state in
            state.faults = bad
            state.isRegisterDown = isRegisterDown
        }
    }

    private func part() {
        let names = world.present.map { world.nodes[$0].name }.shuffled(using: &random)
        let cut = Int.random(in: 1..<names.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
            note(.partsInHalves)
            world.network.part([Array(names[..<cut]), Array(names[cut...])])
        case 1:
            // Of three each is beside the others: a ring of those cuts nothing.
            if names.count > 3 { note(.partsInARing) }
            world.network.ring(names)
        case 2:
            note(.oneWayCuts)
            world.network.cut(from: names[0], to: names[1])
        case 3:
            note(.cutsFromTheCluster)
            world.cluster.state.withLock { $0.cut = Set(names[..<cut].map(\.text)) }
            let numbers = names[..<cut].compactMap { name in
                world.nodes.firstIndex { $0.name == name }
            }
            world.etcd?.cutOff(Set(numbers))
        default:
            world.network.heal()
            world.cluster.state.withLock { $0.cut = [] }
            world.etcd?.cutOff([])
        }
    }

    // MARK: Healed

    private func heal() throws {
        world.network.set(SimulatedNetwork.Faults())
        world.network.heal()
        world.etcd?.set(EtcdFaults())
        world.etcd?.cutOff([])
        world.cluster.state.withLock { state in
            state.faults = MemoryCluster.Faults()
            state.cut = []
            state.isRegisterDown = false
            state.fuse = [:]
            state.burnt = []
        }
        for index in world.present {
            world.nodes[index].disk.set(SimulatedDisk.Faults())
            try start(index)
        }
        try #require(down.isEmpty, "\(down) do not start when all is healed")
        try restartFailed()
        world.network.step()
        world.cluster.step()
        for _ in 0..<20 {
            var steps: [MoveStep] = []
            for index in world.present { steps.append(world.nodes[index].life.mover.turn()) }
            if steps.allSatisfy({ $0 == .rest }) { break }
        }
        try settle()
        for index in world.present {
            let tries = (0..<3).contains { _ in world.write(at: index) != nil }
            if !tries {
                let last = world.record.told.last.map { "\($0.outcome)" } ?? ""
                digest.violations.append(
                    "\(world.nodes[index].name) cannot write when all is healed: \(last)")
            }
        }
        try settle()
    }

    /// A watch that lost an event before all was healed finds it out after a while.
    private func settle() throws {
        for _ in 0..<3 {
            if (try? world.settle()) != nil { return }
            world.clock.advance(milliseconds: 5000)
        }
        try world.settle()
    }
}
