internal import Host
internal import Log
internal import MMSGraph
internal import Resources
internal import ZeroProcs

/// What came of a group that was offered to a log several machines write to.
enum WriteAttempt {
    /// It is in, or nothing of it had to be; these are the outcomes.
    case done([Outcome])
    /// Others wrote first: take their entries, then offer again.
    case behind
    /// Another machine has the pen in exactly the state before the group.
    case notHolder
    /// The loglet has ended: read the chain again.
    case sealed
    /// Nobody knows whether the group is in.
    case unknown(LogError)
    /// Nothing of it is in.
    case failed(LogError)

    /// True when nobody answered for the log.
    var isOutage: Bool {
        switch self {
        case .unknown(let error), .failed(let error): error.isOutage
        case .done, .behind, .notHolder, .sealed: false
        }
    }
}

extension Sequencer {
    /// Holds proposals against the state at the tail of the copy and offers those that pass as the
    /// entries behind it: first the fleet, then the copy, then the graph. Each must have a session,
    /// so that no two groups are alike. Behind one that mounts a log the rest has no outcome yet.
    func offer(
        _ proposals: [Proposal], to shared: SharedLog<D>
    ) throws(SequencerError) -> WriteAttempt {
        if graph.applied(mount) < log.tail { try replay() }
        // A crash took the end of the copy: it comes again from those who ordered it.
        if graph.applied(mount) > log.tail { return .behind }
        do throws(GraphError) {
            var transaction = try graph.begin(mount)
            var group = Group()
            let outcomes = take(proposals, &transaction, &group)
            // Behind the group, because a group may take the pen itself.
            if let pen = try Pen(on: transaction, of: mount), pen.holder != shared.machine {
                return .notHolder
            }
            if group.drafts.isEmpty {
                count(outcomes, proposals)
                return .done(outcomes)
            }
            let landing = land(group.drafts, in: shared)
            guard case .entries(let entries) = landing else { return landing.attempt }
            do throws(GraphError) { try keep(entries, transaction) } catch {
                // The fleet has it, but nobody here can say what came of it.
                return .unknown(.unanswered(cause: "\(error.operation) failed: \(error.cause)"))
            }
            count(outcomes, proposals)
            return .done(outcomes)
        } catch {
            throw SequencerError(
                operation: error.operation, subject: error.subject, cause: error.cause)
        }
    }

    private func land(_ drafts: [EntryDraft], in shared: SharedLog<D>) -> Landing {
        let (tail, hash) = (log.tail, log.chainHash)
        // Loglets that may have the group though they did not say so.
        var asked: Set<String> = []
        var wasUnknown: LogError?
        for _ in 0..<Limits.unknownTurns.value {
            var target: Chain.Link?
            do throws(LogError) {
                let link = try shared.target(behind: tail)
                target = link
                // The same bytes behind the same tail: at most one of several attempts gets in.
                return .entries(
                    try shared.append(drafts, behind: tail, hash: hash, to: link))
            } catch {
                if case .unanswered = error, let target {
                    asked.insert(target.loglet)
                    wasUnknown = error
                }
                // Ended right here: what was not in before it never will be.
                if error == .sealed(tail: tail), let target { asked.remove(target.loglet) }
                guard let cause = wasUnknown, !asked.isEmpty else { return Landing(error) }
                if error.isFinal { return .unknown(cause) }
            }
            if let found = found(drafts, behind: tail, in: shared, &asked) { return found }
        }
        return wasUnknown.map { Landing.unknown($0) } ?? .failed(.behind(tail: tail))
    }

    /// Looks at the tail for a group whose append was not answered. Nil when nobody has written
    /// there yet.
    private func found(
        _ drafts: [EntryDraft], behind tail: Position, in shared: SharedLog<D>,
        _ asked: inout Set<String>
    ) -> Landing? {
        let entries: [LogEntry]
        do throws(LogError) {
            entries = try shared.next(behind: tail, milliseconds: Limits.unknownWait.value)
        } catch {
            return nil
        }
        guard let first = entries.first else {
            asked = asked.filter { !shared.ended($0, at: tail) }
            return asked.isEmpty ? .sealed : nil
        }
        guard let draft = drafts.first, first.isOf(draft), entries.count >= drafts.count else {
            return .behind
        }
        return .entries(entries)
    }

    /// Copies what the fleet has and makes it visible. `transaction` is of exactly its first
    /// entries; when others follow them all are applied from the log.
    private func keep(
        _ entries: [LogEntry], _ transaction: Transaction<S>
    ) throws(GraphError) {
        do throws(LogError) {
            try log.append(copies: entries)
        } catch {
            throw GraphError(operation: "copy", subject: "log \(mount)", cause: "\(error)")
        }
        guard transaction.applied == log.tail else {
            do throws(SequencerError) { return try replay() } catch {
                throw GraphError(
                    operation: error.operation, subject: error.subject, cause: error.cause)
            }
        }
        announce(try graph.commit(transaction, chain: log.hash))
    }
}

extension LogError {
    /// True when nobody answered.
    var isOutage: Bool {
        switch self {
        case .unreachable, .unanswered: true
        default: false
        }
    }

    /// True when trying again cannot help.
    fileprivate var isFinal: Bool {
        switch self {
        case .behind, .sealed, .unreachable, .unanswered, .trimmed: false
        case .disk, .locked, .diskFull, .tooLarge, .nothingToAppend, .trimBound, .outcomeUnknown,
            .failed, .rescue, .corrupt, .chainChanged, .discontinuous, .closed:
            true
        }
    }
}

/// Where a group came to be.
private enum Landing {
    case entries([LogEntry])
    case behind
    case sealed
    case unknown(LogError)
    case failed(LogError)

    init(_ error: LogError) {
        switch error {
        case .behind: self = .behind
        case .sealed: self = .sealed
        default: self = .failed(error)
        }
    }

    var attempt: WriteAttempt {
        switch self {
        case .entries: preconditionFailure("a group that landed is kept, not offered again")
        case .behind: .behind
        case .sealed: .sealed
        case .unknown(let error): .unknown(error)
        case .failed(let error): .failed(error)
        }
    }
}
