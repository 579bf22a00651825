internal import Dispatch
public import Host
internal import Log
public import Resources
internal import Synchronization

/// Runs a sequencer on a thread of its own. What is proposed while a group syncs is the next
/// group: no delay is added to make groups larger.
public final class SequencerThread<D: Disk, S: OrderedStore>: Sendable {
    /// What the thread runs.
    public let sequencer: Sequencer<D, S>
    /// What brings commands into a log that several machines share; nil for a log of this machine.
    public let fleet: FleetWriter<D, S>?

    private struct Waiting {
        let proposal: Proposal
        let answer: @Sendable (Outcome) -> Void
    }

    private struct Queue {
        var waiting: [Waiting] = []
        /// Work on the log that is no proposal: entries that others ordered.
        var errands: [@Sendable () -> Void] = []
        var stopping = false
        var sleeping = false
    }

    private let queue = Mutex(Queue())
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let failed: @Sendable (Refusal) -> Void

    /// A thread for `sequencer`, whose log `fleet` shares with other machines when it is given;
    /// `failed` hears when the log can take nothing more.
    public init(
        _ sequencer: Sequencer<D, S>, fleet: FleetWriter<D, S>? = nil,
        failed: @escaping @Sendable (Refusal) -> Void
    ) {
        self.sequencer = sequencer
        self.fleet = fleet
        self.failed = failed
    }

    /// Starts the thread.
    public func start() throws(ThreadError) {
        try HostThread.start("log \(sequencer.mount)") { [self] in run() }
    }

    /// Proposes a batch. `answer` is called once, on the sequencer's thread, and must not block.
    public func propose(_ proposal: Proposal, answer: @escaping @Sendable (Outcome) -> Void) {
        let verdict = queue.withLock { queue -> (refused: Bool, wakes: Bool) in
            guard queue.waiting.count < Limits.pendingProposals.value, !queue.stopping else {
                return (true, false)
            }
            queue.waiting.append(Waiting(proposal: proposal, answer: answer))
            defer { queue.sleeping = false }
            return (false, queue.sleeping)
        }
        if verdict.refused {
            sequencer.turnedAway(proposal, overloaded)
            answer(.failure(overloaded))
        }
        if verdict.wakes { wake.signal() }
    }

    /// Proposes a batch and waits for the outcome. Not for event loops.
    public func propose(_ proposal: Proposal) -> Outcome {
        let done = DispatchSemaphore(value: 0)
        let outcome = Mutex<Outcome?>(nil)
        propose(proposal) { answer in
            outcome.withLock { $0 = answer }
            done.signal()
        }
        done.wait()
        return outcome.withLock { $0 } ?? .failure(overloaded)
    }

    /// Proposes several batches, as other nodes send them, and waits for all outcomes.
    public func propose(all proposals: [Proposal]) -> [Outcome] {
        let outcomes = Mutex([Outcome?](repeating: nil, count: proposals.count))
        let done = DispatchSemaphore(value: 0)
        for (index, proposal) in proposals.enumerated() {
            propose(proposal) { outcome in
                outcomes.withLock { $0[index] = outcome }
                done.signal()
            }
        }
        for _ in proposals { done.wait() }
        return outcomes.withLock { $0.map { $0 ?? .failure(overloaded) } }
    }

    /// Runs `errand` between two groups, on the thread that appends, and waits until it is done.
    /// False when the thread is ending and will not run it.
    public func attend(_ errand: @escaping @Sendable () -> Void) -> Bool {
        let done = DispatchSemaphore(value: 0)
        let (taken, wakes) = queue.withLock { queue -> (Bool, Bool) in
            guard !queue.stopping, queue.errands.count < Limits.pendingErrands.value else {
                return (false, false)
            }
            queue.errands.append {
                errand()
                done.signal()
            }
            defer { queue.sleeping = false }
            return (true, queue.sleeping)
        }
        if wakes { wake.signal() }
        if taken { done.wait() }
        return taken
    }

    /// Decides a group, here or where the pen of the log is. On the thread that appends.
    public func decide(_ proposals: [Proposal]) -> [Outcome] {
        guard let fleet else { return sequencer.commit(proposals) }
        return fleet.commit(proposals)
    }

    /// Commits what waits, then ends the thread.
    public func stop() {
        let wakes = queue.withLock { queue in
            queue.stopping = true
            defer { queue.sleeping = false }
            return queue.sleeping
        }
        if wakes { wake.signal() }
        ended.wait()
    }

    private func run() {
        while let group = next() {
            if group.isEmpty { continue }
            let outcomes = decide(group.map(\.proposal))
            for (waiting, outcome) in zip(group, outcomes) { waiting.answer(outcome) }
            for case .failure(let refusal) in outcomes where refusal.code == .unknownOutcome {
                // What other machines do not know is no reason to end this one.
                if case .failed = sequencer.log.state { failed(refusal) }
            }
        }
        ended.signal()
    }

    /// Waits for proposals, or for errands, which it runs; nil when the thread should end.
    private func next() -> [Waiting]? {
        while true {
            let (group, errands, stopping) = queue.withLock { queue in
                let group = queue.waiting.prefix(Limits.groupProposals.value)
                queue.waiting.removeFirst(group.count)
                let errands = queue.errands
                queue.errands = []
                queue.sleeping = group.isEmpty && errands.isEmpty && !queue.stopping
                return (Array(group), errands, queue.stopping)
            }
            for errand in errands { errand() }
            if !group.isEmpty || !errands.isEmpty { return group }
            if stopping { return nil }
            wake.wait()
        }
    }

    private var overloaded: Refusal {
        Refusal(
            .overloaded, filter: "admission", subject: "log \(sequencer.mount)",
            reason: "\(Limits.pendingProposals.value) batches wait already, or the node stops",
            remedy: "try again later")
    }
}
