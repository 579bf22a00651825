import Bus
import Host
import Log
import LogSuite
import Resources

/// One seed of the World: three nodes append to one log in a simulated etcd, follow it, trim it,
/// move it from loglet to loglet, lose their memory, and suffer every fault. What must hold is
/// checked at each step (invariants I1 to I5 and I7 of design/01).
struct EtcdRun {
    /// A node: its copy of the log is what a machine keeps on its disk.
    struct Node {
        var copy: [LogEntry] = []
        var loglet: EtcdLoglet<SimulatedEtcdClient>?
        /// The links this node has seen; it may be a stale view.
        var chain: Chain?
        /// What it proposed and does not know the fate of.
        var open: (serial: UInt64, draft: EntryDraft)?
    }

    private var random: SeededRandom
    private let clock = SimulatedClock()
    private let etcd: SimulatedEtcd
    private var nodes = [Node](repeating: Node(), count: 3)
    private var serial: UInt64 = 0
    /// The hash of each position that any node was shown or acknowledged.
    private var truth: [UInt64: ChainHash] = [:]
    /// Serials of entries by position, to see each at most once.
    private var places: [UInt64: UInt64] = [:]
    private var acknowledged: [UInt64: UInt64] = [:]
    /// Who set each version of the chain.
    private var winners: [UInt64: Int] = [:]
    /// The last position of loglets that said "sealed".
    private var seals: [String: Position] = [:]
    private let faulty: Bool
    /// Whether values may come with wrong bits now.
    private var isDamaging = false

    /// What went wrong.
    private(set) var violations: [String] = []
    private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    /// How much the run did, so that a test can tell that it reached what it is for.
    private(set) var counts = Counts()

    struct Counts {
        var acknowledged = 0
        var unknown = 0
        var behind = 0
        var moves = 0
        var trims = 0
        var sealedAppends = 0
        var deaths = 0
    }

    init(seed: UInt64, faulty: Bool = true) {
        random = SeededRandom(seed: seed)
        etcd = SimulatedEtcd(seed: seed &+ 1_000_003, clock: clock)
        self.faulty = faulty
    }

    /// So many steps under faults, then a quiet end in which everything must come to be.
    mutating func run(steps: Int = 120) {
        createChain()
        for _ in 0..<steps where violations.isEmpty {
            if faulty && random.oneIn(12) { stir() }
            step(pick(nodes.count))
        }
        if violations.isEmpty { calm() }
    }

    private mutating func pick(_ count: Int) -> Int {
        Int(random.next(upperBound: UInt64(count)))
    }

    private mutating func createChain() {
        guard let chain = EtcdSample.chain(version: 1, ends: []) else { return }
        let register = EtcdRegister(calls: etcd.client(0), log: Sample.log)
        do throws(LogError) {
            try register.compareAndSet(expected: 0, chain)
        } catch {
            violations.append("the first chain was refused: \(error)")
        }
    }

    private mutating func stir() {
        switch pick(5) {
        case 0:
            var faults = EtcdFaults.all(perThousand: UInt64(pick(120)))
            if !random.oneIn(4) { faults.damagesValues = 0 }
            isDamaging = faults.damagesValues > 0
            etcd.set(faults)
        case 1: etcd.set([EtcdHealth.down, .withoutMajority, .up][pick(3)])
        case 2: etcd.cutOff([pick(3)])
        case 3: etcd.cutOff([])
        default:
            isDamaging = false
            etcd.set(EtcdFaults())
            etcd.set(.up)
        }
    }

    private mutating func step(_ number: Int) {
        do throws(LogError) {
            guard let loglet = try loglet(of: number) else { return }
            switch pick(16) {
            case 0: kill(number)
            case 1: try seal(loglet, number)
            case 2: try move(number)
            case 3: try trim(number)
            case 4: try checkTail(loglet)
            case 5, 6, 7: try follow(loglet, number)
            default: try append(loglet, number)
            }
        } catch {
            judge(error, number)
        }
        for byte in nodes[number].copy.last?.hash ?? [] { mix(UInt64(byte)) }
        mix(clock.ticks.nanoseconds)
    }

