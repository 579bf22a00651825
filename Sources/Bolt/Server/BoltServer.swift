internal import NIOCore
internal import NIOPosix
internal import Resources
internal import Synchronization

/// Serves Bolt on one port. Bytes are read and written on event loops; statements run on query
/// threads, so that a slow one holds up no other connection. One that is known to be short, a
/// look-up by an index, is answered on the loop: it takes less time than to call a thread.
public final class BoltServer<Service: BoltService>: Sendable {
    /// What an operator may choose.
    public struct Settings: Sendable {
        /// The version told to clients.
        public var version: String
        /// How long clients may take.
        public var times = Patience.Times()
        /// Connections at one time.
        public var connections = Limits.boltConnections.value
        /// Event loops. They answer short statements too: half of the processors, four at most.
        public var loops = max(1, min(4, System.coreCount / 2))
        /// Threads that run statements.
        public var threads = Limits.boltThreads.value

        public init(version: String) { self.version = version }
    }

    private let service: Service
    private let settings: Settings
    private let group: MultiThreadedEventLoopGroup
    private let threads: NIOThreadPool
    private let listener = Mutex<(any Channel)?>(nil)
    private let open = Atomic<Int>(0)
    private let numbers = Atomic<Int>(0)
    private let refused = Atomic<Int>(0)

    /// A server that listens nowhere yet.
    public init(service: Service, settings: Settings) {
        self.service = service
        self.settings = settings
        group = MultiThreadedEventLoopGroup(numberOfThreads: settings.loops)
        threads = NIOThreadPool(numberOfThreads: settings.threads)
        threads.start()
    }

    /// Connections at this moment.
    public var connections: Int { open.load(ordering: .relaxed) }

    /// Connections that found no room since the start.
    public var connectionsRefused: Int { refused.load(ordering: .relaxed) }

    /// Listens on a TCP port and gives the port, which the kernel picks for 0. The host is an
    /// address or `localhost`: a static program asks no name service. Not for event loops.
    public func listen(host: String, port: Int) throws(BoltError) -> Int {
        do {
            let dotted = host == "localhost" ? "127.0.0.1" : host
            let address = try SocketAddress(ipAddress: dotted, port: port)
            let channel = try bootstrap.bind(to: address).wait()
            listener.withLock { $0 = channel }
            return channel.localAddress?.port ?? port
        } catch {
            throw BoltError(
                code: "Pisces.ClientError.Bolt.Listen",
                message: "cannot listen on \(host):\(port): \(error); choose another port")
        }
    }

    /// Stops listening, interrupts what runs, and ends all connections. Not for event loops.
    public func stop() throws(BoltError) {
        do {
            try group.syncShutdownGracefully()
            try threads.syncShutdownGracefully()
        } catch {
            throw BoltError(code: "Pisces.ClientError.Bolt.Stop", message: "\(error)")
        }
    }

    private var bootstrap: ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { [self] channel in accept(channel) }
    }

    private func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        let now = open.wrappingAdd(1, ordering: .relaxed).newValue
        channel.closeFuture.whenComplete { [self] _ in
            open.wrappingSubtract(1, ordering: .relaxed)
        }
        guard now <= settings.connections else {
            refused.wrappingAdd(1, ordering: .relaxed)
            return channel.close()
        }
        let number = numbers.wrappingAdd(1, ordering: .relaxed).newValue
        return channel.eventLoop.makeCompletedFuture { [self] in
            try channel.pipeline.syncOperations.addHandler(
                BoltConnection(
                    service: service, threads: threads, settings: settings, number: number))
        }
    }
}
