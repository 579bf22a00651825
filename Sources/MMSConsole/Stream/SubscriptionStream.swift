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
    /// When it wrote last, and whether a later write is planned. Touched on the loop only.
    private let pace = Mutex(Pace())

    private struct Pace {
        var next = NIODeadline.uptimeNanoseconds(0)
        var isPlanned = false
    }

    init(_ responder: Responder) { self.responder = responder }

    /// Gives the stream its source.
    func attach(_ events: any EventSource) { source.withLock { $0 = events } }

    /// Something arrived. From any thread.
    ///
    /// The first change after a pause is written at once. Under load the next write waits until
    /// some milliseconds after the one before: then many changes share one write, which is what
    /// lets a hundred subscribers follow thousands of changes a second.
    func wake() {
        responder.eventLoop.execute { [self] in
            let now = NIODeadline.now()
            let plan = pace.withLock { pace -> NIODeadline? in
                if pace.isPlanned { return nil }
                pace.isPlanned = pace.next > now
                return pace.next
            }
            guard let plan else { return }
            if plan <= now {
                resume()
            } else {
                responder.eventLoop.scheduleTask(deadline: plan) { [self] in
                    pace.withLock { $0.isPlanned = false }
                    resume()
                }
            }
        }
    }

    func resume() {
        let interval = TimeAmount.milliseconds(Int64(Limits.eventInterval.value))
        pace.withLock { $0.next = .now() + interval }
        guard let source = source.withLock({ $0 }) else { return }
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
