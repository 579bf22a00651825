internal import NIOCore
internal import NIOPosix
internal import Resources

/// The bytes of one connection: handshake, chunks, and how long it may take. Lives on its loop.
final class BoltConnection<Service: BoltService>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// The first bytes of a stranger. → talking, ended
        case handshaking(ByteBuffer)
        /// Messages go to the lane. → deaf, ended
        case talking(Dechunker, Lane<Service>)
        /// The lane says the last word; what still comes is thrown away. → ended
        case deaf(Lane<Service>)
        /// What still comes is thrown away.
        case ended
    }

    private let service: Service
    private let threads: NIOThreadPool
    private let settings: BoltServer<Service>.Settings
    private let number: Int
    private var state = State.handshaking(ByteBuffer())
    private var patience: Patience?
    private var timer: Scheduled<Void>?

    init(
        service: Service, threads: NIOThreadPool, settings: BoltServer<Service>.Settings,
        number: Int
    ) {
        self.service = service
        self.threads = threads
        self.settings = settings
        self.number = number
    }

    func channelActive(context: ChannelHandlerContext) {
        patience = Patience(settings.times, now: context.eventLoop.now)
        arm(context)
        context.read()
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { leave() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        leave()
        context.close(promise: nil)
    }

    private func leave() {
        timer?.cancel()
        timer = nil
        switch state {
        case .talking(_, let lane), .deaf(let lane): lane.leave()
        case .handshaking, .ended: break
        }
        state = .ended
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        patience?.heard(at: context.eventLoop.now)
        switch state {
        case .handshaking(var first):
            first.writeImmutableBuffer(bytes)
            shake(context, first)
        case .talking(var dechunker, let lane):
            state = .ended  // gives up the reference, so that bytes are joined in place
            dechunker.feed(bytes)
            deliver(context, dechunker, to: lane)
        case .deaf, .ended: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if case .talking(let dechunker, let lane) = state {
            patience?.isInside(dechunker.isInside, at: context.eventLoop.now)
            if lane.mayRead() { context.read() }
        } else {
            context.read()
        }
        context.fireChannelReadComplete()
    }

    private func shake(_ context: ChannelHandlerContext, _ first: ByteBuffer) {
        switch Handshake.judge(first.readableBytesView) {
        case .incomplete: state = .handshaking(first)
        case .agreed(let version):
            let numbers = version.numbers
            var answer = context.channel.allocator.buffer(capacity: 4)
            answer.writeBytes([0, 0, numbers.minor, numbers.major])
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
            var rest = first
            rest.moveReaderIndex(forwardBy: Handshake.length)
            var dechunker = Dechunker()
            dechunker.feed(rest)
            deliver(context, dechunker, to: makeLane(context, version))
        case .nothingInCommon: end(context, saying: ByteBuffer(bytes: [0, 0, 0, 0]))
        case .http: end(context, saying: Self.httpAnswer)
        case .foreign:
            state = .ended
            context.close(promise: nil)
        }
    }

    private func makeLane(
        _ context: ChannelHandlerContext, _ version: BoltVersion
    ) -> Lane<Service> {
        let local = context.channel.localAddress
        let address = "\(local?.ipAddress ?? "127.0.0.1"):\(local?.port ?? 7687)"
        return Lane(
            version: version, service: service,
            identity: .init(
                agent: "Neo4j/5.4.0-compatible Pisces/\(settings.version)",
                connection: "bolt-\(number)", silence: settings.times.silenceSeconds,
                address: address),
            channel: context.channel, threads: threads)
    }

    private func deliver(
        _ context: ChannelHandlerContext, _ joined: Dechunker, to lane: Lane<Service>
    ) {
        var dechunker = joined
        dechunker.limit = lane.isLoggedIn ? Limits.boltMessageBytes : Limits.boltLoginBytes
        var hasWork = false
        do throws(BoltError) {
            while let message = try dechunker.next() {
                if lane.deliver(.message(message)) { hasWork = true }
            }
            state = .talking(dechunker, lane)
        } catch {
            // The lane answers what came before, says this, and closes.
            if lane.deliver(.broken(error)) { hasWork = true }
            state = .deaf(lane)
        }
        if hasWork { lane.work() }
    }

    private func end(_ context: ChannelHandlerContext, saying answer: ByteBuffer) {
        state = .ended
        context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
        context.channel.closeGently()
    }

    private var lane: Lane<Service>? {
        switch state {
        case .talking(_, let lane), .deaf(let lane): lane
        case .handshaking, .ended: nil
        }
    }

    // Time.

    private func arm(_ context: ChannelHandlerContext) {
        guard let patience else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: patience.nextLook) {
            let (connection, context) = bound.value
            connection.look(context)
        }
    }

    private func look(_ context: ChannelHandlerContext) {
        guard var patience, timer != nil else { return }
        let now = context.eventLoop.now
        let lane = lane
        let verdict = patience.look(
            at: now, isLoggedIn: lane?.isLoggedIn ?? false, isWorking: lane?.isWorking ?? false,
            bytesSent: lane?.bytesSent ?? 0)
        self.patience = patience
        switch verdict {
        case .wait: break
        case .sayAlive:
            // An empty chunk; the lane only sends whole messages, so it stands between two.
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: [0, 0])), promise: nil)
        case .late(let error):
            guard let lane else {
                context.close(promise: nil)
                return
            }
            // When even that answer finds no reader, the end comes at the next look.
            if lane.deliver(.broken(error)) { lane.work() }
            state = .deaf(lane)
        case .lost:
            context.close(promise: nil)
            return
        }
        arm(context)
    }

    private static var httpAnswer: ByteBuffer {
        let text = """
            This port speaks Bolt, the protocol of Neo4j's drivers, for the graph of Pisces.
            Connect with bolt:// or neo4j:// and a token of `pisces token`; web pages and the HTTP
            API are on another port, which `pisces status` names.\n
            """
        return ByteBuffer(
            string: "HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\n"
                + "content-length: \(text.utf8.count)\r\nconnection: close\r\n\r\n" + text)
    }
}
