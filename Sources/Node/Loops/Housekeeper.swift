internal import Dispatch
public import Host
internal import Log
public import MMSGraph
public import Resources
internal import Synchronization

/// Background work of a node: segments made ready before they are needed, grouped logs synced,
/// the graph flushed so that a restart replays little, checkpoints and trims within the budget.
public final class Housekeeper<D: Disk, S: OrderedStore>: Sendable {
    private let circle: Circle<D, S>
    private let feed: ChangeFeed<S>
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    private struct State {
        var stopping = false
        var turns = 0
        var flushed: [Namespace: Position] = [:]
        var lastFailure: String?
    }

    /// The housekeeper of `circle`, whose subscribers get bookmarks through `feed`.
    public init(circle: Circle<D, S>, feed: ChangeFeed<S>) {
        self.circle = circle
        self.feed = feed
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
    public var lastFailure: String? { state.withLock { $0.lastFailure } }

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
        if turns.isMultiple(of: max(1, marks)) { feed.mark() }
        for writer in circle.writers {
            let log = writer.sequencer.log
            log.prepare()
            if log.durable < log.tail { try log.sync() }
            try flushWhenDue(writer.sequencer.mount, log)
        }
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
        for writer in circle.writers { try writer.sequencer.log.sync() }
        try circle.graph.flush()
        state.withLock { $0.flushed[mount] = applied }
    }
}