    /// Errors that a network may cause; anything else is a fault of ours.
    private mutating func judge(_ error: LogError, _ number: Int) {
        switch error {
        case .unreachable, .unanswered, .chainChanged, .behind: return
        case .sealed:
            // What is sealed is left by the chain.
            nodes[number].loglet = nil
            nodes[number].chain = nil
        case .corrupt where isDamaging:
            // A damaged value that came again and again; the node starts anew.
            kill(number)
        default: violations.append("node \(number): \(error)")
        }
    }

    private mutating func mix(_ word: UInt64) { digest = (digest ^ word) &* 0x100_0000_01B3 }

    // MARK: Steps

    /// The loglet that a node's copy continues in, by the chain as the node knows it.
    private mutating func loglet(
        of number: Int
    ) throws(LogError) -> EtcdLoglet<SimulatedEtcdClient>? {
        if let loglet = nodes[number].loglet { return loglet }
        let register = EtcdRegister(calls: etcd.client(number), log: Sample.log)
        guard let chain = try register.read() else { return nil }
        nodes[number].chain = chain
        let next = Position(UInt64(nodes[number].copy.count + 1))
        let link = chain.links.last { $0.first <= next }
        guard let link else { return nil }
        let loglet = EtcdSample.loglet(
            etcd, node: number, clock: clock, link.loglet, epoch: link.epoch,
            start: start(of: link, number))
        nodes[number].loglet = loglet
        if let last = link.last, next > last {
            violations.append("node \(number) has more than \(link.loglet) of the chain")
        }
        return loglet
    }

    private func start(of link: Chain.Link, _ number: Int) -> ChainPoint {
        let before = Position(link.first.rawValue - 1)
        guard before > .zero else { return .start }
        return ChainPoint(
            position: before, hash: nodes[number].copy[Int(before.rawValue) - 1].chainHash)
    }

    private mutating func append(
        _ loglet: EtcdLoglet<SimulatedEtcdClient>, _ number: Int
    ) throws(LogError) {
        let proposal = nodes[number].open ?? propose()
        nodes[number].open = proposal
        let copy = nodes[number].copy
        let tail = Position(UInt64(copy.count))
        do throws(LogError) {
            let entries = try loglet.append(
                [proposal.draft], behind: tail, hash: copy.last?.chainHash ?? .zero)
            nodes[number].open = nil
            counts.acknowledged += 1
            let position = tail.rawValue + 1
            acknowledged[position] = proposal.serial
            if let seal = seals[loglet.place.name], Position(position) > seal {
                violations.append("I2: \(position) was acknowledged behind the seal at \(seal)")
            }
            accept(entries, number)
        } catch {
            switch error {
            case .unanswered: counts.unknown += 1
            case .behind: counts.behind += 1
            case .sealed: counts.sealedAppends += 1
            default: break
            }
            throw error
        }
    }

    private mutating func propose() -> (serial: UInt64, draft: EntryDraft) {
        serial += 1
        let head = (0..<8).map { UInt8(truncatingIfNeeded: serial >> UInt64($0 * 8)) }
        let size = pick(200)
        return (
            serial,
            EntryDraft(
                author: Sample.author, time: clock.now,
                payload: head + [UInt8](repeating: UInt8(truncatingIfNeeded: serial), count: size))
        )
    }

    private mutating func follow(
        _ loglet: EtcdLoglet<SimulatedEtcdClient>, _ number: Int
    ) throws(LogError) {
        let tail = Position(UInt64(nodes[number].copy.count))
        accept(try loglet.follow(behind: tail, milliseconds: 50), number)
    }

