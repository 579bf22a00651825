public import Host
public import Resources
internal import Synchronization

/// The World's network between nodes: loses, delays, duplicates and reorders messages, and is cut
/// in any pattern of directions. With one thread and one seed every run is the same.
///
/// A call is carried out while it is made: the clock moves by what its messages take. A request
/// that takes longer than its caller waits is kept and delivered by a later ``step()``.
public final class SimulatedNetwork: Sendable {
    /// What a node does with a request of another.
    public typealias Handler =
        @Sendable (_ peer: ResourceName, _ request: PeerRequest) -> Result<PeerAnswer, BusError>

    /// How often things go wrong, in so many of a thousand messages.
    public struct Faults: Hashable, Sendable {
        /// Messages that never arrive: requests and answers alike.
        public var lost: UInt64 = 0
        /// Requests that arrive a second time, at once or later.
        public var duplicated: UInt64 = 0
        /// Requests that arrive after their caller has given up.
        public var late: UInt64 = 0
        /// Milliseconds a message takes.
        public var delay: ClosedRange<UInt64> = 0...0

        /// A network without faults.
        public init() {}
    }

    /// What became of messages so far.
    public struct Counts: Hashable, Sendable {
        /// Requests that were made.
        public var requests = 0
        /// Requests and answers that never arrived.
        public var lost = 0
        /// Requests that arrived a second time.
        public var duplicated = 0
        /// Requests that arrived after their caller had given up.
        public var late = 0
        /// Requests that no way led to.
        public var cut = 0
    }

    struct State {
        var random: SeededRandom
        var faults = Faults()
        var counts = Counts()
        var handlers: [ResourceName: Handler] = [:]
        /// Ways that are cut, by sender and receiver.
        var cuts: Set<Way> = []
        /// Requests on their way, in order of when they were sent.
        var underway: [Underway] = []
        /// FNV-1a over all that happened.
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    }

    /// From one node to another.
    struct Way: Hashable {
        let from: ResourceName
        let to: ResourceName
    }

    /// A request nobody waits for any more.
    struct Underway {
        let way: Way
        let request: PeerRequest
        let due: Ticks
    }

    let clock: SimulatedClock
    let state: Mutex<State>

    /// A whole network of no nodes.
    public init(clock: SimulatedClock, seed: UInt64, faults: Faults = Faults()) {
        self.clock = clock
        var state = State(random: SeededRandom(seed: seed))
        state.faults = faults
        self.state = Mutex(state)
    }

    /// Lets a node answer requests from now on.
    public func join(_ name: ResourceName, handler: @escaping Handler) {
        state.withLock { $0.handlers[name] = handler }
    }

    /// A node crashes: nothing reaches it, what is on its way to it is lost.
    public func leave(_ name: ResourceName) {
        state.withLock { state in
            state.handlers[name] = nil
            state.underway.removeAll { $0.way.to == name }
        }
    }

    /// The others, as `name` sees them.
    public func peers(of name: ResourceName) -> SimulatedPeers {
        SimulatedPeers(network: self, name: name)
    }

    /// Delivers what arrives late and is due by now. Returns how many requests that were.
    @discardableResult
    public func step() -> Int {
        let now = clock.ticks
        let due = state.withLock { state in
            let due = state.underway.filter { $0.due <= now }
            state.underway.removeAll { $0.due <= now }
            return due.sorted { $0.due < $1.due }
        }
        for one in due { deliverLate(one) }
        return due.count
    }

    /// What became of messages so far.
    public var counts: Counts { state.withLock { $0.counts } }

    /// A number that two runs share when the same happened in them.
    public var digest: UInt64 { state.withLock { $0.digest } }

    private func deliverLate(_ one: Underway) {
        let handler = state.withLock { state -> Handler? in
            guard !state.cuts.contains(one.way) else { return nil }
            state.counts.late += 1
            state.mix(one.way, one.request.path, "late")
            return state.handlers[one.way.to]
        }
        // Nobody waits for the answer.
        _ = handler?(one.way.from, one.request)
    }
}

extension SimulatedNetwork {
    /// Which faults happen from now on.
    public func set(_ faults: Faults) { state.withLock { $0.faults = faults } }

    /// Cuts one direction: nothing from `sender` reaches `receiver`.
    public func cut(from sender: ResourceName, to receiver: ResourceName) {
        _ = state.withLock { $0.cuts.insert(Way(from: sender, to: receiver)) }
    }

    /// Parts the network: nodes reach only those of their own group, both ways.
    public func part(_ groups: [[ResourceName]]) {
        for (index, group) in groups.enumerated() {
            for other in groups[(index + 1)...].joined() {
                for name in group {
                    cut(from: name, to: other)
                    cut(from: other, to: name)
                }
            }
        }
    }

    /// Leaves each node of `order` only the one before and the one behind it, the last being
    /// beside the first.
    public func ring(_ order: [ResourceName]) {
        for (index, name) in order.enumerated() {
            for (place, other) in order.enumerated() where name != other {
                let distance = abs(index - place)
                if distance > 1, distance < order.count - 1 { cut(from: name, to: other) }
            }
        }
    }

    /// Makes the network whole; faults stay as they are.
    public func heal() { state.withLock { $0.cuts = [] } }
}

extension SimulatedNetwork.State {
    /// Draws once, whether or not the fault can happen: a change of odds moves nothing else.
    mutating func happens(_ perMille: UInt64) -> Bool { random.next() % 1000 < perMille }

    /// How long a message takes.
    mutating func delay() -> UInt64 {
        let span = faults.delay.upperBound - faults.delay.lowerBound + 1
        return faults.delay.lowerBound + random.next() % span
    }

    mutating func mix(_ way: SimulatedNetwork.Way, _ path: String, _ event: StaticString) {
        for byte in "\(way.from) \(way.to) \(path) \(event)\n".utf8 {
            digest = (digest ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
    }
}
