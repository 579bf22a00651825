internal import Synchronization

/// Tells a running statement that its client does not want it any more.
public final class Interruption: Sendable {
    private let resets = Atomic<Int>(0)
    private let ended = Atomic<Bool>(false)

    public init() {}

    /// The statement should stop.
    public var isRaised: Bool {
        resets.load(ordering: .relaxed) > 0 || ended.load(ordering: .relaxed)
    }

    /// A RESET waits for its turn.
    public var hasReset: Bool { resets.load(ordering: .acquiring) > 0 }

    /// The connection is gone.
    public var isEnded: Bool { ended.load(ordering: .acquiring) }

    /// A RESET came.
    public func raise() { resets.wrappingAdd(1, ordering: .releasing) }

    /// The turn of a RESET came.
    func lower() { resets.wrappingSubtract(1, ordering: .releasing) }

    /// The connection went.
    func end() { ended.store(true, ordering: .releasing) }
}