    /// Takes entries into a node's copy, and compares them with what anyone has seen there.
    private mutating func accept(_ entries: [LogEntry], _ number: Int) {
        for entry in entries {
            let position = entry.header.position.rawValue
            guard position == UInt64(nodes[number].copy.count + 1) else {
                violations.append(
                    "node \(number): \(position) follows \(nodes[number].copy.count)")
                return
            }
            if let known = truth[position], known != entry.chainHash {
                violations.append("I5: two entries at \(position)")
            }
            truth[position] = entry.chainHash
            let serial = entry.payload.prefix(8).reversed().reduce(UInt64(0)) {
                $0 << 8 | UInt64($1)
            }
            if let other = places[serial], other != position {
                violations.append("I3: entry \(serial) is at \(other) and \(position)")
            }
            places[serial] = position
            if nodes[number].open?.serial == serial { nodes[number].open = nil }
            nodes[number].copy.append(entry)
        }
    }

    private mutating func checkTail(
        _ loglet: EtcdLoglet<SimulatedEtcdClient>
    ) throws(LogError) {
        let (tail, isSealed) = try loglet.checkTail()
        if isSealed { note(seal: tail, of: loglet) }
        let owed = acknowledged.keys.max() ?? 0
        let isActive = !isSealed && seals[loglet.place.name] == nil
        if isActive, tail.rawValue < owed {
            violations.append("the tail is \(tail), \(owed) was acknowledged")
        }
    }

    private mutating func seal(
        _ loglet: EtcdLoglet<SimulatedEtcdClient>, _ number: Int
    ) throws(LogError) {
        guard random.oneIn(3) else { return }
        note(seal: try loglet.seal(), of: loglet)
    }

    private mutating func note(seal: Position, of loglet: EtcdLoglet<SimulatedEtcdClient>) {
        let name = loglet.place.name
        if let known = seals[name], known != seal {
            violations.append("\(name) was sealed at \(known) and at \(seal)")
        }
        seals[name] = seal
        for position in acknowledged.keys
        where position > seal.rawValue && truth[position] != nil {
            // Behind the seal only a later loglet may have acknowledged.
            let isLater = nodes.contains { node in
                node.copy.contains {
                    $0.header.position.rawValue == position && $0.epoch > loglet.place.epoch
                }
            }
            if !isLater { violations.append("I1: \(position) is behind the seal of \(name)") }
        }
    }

    /// Seal, tail, compare-and-set. A node that finds a sealed loglet and an unchanged chain does
    /// the rest itself; each call may be the last one before a death.
    private mutating func move(_ number: Int) throws(LogError) {
        let register = EtcdRegister(calls: etcd.client(number), log: Sample.log)
        guard let chain = try register.read(), let last = chain.links.last else { return }
        guard let loglet = nodes[number].loglet, loglet.place.name == last.loglet else {
            nodes[number].loglet = nil
            return
        }
        if random.oneIn(6) { return kill(number) }
        let tail = try loglet.seal()
        note(seal: tail, of: loglet)
        if random.oneIn(6) { return kill(number) }
        guard let next = Self.successor(of: chain, sealedAt: tail) else { return }
        do throws(LogError) {
            try register.compareAndSet(expected: chain.version, next)
        } catch {
            // Whoever has no answer reads who won.
            if case .unanswered = error { nodes[number].loglet = nil }
            throw error
        }
        if let winner = winners[next.version] {
            violations.append("I4: \(winner) and \(number) both set chain \(next.version)")
        }
        winners[next.version] = number
        counts.moves += 1
        if random.oneIn(2) { nodes[number].loglet = nil }
    }

    /// The chain with a new loglet behind `tail`, whose oldest links give way to it.
    static func successor(of chain: Chain, sealedAt tail: Position) -> Chain? {
        var links = chain.links
        guard let last = links.popLast() else { return nil }
        // An empty loglet leaves the chain.
        if tail >= last.first {
            links.append(
                Chain.Link(
                    loglet: last.loglet, epoch: last.epoch, first: last.first, last: tail))
        }
        let version = chain.version + 1
        links.append(
            Chain.Link(
                loglet: "etcd:\(version)", epoch: version, first: tail.next, last: nil))
        return Chain(version: version, cluster: chain.cluster, log: chain.log, links: links)
    }

