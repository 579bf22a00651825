public import Bus
public import Host
public import Log
internal import MMSGraph
public import Resources
internal import Synchronization
internal import ZeroProcs

/// Brings commands into a log that may rest on this machine's files or on a cluster, and that may
/// move between the two while commands come in.
///
/// On its own files it is the sequencer and nothing more. Otherwise it writes when it has the pen,
/// lets the holder decide when another machine has it, and takes the pen over when the holder is
/// silent. Not a thread itself: ``commit(_:)`` is called on the thread that appends.
public final class FleetWriter<D: Disk, S: OrderedStore>: Sendable {
    /// What decides and applies here.
    public let sequencer: Sequencer<D, S>
    /// The log.
    public let shared: SharedLog<D>
    let peers: any Peers
    let clock: any Clock
    let entropy: any Entropy
    private let pause: @Sendable (Int) -> Void
    let state: Mutex<State>

    struct State {
        /// What this writer numbers requests of those who have no session by.
        var session: Batch.Session
        /// Who left calls unanswered, and how many in a row.
        var silent: (holder: ResourceName?, calls: Int) = (nil, 0)
        /// Since when the shared log is out of reach, and when that was last seen; nil when a write
        /// was last answered.
        var outage: (since: Ticks, seen: Ticks)?
        var statistics = FleetWriterStatistics()
        /// What the fleet says of writing; nil before it is attached.
        var advice: (@Sendable () -> WriterAdvice)?
    }

    /// The writer of `shared`, whose copy `sequencer` writes. `pause` waits for that many
    /// milliseconds while the log is on the move.
    public init(
        sequencer: Sequencer<D, S>, shared: SharedLog<D>, peers: any Peers, clock: any Clock,
        entropy: any Entropy, pause: @escaping @Sendable (Int) -> Void
    ) {
        self.sequencer = sequencer
        self.shared = shared
        self.peers = peers
        self.clock = clock
        self.entropy = entropy
        self.pause = pause
        let client = entropy.identifier(at: clock.now)
        state = Mutex(State(session: Batch.Session(client: client, sequence: 0)))
    }

    /// What it did so far.
    public var statistics: FleetWriterStatistics { state.withLock { $0.statistics } }

    /// Decides a group of proposals, here or where the pen is. Gives their outcomes in order.
    public func commit(_ proposals: [Proposal]) -> [Outcome] {
        if case .barred(let refusal) = advice { return proposals.map { _ in .failure(refusal) } }
        let outcomes = decide(proposals)
        // What stands in the way may have been found out meanwhile.
        let advice = advice
        return outcomes.map { advice.completed($0) }
    }

    private func decide(_ proposals: [Proposal]) -> [Outcome] {
        guard shared.place == .here else { return commitShared(proposals) }
        let (outcomes, failure, settled) = sequencer.attempt(proposals)
        guard case .sealed? = failure else { return outcomes }
        return outcomes.prefix(settled) + commitShared(Array(proposals[settled...]))
    }

    private func commitShared(_ proposals: [Proposal]) -> [Outcome] {
        var turn = WriterTurn(
            proposals.map { numbered($0) }, behind: sequencer.log.tail,
            internalClient: state.withLock { $0.session.client })
        let deadline = clock.ticks.advanced(
            byMilliseconds: UInt64(Limits.movePatience.value))
        while !turn.isSettled, turn.attempts < Limits.sharedAttempts.value,
            turn.looks == 0 || clock.ticks < deadline
        {
            do throws(SequencerError) {
                try step(&turn)
            } catch {
                turn.settleAll(
                    Refusal(
                        turn.mayBeIn ? .unknownOutcome : .unavailable, filter: "log",
                        subject: error.subject,
                        reason: "\(error.operation) failed: \(error.cause)",
                        remedy: "see pisces status"))
            }
        }
        return turn.outcomes(whenOpen: exhausted(turn))
    }

    /// Gives a proposal a session when it has none: then it happens once however often it is sent,
    /// and its bytes are like no other's.
    private func numbered(_ proposal: Proposal) -> Proposal {
        if proposal.batch.session != nil { return proposal }
        var batch = proposal.batch
        batch.session = state.withLock { state in
            state.session.sequence += 1
            return state.session
        }
        var numbered = Proposal(caller: proposal.caller, batch: batch, time: proposal.time)
        numbered.parent = proposal.parent
        numbered.isForwarded = proposal.isForwarded
        return numbered
    }

