public import Host
public import MMSGraph
public import Resources
internal import Synchronization

/// The writers of the logs that are mounted on namespaces. What is mounted is in the graph; here
/// it is opened: what the log at `/` says, on the thread that applies it.
public final class MountedLogs<D: Disk, S: OrderedStore>: Sendable {
    /// A writer with the log it writes.
    public struct Mounted: Sendable {
        /// What the graph says of it.
        public let log: MountedLog
        /// Its writer.
        public let writer: SequencerThread<D, S>
    }

    private struct State {
        var logs: [Mounted] = []
        var failures: [Namespace: String] = [:]
        /// Whether writers have threads.
        var isRunning = false
    }

    private let opening: @Sendable (MountedLog) throws(NodeError) -> SequencerThread<D, S>
    private let pause: @Sendable (Int) -> Void
    private let state = Mutex(State())

    /// Logs that `opening` opens; `pause` waits for so many milliseconds.
    public init(
        pause: @escaping @Sendable (Int) -> Void,
        opening: @escaping @Sendable (MountedLog) throws(NodeError) -> SequencerThread<D, S>
    ) {
        self.pause = pause
        self.opening = opening
    }

    /// What is open, in order of mount point.
    public var logs: [Mounted] { state.withLock { $0.logs } }

    /// Why logs could not be opened.
    public var failures: [String] {
        state.withLock { state in
            state.failures.sorted { $0.key < $1.key }.map { "log \($0.key): \($0.value)" }
        }
    }

    /// Opens what `graph` has mounted and is not open yet. One that cannot be opened is refused to
    /// those who need it, and tried again with the next call. By one thread at a time.
    public func open(_ graph: Graph<S>) {
        let wanted: [MountedLog]
        do throws(GraphError) {
            wanted = try Self.mounted(graph)
            state.withLock { $0.failures[.root] = nil }
        } catch {
            // What is open stays open; the housekeeper tries again.
            let failure = "\(error.operation) of \(error.subject) failed: \(error.cause)"
            return state.withLock { $0.failures[.root] = failure }
        }
        for log in wanted where !logs.contains(where: { $0.log.id == log.id }) {
            do throws(NodeError) {
                try add(log, opening(log))
            } catch {
                state.withLock { $0.failures[log.mount] = error.message }
            }
        }
    }

    private func add(
        _ log: MountedLog, _ writer: SequencerThread<D, S>
    ) throws(NodeError) {
        if state.withLock({ $0.isRunning }) { try start(writer) }
        state.withLock { state in
            state.failures[log.mount] = nil
            state.logs.append(Mounted(log: log, writer: writer))
            state.logs.sort { $0.log.mount < $1.log.mount }
        }
    }

    private func start(_ writer: SequencerThread<D, S>) throws(NodeError) {
        do throws(ThreadError) { try writer.start() } catch {
            throw NodeError("start thread", error.name, "error \(error.code)")
        }
    }

    /// Starts the writers' threads, also of those that are opened from now on.
    public func start() throws(NodeError) {
        let logs = state.withLock { state in
            state.isRunning = true
            return state.logs
        }
        for log in logs { try start(log.writer) }
    }

    /// The logs that resources of `graph` mount, in order of mount point.
    private static func mounted(_ graph: Graph<S>) throws(GraphError) -> [MountedLog] {
        let found = try graph.reader().all("log")
        return found.compactMap { try? MountedLog($0) }.sorted { $0.mount < $1.mount }
    }

    /// The writer of the log at a mount point. Refuses with `unavailable` and the filter `mount`
    /// for one that is not open yet, which may be tried again.
    public func writer(of mount: Namespace) throws(Refusal) -> SequencerThread<D, S> {
        if let found = logs.first(where: { $0.log.mount == mount }) { return found.writer }
        throw Refusal(
            .unavailable, filter: Self.filter, subject: "log \(mount)",
            reason: state.withLock { $0.failures[mount] } ?? "is not open on this machine yet",
            remedy: "try again in a moment")
    }

    /// Waits a moment until all that `graph` has mounted is open. Not for event loops.
    public func settle(_ graph: Graph<S>) {
        var left = Limits.mountPatience.value
        // A graph that cannot be read refuses the command that waits here.
        while left > 0, let wanted = try? Self.mounted(graph), wanted.count > logs.count {
            pause(Limits.mountLook.value)
            left -= Limits.mountLook.value
        }
    }

    /// Who refuses what is for a log that is not open yet.
    public static var filter: String { "mount" }
}
