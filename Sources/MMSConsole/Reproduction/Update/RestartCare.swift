internal import Host
internal import MMSGraph
internal import Node
internal import Reproduction
internal import Resources
internal import Synchronization
internal import Trust
internal import ZeroProcs

/// Restarts a machine of a fleet into an update that is armed when it is its turn: as many machines
/// at once as the policy says, each drained before. A machine alone needs no turn.
final class RestartCare: Sendable {
    private let node: LinuxNode
    private let clock = LinuxClock()
    private let wish = Mutex(Wish())
    private var queue: RestartQueue { RestartQueue(of: node.fleet.name) }

    private struct Wish {
        /// The system to restart into.
        var armed: ContentDigest?
        /// When the machine restarts at the latest; nil until it has its turn.
        var deadline: Ticks?
        /// How the turn before ended, until the fleet's log has it.
        var outcome: RestartTurns.Outcome?
    }

    init(_ node: LinuxNode) { self.node = node }

    /// True when no other machine's tasks or log depend on this one.
    var isAlone: Bool {
        get throws(ReproductionError) {
            try reading { reader throws(Refusal) in try queue.isAlone(on: reader) }
        }
    }

    /// The machine restarts into that system when it is its turn.
    func want(_ generation: ContentDigest) {
        wish.withLock { wish in
            wish.armed = generation
            wish.deadline = nil
        }
    }

    /// The machine has restarted, and that came of it.
    func note(_ outcome: RestartTurns.Outcome) { wish.withLock { $0.outcome = outcome } }

    /// Goes one step on, and tells how far that is; nil when nothing is under way. True when the
    /// machine is to restart now.
    func step(tell: (String?) -> Void) -> Bool {
        let now = wish.withLock { $0 }
        do throws(ReproductionError) {
            if let outcome = now.outcome {
                try propose(
                    try reading { reader throws(Refusal) in
                        try queue.end(outcome, on: reader, identify: identify)
                    }, "\(node.name) has restarted")
                wish.withLock { $0.outcome = nil }
            }
            guard let armed = now.armed else {
                // Why the last one was refused stays until there is another.
                if now.outcome != nil { tell(nil) }
                return false
            }
            guard let deadline = now.deadline else {
                tell(try ask(armed))
                return false
            }
            let isEmpty = try reading { reader throws(Refusal) in try queue.isEmpty(on: reader) }
            return isEmpty || clock.ticks >= deadline
        } catch {
            tell("restart: \(error)")
            return false
        }
    }

    /// Asks for a turn, and gives what came of that.
    private func ask(_ generation: ContentDigest) throws(ReproductionError) -> String {
        let policy = try UpdateBook(node).policy()
        let step = try reading { reader throws(Refusal) in
            try queue.ask(
                for: generation.description, atOnce: policy.atOnce, at: clock.now, on: reader,
                identify: identify)
        }
        try propose(step.commands, "\(node.name) restarts into an update")
        switch step.answer {
        case .taken:
            let limit = UInt64(Limits.restartDrain.value)
            wish.withLock { $0.deadline = clock.ticks.advanced(byMilliseconds: limit) }
            return "it is this machine's turn to restart; its tasks leave first"
        case .wait(let reason): return "the restart into the update waits: \(reason)"
        case .refused(let reason):
            wish.withLock { $0.armed = nil }
            return "no restart into the update: \(reason)"
        }
    }

    private func identify() -> Identifier { LinuxEntropy().identifier(at: clock.now) }

    private func propose(_ commands: [Command], _ reason: String) throws(ReproductionError) {
        if commands.isEmpty { return }
        let outcome = node.circle.fleet.propose(
            Proposal(
                caller: .system("controller"), batch: Batch(commands, reason: reason),
                time: clock.now))
        if case .failure(let refusal) = outcome { throw Self.failed(refusal) }
    }

    private func reading<Answer>(
        _ work: (CommittedReader<RocksStore>) throws(Refusal) -> Answer
    ) throws(ReproductionError) -> Answer {
        let reader: CommittedReader<RocksStore>
        do throws(GraphError) { reader = try node.circle.graph.reader() } catch {
            throw ReproductionError(
                .failed, operation: error.operation, subject: error.subject, cause: error.cause,
                remedy: "see pisces status")
        }
        do throws(Refusal) { return try work(reader) } catch { throw Self.failed(error) }
    }

    private static func failed(_ refusal: Refusal) -> ReproductionError {
        ReproductionError(
            .failed, operation: "take turns to restart", subject: "this machine",
            cause: refusal.message, remedy: refusal.remedy ?? "see pisces node list")
    }
}
