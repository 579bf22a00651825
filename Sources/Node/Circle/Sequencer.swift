public import Host
public import Log
public import MMSGraph
public import Resources
internal import Synchronization
internal import ZeroProcs

/// The one writer of a log: takes proposals, holds each against exactly the state before it,
/// makes those that pass durable in one group, applies them, and only then answers.
///
/// Not a thread itself: ``commit(_:)`` is called by one thread at a time, on Linux by a
/// ``SequencerThread``, in the World by the simulation.
public final class Sequencer<D: Disk, S: OrderedStore>: Sendable {
    /// The mount point of the log.
    public let mount: Namespace
    /// The log itself, for readers.
    public let log: CommandLog<D>
    let graph: Graph<S>
    let filters = FilterChain()
    private let publish: @Sendable (Commit) -> Void
    private let refused: @Sendable (Proposal, Refusal) -> Void
    private let statistics = Mutex(SequencerStatistics())

    /// The writer of `log`, mounted at `mount`, whose changes go to `graph` and then `publish`;
    /// `refused` is told what was refused here, and must not block.
    public init(
        mount: Namespace, log: CommandLog<D>, graph: Graph<S>,
        refused: @escaping @Sendable (Proposal, Refusal) -> Void = { _, _ in },
        publish: @escaping @Sendable (Commit) -> Void
    ) {
        self.mount = mount
        self.log = log
        self.graph = graph
        self.refused = refused
        self.publish = publish
    }

    /// What was refused and how large the groups are.
    public var counted: SequencerStatistics { statistics.withLock { $0 } }

    /// Makes one group of proposals durable and applies it. Gives their outcomes in order.
    public func commit(_ proposals: [Proposal]) -> [Outcome] { attempt(proposals).outcomes }

    /// The same; says too why the log did not take what had passed, and how many of the outcomes
    /// come before that.
    func attempt(
        _ proposals: [Proposal]
    ) -> (outcomes: [Outcome], failure: LogError?, settled: Int) {
        var outcomes: [Outcome] = []
        while outcomes.count < proposals.count {
            let rest = Array(proposals[outcomes.count...])
            do throws(GraphError) {
                var transaction = try graph.begin(mount)
                var group = Group()
                let taken = take(rest, &transaction, &group)
                let failure = try write(transaction, group)
                let settled = settle(taken, failure?.refusal)
                count(settled, rest)
                outcomes += settled
                guard let failure else { continue }
                let left = proposals.count - outcomes.count
                return (
                    outcomes + refused(failure.refusal, left), failure,
                    outcomes.count - settled.count
                )
            } catch {
                let all = outcomes + refused(Self.refusal(error), rest.count)
                return (all, nil, all.count)
            }
        }
        return (outcomes, nil, outcomes.count)
    }

    private func refused(_ refusal: Refusal, _ count: Int) -> [Outcome] {
        Array(repeating: .failure(refusal), count: count)
    }

    /// Takes proposals into one transaction, in order. What mounts a log ends it: then there are
    /// fewer outcomes than proposals.
    func take(
        _ proposals: [Proposal], _ transaction: inout Transaction<S>, _ group: inout Group
    ) -> [Outcome] {
        var outcomes: [Outcome] = []
        for proposal in proposals {
            outcomes.append(take(proposal, &transaction, &group))
            if transaction.isEnded { break }
        }
        return outcomes
    }

    static func refusal(_ error: GraphError) -> Refusal {
        Refusal(
            .unavailable, filter: "graph", subject: error.subject,
            reason: "\(error.operation) failed: \(error.cause)", remedy: "see pisces status")
    }

    /// Holds a proposal against the state it would meet and gives the verdict; changes nothing.
    public func rehearse(_ proposal: Proposal) -> Result<[Change], Refusal> {
        do throws(GraphError) {
            var transaction = try graph.begin(mount)
            return Result { () throws(Refusal) in
                try filters.check(
                    proposal.batch, by: proposal.caller, on: transaction, now: proposal.time)
                switch try transaction.apply(header(proposal, on: transaction), proposal.batch) {
                case .applied(let changes): return changes
                case .repeated: return []
                }
            }
        } catch {
            return .failure(
                Refusal(
                    .unavailable, filter: "graph", subject: error.subject, reason: error.cause))
        }
    }

    /// Applies what the log has and the graph has not: after a crash, or at first start. `ahead`
    /// reads on another thread meanwhile; without it the disk is asked in one order always.
    public func replay(ahead: Bool = false) throws(SequencerError) {
        guard graph.applied(mount) < log.tail else { return }
        let reader = ahead ? ReadAhead(log, from: graph.applied(mount).next) : nil
        while graph.applied(mount) < log.tail {
            let next = graph.applied(mount).next
            let entries = try translating("read") { () throws(LogError) in
                if let reader { return try reader.next() }
                return try log.read(from: next, maximumBytes: Limits.groupBytes.value)
            }
            if entries.isEmpty {
                throw SequencerError(
                    operation: "replay", subject: "log \(mount)",
                    cause: "the entry at position \(next) is missing")
            }
            try apply(entries[...])
        }
    }

    /// Takes entries that were ordered elsewhere: into the copy, then into the graph. What is known
    /// is passed over. On the thread that commits.
    public func take(_ entries: [LogEntry]) throws(SequencerError) {
        let fresh = try translating("copy") { () throws(LogError) in
            try log.append(copies: entries)
        }
        let state = graph.state(of: mount)
        // A crash took from the copy what the graph has: it must come again as it was.
        if let known = fresh.first(where: { $0.header.position == state.applied }),
            known.hash != state.chain
        {
            throw SequencerError(
                operation: "copy", subject: "entry \(state.applied) of \(mount)",
                cause: "the graph knew another one; start again, and it is made anew")
        }
        guard fresh.first?.header.position == state.applied.next else { return try replay() }
        try apply(fresh)
    }

