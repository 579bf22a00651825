internal import NIOCore
internal import Resources
internal import Synchronization

/// Writes the streams of one event loop that have something new: one turn for all of them, so that
/// a commit wakes a loop once, however many follow it.
///
/// The first change after a pause is written at once. A turn is followed by a rest that grows with
/// the streams it wrote to: one who follows alone waits for microseconds, while a hundred who
/// follow thousands of changes a second get many in one write.
final class Courier: Sendable {
    private let eventLoop: any EventLoop
    private let state = Mutex(State())

    /// idle → planned → idle, or planned again.
    private struct State {
        var waiting: [SubscriptionStream] = []
        var isPlanned = false
        /// Until then no turn begins.
        var rests = NIODeadline.uptimeNanoseconds(0)
        var turns = 0
    }

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Plans a write of `stream`. From any thread.
    func carry(_ stream: SubscriptionStream) {
        let plans = state.withLock { state in
            state.waiting.append(stream)
            defer { state.isPlanned = true }
            return !state.isPlanned
        }
        if plans { eventLoop.execute { [self] in plan() } }
    }

    private func plan() {
        let rests = state.withLock { $0.rests }
        if rests <= .now() {
            turn()
        } else {
            eventLoop.scheduleTask(deadline: rests) { [self] in turn() }
        }
    }

    private func turn() {
        let number = state.withLock { state in
            state.turns += 1
            return state.turns
        }
        var written = 0
        // The publisher may be at work yet: those it comes to meanwhile have their turn too.
        while case let streams = take(number, after: written), !streams.isEmpty {
            for stream in streams { stream.resume() }
            written += streams.count
        }
    }

    /// The streams that had no turn yet. When there are none the rest begins.
    private func take(_ number: Int, after written: Int) -> [SubscriptionStream] {
        let (streams, isMore) = state.withLock { state in
            var (streams, later): ([SubscriptionStream], [SubscriptionStream]) = ([], [])
            for stream in state.waiting {
                if stream.begins(number) { streams.append(stream) } else { later.append(stream) }
            }
            state.waiting = later
            if !streams.isEmpty { return (streams, false) }
            let rest = min(Limits.eventInterval.value * 1000, written * Limits.eventRest.value)
            state.rests = .now() + .microseconds(Int64(rest))
            state.isPlanned = !later.isEmpty
            return (streams, state.isPlanned)
        }
        if isMore { plan() }
        return streams
    }
}

/// The couriers of all event loops that have streams.
final class Couriers: Sendable {
    private let couriers = Mutex<[ObjectIdentifier: Courier]>([:])

    /// The courier of a loop.
    func courier(of eventLoop: any EventLoop) -> Courier {
        couriers.withLock { couriers in
            if let known = couriers[ObjectIdentifier(eventLoop)] { return known }
            let courier = Courier(eventLoop)
            couriers[ObjectIdentifier(eventLoop)] = courier
            return courier
        }
    }
}