    private mutating func trim(_ number: Int) throws(LogError) {
        guard let loglet = nodes[number].loglet else { return }
        let passed = nodes.map(\.copy.count).min() ?? 0
        let bound = Position(UInt64(max(1, passed)))
        guard bound > loglet.start.position else { return }
        try loglet.trim(before: bound)
        counts.trims += 1
    }

    /// The process dies; its copy stays, but for what was not yet on the disk.
    private mutating func kill(_ number: Int) {
        counts.deaths += 1
        nodes[number].loglet?.close()
        nodes[number].loglet = nil
        nodes[number].chain = nil
    }

    // MARK: The end

    /// Without faults everything that is owed comes to every node, and appends go on.
    private mutating func calm() {
        isDamaging = false
        etcd.set(EtcdFaults())
        etcd.set(.up)
        etcd.cutOff([])
        etcd.settle()
        for number in nodes.indices { kill(number) }
        for round in 0..<3 where violations.isEmpty {
            for number in nodes.indices { catchUp(number) }
            if round < 2 { finish(round) }
        }
        let copies = nodes.map { $0.copy.map(\.chainHash) }
        if Set(copies).count != 1 { violations.append("I5: copies differ at the end") }
        for (position, serial) in acknowledged.sorted(by: { $0.key < $1.key })
        where places[serial] != position {
            violations.append("\(serial), acknowledged at \(position), is gone")
        }
        checkStaleClients()
    }

    /// An append must succeed within a few tries, over as many moves as are due.
    private mutating func finish(_ number: Int) {
        for _ in 0..<8 {
            do throws(LogError) {
                guard let loglet = try loglet(of: number) else { continue }
                try append(loglet, number)
                return
            } catch {
                judge(error, number)
                catchUp(number)
            }
        }
        violations.append("node \(number) cannot append without faults")
    }

    private mutating func catchUp(_ number: Int) {
        for _ in 0..<200 {
            do throws(LogError) {
                guard let loglet = try loglet(of: number) else { continue }
                let before = nodes[number].copy.count
                try follow(loglet, number)
                let (tail, isSealed) = try loglet.checkTail()
                if isSealed, tail == Position(UInt64(nodes[number].copy.count)) {
                    try leave(loglet, number)
                } else if nodes[number].copy.count == before,
                    tail == Position(UInt64(before))
                {
                    return
                }
            } catch {
                if case .sealed = error, let loglet = nodes[number].loglet {
                    do throws(LogError) { try leave(loglet, number) } catch { judge(error, number) }
                } else {
                    judge(error, number)
                }
            }
        }
        violations.append("node \(number) does not catch up: \(nodes[number].copy.count) entries")
    }

    /// From a sealed loglet on to the next; installs it where the mover died before.
    private mutating func leave(
        _ loglet: EtcdLoglet<SimulatedEtcdClient>, _ number: Int
    ) throws(LogError) {
        let register = EtcdRegister(calls: etcd.client(number), log: Sample.log)
        if let chain = try register.read(), chain.links.last?.loglet == loglet.place.name {
            try move(number)
        }
        nodes[number].loglet = nil
    }

    /// I7: whoever still holds a sealed loglet can neither append nor take its tail for the log's.
    private mutating func checkStaleClients() {
        guard let copy = nodes.first?.copy else { return }
        for (name, seal) in seals.sorted(by: { $0.key < $1.key }) {
            guard let number = UInt64(name.dropFirst(5)) else { continue }
            let first = copy.first { $0.epoch == number }?.header.position
            guard let first else { continue }
            let before = Position(first.rawValue - 1)
            let start =
                before == .zero
                ? ChainPoint.start
                : ChainPoint(
                    position: before, hash: copy[Int(before.rawValue) - 1].chainHash)
            let stale = EtcdSample.loglet(
                etcd, node: 9, clock: clock, name, epoch: number, start: start)
            do throws(LogError) {
                _ = try stale.append(Sample.drafts(1))
                violations.append("I7: \(name) took an append behind its seal")
            } catch {
                if error != .sealed(tail: seal) {
                    violations.append("I7: \(name) answered \(error) instead of its seal")
                }
            }
        }
    }
}
