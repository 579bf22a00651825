public import Resources
internal import Synchronization

/// Tells those who asked what was committed, on the thread that committed it; they must not block.
public final class Announcer: Sendable {
    private struct Listeners {
        var changes: [@Sendable ([Change]) -> Void] = []
        var ends: [@Sendable () -> Void] = []
    }

    private let listeners = Mutex(Listeners())

    /// An announcer nobody listens to yet.
    public init() {}

    /// Calls `listener` with the changes of every commit from now on.
    public func add(_ listener: @escaping @Sendable ([Change]) -> Void) {
        listeners.withLock { $0.changes.append(listener) }
    }

    /// Calls `listener` whenever an instance of this machine has ended.
    public func addEnd(_ listener: @escaping @Sendable () -> Void) {
        listeners.withLock { $0.ends.append(listener) }
    }

    /// Tells what one group changed.
    public func committed(_ changes: [Change]) {
        for listener in listeners.withLock({ $0.changes }) { listener(changes) }
    }

    /// Tells that an instance has ended.
    public func instanceEnded() {
        for listener in listeners.withLock({ $0.ends }) { listener() }
    }
}
