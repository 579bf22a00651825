internal import NIOCore
internal import Resources
internal import Synchronization

/// Where the events of a subscription come from. One thread at a time takes them.
protocol EventSource: Sendable {
    /// The next events as they are written, and whether they end the subscription; nil when there
    /// is nothing, and then the source says when there is.
    func take() -> (events: ByteBuffer, isLast: Bool)?
    /// Nobody takes any more.
    func end()
}

/// One subscription on its way to a browser or program. Writes while the peer reads; what it does
/// not read waits in the source, which folds it or ends it, and never slows anyone else.
final class SubscriptionStream: EventStream {
    private let responder: Responder
    private let source = Mutex<(any EventSource)?>(nil)
    private let courier: Courier
    /// The courier's turn in which it wrote last.
    private let turn = Atomic<Int>(0)

    init(_ responder: Responder, _ courier: Courier) {
        self.responder = responder
        self.courier = courier
    }

    /// Gives the stream its source.
    func attach(_ events: any EventSource) { source.withLock { $0 = events } }

    /// Something arrived. From any thread.
    func wake() { courier.carry(self) }

    /// True the first time in each turn. On the loop.
    func begins(_ turn: Int) -> Bool { self.turn.exchange(turn, ordering: .relaxed) != turn }

    func resume() {
        // What is taken before the head is written could not be written either. What a peer that
        // does not read leaves stays in the source, which folds it; once it reads, this comes again.
        guard responder.isStreaming, responder.canWrite, let source = source.withLock({ $0 }) else {
            return
        }
        while let (events, isLast) = source.take() {
            let isOpen = responder.write(events)
            if isLast {
                close()
                responder.end()
                return
            }
            if !isOpen { return }
        }
    }

    func close() { source.withLock { $0.take() }?.end() }
}
