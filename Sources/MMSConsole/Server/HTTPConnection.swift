internal import NIOCore
internal import NIOHTTP1
internal import Resources
internal import ZeroProcs

/// One connection of the API: reads requests, answers them in order, or turns into a stream of
/// server-sent events. Lives on its event loop.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    /// idle → reading → answering → idle; answering → streaming → closed; any → closed.
    private enum State {
        /// Between requests.
        case idle
        /// The head is read, the body is coming.
        case reading(HTTPRequestHead, [UInt8])
        /// The request is with the API.
        case answering(keepAlive: Bool)
        /// Events are written until one side closes.
        case streaming(any EventStream)
        /// Nothing more is read or written.
        case closed
    }

    private let api: API
    private let door: Door
    private var state = State.idle
    /// Parts of later requests that came before the answer to this one.
    private var waiting: [HTTPServerRequestPart] = []
    private var context: ChannelHandlerContext?

    init(api: API, door: Door) {
        self.api = api
        self.door = door
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelInactive(context: ChannelHandlerContext) {
        if case .streaming(let stream) = state { stream.close() }
        state = .closed
        context.fireChannelInactive()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .streaming(let stream) = state, context.channel.isWritable { stream.resume() }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if case .idle = state {
            let refusal = Refusal(
                .malformed, filter: "http", subject: "request", reason: "\(error)")
            send(.problem(refusal), keepAlive: false)
        }
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        take(unwrapInboundIn(data))
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch (state, part) {
        case (.idle, .head(let head)): begin(head)
        case (.reading(let head, var body), .body(let buffer)):
            state = .idle  // gives up the reference, so that `body` grows in place
            body.append(contentsOf: buffer.readableBytesView)
            if body.count > Limits.requestBytes.value {
                refuseTooLarge()
            } else {
                state = .reading(head, body)
            }
        case (.reading(let head, let body), .end): serve(head, body)
        case (.answering, _):
            waiting.append(part)
            if waiting.count > 1024 { context?.close(promise: nil) }
        case (.idle, _), (.reading, .head), (.streaming, _), (.closed, _): break
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        let length = head.headers.first(name: "content-length").flatMap(Int.init) ?? 0
        if length > Limits.requestBytes.value {
            refuseTooLarge()
            return
        }
        if head.headers.first(name: "expect")?.lowercased() == "100-continue", let context {
            var buffer = context.channel.allocator.buffer(capacity: 32)
            buffer.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        }
        state = .reading(head, [])
    }

    private func refuseTooLarge() {
        send(
            .problem(
                Refusal(
                    .tooLarge, filter: "http", subject: "request body",
                    reason: "larger than \(Limits.requestBytes.value) bytes",
                    remedy: "split the batch")), keepAlive: false)
    }

    private func serve(_ head: HTTPRequestHead, _ body: [UInt8]) {
        state = .answering(keepAlive: head.isKeepAlive)
        guard let context, let target = RequestTarget(head.uri) else {
            send(
                .problem(
                    Refusal(
                        .malformed, filter: "http", subject: "request target",
                        reason: "is not a path with percent-encoded parts")), keepAlive: false)
            return
        }
        let responder = Responder(
            connection: NIOLoopBound(self, eventLoop: context.eventLoop),
            eventLoop: context.eventLoop)
        do throws(Refusal) {
            let caller = try api.caller(of: head, through: door)
            let request = HTTPRequest(
                method: head.method, path: target.path, query: target.query,
                headers: head.headers, body: body, caller: caller)
            api.serve(request, responder)
        } catch {
            responder.send(.problem(error))
        }
    }

    /// Writes a whole reply and goes on with the next request.
    fileprivate func finish(_ reply: HTTPReply) {
        guard case .answering(let keepAlive) = state else { return }
        send(reply, keepAlive: keepAlive)
        guard keepAlive else { return }
        while case .idle = state, !waiting.isEmpty { drain() }
    }

    private func drain() {
        let parts = waiting
        waiting = []
        for part in parts { take(part) }
    }

    private func send(_ reply: HTTPReply, keepAlive: Bool) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: reply.body.count + 256)
        reply.writeHead(into: &buffer, length: reply.body.count, keepAlive: keepAlive)
        buffer.writeBytes(reply.body)
        state = keepAlive ? .idle : .closed
        if keepAlive {
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
            return
        }
        // Closing with input unread resets the connection, and the peer may lose the answer: end
        // the output, discard what still comes, and close when the peer does, or soon.
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(buffer)).whenComplete { _ in
            channel.close(mode: .output, promise: nil)
        }
        channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
    }

    /// Turns the answer into a stream of events.
    fileprivate func begin(_ reply: HTTPReply, _ stream: any EventStream) {
        guard case .answering = state, let context else {
            stream.close()
            return
        }
        var buffer = context.channel.allocator.buffer(capacity: 256)
        reply.writeHead(into: &buffer, length: nil, keepAlive: false)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        state = .streaming(stream)
        stream.resume()
    }

    /// Writes a part of a stream. False when the peer reads too slowly: the stream should wait.
    fileprivate func write(_ bytes: ByteBuffer) -> Bool {
        guard case .streaming = state, let context else { return false }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        return context.channel.isWritable
    }

    fileprivate var isStreaming: Bool {
        if case .streaming = state { true } else { false }
    }

    fileprivate var canWrite: Bool { context?.channel.isWritable ?? false }

    fileprivate func endStream() {
        guard case .streaming = state, let context else { return }
        state = .closed
        // Behind what is still to be written.
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in
            channel.close(promise: nil)
        }
    }
}

/// The way a request came in: what it proves.
enum Door: Sendable {
    /// The Unix socket, with the peer's user number.
    case local(uid: UInt32)
    /// A TCP port.
    case network
}

/// Answers one request from any thread.
struct Responder: Sendable {
    fileprivate let connection: NIOLoopBound<HTTPConnection>
    /// The loop of the connection.
    let eventLoop: any EventLoop

    /// Sends the whole reply.
    func send(_ reply: HTTPReply) {
        if eventLoop.inEventLoop {
            connection.value.finish(reply)
        } else {
            eventLoop.execute { connection.value.finish(reply) }
        }
    }

    /// Sends the reply that `make` gives, on the connection's loop: for who has no time to write it.
    func send(_ make: @escaping @Sendable () -> HTTPReply) {
        eventLoop.execute { connection.value.finish(make()) }
    }

    /// Begins a stream that `stream` feeds: of server-sent events, or with the head of `reply`.
    func begin(
        _ stream: any EventStream,
        _ reply: HTTPReply = HTTPReply(
            contentType: "text/event-stream", headers: [("cache-control", "no-store")])
    ) {
        eventLoop.execute { connection.value.begin(reply, stream) }
    }

    /// Writes a part of a stream, on the loop. False when the stream should wait for `resume`.
    func write(_ bytes: ByteBuffer) -> Bool { connection.value.write(bytes) }

    /// True from the head of a stream to its end. On the loop.
    var isStreaming: Bool { connection.value.isStreaming }

    /// True when the peer has read enough of what was written. On the loop.
    var canWrite: Bool { connection.value.canWrite }

    /// Ends the stream.
    func end() { eventLoop.execute { connection.value.endStream() } }
}

/// The source of a stream of events.
protocol EventStream: Sendable {
    /// The connection can take more. Called on its event loop.
    func resume()
    /// The connection is gone. Called on its event loop.
    func close()
}
