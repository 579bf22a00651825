internal import Dispatch
public import Host
public import Log
internal import MMSGraph
public import Resources
internal import Synchronization
internal import ZeroProcs

/// Follows a log that others write to: entries into the copy here, then into the graph, then to
/// those who subscribe. For the fleet log on nodes without the pen, and for the machine logs of
/// other nodes that are mirrored here.
///
/// ``turn(milliseconds:)`` is one round of it; on Linux ``start()`` makes rounds on a thread.
public final class Follower<D: Disk, S: OrderedStore>: Sendable {
    private let sequencer: Sequencer<D, S>
    private let source: any EntrySource
    private let attend: @Sendable (@escaping @Sendable () -> Void) -> Bool
    private let rest: @Sendable () -> Bool
    private let transfer: @Sendable (Position) throws(NodeError) -> Void
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    private struct State {
        var stopping = false
        var status = FollowerStatus()
        var failure: SequencerError?
    }

    /// The follower of `source`, whose copy `sequencer` keeps. `attend` runs work on the thread that
    /// appends to that copy and waits for it; `rest` says that there is nothing to follow now, as on
    /// the machine that writes the log itself. `transfer` gets the state at or behind a position
    /// from another machine when the entries up to it are gone everywhere.
    public init(
        _ sequencer: Sequencer<D, S>, source: any EntrySource,
        attend: @escaping @Sendable (@escaping @Sendable () -> Void) -> Bool,
        rest: @escaping @Sendable () -> Bool = { false },
        transfer: @escaping @Sendable (Position) throws(NodeError) -> Void
    ) {
        self.sequencer = sequencer
        self.source = source
        self.attend = attend
        self.rest = rest
        self.transfer = transfer
    }

    /// How it is doing.
    public var status: FollowerStatus { state.withLock { $0.status } }

    /// One round: waits at most so long for entries and takes them. True when there were any.
    public func turn(milliseconds: Int) -> Bool {
        do throws(LogError) {
            let entries = try source.next(
                behind: sequencer.log.tail, milliseconds: milliseconds)
            return entries.isEmpty ? succeed() : take(entries)
        } catch {
            if case .trimmed(let first) = error { return transfer(to: first) }
            fail("\(error)")
            return false
        }
    }

    private func take(_ entries: [LogEntry]) -> Bool {
        let isTaken = attend { [self] in
            do throws(SequencerError) {
                try sequencer.take(entries)
                state.withLock { $0.failure = nil }
            } catch {
                state.withLock { $0.failure = error }
            }
        }
        guard isTaken else { return false }
        if let failure = state.withLock({ $0.failure }) {
            fail("\(failure.operation) \(failure.subject): \(failure.cause)")
            // Nothing continues the state that the copy began behind: it was of another log.
            let log = sequencer.log
            guard log.tail > .zero, log.first > log.tail, let first = entries.first else {
                return false
            }
            return transfer(to: first.header.position)
        }
        state.withLock { $0.status.entries += UInt64(entries.count) }
        _ = succeed()
        return true
    }

    private func transfer(to first: Position) -> Bool {
        state.withLock { $0.status.needsTransfer = first }
        do throws(NodeError) {
            try transfer(first)
            _ = succeed()
            return true
        } catch {
            fail(error.message)
            return false
        }
    }

    private func succeed() -> Bool {
        state.withLock { state in
            state.status.failure = nil
            state.status.needsTransfer = nil
        }
        return false
    }

    private func fail(_ cause: String) {
        state.withLock { state in
            state.status.failure = cause
            state.status.failures += 1
        }
    }

    // MARK: The thread

    /// Starts the thread.
    public func start() throws(ThreadError) {
        try HostThread.start("follow \(sequencer.mount)") { [self] in run() }
    }

    /// Ends the thread after the round it is in.
    public func stop() {
        state.withLock { $0.stopping = true }
        wake.signal()
        ended.wait()
    }

    private func run() {
        while !state.withLock({ $0.stopping }) {
            if rest() {
                pause(Limits.penPoll.value)
                _ = turn(milliseconds: 0)
                continue
            }
            let had = turn(milliseconds: Limits.followWait.value)
            if !had, status.failure != nil { pause(Limits.followRetry.value) }
        }
        ended.signal()
    }

    private func pause(_ milliseconds: Int) {
        _ = wake.wait(timeout: .now() + .milliseconds(milliseconds))
    }
}

/// How a follower is doing.
public struct FollowerStatus: Hashable, Sendable {
    /// Entries it took.
    public var entries: UInt64 = 0
    /// Rounds that failed.
    public var failures: UInt64 = 0
    /// Why the last round failed; nil when it did not.
    public var failure: String?
    /// The first entry that is left anywhere, when it is behind the copy here: a checkpoint of
    /// another machine is needed.
    public var needsTransfer: Position?
}
