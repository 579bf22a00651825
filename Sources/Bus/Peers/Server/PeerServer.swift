internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Resources
internal import Synchronization
internal import Trust

/// Answers other nodes over TLS 1.3. Bytes are read and written on an event loop, requests are
/// carried out on a bounded number of threads.
public final class PeerServer: Sendable {
    /// Carries out one request and replies, at once or later and from any thread.
    public typealias Service =
        @Sendable (_ caller: PeerCaller, _ request: PeerRequest, _ reply: PeerReply) -> Void

    /// What an operator may choose.
    public struct Settings: Sendable {
        /// Connections at one time.
        public var connections = Limits.busConnections.value
        /// Of those, connections of who is no node.
        public var strangers = Limits.busStrangers.value
        /// Threads that carry out requests.
        public var threads = Limits.busThreads.value
        /// Requests that wait for one.
        public var waiting = Limits.busWaiting.value
        /// Requests of one connection that are not answered yet.
        public var underWay = Limits.busUnderWay.value
        /// Milliseconds for a handshake, and for a message to arrive or be taken.
        public var arrival = Limits.busArrival.value
        /// Milliseconds without a request.
        public var idle = Limits.busIdle.value

        /// The settings of the limits.
        public init() {}
    }

    /// What happened since the start.
    public struct Counts: Hashable, Sendable {
        /// Requests that were let in.
        public var requests = 0
        /// Requests that the gate refused.
        public var refused = 0
        /// Connections that found no room.
        public var full = 0
        /// Connections that ended because of what came over them.
        public var broken = 0
    }

    let gate: PeerGate
    let settings: Settings
    let service: Service
    let book: AddressBook?
    private let loops: BusLoops
    private let pool: NIOThreadPool
    private let state: Mutex<State>

    private struct State {
        var tls: NIOSSLContext?
        var listener: (any Channel)?
        var channels: [ObjectIdentifier: any Channel] = [:]
        var strangers = 0
        /// Requests that wait for a thread or have one.
        var queued = 0
        var counts = Counts()
        var isStopped = false
    }

    /// A server that listens nowhere yet. It writes where nodes come from into `book`.
    public init(
        identity: TLSIdentity, gate: PeerGate, loops: BusLoops, settings: Settings = Settings(),
        book: AddressBook? = nil, service: @escaping Service
    ) {
        self.gate = gate
        self.settings = settings
        self.service = service
        self.book = book
        self.loops = loops
        pool = NIOThreadPool(numberOfThreads: settings.threads)
        pool.start()
        state = Mutex(State(tls: identity.server))
    }

    /// A server whose requests are answered when the handler returns.
    public convenience init(
        identity: TLSIdentity, gate: PeerGate, loops: BusLoops, settings: Settings = Settings(),
        book: AddressBook? = nil,
        handler: @escaping @Sendable (PeerCaller, PeerRequest) -> Result<PeerAnswer, BusError>
    ) {
        self.init(
            identity: identity, gate: gate, loops: loops, settings: settings, book: book
        ) { caller, request, reply in reply.send(handler(caller, request)) }
    }

    /// Listens on a numeric address or `localhost` and gives the port, which the kernel picks
    /// for 0. Not for event loops.
    public func listen(host: String, port: Int) throws(BusError) -> Int {
        do {
            let place = HostPort(host: host, port: port)
            let address = try SocketAddress(ipAddress: place.host, port: place.port)
            let channel = try bootstrap.bind(to: address).wait()
            state.withLock { $0.listener = channel }
            return channel.localAddress?.port ?? port
        } catch {
            throw BusError(
                .refused, operation: "listen on", subject: "\(printable(host)):\(port)",
                cause: "\(error)", remedy: "choose a free port and an address of this machine")
        }
    }

    /// Shows another certificate to who connects from now on.
    public func show(_ identity: TLSIdentity) { state.withLock { $0.tls = identity.server } }

    /// What happened since the start.
    public var counts: Counts { state.withLock { $0.counts } }

    /// Connections at this moment.
    public var connections: Int { state.withLock { $0.channels.count } }

    /// Stops listening and ends all connections; replies that come later go nowhere. Waits for
    /// requests that are being carried out. Not for event loops.
    public func stop() throws(BusError) {
        let (listener, channels) = state.withLock { state in
            state.isStopped = true
            defer { state.listener = nil }
            return (state.listener, Array(state.channels.values))
        }
        do {
            try listener?.close().wait()
            for channel in channels { channel.close(promise: nil) }
            try pool.syncShutdownGracefully()
        } catch {
            throw BusError(
                .refused, operation: "stop", subject: "the server for nodes", cause: "\(error)",
                remedy: "end the process")
        }
    }

    private var bootstrap: ServerBootstrap {
        ServerBootstrap(group: loops.group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelInitializer { [self] channel in accept(channel) }
    }

    private func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        let context = state.withLock { state -> NIOSSLContext? in
            guard state.channels.count < settings.connections, !state.isStopped else {
                state.counts.full += 1
                return nil
            }
            state.channels[ObjectIdentifier(channel)] = channel
            return state.tls
        }
        channel.closeFuture.whenComplete { [self] _ in
            _ = state.withLock { $0.channels.removeValue(forKey: ObjectIdentifier(channel)) }
        }
        guard let context else { return channel.close() }
        return channel.eventLoop.makeCompletedFuture { [self] in
            // The handshake proves that the other side has the key of what it shows; whether that
            // is accepted is the gate's to say, at each request.
            let tls = NIOSSLServerHandler(
                context: context,
                customVerificationCallback: { _, promise in
                    promise.succeed(.certificateVerified)
                })
            try channel.pipeline.syncOperations.addHandlers([
                tls, ServerConnection(server: self),
            ])
        }
    }
}

extension PeerServer {
    /// Makes room for one more who shows no certificate.
    func takeStranger() -> Bool {
        state.withLock { state in
            guard state.strangers < settings.strangers else {
                state.counts.full += 1
                return false
            }
            state.strangers += 1
            return true
        }
    }

    func leaveStranger() { state.withLock { $0.strangers -= 1 } }

    func count(_ change: (inout Counts) -> Void) { state.withLock { change(&$0.counts) } }

    /// Runs `work` on a thread for requests; false when too many wait for one.
    func queue(_ work: @escaping @Sendable () -> Void) -> Bool {
        let hasRoom = state.withLock { state in
            guard state.queued < settings.threads + settings.waiting else { return false }
            state.queued += 1
            return true
        }
        guard hasRoom else { return false }
        pool.submit { [self] _ in
            work()
            state.withLock { $0.queued -= 1 }
        }
        return true
    }
}

/// The way back to who asked. Only the first reply counts; when none is sent, letting go of it
/// says so.
public final class PeerReply: Sendable {
    private let deliver: @Sendable (Result<PeerAnswer, BusError>) -> Void
    private let isSent = Atomic<Bool>(false)

    init(_ deliver: @escaping @Sendable (Result<PeerAnswer, BusError>) -> Void) {
        self.deliver = deliver
    }

    deinit {
        send(
            .failure(
                BusError(
                    .unanswered, operation: "answer", subject: "a request",
                    cause: "the service ended without an answer", remedy: "ask again")))
    }

    /// Replies.
    public func send(_ result: Result<PeerAnswer, BusError>) {
        if !isSent.exchange(true, ordering: .acquiringAndReleasing) { deliver(result) }
    }
}
