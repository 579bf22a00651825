internal import Bus
internal import Host
internal import Log
internal import MMSGraph
internal import Resources
internal import Synchronization

/// Brings a copy of a shared log whose next entries are gone everywhere to a state that another
/// machine has: gets it, holds it against what voters say, keeps it durable, installs it. One
/// source after the other, until one serves.
final class StateTransfer<D: Disk, S: OrderedStore>: Sendable {
    /// A machine that may have the state.
    struct Source: Hashable, Sendable {
        var name: ResourceName
        /// Whether what it says counts.
        var votes: Bool
    }

    private let sequencer: Sequencer<D, S>
    private let peers: any Peers
    private let sources: @Sendable () -> [Source]
    private let confirm: @Sendable (ChainPoint) -> LogWitness
    private let attend: @Sendable (@escaping @Sendable () -> Void) -> Bool
    private let pause: @Sendable (Int) -> Void
    private let state = Mutex(TransferStatus())

    /// Transfers into the copy that `sequencer` writes. `confirm` asks what orders the log; `attend` runs work on the thread that
    /// appends and waits for it; `pause` waits for that many milliseconds.
    init(
        _ sequencer: Sequencer<D, S>, peers: any Peers,
        sources: @escaping @Sendable () -> [Source],
        confirm: @escaping @Sendable (ChainPoint) -> LogWitness,
        attend: @escaping @Sendable (@escaping @Sendable () -> Void) -> Bool,
        pause: @escaping @Sendable (Int) -> Void
    ) {
        self.sequencer = sequencer
        self.peers = peers
        self.sources = sources
        self.confirm = confirm
        self.attend = attend
        self.pause = pause
    }

    /// How it went so far.
    var status: TransferStatus { state.withLock { $0 } }

    /// Brings the copy to a state from which the entries that are left can be followed; the first
    /// of them is `first`.
    func run(to first: Position) throws(NodeError) {
        let tail = sequencer.log.tail
        // What a full disk or a kill left half done. A damaged one is replaced.
        if let waiting = try? Installation<D, S>.waiting(sequencer.log), waiting.position > tail {
            return try install(waiting)
        }
        var causes: [String] = []
        for source in sources().prefix(Limits.transferSources.value) {
            let image: StateImage
            do throws(BusError) { image = try take(source.name, first) } catch {
                causes.append(error.description)
                state.withLock { $0.refused += 1 }
                continue
            }
            // What fails from here on is this machine's own: another source would not help.
            try Installation(log: sequencer.log, graph: sequencer.graph).keep(image)
            try install(image)
            return state.withLock { $0.note(source.name, image) }
        }
        throw NodeError(
            "take over", "the state of \(sequencer.mount)",
            "the entries before \(first) are gone, and "
                + (causes.isEmpty ? "no other machine is known" : causes.joined(separator: "; ")),
            remedy: "see that other machines of the fleet can be reached; it is tried again")
    }

    private func take(
        _ source: ResourceName, _ first: Position
    ) throws(BusError) -> StateImage {
        let mount = sequencer.mount
        let image = try ImageFetch(mount: mount, peers: peers).image(
            of: source, withRequests: true)
        guard image.log == sequencer.log.id else {
            throw refusal(source, "it is of another log", "ask a machine of this fleet")
        }
        guard image.position > sequencer.log.tail, image.position.next >= first else {
            throw refusal(
                source, "it stands at \(image.position), before \(first)", "ask another machine")
        }
        try prove(image, source)
        return image
    }

    /// Refuses a state that voters do not vouch for.
    private func prove(_ image: StateImage, _ source: ResourceName) throws(BusError) {
        let claim = Statement(position: image.position, chain: image.chain, digest: image.digest)
        let voters = sources().filter(\.votes).map(\.name)
        var said: [ResourceName: Vouching.Testimony] = [:]
        for voter in voters.prefix(Limits.transferSources.value) where voter != source {
            said[voter] = statement(of: voter, at: image.position)
        }
        let point = ChainHash(bytes: image.chain).map {
            ChainPoint(position: image.position, hash: $0)
        }
        let log = point.map(confirm) ?? .other
        switch Vouching.judge(claim, from: source, voters: voters, said: said, log: log) {
        case .believed: return
        case .denied(let voter):
            throw refusal(
                source, "\(voter) had another state at \(image.position)",
                "compare both machines with pisces status; one of them is damaged or lies")
        case .contradicted:
            throw refusal(
                source, "the log has another entry at \(image.position)",
                "compare it with others with pisces status; it is damaged or lies")
        case .ahead:
            throw refusal(
                source, "it stands at \(image.position), where the log has nothing yet",
                "compare it with others with pisces status; it is damaged or lies")
        case .unproven(let saying, let wanted):
            throw BusError(
                .unreachable, operation: "take",
                subject: "the state of \(sequencer.mount) on \(source)",
                cause: "\(saying) of \(wanted) voters that must vouch for it do so",
                remedy: "let more voters be reached")
        }
    }

    /// What a voter says. One that is a moment behind is asked again.
    private func statement(
        of voter: ResourceName, at position: Position
    ) -> Vouching.Testimony {
        let request = PeerRequest(
            path: StatementService<D, S>.path,
            body: Statement.question(sequencer.mount, position),
            milliseconds: Limits.busArrival.value)
        for turn in 0..<Limits.statementTurns.value {
            if turn > 0 { pause(Limits.statementPause.value) }
            do throws(BusError) {
                return .said(try Statement(encoded: peers.call(voter, request).body))
            } catch {
                guard error.kind == .refused else { return .silent }
            }
        }
        return .cannotSay
    }

    private func install(_ image: StateImage) throws(NodeError) {
        let failure = Mutex<NodeError?>(nil)
        let isDone = attend { [sequencer] in
            do throws(NodeError) { try sequencer.install(image) } catch {
                failure.withLock { $0 = error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        guard isDone else {
            throw NodeError(
                "install", "the state of \(sequencer.mount)", "this node is stopping",
                remedy: "it is finished at the next start")
        }
    }

    private func refusal(_ source: ResourceName, _ cause: String, _ remedy: String) -> BusError {
        BusError(
            .refused, operation: "take", subject: "the state of \(sequencer.mount) on \(source)",
            cause: cause, remedy: remedy)
    }
}

/// What became of transfers.
struct TransferStatus: Hashable, Sendable {
    /// States that were taken over.
    var taken = 0
    /// Sources that were refused, or that did not answer.
    var refused = 0
    /// The last one that was taken: from whom, and where it stood.
    var last: Last?

    struct Last: Hashable, Sendable {
        var source: ResourceName
        var position: Position
    }

    mutating func note(_ source: ResourceName, _ image: StateImage) {
        taken += 1
        last = Last(source: source, position: image.position)
    }
}
