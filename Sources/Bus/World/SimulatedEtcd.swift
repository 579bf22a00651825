public import Host
internal import Resources
internal import Synchronization

/// The World's etcd: one store for all nodes of a run, with the faults of a network between. Seeded
/// and, on one thread, exactly repeatable. Waiting moves the simulated clock.
public final class SimulatedEtcd: Sendable {
    let clock: SimulatedClock
    let state: Mutex<State>

    /// The store, what is on its way, and who watches.
    struct State {
        var model = EtcdModel()
        var random: SeededRandom
        var faults = EtcdFaults()
        var health = EtcdHealth.up
        /// Nodes that reach nothing.
        var cutOff: Set<Int> = []
        /// Requests that are still to be carried out.
        var delayed: [EtcdTransaction] = []
        var watches: [Int: Watching] = [:]
        var watchesOpened = 0
    }

    /// One watch.
    struct Watching {
        let node: Int
        let request: EtcdWatchRequest
        /// The next revision to show.
        var next: UInt64
        /// Events that come late.
        var late: [EtcdKeyValue] = []
        /// What was shown last.
        var last: EtcdKeyValue?
    }

    /// Most requests that are on their way at once.
    private static let delayedMost = 64

    /// An empty store.
    public init(seed: UInt64, clock: SimulatedClock) {
        self.clock = clock
        state = Mutex(State(random: SeededRandom(seed: seed)))
    }

    /// The cluster as node `number` reaches it.
    public func client(_ number: Int) -> SimulatedEtcdClient {
        SimulatedEtcdClient(cluster: self, node: number)
    }

    /// How often things go wrong from now on.
    public func set(_ faults: EtcdFaults) { state.withLock { $0.faults = faults } }

    /// What the cluster can do from now on.
    public func set(_ health: EtcdHealth) { state.withLock { $0.health = health } }

    /// Which nodes reach nothing from now on.
    public func cutOff(_ nodes: Set<Int>) { state.withLock { $0.cutOff = nodes } }

    /// Carries out what is still on its way.
    public func settle() {
        state.withLock { state in
            for transaction in state.delayed { _ = state.model.transact(transaction) }
            state.delayed = []
        }
    }

    /// The revision of the store.
    public var revision: UInt64 { state.withLock { $0.model.revision } }

    /// A call of `node`: what it does to the store, under the faults. `later` is what is carried
    /// out at another time instead of now, or again.
    func call<Answer>(
        _ node: Int, _ milliseconds: Int, later: EtcdTransaction?,
        _ body: (inout EtcdModel) -> Answer
    ) throws(BusError) -> Answer {
        let outcome = state.withLock { state -> Result<Answer, BusError> in
            state.deliverDelayed()
            if state.health == .down || state.cutOff.contains(node)
                || state.happens(\.refusesConnections)
            {
                return .failure(Self.error(.unreachable, "the connection was refused"))
            }
            let isLate = state.health == .withoutMajority || state.happens(\.delaysRequests)
            if isLate || state.happens(\.losesRequests) {
                if isLate, let later { state.delay(later, most: Self.delayedMost) }
                return .failure(Self.error(.unanswered, "no answer in \(milliseconds) ms"))
            }
            let answer = body(&state.model)
            if let later, state.happens(\.repeatsRequests) {
                state.delay(later, most: Self.delayedMost)
            }
            if state.happens(\.losesAnswers) {
                return .failure(Self.error(.unanswered, "no answer in \(milliseconds) ms"))
            }
            return .success(answer)
        }
        switch outcome {
        case .success(let answer):
            clock.advance(milliseconds: 1)
            return answer
        case .failure(let error):
            let waited = error.kind == .unanswered ? milliseconds : 1
            clock.advance(milliseconds: UInt64(max(1, waited)))
            throw error
        }
    }

    static func error(_ kind: BusError.Kind, _ cause: String) -> BusError {
        BusError(
            kind, operation: "ask", subject: "the simulated etcd", cause: cause,
            remedy: "try again")
    }
}

extension SimulatedEtcd.State {
    /// Whether a fault strikes now.
    mutating func happens(_ fault: KeyPath<EtcdFaults, UInt64>) -> Bool {
        let rate = faults[keyPath: fault]
        return rate > 0 && random.next(upperBound: 1000) < rate
    }

    fileprivate mutating func delay(_ transaction: EtcdTransaction, most: Int) {
        if delayed.count < most { delayed.append(transaction) }
    }

    /// Carries out some of what is on its way, in any order.
    fileprivate mutating func deliverDelayed() {
        guard health == .up else { return }
        while !delayed.isEmpty, random.oneIn(3) {
            let index = Int(random.next(upperBound: UInt64(delayed.count)))
            _ = model.transact(delayed.remove(at: index))
        }
    }
}

/// A simulated cluster as one node reaches it.
public struct SimulatedEtcdClient: EtcdCalls {
    let cluster: SimulatedEtcd
    /// The node.
    public let node: Int

    public func transact(
        _ transaction: EtcdTransaction, milliseconds: Int
    ) throws(BusError) -> EtcdTransactionAnswer {
        try cluster.call(node, milliseconds, later: transaction) { $0.transact(transaction) }
    }

    public func range(_ range: EtcdRange, milliseconds: Int) throws(BusError) -> EtcdRangeAnswer {
        try cluster.call(node, milliseconds, later: nil) { $0.range(range) }
    }

    public func watch(
        _ request: EtcdWatchRequest, avoiding: Int?
    ) throws(BusError) -> SimulatedEtcdWatch {
        try cluster.call(node, 1, later: nil) { _ in }
        return cluster.open(request, node: node)
    }

    public func compact(before revision: UInt64, milliseconds: Int) throws(BusError) {
        let isDone = try cluster.call(node, milliseconds, later: nil) { model in
            model.compact(before: revision)
        }
        if !isDone { throw SimulatedEtcd.error(.refused, "revision \(revision) is not there") }
    }
}
