internal import NIOCore
internal import NIOPosix
internal import Resources
internal import Synchronization

/// Carries the messages of one connection to the query threads, one thread at a time, and the
/// answers back. A connection that has nothing to do holds no thread.
final class Lane<Service: BoltService>: Sendable {
    private let inbox = Mutex(Inbox())
    /// Locked by the thread whose turn it is. A thread that is called while another hands over
    /// its last answers waits for that moment, so that answers stay in order.
    private let desk: Mutex<Desk<Service.Client>>
    private let interruption: Interruption
    private let channel: any Channel
    private let threads: NIOThreadPool
    private let loggedIn = Atomic<Bool>(false)
    /// Bytes sent so far: the connection looks whether it moves.
    private let bytes = Atomic<Int>(0)

    init(
        version: BoltVersion, service: Service, identity: Desk<Service.Client>.Identity,
        channel: any Channel, threads: NIOThreadPool
    ) {
        let interruption = Interruption()
        self.interruption = interruption
        self.channel = channel
        self.threads = threads
        desk = Mutex(
            Desk(
                version: version, client: service.connect(), identity: identity,
                interruption: interruption))
    }

    /// A larger message may come now.
    var isLoggedIn: Bool { loggedIn.load(ordering: .acquiring) }

    /// A query runs, or waits for a thread.
    var isWorking: Bool { inbox.withLock { $0.isWorking } }

    /// How much was sent so far.
    var bytesSent: Int { bytes.load(ordering: .relaxed) }

    /// Takes a message from the loop; true when the lane must be worked on, by `work` when all
    /// that came with it was delivered.
    func deliver(_ item: Inbox.Item) -> Bool {
        if case .message(let message) = item, Request.isReset(message) { interruption.raise() }
        return inbox.withLock { $0.deliver(item) }
    }

    /// Answers on the loop what is soon answered, and calls a thread for all else. A call to
    /// another thread and back takes several times as long as a look-up by an index.
    func work() {
        // A thread that hands over its last answers is not waited for here.
        if desk.withLockIfAvailable({ desk in workShort(on: &desk) }) != true { call() }
    }

    /// Works while there are short messages, a bounded number of them; true when nothing is left.
    private func workShort(on desk: inout Desk<Service.Client>) -> Bool {
        for _ in 0..<Limits.boltShortTurn.value {
            guard !desk.isClosed, !desk.isStreaming else { return false }
            switch inbox.withLock({ $0.step(isStreaming: false) }) {
            case .take(let item, let startReading):
                if startReading { channel.read() }
                guard desk.takeShort(item) else {
                    inbox.withLock { $0.giveBack(item) }
                    send(desk.takeOutput())
                    return false
                }
                if desk.isStreaming { desk.goOnShort() }
                if desk.isStreaming {
                    send(desk.takeOutput())
                    return false
                }
            case .rest:
                send(desk.takeOutput())
                return true
            case .end:
                desk.close()
                return true
            case .stream: return false
            }
        }
        send(desk.takeOutput())
        return false
    }

    /// True when the loop may read on; otherwise the lane calls for it later.
    func mayRead() -> Bool { inbox.withLock { $0.mayRead() } }

    /// The connection is gone.
    func leave() {
        interruption.end()
        if inbox.withLock({ $0.leave() }) { call() }
    }

    /// Asks for a thread. A pool that is shut down answers at once, on this one.
    private func call() {
        threads.submit { [self] _ in turn() }
    }

    /// One turn on a query thread.
    private func turn() {
        let again = desk.withLock { desk in work(on: &desk) }
        if again { call() }
    }

    /// Works until there is nothing to do, the client must read first, or the slice is over: then
    /// it answers true and asks for another turn, behind the others.
    private func work(on desk: inout Desk<Service.Client>) -> Bool {
        while true {
            let step = inbox.withLock { $0.step(isStreaming: desk.isStreaming) }
            switch step {
            case .take(let item, let startReading):
                if startReading { channel.read() }
                desk.take(item)
                loggedIn.store(desk.isLoggedIn, ordering: .releasing)
            case .stream: break
            case .rest:
                send(desk.takeOutput())
                return false
            case .end:
                desk.close()
                return false
            }
            if desk.isStreaming { desk.goOn() }
            if desk.isClosed {
                send(desk.takeOutput())
                hangUp()
            } else if desk.isStreaming {
                send(desk.takeOutput())
                return true
            } else if desk.output.count >= Limits.boltPiece.value {
                send(desk.takeOutput())
            }
        }
    }

    private func send(_ output: ByteBuffer) {
        let count = output.readableBytes
        guard count > 0 else { return }
        inbox.withLock { $0.sent(count) }
        bytes.wrappingAdd(count, ordering: .relaxed)
        channel.writeAndFlush(output).whenComplete { [self] _ in
            if inbox.withLock({ $0.taken(count) }) { call() }
        }
    }

    /// Closes from our side; the next step lets go of everything.
    private func hangUp() {
        let channel = channel
        channel.eventLoop.execute { channel.closeGently() }
        _ = inbox.withLock { $0.leave() }
    }
}

extension Channel {
    /// Ends the output, lets the peer take what was said, and closes when it does, or soon: with
    /// input unread a close would reset the connection and lose the last answer.
    func closeGently() {
        close(mode: .output, promise: nil)
        eventLoop.scheduleTask(in: .seconds(2)) { self.close(promise: nil) }
    }
}
