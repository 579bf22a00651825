internal import Dispatch
internal import Host
internal import Resources

/// Keeps a loop that looks at everything from doing nothing else. After a look it rests three times
/// as long as the look took, bounded: a loop takes a quarter of a core at the most, what changes
/// meanwhile is seen in one look, and where looks are short nobody notices.
final class Breather: Sendable {
    private let clock: any Clock
    private let halt = DispatchSemaphore(value: 0)

    init(_ clock: any Clock) { self.clock = clock }

    /// Rests after a look that began then; returns at once when the loop is to end.
    func rest(after began: Ticks) {
        let took = clock.ticks.nanoseconds(since: began)
        let pause = min(3 * took, UInt64(Limits.lookRest.value) * 1_000_000)
        // Shorter ones cost more than they save.
        guard pause >= 3_000_000 else { return }
        _ = halt.wait(timeout: .now() + .nanoseconds(Int(clamping: pause)))
    }

    /// Ends a rest; to be called once.
    func stop() { halt.signal() }
}

extension DispatchSemaphore {
    /// Takes all signals that are there: the look that follows sees what they were for.
    func drain() { while wait(timeout: .now()) == .success {} }
}
