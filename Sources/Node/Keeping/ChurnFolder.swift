public import Host
internal import MMSGraph
public import Resources
internal import Synchronization
internal import ZeroProcs

/// Folds ended resources of ephemeral types into counters once their window has passed, and
/// forgets them. Counters and the place they reach to are one batch of the machine log; what is
/// forgotten after it is forgotten again when a crash came between.
public final class ChurnFolder<D: Disk, S: OrderedStore>: Sendable {
    private let circle: Circle<D, S>
    private let entropy: any Entropy
    private let fold: ChurnFold
    /// What is folded, and the milliseconds it is kept after its end.
    private let types: Set<TypeName>
    private let window: Int64
    private let kept: Int
    private let state = Mutex(State())

    private struct State {
        var hasTidied = false
        var statistics = Statistics()
    }

    /// What was folded since the node started.
    public struct Statistics: Hashable, Sendable {
        /// Ended resources that are in counters now.
        public var folded: UInt64 = 0
        /// Keys of their history that went.
        public var forgottenKeys: UInt64 = 0
    }

    /// The folder of the machine log of `circle`, with the types of `types` that churn; at most `kept`
    /// ended resources stay, however young.
    public init(
        circle: Circle<D, S>, entropy: any Entropy, types: [TypeDefinition] = InstalledTypes.all,
        kept: Int = Limits.keptEnded.value
    ) {
        self.circle = circle
        self.entropy = entropy
        self.kept = kept
        fold = ChurnFold(machine: circle.machine.sequencer.mount)
        let counters = [ChurnFold.activity.name, ChurnFold.fold.name]
        let churning = types.filter { $0.ephemeral != nil && !counters.contains($0.name) }
        self.types = Set(churning.map(\.name))
        // One cursor, hence one window: the longest that a type asks for.
        window = churning.compactMap(\.ephemeral).max() ?? 0
    }

    /// What was folded so far.
    public var statistics: Statistics { state.withLock { $0.statistics } }

    /// Folds what is due at the wall time `now`; true when more is due at once.
    public func turn(at now: WallTime) throws -> Bool {
        let log = circle.machine.sequencer.mount
        let seen = try circle.graph.cursor(of: ChurnFold.name, in: log)
        try tidy(upTo: seen, log)
        let reader = try circle.graph.reader()
        let due = try reader.position(of: log, at: now.advanced(byMilliseconds: -window))
        if due > seen {
            return try fold(after: seen, upTo: due, Limits.foldBatch.value, now, reader)
        }
        let waiting = try circle.graph.countEnded(of: types, in: log, after: seen)
        guard waiting > kept else { return false }
        let excess = min(waiting - kept, Limits.foldBatch.value)
        return try fold(after: seen, upTo: circle.graph.applied(log), excess, now, reader)
    }

    private func fold(
        after seen: Position, upTo due: Position, _ most: Int, _ now: WallTime,
        _ reader: CommittedReader<S>
    ) throws -> Bool {
        let log = circle.machine.sequencer.mount
        let (ended, reached) = try circle.graph.ended(
            of: types, in: log, after: seen, upTo: due, atMost: most)
        guard !ended.isEmpty else { return false }
        var timed: [(resource: Resource, at: WallTime)] = []
        var last = WallTime(milliseconds: 0)
        for one in ended {
            last = try reader.time(of: one.position, in: log) ?? last
            timed.append((one.resource, last))
        }
        let counters = Selection(ChurnFold.activity.name, scope: .namespace(log))
        var batch = Batch(
            try fold.commands(
                for: timed, window: window, until: last, on: reader,
                known: try reader.count(counters),
                identify: { [entropy] in entropy.identifier(at: now) }),
            origin: .sampled, reason: "what ended is folded into counters")
        batch.cursors = [Batch.Cursor(handler: ChurnFold.name, log: log, position: reached)]
        let proposal = Proposal(caller: .system("churn fold"), batch: batch, time: now)
        if case .failure(let refusal) = circle.machine.propose(proposal) { throw refusal }
        let keys = try circle.graph.forget(ended, of: log)
        state.withLock { state in
            state.statistics.folded += UInt64(ended.count)
            state.statistics.forgottenKeys += UInt64(keys)
        }
        return reached < due
    }

    /// Forgets once what a crash may have left: it is in the counters.
    private func tidy(upTo seen: Position, _ log: Namespace) throws {
        if state.withLock({ $0.hasTidied }) { return }
        var after = Position.zero
        while after < seen {
            let (ended, reached) = try circle.graph.ended(
                of: types, in: log, after: after, upTo: seen, atMost: Limits.foldBatch.value)
            _ = try circle.graph.forget(ended, of: log)
            after = reached
        }
        state.withLock { $0.hasTidied = true }
    }
}
