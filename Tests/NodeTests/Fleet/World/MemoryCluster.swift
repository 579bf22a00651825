import Host
import Log
import Resources
import Synchronization

/// A cluster that orders logs, in memory: what a majority would have, behind a network that loses
/// requests and answers and carries some out late.
final class MemoryCluster: Sendable {
    /// How often things go wrong, in so many of a thousand calls.
    struct Faults {
        /// Requests that never arrive.
        var lost: UInt64 = 0
        /// Answers that never arrive, of what was done.
        var unanswered: UInt64 = 0
        /// Changes that are tried after their caller gave up.
        var late: UInt64 = 0
    }

    struct Shelf {
        var log: Chain?
        var first: Position
        var epoch: UInt64
        var entries: [LogEntry] = []
        var kept = Position(1)
        var isSealed = false

        /// Entries are dense, so nothing is searched.
        func entries(behind position: Position) -> [LogEntry] {
            guard let known = entries.first?.header.position, known <= position else {
                return entries
            }
            return Array(entries.dropFirst(Int(position.rawValue - known.rawValue) + 1))
        }

        var tail: Position { entries.last?.header.position ?? Position(first.rawValue - 1) }
    }

    struct State {
        var random: SeededRandom
        var faults = Faults()
        var chain: Chain?
        var shelves: [String: Shelf] = [:]
        /// Nodes that reach nothing.
        var cut: Set<String> = []
        /// Steps until every node reaches the cluster again; nil for ever.
        var cutSteps: Int?
        var isRegisterDown = false
        /// True while what is on its way stays there: it is carried out much later.
        var holdsLate = false
        /// Changes on their way whose callers gave up.
        var underway: [@Sendable (inout State) -> Void] = []
        /// Calls that a node may still make before it is gone, and whether the last is carried out.
        var fuse: [String: (left: Int, carriesOut: Bool)] = [:]
        /// Nodes whose fuse burnt down.
        var burnt: Set<String> = []
        /// What happens whenever somebody asks; others may write just then.
        var asked: (@Sendable (inout State) -> Void)?
        var calls = 0
        var compared = 0
        var chains: [Chain] = []

        /// Lets an entry be the next one, whoever wrote it.
        mutating func append(_ draft: EntryDraft) {
            guard let chain, var shelf = shelves[chain.active.loglet], let last = shelf.entries.last
            else { return }
            let group = try? EntryGroup(
                [draft], behind: ChainPoint(position: last.header.position, hash: last.chainHash),
                in: EntryGroup.Place(
                    log: chain.log, mount: .root, epoch: shelf.epoch, name: chain.active.loglet),
                limit: Limits.groupBytes.value)
            shelf.entries += group?.entries ?? []
            shelves[chain.active.loglet] = shelf
        }
    }

    let name: String
    /// Where the log is mounted that it orders.
    let mount: Namespace
    let state: Mutex<State>

    init(seed: UInt64, name: String = "memory", mount: Namespace = .root) {
        self.name = name
        self.mount = mount
        state = Mutex(State(random: SeededRandom(seed: seed)))
    }

    func client(of node: String) -> MemoryClient { MemoryClient(cluster: self, node: node) }

    /// Carries out what is on its way.
    func step() {
        state.withLock { state in
            let underway = state.holdsLate ? [] : state.underway
            if !state.holdsLate { state.underway = [] }
            if let left = state.cutSteps {
                state.cutSteps = left > 1 ? left - 1 : nil
                if left <= 1 { state.cut = [] }
            }
            for change in underway { change(&state) }
        }
    }

    /// What becomes of a call.
    private enum Fate { case fine, lost, unanswered, late, burntBefore, burntAfter }

    /// Asks without changing anything.
    func ask<Answer: Sendable>(
        _ node: String, register: Bool = false,
        _ body: (inout State) throws(LogError) -> Answer
    ) throws(LogError) -> Answer {
        try state.withLock { (state) throws(LogError) -> Answer in
            state.asked?(&state)
            switch fate(node, &state, register: register) {
            case .fine, .late: return try body(&state)
            case .lost, .unanswered: throw .unreachable(cause: "no way to the cluster")
            case .burntBefore, .burntAfter: throw .unreachable(cause: "\(node) is gone")
            }
        }
    }

    /// Changes something; of a change whose answer is lost nobody knows.
    func change<Answer: Sendable>(
        _ node: String, register: Bool = false,
        _ body: @escaping @Sendable (inout State) -> Result<Answer, LogError>
    ) throws(LogError) -> Answer {
        try state.withLock { (state) throws(LogError) -> Answer in
            switch fate(node, &state, register: register) {
            case .fine: return try body(&state).get()
            case .lost:
                // Half of what is lost is known to be: the connection was refused.
                if state.random.oneIn(2) { throw .unreachable(cause: "no way to the cluster") }
                throw .unanswered(cause: "no answer")
            case .unanswered:
                _ = body(&state)
                throw .unanswered(cause: "no answer")
            case .late:
                state.underway.append { state in _ = body(&state) }
                throw .unanswered(cause: "no answer yet")
            case .burntBefore: throw .unreachable(cause: "\(node) is gone")
            case .burntAfter:
                _ = body(&state)
                throw .unanswered(cause: "\(node) is gone")
            }
        }
    }

