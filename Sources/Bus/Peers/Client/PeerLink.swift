internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS
internal import Resources
internal import Synchronization
internal import Trust

/// An open connection to one peer, whose certificate was accepted. Any number of requests go over
/// it at once.
final class PeerLink: Sendable {
    typealias Outcome = Result<PeerAnswer, BusError>

    private let channel: any Channel
    private let handler: NIOLoopBound<LinkHandler>

    private init(channel: any Channel, handler: NIOLoopBound<LinkHandler>) {
        self.channel = channel
        self.handler = handler
    }

    /// False once the connection has ended.
    var isOpen: Bool { channel.isActive }

    func close() { channel.close(promise: nil) }

    /// Connects to one address and shakes hands; blocks. `accept` judges what the peer shows,
    /// leaf first, before anything is shown or said to it.
    static func dial(
        _ place: HostPort, identity: TLSIdentity, loops: BusLoops, milliseconds: Int,
        accept: @escaping @Sendable ([Certificate]) throws(TrustError) -> Void
    ) throws(LinkFailure) -> PeerLink {
        let box = VerdictBox()
        let loop = loops.group.next()
        let address: SocketAddress
        do { address = try SocketAddress(ipAddress: place.host, port: place.port) } catch {
            throw .failed("it is no numeric address")
        }
        let ready = loop.makePromise(of: NIOLoopBound<LinkHandler>.self)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(.milliseconds(Int64(milliseconds)))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try NIOSSLClientHandler(
                        context: identity.client, serverHostname: nil,
                        customVerificationCallback: { shown, promise in
                            promise.succeed(box.judge(shown, accept))
                        })
                    try channel.pipeline.syncOperations.addHandlers([
                        tls, LinkHandler(ready: ready),
                    ])
                }
            }
        do {
            let connecting = bootstrap.connect(to: address)
            connecting.whenFailure { ready.fail($0) }
            let deadline = loop.scheduleTask(in: .milliseconds(Int64(milliseconds))) {
                ready.fail(ChannelError.connectTimeout(.milliseconds(Int64(milliseconds))))
                connecting.whenSuccess { $0.close(promise: nil) }
            }
            let handler = try ready.futureResult.wait()
            deadline.cancel()
            return PeerLink(channel: try connecting.wait(), handler: handler)
        } catch {
            if let refused = box.refusal { throw .refused(refused) }
            throw .failed(Self.words(error))
        }
    }

    /// Sends a request; what comes of it is in the future, at `milliseconds` from now at the
    /// latest.
    func send(_ request: PeerRequest, to peer: String) -> EventLoopFuture<Outcome> {
        let promise = channel.eventLoop.makePromise(of: Outcome.self)
        let handler = handler
        channel.eventLoop.execute { handler.value.send(request, to: peer, promise) }
        return promise.futureResult
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case ChannelError.connectTimeout: "it does not answer"
        case let error as IOError: error.description
        case let error as NIOSSLError: "\(error)"
        default: "\(error)"
        }
    }
}

/// Why no link came about.
enum LinkFailure: Error {
    /// Who is there is not accepted.
    case refused(TrustError)
    /// Nobody was reached, or not in time.
    case failed(String)
}

/// What was thought of a peer's certificates, kept for the message.
private final class VerdictBox: Sendable {
    private let state = Mutex<TrustError?>(nil)

    var refusal: TrustError? { state.withLock { $0 } }

    func judge(
        _ shown: [NIOSSLCertificate], _ accept: ([Certificate]) throws(TrustError) -> Void
    ) -> NIOSSLVerificationResult {
        do throws(TrustError) {
            var chain: [Certificate] = []
            for one in shown.prefix(4) {
                // A certificate that cannot be written out again is none of ours.
                chain.append(try Certificate(bytes: (try? one.toDERBytes()) ?? []))
            }
            try accept(chain)
            return .certificateVerified
        } catch {
            state.withLock { $0 = error }
            return .failed
        }
    }
}

/// The bytes of one link. Lives on its loop.
final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Waiting {
        let request: PeerRequest
        let peer: String
        let promise: EventLoopPromise<PeerLink.Outcome>
        let timer: Scheduled<Void>
    }

    private var ready: EventLoopPromise<NIOLoopBound<LinkHandler>>?
    private var context: ChannelHandlerContext?
    private var frames = FrameReader(limit: Limits.busMessageBytes)
    private var number: UInt64 = 0
    private var waiting: [UInt64: Waiting] = [:]
    /// What the peer said of the whole connection.
    private var farewell: BusError?
    /// Requests in a row that were not answered in time, while nothing at all came.
    private var silences = 0

    init(ready: EventLoopPromise<NIOLoopBound<LinkHandler>>) { self.ready = ready }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            ready?.succeed(NIOLoopBound(self, eventLoop: context.eventLoop))
            ready = nil
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        ready?.fail(error)
        ready = nil
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        ready?.fail(ChannelError.eof)
        ready = nil
        self.context = nil
        for number in waiting.keys.sorted() { finish(number, nil) }
        context.fireChannelInactive()
    }

    func send(
        _ request: PeerRequest, to peer: String, _ promise: EventLoopPromise<PeerLink.Outcome>
    ) {
        guard let context, context.channel.isActive else {
            promise.succeed(.failure(.lost(peer, request, sent: false)))
            return
        }
        number += 1
        let mine = number
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let timer = context.eventLoop.scheduleTask(
            in: .milliseconds(Int64(max(1, request.milliseconds)))
        ) { bound.value.expire(mine) }
        waiting[mine] = Waiting(request: request, peer: peer, promise: promise, timer: timer)
        context.writeAndFlush(
            wrapOutboundOut(FrameReader.frame(.request(number: mine, request))), promise: nil)
    }

    /// The answer may still come; nobody waits for it. A peer that has left its address does not
    /// end its connections: after some silence another one is made, maybe elsewhere.
    private func expire(_ number: UInt64) {
        guard let one = waiting.removeValue(forKey: number) else { return }
        one.promise.succeed(.failure(.silent(one.peer, one.request)))
        silences += 1
        if silences >= Limits.busSilences.value { context?.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        silences = 0
        frames.feed(unwrapInboundIn(data))
        do throws(BusError) {
            while let bytes = try frames.next() {
                switch try PeerMessage(bytes: bytes) {
                case .answer(let number, let answer): finish(number, .success(answer))
                case .refusal(0, let error): farewell = error
                case .refusal(let number, let error): finish(number, .failure(error))
                case .request: throw .malformed("read", "a message", "a server asks nothing")
                }
            }
        } catch {
            farewell = error
            context.close(promise: nil)
        }
    }

    private func finish(_ number: UInt64, _ outcome: PeerLink.Outcome?) {
        guard let one = waiting.removeValue(forKey: number) else { return }
        one.timer.cancel()
        one.promise.succeed(
            outcome ?? .failure(farewell ?? .lost(one.peer, one.request, sent: true)))
    }
}
