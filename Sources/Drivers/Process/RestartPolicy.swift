public import Resources

/// When what has ended starts again: at once the first time, then after twice the wait each time,
/// up to a cap; a run that was healthy for long enough starts the count anew. A value: the time is
/// an argument.
public struct RestartPolicy: Hashable, Sendable {
    /// How long to wait.
    public struct Delays: Hashable, Sendable {
        /// Milliseconds before the first restart.
        public var first: UInt64
        /// Milliseconds at the most.
        public var most: UInt64
        /// Milliseconds of running that make a run healthy.
        public var healthy: UInt64

        /// The delays of `Limits`, or others.
        public init(
            first: Int = Limits.restartDelay.value, most: Int = Limits.restartDelayMost.value,
            healthy: Int = Limits.restartHealthy.value
        ) {
            self.first = UInt64(max(0, first))
            self.most = UInt64(max(first, most))
            self.healthy = UInt64(max(0, healthy))
        }
    }

    /// What is asked of the owner.
    public enum Action: Hashable, Sendable {
        /// Nothing now.
        case none
        /// Look again at that time.
        case wait(until: Ticks)
        /// Start a new instance now.
        case restart
    }

    private enum State: Hashable {
        /// Not started. Next: running.
        case idle
        /// Since that time. Next: waiting, stopped.
        case running(since: Ticks)
        /// Ended; next start at that time. Next: running, stopped.
        case waiting(until: Ticks)
        /// Not wanted any more. Next: running.
        case stopped
    }

    private let delays: Delays
    private var state = State.idle
    /// Ends in a row without a healthy run between them.
    public private(set) var failures = 0

    /// A policy that has seen nothing yet.
    public init(_ delays: Delays = Delays()) { self.delays = delays }

    /// An instance was started, or adopted.
    public mutating func started(at now: Ticks) -> Action {
        state = .running(since: now)
        return .none
    }

    /// The instance ended, or could not be started.
    public mutating func ended(at now: Ticks) -> Action {
        switch state {
        case .stopped: return .none
        case .waiting(let until): return until <= now ? .restart : .wait(until: until)
        case .running(let since):
            if now.nanoseconds(since: since) >= delays.healthy * 1_000_000 { failures = 0 }
        case .idle: break
        }
        let until = now.advanced(byMilliseconds: delay)
        failures += 1
        state = .waiting(until: until)
        return until <= now ? .restart : .wait(until: until)
    }

    /// Time has passed.
    public mutating func tick(at now: Ticks) -> Action {
        guard case .waiting(let until) = state else { return .none }
        return until <= now ? .restart : .wait(until: until)
    }

    /// It is not wanted any more: its end is no failure.
    public mutating func stopped() -> Action {
        state = .stopped
        failures = 0
        return .none
    }

    /// first, 2 first, 4 first … most.
    private var delay: UInt64 {
        let doubled = delays.first.multipliedReportingOverflow(by: 1 << UInt64(min(failures, 40)))
        return doubled.overflow ? delays.most : min(delays.most, doubled.partialValue)
    }
}
