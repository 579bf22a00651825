internal import Bus
internal import Dispatch
internal import Host
internal import Log
internal import MMSGraph
internal import Resources
internal import Synchronization
internal import ZeroProcs

/// Keeps another machine's log in the graph of this one: first its state, then its entries as they
/// come, each held against the hash chain. No copy of the log is kept: what a crash loses here is
/// there.
///
/// Its questions are signs of life too: whoever answers one is heard.
final class Mirror<S: OrderedStore>: Sendable {
    /// The machine.
    let machine: ResourceName
    private let mount: Namespace
    private let graph: Graph<S>
    private let peers: any Peers
    private let clock: any Clock
    private let publish: @Sendable (Commit) -> Void
    /// Milliseconds that a question waits for entries.
    private let patience: @Sendable () -> Int
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    private struct State {
        var isStopping = false
        var isRunning = false
        var status = MirrorStatus()
        /// The identity of the log, once the machine has told it and its state is here.
        var log: Identifier?
        /// Entries since history was trimmed.
        var fresh = 0
    }

    init(
        _ machine: ResourceName, graph: Graph<S>, peers: any Peers, clock: any Clock,
        publish: @escaping @Sendable (Commit) -> Void, patience: @escaping @Sendable () -> Int
    ) throws(NameError) {
        self.machine = machine
        mount = try Namespace.machine(machine.text)
        self.graph = graph
        self.peers = peers
        self.clock = clock
        self.publish = publish
        self.patience = patience
    }

    var status: MirrorStatus { state.withLock { $0.status } }

    /// True once the state of the machine was taken in this run of the node.
    var hasState: Bool { state.withLock { $0.log != nil } }

    // MARK: Rounds

    /// One round: waits at most so long for entries and takes them. True when all went well.
    func turn(milliseconds: Int) -> Bool {
        do {
            try graph.mount(mount)
            guard let log = state.withLock({ $0.log }) else {
                try begin()
                return true
            }
            if let entries = try next(milliseconds) {
                if !entries.isEmpty { try taking { try take(entries, of: log) } }
            } else {
                try transfer()
            }
            state.withLock { $0.status.failure = nil }
            return true
        } catch {
            let cause = CareSteps.cause(of: error)
            state.withLock { $0.status.failure = cause }
            return false
        }
    }

    /// What is behind the state here; nil when the machine does not have all of it any more.
    private func next(_ milliseconds: Int) throws(LogError) -> [LogEntry]? {
        let source = PeerEntries(mount, peers: peers) { [machine] in [machine] }
        do throws(LogError) {
            let entries = try source.next(
                behind: graph.applied(mount), milliseconds: milliseconds)
            hear()
            return entries
        } catch {
            if case .trimmed = error { return nil }
            throw error
        }
    }

    private func hear() { state.withLock { $0.status.heard = clock.ticks } }

    /// Takes in what the machine answered.
    private func taking(_ body: () throws -> Void) throws {
        state.withLock { $0.status.isTaking = true }
        defer {
            state.withLock { state in
                state.status.isTaking = false
                state.status.heard = clock.ticks
            }
        }
        try body()
    }

    /// Learns which log it is. What is known of a log that stands further back is of another one,
    /// or of a life of it that was lost.
    private func begin() throws {
        let piece = try ask(.init(mount: mount, number: 0, behind: nil, bytes: 0))
        hear()
        let known = graph.applied(mount)
        if known == .zero || known > piece.position { try transfer() }
        state.withLock { $0.log = piece.log }
    }