    private func exhausted(_ turn: WriterTurn) -> Refusal {
        Refusal(
            turn.mayBeIn ? .unknownOutcome : .unavailable, filter: "log",
            subject: "log \(sequencer.mount)",
            reason:
                "\(turn.attempts) attempts and \(turn.looks) looks at the move did not write it; "
                + "the last: \(turn.lastFailure ?? "others wrote first")",
            remedy: "retry with the same session: it happens once")
    }

    // MARK: Steps

    private func step(_ turn: inout WriterTurn) throws(SequencerError) {
        switch shared.place {
        case .here: writeHere(&turn)
        case .unsettled: try settle(&turn)
        case .at(let machine): try forward(&turn, to: machine, mayTake: false)
        case .shared:
            let (pen, isDue) = try reading { () throws(GraphError) in
                let pen = try Pen(on: sequencer.graph.begin(sequencer.mount), of: sequencer.mount)
                let reader = try sequencer.graph.reader()
                return (pen, try pen?.isDue(to: shared.machine, on: reader) ?? false)
            }
            let turnOfPen = PenTurn.next(
                pen, machine: shared.machine,
                silences: state.withLock { $0.silent.holder == pen?.holder ? $0.silent.calls : 0 },
                mustDecide: turn.mustDecide || isDue)
            switch turnOfPen {
            case .write: try offer(&turn, taking: nil)
            case .take where turn.isOnlyForwarded:
                turn.settleAll(notHolder(pen?.holder))
            case .take:
                let reason = isDue ? "the holder does not vote" : "the holder is silent"
                try offer(&turn, taking: .some(pen), reason)
            case .forward(let holder): try forward(&turn, to: holder, mayTake: true)
            }
        }
    }

    private func writeHere(_ turn: inout WriterTurn) {
        do throws(LogError) { try shared.settle() } catch {
            return turn.settleAll(error.refusal)
        }
        let (outcomes, failure, settled) = sequencer.attempt(turn.open)
        guard case .sealed? = failure else { return settle(&turn, outcomes) }
        settle(&turn, Array(outcomes.prefix(settled)))
        pause(Limits.moveWait.value)
    }

    /// Waits for a move that is under way.
    private func settle(_ turn: inout WriterTurn) throws(SequencerError) {
        turn.looks += 1
        do throws(LogError) {
            try shared.arrive()
            try shared.refresh()
            try catchUp()
            try shared.settle()
        } catch {
            turn.lastFailure = "\(error)"
        }
        if shared.place == .unsettled { pause(Limits.moveWait.value) }
    }

    /// Offers what is open, behind the command that takes the pen when there is one to take.
    private func offer(
        _ turn: inout WriterTurn, taking pen: Pen??, _ reason: String = ""
    ) throws(SequencerError) {
        turn.attempts += 1
        var group = turn.open
        if let pen { group.insert(taking(pen, reason), at: 0) }
        let attempt = try sequencer.offer(group, to: shared)
        if !attempt.isOutage { state.withLock { $0.outage = nil } }
        switch attempt {
        case .done(let outcomes):
            state.withLock { state in
                state.silent = (nil, 0)
                state.statistics.written += 1
                if pen != nil { state.statistics.taken += 1 }
            }
            settle(&turn, Array(outcomes.dropFirst(pen == nil ? 0 : 1)))
        case .behind:
            state.withLock { $0.statistics.behind += 1 }
            try refetch(&turn)
        case .notHolder:
            try refetch(&turn)
            turn.settleForwarded(notHolder(try holder()))
        case .sealed: try leaveSealed(&turn)
        case .unknown(let error):
            turn.mayBeIn = true
            missed(&turn, error)
        case .failed(let error): missed(&turn, error)
        }
    }

    /// Nothing of what is open got in by this attempt. An outage no longer than an election is
    /// waited out; behind that whoever asks is told at once. Other nodes always are: they may
    /// reach the log.
    private func missed(_ turn: inout WriterTurn, _ error: LogError) {
        turn.lastFailure = "\(error)"
        let refusal = turn.mayBeIn ? exhausted(turn) : error.refusal
        turn.settleForwarded(refusal)
        if turn.isSettled { return }
        guard error.isOutage, isWorthWaiting() else { return turn.settleAll(refusal) }
        turn.looks += 1
        pause(Limits.outageWait.value)
    }

