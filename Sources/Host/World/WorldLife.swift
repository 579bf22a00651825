internal import Synchronization

/// One life of Pisces in the World, counted in steps: each change that it makes to its disk or its
/// processes. A life may be ended before any of them, as kill -9 does; nothing it does from then on
/// has an effect.
public final class WorldLife: Sendable {
    private struct State {
        var steps = 0
        var isOver = false
    }

    private let state = Mutex(State())
    private let last: Int?

    /// A life that ends before its step of that number, counted from 1; nil: not by itself.
    public init(endingBefore step: Int? = nil) { last = step }

    /// The steps it has taken.
    public var steps: Int { state.withLock { $0.steps } }

    /// True when it has ended.
    public var isOver: Bool { state.withLock { $0.isOver } }

    /// Takes a step; false when the life has ended.
    func takesStep() -> Bool {
        state.withLock { state in
            if state.isOver { return false }
            if let last, state.steps + 1 >= last {
                state.isOver = true
                return false
            }
            state.steps += 1
            return true
        }
    }
}