    private func take(_ entries: [LogEntry], of log: Identifier) throws(NodeError) {
        let known = graph.state(of: mount)
        var chain = known.applied == .zero ? ChainHash.zero.bytes : known.chain
        var position = known.applied
        for entry in entries {
            guard entry.header.position == position.next, let previous = ChainHash(bytes: chain),
                entry.follows(previous, in: log)
            else {
                // What is here is not what it was there: all of it is taken anew.
                state.withLock { $0.log = nil }
                try restart()
                throw NodeError(
                    "mirror", "entry \(entry.header.position) of \(mount)",
                    "its chain of hashes is another one than that known here",
                    remedy: "all of the log is taken anew")
            }
            chain = entry.hash
            position = entry.header.position
        }
        do {
            var transaction = try graph.begin(mount)
            for entry in entries {
                _ = try transaction.apply(
                    entry.header, CBORReader.decodeBatch(entry.payload))
            }
            announce(try graph.commit(transaction, chain: chain))
            try trim(entries.count)
        } catch {
            throw NodeError("apply", "entries of \(mount)", CareSteps.cause(of: error))
        }
        state.withLock { $0.status.entries += UInt64(entries.count) }
    }

    private func announce(_ changes: [Change]) {
        publish(Commit(log: mount, position: graph.applied(mount), changes: changes))
    }

    /// History of other machines is short here: they have it whole.
    private func trim(_ entries: Int) throws(GraphError) {
        let isDue = state.withLock { state in
            state.fresh += entries
            guard state.fresh >= Limits.mirrorHistory.value else { return false }
            state.fresh = 0
            return true
        }
        guard isDue else { return }
        let applied = graph.applied(mount).rawValue
        let kept = UInt64(Limits.mirrorHistory.value)
        _ = try graph.trimHistory(of: mount, before: Position(applied - min(applied, kept)))
    }

    // MARK: State

    /// Takes the state of the log as of now.
    private func transfer() throws {
        let image = try ImageFetch(mount: mount, peers: peers).image(
            of: machine, withRequests: false)
        try taking { try adopt(image) }
    }

    private func adopt(_ image: StateImage) throws {
        if graph.applied(mount) > image.position { try restart() }
        var transaction = try graph.begin(mount)
        let header = EntryHeader(
            log: mount, position: image.position, author: .system("mirror"), time: image.time)
        _ = try transaction.adopt(image.resources, at: header)
        announce(try graph.commit(transaction, chain: image.chain))
        _ = try graph.trimHistory(of: mount, before: image.position)
        state.withLock { $0.status.transfers += 1 }
    }

    private func ask(_ question: ImageForm.Question) throws(BusError) -> ImageForm.Piece {
        try ImageFetch(mount: mount, peers: peers).ask(machine, question)
    }

    /// Begins anew with an empty log.
    private func restart() throws(NodeError) {
        try forget()
        do throws(GraphError) { try graph.mount(mount) } catch { throw Self.failure(error) }
    }

    /// Lets go of all that is known of the log.
    func forget() throws(NodeError) {
        do throws(GraphError) {
            let changes = try graph.unmount(mount, time: clock.now)
            let end = changes.last?.header.position ?? .zero
            publish(Commit(log: mount, position: end, changes: changes))
        } catch { throw Self.failure(error) }
    }

    private static func failure(_ error: GraphError) -> NodeError {
        NodeError(error.operation, error.subject, error.cause)
    }

    // MARK: The thread

    func start() throws(ThreadError) {
        state.withLock { $0.isRunning = true }
        try HostThread.start("mirror \(machine)") { [self] in run() }
    }

    /// Ends the thread after the round it is in.
    func stop() {
        let isRunning = state.withLock { state in
            state.isStopping = true
            return state.isRunning
        }
        wake.signal()
        if isRunning { ended.wait() }
    }

    private func run() {
        while !state.withLock({ $0.isStopping }) {
            if turn(milliseconds: patience()) { continue }
            _ = wake.wait(timeout: .now() + .milliseconds(Limits.followRetry.value))
        }
        ended.signal()
    }
}

/// How a mirror is doing.
struct MirrorStatus: Sendable {
    /// When the machine answered last.
    var heard: Ticks?
    /// True while what it answered is taken in, which says nothing of its silence.
    var isTaking = false
    /// Entries it took.
    var entries: UInt64 = 0
    /// Times it took the whole state.
    var transfers: UInt64 = 0
    /// Why the last round failed; nil when it did not.
    var failure: String?
}