    private func isWorthWaiting() -> Bool {
        let now = clock.ticks
        let patience = UInt64(Limits.movePatience.value)
        let since = state.withLock { state in
            // One that nobody looked at for so long may have ended and another one begun.
            let known = state.outage.flatMap { outage in
                now < outage.seen.advanced(byMilliseconds: patience) ? outage.since : nil
            }
            state.outage = (known ?? now, now)
            return known ?? now
        }
        return now < since.advanced(byMilliseconds: patience)
    }

    private func taking(_ pen: Pen?, _ reason: String) -> Proposal {
        let now = clock.now
        let command = Pen.taking(
            pen, of: sequencer.mount, by: shared.machine, behind: sequencer.log.tail
        ) {
            entropy.identifier(at: now)
        }
        var batch = Batch([command], reason: reason)
        // Not numbered with the rest, which come behind it with lower numbers.
        batch.session = Batch.Session(client: entropy.identifier(at: now), sequence: 1)
        return Proposal(caller: .system("pen"), batch: batch, time: now)
    }

    /// The loglet in use has ended: goes on in its successor, or installs one when whoever ended
    /// it is gone.
    private func leaveSealed(_ turn: inout WriterTurn) throws(SequencerError) {
        do throws(LogError) {
            if try !shared.refresh() {
                turn.looks += 1
                if turn.looks >= Limits.sealedLooks.value {
                    try catchUp()
                    try shared.succeed(.shared(entropy.identifier(at: clock.now)))
                } else {
                    pause(Limits.moveWait.value)
                }
            }
            try catchUp()
        } catch {
            turn.lastFailure = "\(error)"
            turn.looks += 1
            pause(Limits.moveWait.value)
        }
    }

    private func refetch(_ turn: inout WriterTurn) throws(SequencerError) {
        do throws(LogError) { try catchUp() } catch { missed(&turn, error) }
    }

    /// Takes what others wrote, up to the tail. False when they write faster than that.
    @discardableResult
    public func catchUp() throws(LogError) -> Bool {
        for _ in 0..<Limits.sharedAttempts.value {
            let version = shared.chain?.version
            let entries = try shared.next(behind: sequencer.log.tail, milliseconds: 0)
            if entries.isEmpty, shared.chain?.version == version { return true }
            try take(entries)
        }
        return false
    }

    /// Takes what others wrote until the copy has `position`, which another node says is in the log:
    /// a watch shows it, and no majority need be asked. True when the copy has it, or has the log
    /// to its end without it; what is written meanwhile does not prolong that for ever.
    func catchUp(to position: Position) throws(LogError) -> Bool {
        for _ in 0..<Limits.sharedAttempts.value {
            if sequencer.log.tail >= position { return true }
            let entries = try shared.next(
                behind: sequencer.log.tail, milliseconds: Limits.shownWait.value)
            if entries.isEmpty { break }
            try take(entries)
        }
        if sequencer.log.tail >= position { return true }
        return try catchUp()
    }

    private func take(_ entries: [LogEntry]) throws(LogError) {
        do throws(SequencerError) { try sequencer.take(entries) } catch {
            throw .unreachable(cause: "\(error.operation) failed: \(error.cause)")
        }
    }

    /// Keeps outcomes; what the log says was taken before is looked up in it.
    func settle(_ turn: inout WriterTurn, _ outcomes: [Outcome]) {
        turn.settle(outcomes, in: sequencer.log) {
            state.withLock { state in
                state.session.sequence += 1
                return state.session
            }
        }
    }

    private func holder() throws(SequencerError) -> ResourceName? {
        try reading { () throws(GraphError) in
            try Pen(on: sequencer.graph.begin(sequencer.mount), of: sequencer.mount)
        }?.holder
    }

    func reading<Answer>(
        _ body: () throws(GraphError) -> Answer
    ) throws(SequencerError) -> Answer {
        do throws(GraphError) { return try body() } catch {
            throw SequencerError(
                operation: error.operation, subject: error.subject, cause: error.cause)
        }
    }
}

/// What a writer of a shared log did.
public struct FleetWriterStatistics: Hashable, Sendable {
    /// Groups it wrote behind the tail.
    public var written: UInt64 = 0
    /// Groups that others' entries came before.
    public var behind: UInt64 = 0
    /// Groups that the holder of the pen decided.
    public var forwarded: UInt64 = 0
    /// Times it took the pen.
    public var taken: UInt64 = 0
    /// Calls that the holder left unanswered.
    public var silences: UInt64 = 0
}
