internal import Synchronization

/// Tells a running statement that its client does not want it any more.
public final class Interruption: Sendable {
    private let resets = Atomic<Int>(0)
    private let ended = Atomic<Bool>(false)
    private let looks = Atomic<Int>(0)

    public init() {}

    /// The statement should stop.
    public var isRaised: Bool {
        resets.load(ordering: .relaxed) > 0 || ended.load(ordering: .relaxed)
    }

    /// How many nodes a statement that begins now may look at; nil where it may take its time. One
    /// that looks at more throws `BoltError.outOfTurn` and is begun again on a query thread.
    public var allowance: Int? {
        let looks = looks.load(ordering: .relaxed)
        return looks > 0 ? looks : nil
    }

    func allow(_ count: Int?) { looks.store(count ?? 0, ordering: .relaxed) }

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