    private func apply(_ entries: ArraySlice<LogEntry>) throws(SequencerError) {
        do throws(GraphError) {
            var rest = entries
            while !rest.isEmpty {
                var transaction = try graph.begin(mount)
                var last: [UInt8] = []
                while !transaction.isEnded, let entry = rest.popFirst() {
                    try replay(entry, on: &transaction)
                    last = entry.hash
                }
                announce(try graph.commit(transaction, chain: last))
            }
        } catch {
            throw SequencerError(
                operation: "replay", subject: error.subject,
                cause: "\(error.operation) failed: \(error.cause)")
        }
    }

    /// An entry passed the filters and apply before it was logged; that it does not now means
    /// that this binary and the one that wrote it differ.
    private func replay(
        _ entry: LogEntry, on transaction: inout Transaction<S>
    ) throws(GraphError) {
        do {
            let batch = try CBORReader.decodeBatch(entry.payload)
            _ = try transaction.apply(entry.header, batch)
        } catch {
            throw GraphError(
                operation: "replay", subject: "entry \(entry.header.position) of \(mount)",
                cause: "\(error)")
        }
    }
}

extension Sequencer {
    /// The entries of one group on their way to the log.
    struct Group {
        var drafts: [EntryDraft] = []
    }

    private func header(_ proposal: Proposal, on transaction: Transaction<S>) -> EntryHeader {
        EntryHeader(
            log: mount, position: transaction.applied.next, author: proposal.caller.identity,
            time: proposal.time)
    }

    func take(
        _ proposal: Proposal, _ transaction: inout Transaction<S>, _ group: inout Group
    ) -> Outcome {
        do throws(Refusal) {
            try proposal.parent?.check(on: transaction)
            try filters.check(
                proposal.batch, by: proposal.caller, on: transaction, now: proposal.time)
            var payload = CBORWriter(capacity: 512)
            payload.write(proposal.batch)
            try filters.check(encodedBytes: payload.bytes.count)
            let header = header(proposal, on: transaction)
            let ids = proposal.batch.commands.map(\.id)
            switch try transaction.apply(header, proposal.batch) {
            case .applied:
                group.drafts.append(
                    EntryDraft(
                        author: header.author, time: header.time, payload: payload.bytes))
                return .success(Receipt(log: mount, position: header.position, ids: ids))
            case .repeated(let position):
                let session = proposal.batch.session
                return .success(
                    Receipt(
                        log: mount, position: position, ids: taken(at: position, in: session),
                        repeated: true))
            }
        } catch {
            return .failure(error)
        }
    }

    /// The identifiers that the session's request was taken with the first time; none when the
    /// entry is not its last one, or was trimmed.
    private func taken(at position: Position, in session: Batch.Session?) -> [Identifier] {
        guard let entry = try? log.read(from: position, maximumBytes: 1).first,
            let batch = try? CBORReader.decodeBatch(entry.payload), batch.session == session
        else { return [] }
        return batch.commands.map(\.id)
    }

    /// Makes the group durable, then visible. Nil when both worked, else why the log refused.
    private func write(
        _ transaction: Transaction<S>, _ group: Group
    ) throws(GraphError) -> LogError? {
        if group.drafts.isEmpty { return nil }
        do throws(LogError) {
            _ = try log.append(group.drafts)
        } catch {
            return error
        }
        announce(try graph.commit(transaction, chain: log.hash))
        return nil
    }

    func announce(_ changes: [Change]) {
        publish(Commit(log: mount, position: graph.applied(mount), changes: changes))
    }

    /// When the log refused, whatever had passed did not happen.
    func settle(_ outcomes: [Outcome], _ refusal: Refusal?) -> [Outcome] {
        guard let refusal else { return outcomes }
        return outcomes.map { outcome in
            if case .success(let receipt) = outcome, !receipt.repeated { return .failure(refusal) }
            return outcome
        }
    }

    func count(_ outcomes: [Outcome], _ proposals: [Proposal]) {
        statistics.withLock { statistics in
            statistics.groups += 1
            for outcome in outcomes {
                switch outcome {
                case .success: statistics.accepted += 1
                case .failure: statistics.refused += 1
                }
            }
        }
        for (outcome, proposal) in zip(outcomes, proposals) {
            if case .failure(let refusal) = outcome { refused(proposal, refusal) }
        }
    }

    /// Counts a proposal that was refused before anything was decided.
    func turnedAway(_ proposal: Proposal, _ refusal: Refusal) {
        statistics.withLock { $0.refused += 1 }
        refused(proposal, refusal)
    }

    private func translating<Answer>(
        _ operation: String, _ body: () throws(LogError) -> Answer
    ) throws(SequencerError) -> Answer {
        do throws(LogError) { return try body() } catch {
            throw SequencerError(
                operation: operation, subject: "log \(mount)", cause: "\(error)")
        }
    }
}

/// What one group changed: it leads up to `position` of `log`.
public struct Commit: Sendable {
    /// The mount point of the log.
    public let log: Namespace
    /// Its last applied entry.
    public let position: Position
    /// The changes, in order; an entry may have none.
    public let changes: [Change]
}

/// What a sequencer did.
public struct SequencerStatistics: Sendable {
    /// Batches that were taken.
    public var accepted: UInt64 = 0
    /// Batches that were refused.
    public var refused: UInt64 = 0
    /// Groups made durable.
    public var groups: UInt64 = 0
}

/// What went wrong between the log and the graph.
public struct SequencerError: Error, Sendable {
    /// What was being done.
    public let operation: String
    /// To what.
    public let subject: String
    /// Why it failed.
    public let cause: String
}
