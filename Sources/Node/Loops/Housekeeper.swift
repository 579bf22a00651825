internal import Dispatch
public import Host
internal import Log
internal import MMSGraph
public import Resources
internal import Synchronization

/// Background work of a node: segments made ready before they are needed, grouped logs synced,
/// the graph flushed so that a restart replays little, logs kept within their budgets, freed
/// memory given back.
public final class Housekeeper<D: Disk, S: OrderedStore>: Sendable {
    /// Segments are looked after every so many turns: about once a second.
    private static var preparing: Int { max(1, 1000 / Limits.groupedSync.value) }

    private let circle: Circle<D, S>
    private let keeper: Keeper<D, S>
    private let folder: ChurnFolder<D, S>
    private let reserve: StartReserve<D>
    private let clock: @Sendable () -> WallTime
    private let mark: @Sendable (Bookmarking) -> Void
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    private struct State {
        var stopping = false
        var turns = 0
        var flushed: [Namespace: Position] = [:]
        /// Logs with unsynced changes of resources whose history is kept.
        var pressing: Set<Namespace> = []
        /// The turn since which a log has unsynced churn only.
        var churning: [Namespace: Int] = [:]
        var lastFailure: String?
        var lastKeepingFailure: String?
        var lastFoldingFailure: String?
    }

    /// Who is to get bookmarks in a turn.
    public enum Bookmarking: Sendable {
        /// Everyone: the time has come.
        case all
        /// Those before whom many entries went by.
        case due
    }

    /// The housekeeper of `circle`, whose logs are kept by `keeper` and whose churn is folded by
    /// `folder` at the times of `clock`; it sets `reserve` aside. `mark` is called in every turn to give subscribers
    /// bookmarks.
    public init(
        circle: Circle<D, S>, keeper: Keeper<D, S>, folder: ChurnFolder<D, S>,
        reserve: StartReserve<D>, clock: some Clock,
        mark: @escaping @Sendable (Bookmarking) -> Void
    ) {
        self.circle = circle
        self.keeper = keeper
        self.folder = folder
        self.reserve = reserve
        self.mark = mark
        self.clock = { clock.now }
    }

    /// Notes what was committed, so that changes worth keeping reach the disk soon while churn
    /// waits for company: flash life is a budget (design/00, law 8). On the committing thread.
    public func note(_ commit: Commit) {
        let isKnown = state.withLock { $0.pressing.contains(commit.log) }
        if isKnown || commit.changes.allSatisfy(isEphemeral) { return }
        state.withLock { _ = $0.pressing.insert(commit.log) }
    }

    private func isEphemeral(_ change: Change) -> Bool {
        guard let type = (change.new ?? change.old)?.type else { return true }
        do throws(GraphError) { return try circle.graph.type(type)?.ephemeral != nil } catch {
            return false
        }
    }

    /// Starts the thread.
    public func start() throws(ThreadError) {
        try HostThread.start("housekeeper") { [self] in run() }
    }

    /// Ends the thread.
    public func stop() {
        state.withLock { $0.stopping = true }
        wake.signal()
        ended.wait()
    }

    /// What went wrong last.
    public var lastFailure: String? {
        state.withLock { $0.lastFailure ?? $0.lastKeepingFailure ?? $0.lastFoldingFailure }
    }

    private func run() {
        while !state.withLock({ $0.stopping }) {
            do { try turn() } catch {
                state.withLock { $0.lastFailure = "\(error)" }
            }
            _ = wake.wait(timeout: .now() + .milliseconds(Limits.groupedSync.value))
        }
        ended.signal()
    }

    private func turn() throws {
        let turns = state.withLock { state in
            state.turns += 1
            return state.turns
        }
        let marks = Limits.bookmarkInterval.value / Limits.groupedSync.value
        mark(turns.isMultiple(of: max(1, marks)) ? .all : .due)
        // What was replayed once need not be replayed after the next crash too.
        if turns == 1, circle.replayed >= UInt64(Limits.flushEntries.value / 50) {
            try circle.graph.flush()
        }
        for writer in circle.writers {
            let log = writer.sequencer.log
            if turns.isMultiple(of: Self.preparing) { log.prepare() }
            if log.durable < log.tail { try sync(log, turns) }
            try flushWhenDue(writer.sequencer.mount, log)
        }
        let keepings = max(1, Limits.keepingInterval.value / Limits.groupedSync.value)
        if turns.isMultiple(of: keepings) {
            // The first picture: most of what a quiet machine ever writes, held in memory till then.
            if turns == keepings { try flush() }
            keep()
            circle.graph.forgetUnused()
            LinuxSystem.returnFreedMemory()
        }
        let foldings = Limits.foldInterval.value / Limits.groupedSync.value
        if turns.isMultiple(of: max(1, foldings)) { fold() }
    }

    /// Makes the unsynced entries of a log durable when it is time: at once what is worth keeping,
    /// and copies of what a fleet ordered.
    private func sync(_ log: CommandLog<D>, _ turns: Int) throws(LogError) {
        let (isPressing, isOld) = state.withLock { state in
            let isPressing = state.pressing.remove(log.mount) != nil || log.isSynced
            let since = state.churning[log.mount] ?? turns
            let isOld = (turns - since) * Limits.groupedSync.value >= Limits.churnSync.value
            state.churning[log.mount] = isPressing || isOld ? nil : since
            return (isPressing, isOld)
        }
        if isPressing || isOld { try log.sync(churn: !isPressing) }
    }

    private func fold() {
        var failure: String?
        do { while try folder.turn(at: clock()), !state.withLock({ $0.stopping }) {} } catch {
            failure = (error as? Refusal)?.message ?? "\(error)"
        }
        state.withLock { $0.lastFoldingFailure = failure }
    }

    private func keep() {
        var failure: String?
        if let mounted = circle.mounted, !mounted.failures.isEmpty {
            // What could not be opened is tried again where it is opened otherwise.
            _ = circle.fleet.attend { [circle] in mounted.open(circle.graph) }
        }
        do {
            try keeper.turn(at: clock())
            try reserve.renew()
        } catch {
            failure = (error as? NodeError)?.message ?? "\(error)"
        }
        state.withLock { $0.lastKeepingFailure = failure }
    }

    /// Flushes the graph when a restart would have to replay many entries.
    private func flushWhenDue(_ mount: Namespace, _ log: CommandLog<D>) throws {
        let applied = circle.graph.applied(mount)
        let due = state.withLock { state in
            let last = state.flushed[mount] ?? applied
            if state.flushed[mount] == nil { state.flushed[mount] = applied }
            return applied.rawValue - last.rawValue >= UInt64(Limits.flushEntries.value)
        }
        guard due else { return }
        try flush()
        state.withLock { $0.flushed[mount] = applied }
    }

    /// The logs first: the graph must not know what they could lose.
    private func flush() throws {
        for writer in circle.writers { try writer.sequencer.log.sync() }
        try circle.graph.flush()
    }
}
