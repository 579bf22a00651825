public import Resources

/// The machine of one health check. Pure: it says what to do, and is told what came of it.
///
///     unknown → passing | failing;  passing ⇄ failing
///
/// While the grace lasts, failures change nothing: the program may still be starting. A pass counts
/// at once, and ends the grace. Until the first pass a task is probed more often, so that a rolling
/// update need not wait for a whole interval.
public struct HealthCheck: Hashable, Sendable {
    /// What to do.
    public enum Action: Hashable, Sendable {
        /// Ask; the result is due before that time.
        case probe(until: Ticks)
        /// Nothing until then.
        case wait(until: Ticks)
        /// The task may have traffic.
        case becomeReady
        /// The task may have none, for this reason.
        case becomeFailing(reason: String)
    }

    /// What came of a probe.
    public enum Result: Hashable, Sendable {
        case passed
        case failed(reason: String)
    }

    private enum State: Hashable, Sendable {
        /// → `asking` when due.
        case resting(until: Ticks)
        /// → `resting` with a result, or when it takes too long.
        case asking(until: Ticks)
    }

    private let terms: Check.Terms
    private let graceEnd: Ticks
    private var state: State
    private var passes = 0
    private var failures = 0
    /// What is known.
    public private(set) var health = Health.unknown

    /// A probe is under way.
    var isAsking: Bool { if case .asking = state { true } else { false } }

    /// A check of what started at `now`; the first probe is due at once.
    public init(_ terms: Check.Terms, now: Ticks) {
        self.terms = terms
        graceEnd = now.advanced(byMilliseconds: terms.grace)
        state = .resting(until: now)
    }

    /// Time has passed.
    public mutating func tick(_ now: Ticks) -> [Action] {
        switch state {
        case .resting(let until):
            guard until <= now else { return [.wait(until: until)] }
            let deadline = now.advanced(byMilliseconds: terms.timeout)
            state = .asking(until: deadline)
            return [.probe(until: deadline)]
        case .asking(let until):
            guard until <= now else { return [.wait(until: until)] }
            return result(.failed(reason: "no answer within \(terms.timeout) ms"), now)
        }
    }

    /// A probe has come to an end. One that nobody waits for any more changes nothing.
    public mutating func result(_ result: Result, _ now: Ticks) -> [Action] {
        guard case .asking = state else { return [] }
        var actions: [Action] = []
        switch result {
        case .passed:
            failures = 0
            passes = min(passes + 1, terms.passes)
            if passes == terms.passes, health != .passing {
                health = .passing
                actions.append(.becomeReady)
            }
        case .failed(let reason): actions = fail(reason, now)
        }
        let next = now.advanced(byMilliseconds: interval)
        state = .resting(until: next)
        return actions + [.wait(until: next)]
    }

    private mutating func fail(_ reason: String, _ now: Ticks) -> [Action] {
        passes = 0
        // The grace is for what never passed; what passed once has started.
        if health == .unknown, now < graceEnd { return [] }
        failures = min(failures + 1, terms.failures)
        guard failures == terms.failures else { return [] }
        if case .failing = health {
            health = .failing(reason: reason)
            return []
        }
        health = .failing(reason: reason)
        return [.becomeFailing(reason: reason)]
    }

    /// A tenth of the interval, at least 100 ms, until the first pass within the grace.
    private var interval: UInt64 {
        guard health == .unknown else { return terms.every }
        return min(terms.every, max(100, terms.every / 10))
    }
}
