public import Bus
internal import Host
internal import Log
public import Resources
internal import Synchronization

extension FleetWriter {
    /// The service that takes forwarded commands of the log at `/`; of another one its mount
    /// point stands behind it.
    public static var path: String { "/bus/commands" }

    /// The service that takes forwarded commands of this log.
    private var path: String {
        sequencer.mount == .root ? Self.path : Self.path + sequencer.mount.path
    }

    /// The log whose forwarded commands are sent to `path`; nil for another service.
    public static func log(at path: String) -> Namespace? {
        guard path.hasPrefix(Self.path) else { return nil }
        let mount = String(path.dropFirst(Self.path.count))
        return mount.isEmpty ? .root : try? Namespace(mount)
    }

    /// Sends what is open to the machine that decides, and keeps what it answers. Groups of one node
    /// go one after the other, so that sessions stay in order.
    func forward(
        _ turn: inout WriterTurn, to holder: ResourceName, mayTake: Bool
    ) throws(SequencerError) {
        turn.settleForwarded(notHolder(holder))
        let group = turn.open
        if group.isEmpty { return }
        if group.contains(where: { $0.parent != nil }) {
            return turn.settleAll(
                Refusal(
                    .unavailable, filter: "plan", subject: "log \(sequencer.mount)",
                    reason: "\(holder) orders it, and a plan is held against the state here",
                    remedy: "carry the plan out on \(holder)"))
        }
        turn.attempts += 1
        let request = PeerRequest(
            path: path, body: ProposalForm.encode(group), milliseconds: Limits.penCall.value)
        do throws(BusError) {
            let answer = try peers.call(holder, request)
            let outcomes = try ProposalForm.outcomes(answer.body, count: group.count)
            try take(outcomes, of: holder, &turn)
        } catch {
            try note(error, of: holder, &turn, mayTake: mayTake)
        }
    }

    private func take(
        _ outcomes: [Outcome], of holder: ResourceName, _ turn: inout WriterTurn
    ) throws(BusError) {
        state.withLock { $0.statistics.forwarded += 1 }
        // So that who asks here next sees what they wrote, and repeats can be looked up.
        let last = outcomes.compactMap { try? $0.get().position }.max()
        var isRead = false
        do throws(LogError) {
            isRead = if let last { try catchUp(to: last) } else { try catchUp() }
        } catch {
            turn.lastFailure = "\(error)"
        }
        // Files of another machine may have more than anybody was given of them yet.
        if let lie = turn.untrue(outcomes, in: sequencer.log, isRead && shared.place == .shared) {
            throw BusError(
                .refused, operation: "forward commands to", subject: holder.text,
                cause: "it says that they are at \(lie), where the log does not have them",
                remedy: "the pen is taken over; see pisces log verify on \(holder)")
        }
        let cannot = outcomes.first { outcome in
            guard case .failure(let refusal) = outcome else { return false }
            return refusal.filter == "pen" || refusal.filter == "log"
        }
        if case .failure(let refusal)? = cannot {
            if refusal.code == .unknownOutcome { turn.mayBeIn = true }
            // It has lost the pen or cannot reach the log: as good as silent, unless the log says
            // who has it now.
            throw BusError(
                .refused, operation: "forward commands to", subject: holder.text,
                cause: refusal.message, remedy: "the pen is taken over")
        }
        state.withLock { state in
            state.silent = (nil, 0)
            state.outage = nil
        }
        settle(&turn, outcomes)
    }

    private func note(
        _ error: BusError, of holder: ResourceName, _ turn: inout WriterTurn, mayTake: Bool
    ) throws(SequencerError) {
        turn.lastFailure = "\(error)"
        switch error.kind {
        // What arrived once may be carried out yet, whatever the answer to it was.
        case .unanswered, .refused: turn.mayBeIn = true
        case .unreachable: break
        case .forbidden, .expired, .malformed, .tooLarge:
            return turn.settleAll(refusal(error, turn))
        }
        state.withLock { state in
            let calls = state.silent.holder == holder ? state.silent.calls : 0
            state.silent = (holder, calls + 1)
            state.statistics.silences += 1
        }
        // Somebody else may have taken the pen meanwhile.
        do throws(LogError) {
            try shared.refresh()
            try catchUp()
        } catch {
            turn.lastFailure = "\(error)"
        }
        let isHopeless = !mayTake && turn.attempts >= Limits.penSilences.value
        if isHopeless { turn.settleAll(refusal(error, turn)) }
    }

    private func refusal(_ error: BusError, _ turn: WriterTurn) -> Refusal {
        Refusal(
            turn.mayBeIn ? .unknownOutcome : .unavailable, filter: "log",
            subject: "log \(sequencer.mount)", reason: error.description,
            remedy: turn.mayBeIn
                ? "retry with the same session: it happens once" : "try again later")
    }

    /// What a node answers that was sent commands and does not decide.
    func notHolder(_ holder: ResourceName?) -> Refusal {
        Refusal(
            .unavailable, filter: "pen", subject: "log \(sequencer.mount)",
            reason: holder.map { "\($0) has the pen" } ?? "this machine does not have the pen",
            remedy: "ask the machine that has it")
    }
}

/// The service `/bus/commands`: takes what other nodes send to the one that decides.
public struct CommandService: Sendable {
    private let decide: @Sendable ([Proposal]) -> [Outcome]

    /// A service whose commands `decide` decides, on the thread that appends; it may block.
    public init(_ decide: @escaping @Sendable ([Proposal]) -> [Outcome]) {
        self.decide = decide
    }

    /// Answers a request of `peer`, whose connection proved that it is a node of the fleet.
    public func answer(_ peer: ResourceName, _ body: [UInt8]) throws(BusError) -> [UInt8] {
        let proposals = try ProposalForm.proposals(body, of: peer)
        return ProposalForm.encode(decide(proposals))
    }
}
