internal import Host
internal import NIOCore
internal import Reproduction
internal import Resources
internal import Synchronization

/// Tells of an update on the thread that makes it, at every new state and ten times a second.
final class UpdateFollower: EventStream {
    private let responder: Responder
    private let clock: any Clock
    private let told = Mutex((at: Ticks.zero, word: ""))
    private let isClosed = Atomic<Bool>(false)

    init(_ responder: Responder, clock: any Clock) {
        self.responder = responder
        self.clock = clock
    }

    func resume() {}

    func close() { isClosed.store(true, ordering: .releasing) }

    /// Nobody listens any more: then the update ends, and can be gone on with.
    func take(_ progress: UpdateProgress) throws(ReproductionError) {
        if isClosed.load(ordering: .acquiring) {
            throw ReproductionError(
                .cancelled, operation: "update", subject: "slot \(progress.controller.plan.target)",
                cause: "who asked is gone", remedy: "ask again; it goes on where it ended")
        }
        let (now, word) = (clock.ticks, progress.controller.state.word)
        let isDue = told.withLock { told in
            guard told.word != word || now.nanoseconds(since: told.at) > 100_000_000 else {
                return false
            }
            told = (now, word)
            return true
        }
        guard isDue else { return }
        var value: ValueMap = [
            "state": .text(word), "done": .int(progress.done), "total": .int(progress.total),
            "copied": .int(progress.copied), "rate": .float(progress.rate),
        ]
        value["estimate"] = progress.estimate.map { .float($0) }
        emit("progress", value)
    }

    /// When the machine restarts into an update that is armed.
    enum Next: String {
        /// At once.
        case now
        /// When the fleet gives it a turn.
        case turn
        /// When somebody restarts it.
        case byHand
    }

    func end(_ controller: Controller, next: Next) {
        var value = controller.data
        value["restart"] = .text(next.rawValue)
        emit("end", value)
        responder.end()
    }

    func fail(_ refusal: Refusal) {
        emit("failure", ["message": .text(refusal.message)])
        responder.end()
    }

    private func emit(_ event: String, _ value: ValueMap) {
        responder.eventLoop.execute { [responder] in
            var buffer = ByteBuffer()
            buffer.writeEvent(event) { $0.write(.map(value)) }
            _ = responder.write(buffer)
        }
    }
}
