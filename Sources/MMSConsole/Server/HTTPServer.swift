internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Resources
internal import Synchronization

/// The listeners of the API: a Unix socket always, a TCP port when asked for.
final class HTTPServer: Sendable {
    private let api: API
    private let group: MultiThreadedEventLoopGroup
    private let listeners = Mutex<[any Channel]>([])
    private let connections = Atomic<Int>(0)

    /// A server that listens nowhere yet.
    init(api: API, threads: Int) {
        self.api = api
        group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    }

    /// Listens on a Unix socket that only its owner may open.
    func listen(socket path: String) throws(ServerError) {
        do {
            let mask = umask(0o177)
            defer { umask(mask) }
            let channel = try bootstrap(local: true).bind(
                unixDomainSocketPath: path, cleanupExistingSocketFile: true
            ).wait()
            listeners.withLock { $0.append(channel) }
        } catch { throw ServerError(operation: "listen", subject: path, cause: describe(error)) }
    }

    /// Listens on a TCP port and gives the port, which the kernel picks for 0. The host is an
    /// address or `localhost`: a static program asks no name service, because glibc would load one
    /// that may not fit it.
    func listen(host: String, port: Int) throws(ServerError) -> Int {
        do {
            let dotted = host == "localhost" ? "127.0.0.1" : host
            let address = try SocketAddress(ipAddress: dotted, port: port)
            let channel = try bootstrap(local: false).bind(to: address).wait()
            listeners.withLock { $0.append(channel) }
            return channel.localAddress?.port ?? port
        } catch {
            throw ServerError(
                operation: "listen", subject: "\(host):\(port)", cause: describe(error))
        }
    }

    /// Stops listening and ends all connections.
    func stop() {
        for channel in listeners.withLock({ $0 }) { channel.close(promise: nil) }
        group.shutdownGracefully { _ in }
    }

    private func bootstrap(local: Bool) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [self] channel in
                accept(channel, local: local)
            }
            .childChannelOption(
                .writeBufferWaterMark, value: .init(low: 64 << 10, high: 256 << 10))
    }

    private func accept(_ channel: any Channel, local: Bool) -> EventLoopFuture<Void> {
        let open = connections.wrappingAdd(1, ordering: .relaxed).newValue
        channel.closeFuture.whenComplete { [self] _ in
            connections.wrappingSubtract(1, ordering: .relaxed)
        }
        guard open <= Limits.connections.value else { return channel.close() }
        guard local else { return configure(channel, door: .network) }
        guard let provider = channel as? any SocketOptionProvider else { return channel.close() }
        let peer: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
            level: .socket, name: .init(rawValue: SO_PEERCRED))
        return peer.flatMap { [self] peer in configure(channel, door: .local(uid: peer.uid)) }
    }

    private func configure(_ channel: any Channel, door: Door) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            if case .network = door {
                try channel.syncOptions?.setOption(.socketOption(.tcp_nodelay), value: 1)
            }
            let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)
            try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(decoder))
            try channel.pipeline.syncOperations.addHandler(HTTPConnection(api: api, door: door))
        }
    }

    private func describe(_ error: any Error) -> String {
        if case SocketAddressError.failedToParseIPString = error {
            return "the host is neither an address nor localhost"
        }
        guard let io = error as? IOError else { return "\(error)" }
        return unsafe String(cString: strerror(io.errnoCode))
    }
}

/// What SO_PEERCRED gives: `struct ucred` of unix(7).
private struct PeerCredentials: Sendable {
    let pid: Int32
    let uid: UInt32
    let gid: UInt32
}

/// A listener that could not be opened.
public struct ServerError: Error, Sendable {
    /// What was being done.
    public let operation: String
    /// To what address.
    public let subject: String
    /// Why it failed.
    public let cause: String
    /// The option that names another address.
    public var option = "--listen"
}