    private func fate(_ node: String, _ state: inout State, register: Bool) -> Fate {
        state.calls += 1
        if state.burnt.contains(node) { return .burntBefore }
        if let (left, carriesOut) = state.fuse[node] {
            state.fuse[node] = (left - 1, carriesOut)
            if left <= 1 {
                state.burnt.insert(node)
                return carriesOut ? .burntAfter : .burntBefore
            }
        }
        let draw = state.random.next() % 1000
        if state.cut.contains(node) || (register && state.isRegisterDown) { return .lost }
        let faults = state.faults
        if draw < faults.lost { return .lost }
        if draw < faults.lost + faults.unanswered { return .unanswered }
        if draw < faults.lost + faults.unanswered + faults.late { return .late }
        return .fine
    }
}

/// The cluster as one node sees it.
struct MemoryClient: LogCluster {
    let cluster: MemoryCluster
    let node: String

    var name: String { cluster.name }
    var register: any ChainRegister { MemoryRegister(cluster: cluster, node: node) }

    func loglet(
        of link: Chain.Link, in chain: Chain, start: ChainHash
    ) throws(LogError) -> any SharedLoglet {
        cluster.state.withLock { state in
            let shelf = MemoryCluster.Shelf(
                log: chain, first: link.first, epoch: link.epoch, kept: link.first)
            if state.shelves[link.loglet] == nil { state.shelves[link.loglet] = shelf }
        }
        return MemoryLoglet(cluster: cluster, node: node, name: link.loglet, start: start)
    }
}

struct MemoryRegister: ChainRegister {
    let cluster: MemoryCluster
    let node: String

    func read() throws(LogError) -> Chain? {
        try cluster.ask(node, register: true) { $0.chain }
    }

    func compareAndSet(expected: UInt64, _ chain: Chain) throws(LogError) {
        try cluster.change(node, register: true) { state -> Result<Void, LogError> in
            let found = state.chain?.version ?? 0
            guard found == expected else {
                return .failure(.chainChanged(expected: expected, found: found))
            }
            state.chain = chain
            state.chains.append(chain)
            return .success(())
        }
    }
}

struct MemoryLoglet: SharedLoglet {
    let cluster: MemoryCluster
    let node: String
    let name: String
    let start: ChainHash

    func append(
        _ drafts: [EntryDraft], behind tail: Position, hash: ChainHash
    ) throws(LogError) -> [LogEntry] {
        let (name, mount) = (name, cluster.mount)
        return try cluster.change(node) { state -> Result<[LogEntry], LogError> in
            guard var shelf = state.shelves[name], let chain = shelf.log else {
                return .failure(.unreachable(cause: "\(name) is not known"))
            }
            state.compared += 1
            if shelf.isSealed { return .failure(.sealed(tail: shelf.tail)) }
            guard shelf.tail == tail else { return .failure(.behind(tail: shelf.tail)) }
            let place = EntryGroup.Place(
                log: chain.log, mount: mount, epoch: shelf.epoch, name: name)
            do throws(LogError) {
                let group = try EntryGroup(
                    drafts, behind: ChainPoint(position: tail, hash: hash), in: place,
                    limit: Limits.groupBytes.value)
                shelf.entries += group.entries
                state.shelves[name] = shelf
                return .success(group.entries)
            } catch {
                return .failure(error)
            }
        }
    }

    func follow(
        behind position: Position, milliseconds: Int
    ) throws(LogError) -> [LogEntry] {
        let name = name
        return try cluster.ask(node) { (state) throws(LogError) -> [LogEntry] in
            guard let shelf = state.shelves[name] else { return [] }
            guard position.next >= shelf.kept else { throw .trimmed(first: shelf.kept) }
            let found = shelf.entries(behind: position)
            if found.isEmpty, shelf.isSealed { throw .sealed(tail: shelf.tail) }
            return found
        }
    }

    func append(_ drafts: [EntryDraft]) throws(LogError) -> ClosedRange<Position> {
        let (tail, hash) = try cluster.ask(node) { [name, start] state in
            (
                state.shelves[name]?.tail ?? .zero,
                state.shelves[name]?.entries.last?.chainHash ?? start
            )
        }
        let entries = try append(drafts, behind: tail, hash: hash)
        return tail.next...Position(tail.rawValue + UInt64(entries.count))
    }

    func checkTail() throws(LogError) -> (tail: Position, sealed: Bool) {
        try cluster.ask(node) { [name] state in
            (state.shelves[name]?.tail ?? .zero, state.shelves[name]?.isSealed ?? false)
        }
    }

    func read(from position: Position, maximumBytes: Int) throws(LogError) -> [LogEntry] {
        try cluster.ask(node) { [name] (state) throws(LogError) -> [LogEntry] in
            guard let shelf = state.shelves[name] else { return [] }
            guard position >= shelf.kept else { throw .trimmed(first: shelf.kept) }
            return shelf.entries.filter { $0.header.position >= position }
        }
    }

    func trim(before position: Position) throws(LogError) {
        let name = name
        try cluster.change(node) { state -> Result<Void, LogError> in
            state.shelves[name]?.kept = position
            return .success(())
        }
    }

    func seal() throws(LogError) -> Position {
        let name = name
        return try cluster.change(node) { state -> Result<Position, LogError> in
            state.shelves[name]?.isSealed = true
            return .success(state.shelves[name]?.tail ?? .zero)
        }
    }
}
