internal import Synchronization

/// Tells those who asked what was committed, on the thread that committed it; they must not block.
public final class Announcer: Sendable {
    private struct Listeners {
        var commits: [@Sendable (Commit) -> Void] = []
        var ends: [@Sendable () -> Void] = []
    }

    private let listeners = Mutex(Listeners())

    /// An announcer nobody listens to yet.
    public init() {}

    /// Calls `listener` with every commit from now on.
    public func add(_ listener: @escaping @Sendable (Commit) -> Void) {
        listeners.withLock { $0.commits.append(listener) }
    }

    /// Calls `listener` whenever an instance of this machine has ended.
    public func addEnd(_ listener: @escaping @Sendable () -> Void) {
        listeners.withLock { $0.ends.append(listener) }
    }

    /// Tells what one group changed.
    public func committed(_ commit: Commit) {
        for listener in listeners.withLock({ $0.commits }) { listener(commit) }
    }

    /// Tells that an instance has ended.
    public func instanceEnded() {
        for listener in listeners.withLock({ $0.ends }) { listener() }
    }
}
