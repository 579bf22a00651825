internal import Dispatch
public import Host
public import Resources
internal import Synchronization

/// Runs a sequencer on a thread of its own. What is proposed while a group syncs is the next
/// group: no delay is added to make groups larger.
public final class SequencerThread<D: Disk, S: OrderedStore>: Sendable {
    /// What the thread runs.
    public let sequencer: Sequencer<D, S>

    private struct Waiting {
        let proposal: Proposal
        let answer: @Sendable (Outcome) -> Void
    }

    private struct Queue {
        var waiting: [Waiting] = []
        var stopping = false
        var sleeping = false
    }

    private let queue = Mutex(Queue())
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let failed: @Sendable (Refusal) -> Void

    /// A thread for `sequencer`; `failed` hears when the log can take nothing more.
    public init(
        _ sequencer: Sequencer<D, S>, failed: @escaping @Sendable (Refusal) -> Void
    ) {
        self.sequencer = sequencer
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
        if verdict.refused { answer(.failure(overloaded)) }
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
            let outcomes = sequencer.commit(group.map(\.proposal))
            for (waiting, outcome) in zip(group, outcomes) { waiting.answer(outcome) }
            for case .failure(let refusal) in outcomes where refusal.code == .unknownOutcome {
                failed(refusal)
            }
        }
        ended.signal()
    }

    /// Waits for proposals; nil when the thread should end.
    private func next() -> [Waiting]? {
        while true {
            let (group, stopping) = queue.withLock { queue in
                let group = queue.waiting.prefix(Limits.groupProposals.value)
                queue.waiting.removeFirst(group.count)
                queue.sleeping = group.isEmpty && !queue.stopping
                return (Array(group), queue.stopping)
            }
            if !group.isEmpty { return group }
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
