internal import NIOCore
internal import NIOPosix
internal import Resources
internal import Synchronization

/// Carries the connections of this machine's member of etcd to members that have left the
/// addresses it knows (RFD 0023): a proxy for `CONNECT` (RFC 9110 section 9.3.6) on the loopback.
/// TLS is from member to member; what passes here is neither read nor changed.
public final class MemberBridge: Sendable {
    private let loops: BusLoops
    private let state = Mutex(State())

    private struct State {
        var listener: (any Channel)?
        var routes = MemberRoutes(listed: [:], present: [:])
        var channels: [ObjectIdentifier: any Channel] = [:]
    }

    /// A bridge that is closed.
    public init(loops: BusLoops) { self.loops = loops }

    /// Where connections go from now on.
    public var routes: MemberRoutes {
        get { state.withLock { $0.routes } }
        set { state.withLock { $0.routes = newValue } }
    }

    /// Opens it, unless it is open, and gives its address: `http://127.0.0.1:port`. Not for event
    /// loops.
    public func open() throws(BusError) -> String {
        if let channel = state.withLock({ $0.listener }) { return Self.address(channel) }
        let bootstrap = ServerBootstrap(group: loops.group)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { [self] channel in accept(channel) }
        do {
            let channel = try bootstrap.bind(host: "127.0.0.1", port: 0).wait()
            state.withLock { $0.listener = channel }
            return Self.address(channel)
        } catch {
            throw BusError(
                .refused, operation: "listen on", subject: "127.0.0.1", cause: "\(error)",
                remedy: "see the limits of this user")
        }
    }

    private static func address(_ channel: any Channel) -> String {
        "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
    }

    /// Closes it, and all that goes over it.
    public func close() {
        let channels = state.withLock { state in
            defer { (state.listener, state.channels) = (nil, [:]) }
            return [state.listener].compactMap(\.self) + state.channels.values
        }
        for channel in channels { channel.close(promise: nil) }
    }

    private func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        let hasRoom = state.withLock { state in
            guard state.listener != nil,
                state.channels.count < Limits.bridgeConnections.value
            else { return false }
            state.channels[ObjectIdentifier(channel)] = channel
            return true
        }
        guard hasRoom else { return channel.close() }
        channel.closeFuture.whenComplete { [self] _ in
            _ = state.withLock { $0.channels.removeValue(forKey: ObjectIdentifier(channel)) }
        }
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
                BridgeEnd { [weak self] in self?.routes.target($0) })
        }
    }
}

/// One end of a bridged connection. Lives on the loop that both ends share. What comes before the
/// other end is there is the request, of at most some hundred bytes.
private final class BridgeEnd: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Where a connection goes; nil on the far end.
    private let route: ((String) -> String?)?
    private var context: ChannelHandlerContext?
    private var other: BridgeEnd?
    private var request = ByteBuffer()
    private var isDialling = false
    /// A read that waits until the other end has taken what it was given.
    private var hasPendingRead = false

    init(route: ((String) -> String?)?) { self.route = route }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        guard route != nil else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(Int64(Limits.busArrival.value))) {
            if bound.value.other == nil { bound.value.context?.close(promise: nil) }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelInactive(context: ChannelHandlerContext) {
        let partner = other
        other = nil
        partner?.other = nil
        partner?.context?.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if let partner = other {
            partner.context?.write(data, promise: nil)
            return
        }
        request.writeImmutableBuffer(unwrapInboundIn(data))
        if request.readableBytes > Limits.bridgeRequest.value {
            context.close(promise: nil)
        } else if !isDialling {
            readRequest(context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { other?.context?.flush() }

    func read(context: ChannelHandlerContext) {
        if let partner = other?.context, !partner.channel.isWritable {
            hasPendingRead = true
        } else {
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable, let partner = other, partner.hasPendingRead else {
            return
        }
        partner.hasPendingRead = false
        partner.context?.read()
    }

    /// `CONNECT host:port HTTP/1.1`, headers, an empty line.
    private func readRequest(_ context: ChannelHandlerContext) {
        let text = String(buffer: request)
        guard let end = text.utf8.firstRange(of: "\r\n\r\n".utf8)?.upperBound else { return }
        isDialling = true
        let words = text.prefix { !$0.isNewline }.split(separator: " ")
        guard words.count == 3, words[0] == "CONNECT", let target = route?(String(words[1])),
            let place = HostPort(target),
            let address = try? SocketAddress(ipAddress: place.host, port: place.port)
        else { return refuse(context, "403 no member is there") }
        request.moveReaderIndex(forwardBy: text.utf8.distance(from: text.startIndex, to: end))
        dial(context, address)
    }

    private func dial(_ context: ChannelHandlerContext, _ address: SocketAddress) {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let far = NIOLoopBound(BridgeEnd(route: nil), eventLoop: context.eventLoop)
        ClientBootstrap(group: context.eventLoop)
            .connectTimeout(.milliseconds(Int64(Limits.busDial.value)))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(far.value)
                }
            }
            .connect(to: address).hop(to: context.eventLoop)
            .whenComplete { result in
                switch result {
                case .success: bound.value.join(far.value)
                case .failure:
                    if let context = bound.value.context {
                        bound.value.refuse(context, "502 it does not answer")
                    }
                }
            }
    }

    private func join(_ far: BridgeEnd) {
        guard let context, context.channel.isActive, let there = far.context else {
            far.context?.close(promise: nil)
            return
        }
        other = far
        far.other = self
        context.writeAndFlush(
            wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 200 Connected\r\n\r\n")), promise: nil)
        if request.readableBytes > 0 {
            there.writeAndFlush(far.wrapOutboundOut(request), promise: nil)
        }
    }

    private func refuse(_ context: ChannelHandlerContext, _ status: String) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(
            wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 \(status)\r\n\r\n"))
        ).whenComplete { _ in bound.value.close(promise: nil) }
    }
}
