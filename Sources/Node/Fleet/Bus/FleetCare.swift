internal import Dispatch
internal import Resources
internal import Synchronization

/// A thread's turns: at once when something was noticed, else after a pause.
final class FleetCare: Sendable {
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let state = Mutex((isRunning: false, isStopping: false))

    func run(_ turn: () -> Void) {
        state.withLock { $0.isRunning = true }
        while !state.withLock({ $0.isStopping }) {
            turn()
            _ = wake.wait(timeout: .now() + .milliseconds(Limits.fleetCare.value))
        }
        ended.signal()
    }

    func notice() { wake.signal() }

    /// Ends the thread after its turn.
    func stop() {
        let isRunning = state.withLock { state in
            state.isStopping = true
            return state.isRunning
        }
        wake.signal()
        if isRunning { ended.wait() }
    }
}
