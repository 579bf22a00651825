internal import Dispatch
public import Host
public import MMSAgent
internal import MMSGraph
public import Resources
internal import Synchronization
internal import ZeroProcs

/// Carries observations from the sensors' threads to the machine log: what comes while a batch
/// is written is the next batch, so a storm makes larger batches, not a longer queue.
public final class SensorPump<D: Disk, S: OrderedStore>: Sendable {
    private let circle: Circle<D, S>
    private let clock: any Clock
    private let entropy: any Entropy
    private let processor: SensorProcessor
    /// What a source owns.
    private let contract: @Sendable (_ source: String) -> SensorContract?
    private let wake = DispatchSemaphore(value: 0)
    private let room = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    private struct State {
        var waiting: [Observation] = []
        /// Observations taken, and of these those written, since the start.
        var taken: UInt64 = 0
        var written: UInt64 = 0
        var blocked = false
        var stopping = false
        var refused: UInt64 = 0
        var lastRefusal: String?
        var start = StartGap()
        var waits = LinkWaits()
    }

    /// A pump into the machine log of `circle`; `contract` says what a source owns.
    public init(
        circle: Circle<D, S>, clock: any Clock, entropy: any Entropy,
        contract: @escaping @Sendable (_ source: String) -> SensorContract?
    ) {
        self.contract = contract
        self.circle = circle
        self.clock = clock
        self.entropy = entropy
        processor = SensorProcessor(
            machine: circle.machine.sequencer.mount, types: InstalledTypes.all)
    }

    /// Starts the pump's thread.
    public func start() throws(ThreadError) {
        try HostThread.start("sensor pump") { [self] in run() }
    }

    /// Ends the pump once what waits is written.
    public func stop() {
        state.withLock { $0.stopping = true }
        wake.signal()
        room.signal()
    }

    /// Takes observations in order. Waits when too many are ahead: then the kernel's own buffer
    /// fills, overflows, and the sensor opens a gap, so nothing is lost silently.
    public func take(_ observations: [Observation]) {
        while true {
            let full = state.withLock { state in
                let full =
                    state.waiting.count > Limits.pendingObservations.value && !state.stopping
                if !full {
                    state.waiting += observations
                    state.taken += UInt64(observations.count)
                }
                state.blocked = full
                return full
            }
            wake.signal()
            if !full { return }
            room.wait()
        }
    }

    /// Waits until everything taken so far is committed, for at most so long; false when that was
    /// not enough.
    @discardableResult
    public func settle(milliseconds: Int) -> Bool {
        let deadline = clock.ticks.advanced(byMilliseconds: UInt64(max(0, milliseconds)))
        let taken = state.withLock { $0.taken }
        while state.withLock({ $0.written < taken && !$0.stopping }) {
            if clock.ticks > deadline { return false }
            _ = idle.wait(timeout: .now() + .milliseconds(5))
        }
        return true
    }

    /// How many batches were refused, and why the last one was.
    public var refusals: (count: UInt64, last: String?) {
        state.withLock { ($0.refused, $0.lastRefusal) }
    }

    private let idle = DispatchSemaphore(value: 0)

    private func run() {
        while let observations = next() {
            write(observations)
            state.withLock { $0.written += UInt64(observations.count) }
            idle.signal()
        }
    }

    private func next() -> [Observation]? {
        while true {
            let (taken, blocked, stopping) = state.withLock { state in
                let taken = Array(state.waiting.prefix(Limits.observationBatch.value))
                state.waiting.removeFirst(taken.count)
                defer { state.blocked = false }
                return (taken, state.blocked, state.stopping)
            }
            if blocked { room.signal() }
            if !taken.isEmpty { return taken }
            if stopping { return nil }
            wake.wait()
        }
    }

    private func write(_ observations: [Observation]) {
        let now = clock.now
        do throws(GraphError) {
            let reader = try circle.graph.reader()
            var observations = observations
            for (source, reported) in state.withLock({ $0.start.take(observations) }) {
                observations += try vanished(source, reported, reader, now)
            }
            var waits = state.withLock { $0.waits }
            let runs = try processor.runs(
                for: observations, on: reader, waits: &waits,
                identify: { [self] in entropy.identifier(at: now) })
            state.withLock { $0.waits = waits }
            for (index, run) in runs.enumerated() {
                let batch = Batch(
                    run, origin: observations.last?.origin ?? .sampled,
                    sensed: observations.first?.sensed)
                let proposal = Proposal(caller: .system("sensors"), batch: batch, time: now)
                // Waiting for the last is waiting for all: the log takes them in order.
                if index < runs.count - 1 {
                    circle.machine.propose(proposal) { [self] in noteFailure($0) }
                } else {
                    noteFailure(circle.machine.propose(proposal))
                }
            }
        } catch {
            note("\(error.operation) failed: \(error.cause)")
        }
    }

    private func noteFailure(_ outcome: Outcome) {
        if case .failure(let refusal) = outcome { note(refusal.message) }
    }

    /// What stands in the graph from an earlier life of the node and the first dump of its source
    /// did not report.
    private func vanished(
        _ source: String, _ reported: StartGap.Reported, _ reader: CommittedReader<S>,
        _ now: WallTime
    ) throws(GraphError) -> [Observation] {
        guard let contract = contract(source) else { return [] }
        var vanished: [Observation] = []
        for kind in contract.kinds {
            for resource in try reader.all(kind, in: processor.machine) {
                let subject = Observation.Subject(type: kind, name: resource.name)
                if !reported.subjects.contains(subject) {
                    vanished.append(.absent(subject, origin: .resync, sensed: now))
                }
            }
        }
        for (kind, relations) in contract.edges.sorted(by: { $0.key < $1.key }) {
            for resource in try reader.all(kind, in: processor.machine) {
                let subject = Observation.Subject(type: kind, name: resource.name)
                let stale = relations.filter { resource.links[$0] != nil }
                guard !stale.isEmpty, !reported.joined.contains(subject) else { continue }
                let identity = resource.data[SensorProcessor.identityField]?.text ?? ""
                vanished.append(
                    .edges(
                        Observation.Edges(
                            subject, identity: identity,
                            links: SortedMap(stale.map { ($0, []) }), origin: .resync, sensed: now))
                )
            }
        }
        return vanished
    }

    private func note(_ refusal: String) {
        state.withLock { state in
            state.refused += 1
            state.lastRefusal = refusal
        }
    }
}

extension Observation {
    /// How it was noticed; a gap speaks for the resync around it.
    fileprivate var origin: Origin {
        switch self {
        case .present(let sighting): sighting.origin
        case .edges(let edges): edges.origin
        case .absent(_, let origin, _): origin
        case .gap, .gapClosed: .resync
        }
    }

    /// When it was noticed.
    fileprivate var sensed: WallTime {
        switch self {
        case .present(let sighting): sighting.sensed
        case .edges(let edges): edges.sensed
        case .absent(_, _, let sensed): sensed
        case .gap(_, _, let since): since
        case .gapClosed(_, let at): at
        }
    }
}
