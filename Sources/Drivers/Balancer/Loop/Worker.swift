internal import Host
internal import Resources
internal import Synchronization

/// One thread of the balancer: its listeners, its connections and how far each is. Nothing of it is
/// seen by another thread; orders come through the mailbox.
final class Worker {
    let poller: SocketPoller
    var events = SocketPoller.Events(256)
    var slots: [StreamEnd?] = []
    private var uses: [UInt64] = []
    private var free: [Int] = []
    /// Connections of clients.
    var clients = 0
    var listeners: [UInt64: ListenerState] = [:]
    var services: [String: ServiceState] = [:]
    var pool = BufferPool(
        capacity: Limits.balancerBuffer.value, most: Limits.balancerSpareBuffers.value)
    /// The fields of the head that is being read.
    var fields: [HeadField] = []
    /// Monotonic nanoseconds at the event in hand.
    var now: UInt64 = 0
    /// When the next deadline may be over, never later than it is.
    private var soonest: UInt64 = .max
    private var swept: UInt64 = 0
    private var queue: [Session] = []
    private let clock = LinuxClock()

    /// Least nanoseconds between two looks at all deadlines.
    private static let sweepStep: UInt64 = 50_000_000

    init(poller: SocketPoller) {
        self.poller = poller
        fields.reserveCapacity(Limits.balancerFields.value + 1)
    }

    /// Serves until it is told to stop, then closes all it has.
    func run(_ mailbox: Mailbox) {
        var isRunning = true
        while isRunning {
            poller.wait(milliseconds: waitMilliseconds, &events)
            now = clock.ticks.nanoseconds
            for index in 0..<events.count {
                let (token, ready) = events[index]
                if token == SocketPoller.wakeUp {
                    poller.drain()
                    for order in mailbox.take() {
                        switch order {
                        case .plan(let plan): adopt(plan)
                        case .stop: isRunning = false
                        }
                    }
                } else {
                    handle(token, ready)
                }
            }
            goOn()
            if now >= soonest, now >= swept + Self.sweepStep { sweep() }
        }
        closeAll()
    }

    private var waitMilliseconds: Int {
        if !queue.isEmpty { return 0 }
        if soonest == .max { return -1 }
        let time = max(soonest, swept + Self.sweepStep)
        return time <= now ? 0 : Int((time - now) / 1_000_000) + 1
    }

    private func handle(_ token: UInt64, _ ready: SocketPoller.Ready) {
        if let listener = listeners[token] { return accept(listener, atMost: 8) }
        let index = Int(token & 0xFFFF_FFFF)
        guard index < slots.count, let endpoint = slots[index], endpoint.token == token else {
            return
        }
        if ready.contains(.read) { endpoint.canRead = true }
        if ready.contains(.write) { endpoint.canWrite = true }
        if ready.contains(.end) { endpoint.hasHint = true }
        if ready.contains(.gone) { endpoint.isGone = true }
        if let session = endpoint.session {
            now = clock.ticks.nanoseconds
            if endpoint === session.client, endpoint.isGone, session.phase == .exchange {
                abort(session, .clientGone)
            } else {
                advance(session)
            }
        } else if ready.contains(.read), let backend = endpoint.backend {
            // What an idle backend says was not asked for; mostly it closes.
            backend.idle.removeAll { $0 === endpoint }
            close(endpoint)
        }
    }

    /// Goes on with what was put off so that others had their turn.
    private func goOn() {
        guard !queue.isEmpty else { return }
        let waiting = queue
        queue.removeAll(keepingCapacity: true)
        for session in waiting {
            session.isQueued = false
            advance(session)
        }
    }

    /// Moves what can move now. One connection has a bounded turn; then others have theirs.
    func advance(_ session: Session) {
        for _ in 0..<32 {
            let moved: Bool
            switch session.phase {
            case .head: moved = readHead(session)
            case .exchange: moved = exchange(session)
            case .tunnel: moved = tunnel(session)
            case .finishing: moved = finish(session)
            case .lingering: moved = linger(session)
            case .over: return
            }
            if !moved { return }
        }
        guard !session.isQueued, session.phase != .over else { return }
        session.isQueued = true
        queue.append(session)
    }

    // MARK: connections

    /// Follows a descriptor; nil, and closed, when the kernel refuses.
    func open(_ descriptor: Int32) -> StreamEnd? {
        let index = free.popLast() ?? slots.count
        if index == slots.count {
            slots.append(nil)
            uses.append(0)
        }
        // The top bit is that of listeners.
        uses[index] = (uses[index] + 1) & 0x7FFF_FFFF
        let endpoint = StreamEnd(descriptor, token: uses[index] << 32 | UInt64(index))
        guard poller.add(descriptor, token: endpoint.token) == 0 else {
            free.append(index)
            Socket.close(descriptor)
            return nil
        }
        slots[index] = endpoint
        return endpoint
    }

    /// Closes a connection and forgets it.
    func close(_ endpoint: StreamEnd, reset: Bool = false) {
        let index = Int(endpoint.token & 0xFFFF_FFFF)
        guard slots[index] === endpoint else { return }
        slots[index] = nil
        free.append(index)
        endpoint.session = nil
        Socket.close(endpoint.descriptor, reset: reset)
    }

    /// Gives a buffer back.
    func release(_ buffer: inout Buffer?) {
        guard let given = buffer else { return }
        pool.give(given)
        buffer = nil
    }

    // MARK: time

    /// Gives up on a session after so many milliseconds from now.
    func wait(_ session: Session, _ milliseconds: UInt64) {
        session.deadline = now &+ milliseconds &* 1_000_000
        if session.deadline < soonest { soonest = session.deadline }
    }

    /// Looks at all deadlines.
    func sweep() {
        swept = now
        soonest = .max
        for endpoint in slots {
            guard let endpoint, let session = endpoint.session, session.client === endpoint else {
                continue
            }
            if min(session.deadline, session.lastCall) <= now { expire(session) }
            if session.phase != .over {
                soonest = min(soonest, session.deadline, session.lastCall)
            }
        }
        for service in services.values {
            for backend in service.backends { sweepIdle(backend) }
        }
        for listener in listeners.values where listener.isPaused {
            listener.isPaused =
                poller.add(listener: listener.descriptor, token: listener.token) != 0
            if listener.isPaused { soonest = min(soonest, now + Self.sweepStep) }
        }
    }

    private func sweepIdle(_ backend: BackendState) {
        let age = UInt64(Limits.balancerPoolIdle.value) * 1_000_000
        var old = 0
        while old < backend.idle.count, backend.idle[old].idleSince + age <= now { old += 1 }
        for endpoint in backend.idle.prefix(old) { close(endpoint) }
        backend.idle.removeFirst(old)
        if let oldest = backend.idle.first { soonest = min(soonest, oldest.idleSince + age) }
    }

    /// Looks at the deadlines no later than then.
    func look(at time: UInt64) { if time < soonest { soonest = time } }
}

/// An order for a worker.
enum Order: Sendable {
    case plan(Plan)
    case stop
}

/// Where a worker's orders wait.
final class Mailbox: Sendable {
    private let orders = Mutex<[Order]>([])

    func put(_ order: Order) { orders.withLock { $0.append(order) } }

    func take() -> [Order] {
        orders.withLock { orders in
            let taken = orders
            orders = []
            return taken
        }
    }
}
