public import Resources
internal import Synchronization

/// The World's clock: moves only when told to.
public final class SimulatedClock: Clock {
    private struct State {
        var wall: WallTime
        var ticks: Ticks
    }

    private let state: Mutex<State>

    /// A clock that stands at `start`.
    public init(start: WallTime = WallTime(milliseconds: 1_800_000_000_000)) {
        state = Mutex(State(wall: start, ticks: Ticks(nanoseconds: 0)))
    }

    public var now: WallTime { state.withLock { $0.wall } }

    public var ticks: Ticks { state.withLock { $0.ticks } }

    /// Moves both clocks forward.
    public func advance(milliseconds: UInt64) {
        state.withLock { state in
            state.wall = state.wall.advanced(byMilliseconds: Int64(milliseconds))
            state.ticks = state.ticks.advanced(byMilliseconds: milliseconds)
        }
    }

    /// Moves the wall clock alone, in either direction, as an operator or NTP may.
    public func jump(milliseconds: Int64) {
        state.withLock { $0.wall = $0.wall.advanced(byMilliseconds: milliseconds) }
    }
}
