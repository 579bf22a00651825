internal import Host
internal import Log
internal import Resources

/// The proposals of one group on their way to outcomes, through as many attempts as it takes.
struct WriterTurn {
    private var proposals: [Proposal]
    private var settled: [Outcome?]
    /// The tail of the copy before the first attempt: nothing of this group is at or before it.
    private let base: Position
    /// The client of those proposals that came without a session.
    private let internalClient: Identifier
    /// True once a part of the group may be in the log without this node knowing.
    var mayBeIn = false
    /// Groups that were offered or forwarded.
    var attempts = 0
    /// Looks at a log that is on the move.
    var looks = 0
    /// Why the last attempt failed.
    var lastFailure: String?

    init(_ proposals: [Proposal], behind base: Position, internalClient: Identifier) {
        self.proposals = proposals
        settled = Array(repeating: nil, count: proposals.count)
        self.base = base
        self.internalClient = internalClient
    }

    var isSettled: Bool { settled.allSatisfy { $0 != nil } }

    /// The proposals without an outcome, in order.
    var open: [Proposal] { openIndices.map { proposals[$0] } }

    /// True when an open one can be held only against the state here.
    var mustDecide: Bool { open.contains { $0.parent != nil } }

    /// True when all open ones were sent here by other nodes.
    var isOnlyForwarded: Bool { open.allSatisfy(\.isForwarded) }

    private var openIndices: [Int] { settled.indices.filter { settled[$0] == nil } }

    /// Ends what is open with a refusal.
    mutating func settleAll(_ refusal: Refusal) {
        for index in openIndices { settled[index] = .failure(refusal) }
    }

    /// Ends what other nodes sent here.
    mutating func settleForwarded(_ refusal: Refusal) {
        for index in openIndices where proposals[index].isForwarded {
            settled[index] = .failure(refusal)
        }
    }

    /// The outcomes; those that are open get `refusal`.
    func outcomes(whenOpen refusal: Refusal) -> [Outcome] {
        settled.map { $0 ?? .failure(refusal) }
    }

    /// Keeps the outcomes of what is open. A repeat may be an earlier attempt of this very group,
    /// or a later request of its session that came in before: the log tells. What is not in it
    /// then gets a new number from `renumber` and stays open.
    mutating func settle<D: Disk>(
        _ outcomes: [Outcome], in log: CommandLog<D>, renumber: () -> Batch.Session
    ) {
        for (index, outcome) in zip(openIndices, outcomes) {
            guard case .success(let receipt) = outcome, receipt.repeated,
                let session = proposals[index].batch.session
            else {
                settled[index] = outcome
                continue
            }
            guard log.tail >= receipt.position else {
                // It may be among entries that could not be read yet: to number it anew would be
                // to do it twice.
                mayBeIn = true
                settled[index] = .failure(unread(receipt))
                continue
            }
            if let found = entry(of: session, upTo: receipt.position, in: log) {
                // Asked of two nodes, a request has other identifiers at each: the log's count.
                settled[index] = .success(
                    Receipt(
                        log: receipt.log, position: found.position, ids: found.ids,
                        repeated: found.ids != proposals[index].batch.ids))
            } else if session.client == internalClient {
                renew(index, renumber())
            } else {
                settled[index] = outcome
            }
        }
    }

    /// The first position at which the log does not have what another node says it has there;
    /// `isWhole` when the copy has the log to its end. What cannot be read here is believed.
    func untrue<D: Disk>(
        _ outcomes: [Outcome], in log: CommandLog<D>, _ isWhole: Bool
    ) -> Position? {
        for (index, outcome) in zip(openIndices, outcomes) {
            guard case .success(let receipt) = outcome, let asked = proposals[index].batch.session
            else { continue }
            // What was numbered for this turn stands behind all that was here before it.
            let isOfThisTurn = !receipt.repeated || asked.client == internalClient
            if isOfThisTurn, receipt.position <= base { return receipt.position }
            guard receipt.position <= log.tail else {
                if isWhole { return receipt.position }
                continue
            }
            guard receipt.position >= log.first,
                let entry = try? log.read(from: receipt.position, maximumBytes: 1).first,
                let batch = try? CBORReader.decodeBatch(entry.payload)
            else { continue }
            // A repeat names the last one of the client, which may be a later one.
            let isIt =
                receipt.repeated
                ? batch.session?.client == asked.client
                    && batch.session?.sequence ?? 0 >= asked.sequence
                : batch.session == asked
            if !isIt { return receipt.position }
        }
        return nil
    }

    private func unread(_ receipt: Receipt) -> Refusal {
        Refusal(
            .unknownOutcome, filter: "log", subject: "log \(receipt.log)",
            reason: "it was answered by \(receipt.position), which cannot be read here yet",
            remedy: "retry with the same session: it happens once")
    }

    private mutating func renew(_ index: Int, _ session: Batch.Session) {
        let old = proposals[index]
        var batch = old.batch
        batch.session = session
        var new = Proposal(caller: old.caller, batch: batch, time: old.time)
        new.parent = old.parent
        new.isForwarded = old.isForwarded
        proposals[index] = new
    }

    /// Where a request of a session stands and what it made, when that is behind the beginning of
    /// this turn.
    private func entry<D: Disk>(
        of session: Batch.Session, upTo last: Position, in log: CommandLog<D>
    ) -> (position: Position, ids: [Identifier])? {
        var next = base.next
        while next <= last {
            // What cannot be read here is not claimed to be in the log.
            guard let entries = try? log.read(from: next, maximumBytes: Limits.groupBytes.value),
                let end = entries.last
            else { return nil }
            for entry in entries where entry.header.position <= last {
                guard let batch = try? CBORReader.decodeBatch(entry.payload),
                    batch.session == session
                else { continue }
                return (entry.header.position, batch.ids)
            }
            next = end.header.position.next
        }
        return nil
    }
}

extension Batch {
    /// The resources of its commands, in order.
    var ids: [Identifier] { commands.map(\.id) }
}
