internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import Resources
internal import Synchronization
internal import Trust

/// The bytes of one connection of a node or stranger. Lives on its loop.
final class ServerConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        /// Keys are being agreed on. → talking, ended
        case handshaking
        /// Requests come and answers go. → ended
        case talking(PeerSession)
        /// What still comes is thrown away.
        case ended
    }

    private let server: PeerServer
    private var phase = Phase.handshaking
    private var frames = FrameReader(limit: Limits.busStrangerBytes)
    private var isStranger = false
    /// Requests without an answer, by number, with the ends of their time.
    private var underWay: [UInt64: Scheduled<Void>] = [:]
    /// Bytes of answers that the other side has not taken.
    private var unsent = 0
    private var isPaused = false
    private var timer: Scheduled<Void>?

    init(server: PeerServer) { self.server = server }

    func handlerAdded(context: ChannelHandlerContext) { watch(context) }

    func handlerRemoved(context: ChannelHandlerContext) { leave() }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        server.count { $0.broken += 1 }
        leave()
        context.close(promise: nil)
    }

    private func leave() {
        timer?.cancel()
        timer = nil
        for timer in underWay.values { timer.cancel() }
        underWay = [:]
        if isStranger { server.leaveStranger() }
        isStranger = false
        phase = .ended
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { begin(context) }
        context.fireUserInboundEventTriggered(event)
    }

    /// The handshake is done: what was shown is known.
    private func begin(_ context: ChannelHandlerContext) {
        let shown = Self.shown(context)
        if case .certificate(let certificate) = shown {
            frames.limit = Limits.busMessageBytes
            if let host = context.remoteAddress?.ipAddress {
                server.book?.saw(certificate.passport.key, from: host)
            }
        } else {
            guard server.takeStranger() else {
                context.close(promise: nil)
                return
            }
            isStranger = true
        }
        phase = .talking(PeerSession(shown: shown))
        watch(context)
    }

    private static func shown(_ context: ChannelHandlerContext) -> PeerGate.Shown {
        guard let peer = try? context.pipeline.syncOperations.nioSSL_peerCertificate(),
            let bytes = try? peer.toDERBytes()
        else { return .nothing }
        do throws(TrustError) {
            return .certificate(try Certificate(bytes: bytes))
        } catch { return .other(error) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .talking(let session) = phase else { return }
        frames.feed(unwrapInboundIn(data))
        do throws(BusError) {
            while let bytes = try frames.next() {
                guard case .talking = phase else { return }
                take(try session.next(PeerMessage(bytes: bytes)), session, context)
            }
        } catch { end(context, saying: error) }
        watch(context)
    }

    private func take(
        _ next: (number: UInt64, request: PeerRequest), _ session: PeerSession,
        _ context: ChannelHandlerContext
    ) {
        let reply = reply(to: next.number, next.request, session, context)
        let patience = min(next.request.milliseconds, Limits.busPatience.value)
        // The reply belongs to the service: when that lets go of it, it says so at once.
        underWay[next.number] = context.eventLoop.scheduleTask(
            in: .milliseconds(Int64(patience))
        ) { [weak reply] in reply?.send(.failure(.late(next.request))) }
        let server = server
        let isQueued = server.queue { session.carryOut(next.request, reply, server) }
        if !isQueued {
            reply.send(.failure(.busy(next.request, waiting: server.settings.waiting)))
        }
    }

    private func reply(
        to number: UInt64, _ request: PeerRequest, _ session: PeerSession,
        _ context: ChannelHandlerContext
    ) -> PeerReply {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        let gate = server.gate
        return PeerReply { result in
            let message: PeerMessage =
                switch session.recheck(result, request.path, gate) {
                case .success(let answer): .answer(number: number, answer)
                case .failure(let error): .refusal(number: number, error)
                }
            let frame = FrameReader.frame(message)
            loop.execute {
                let (connection, context) = bound.value
                connection.answer(number, frame, context)
            }
        }
    }

    private func answer(_ number: UInt64, _ frame: ByteBuffer, _ context: ChannelHandlerContext) {
        guard case .talking = phase else { return }
        underWay.removeValue(forKey: number)?.cancel()
        let count = frame.readableBytes
        unsent += count
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(frame)).whenComplete { _ in
            let (connection, context) = bound.value
            connection.unsent -= count
            connection.watch(context)
        }
        watch(context)
    }

    /// Says why and closes. What still comes is read and thrown away for a moment: with input
    /// unread a close would reset the connection and lose the last word.
    private func end(_ context: ChannelHandlerContext, saying error: BusError) {
        server.count { $0.broken += 1 }
        leave()
        let channel = context.channel
        context.writeAndFlush(
            wrapOutboundOut(FrameReader.frame(.refusal(number: 0, error))), promise: nil)
        channel.close(mode: .output, promise: nil)
        channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    }

    /// Reads on or pauses, and sets how long what happens now may take.
    private func watch(_ context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        if case .ended = phase { return }
        let pauses =
            underWay.count >= server.settings.underWay || unsent >= Limits.busUnsent.value
        if pauses != isPaused {
            isPaused = pauses
            // A channel that is closing takes no option; then nothing is read either.
            _ = try? context.channel.syncOptions?.setOption(.autoRead, value: !pauses)
        }
        guard let patience else { return }
        let channel = context.channel
        let server = server
        timer = context.eventLoop.scheduleTask(in: .milliseconds(Int64(patience))) {
            server.count { $0.broken += 1 }
            channel.close(promise: nil)
        }
    }

    /// Nil while requests are carried out: each has a deadline of its own.
    private var patience: Int? {
        if case .handshaking = phase { return server.settings.arrival }
        if unsent > 0 || frames.isInside { return server.settings.arrival }
        return !underWay.isEmpty ? nil : server.settings.idle
    }
}

/// What is known of a connection, shared by its loop and the threads that carry out its requests.
final class PeerSession: Sendable {
    private let shown: PeerGate.Shown
    private let state = Mutex(State())

    private struct State {
        var last: UInt64 = 0
        /// Authorities that the shown certificate was proven with.
        var proven: [Certificate] = []
    }

    init(shown: PeerGate.Shown) { self.shown = shown }

    /// The request in a message. A number that is not the next one is a frame that was replayed,
    /// left out or put elsewhere.
    func next(
        _ message: PeerMessage
    ) throws(BusError) -> (number: UInt64, request: PeerRequest) {
        guard case .request(let number, let request) = message else {
            throw .malformed("read", "a message", "only requests go this way")
        }
        let expected = state.withLock { state in
            state.last += 1
            return state.last
        }
        guard number == expected else {
            throw .malformed(
                "read", "a message", "it has number \(number), the next one is \(expected)")
        }
        return (number, request)
    }

    func carryOut(_ request: PeerRequest, _ reply: PeerReply, _ server: PeerServer) {
        do throws(BusError) {
            let caller = try admit(request.path, server.gate)
            server.count { $0.requests += 1 }
            server.service(caller, request, reply)
        } catch {
            server.count { $0.refused += 1 }
            reply.send(.failure(error))
        }
    }

    /// An answer that took long must not reach who was removed meanwhile.
    func recheck(
        _ result: Result<PeerAnswer, BusError>, _ path: String, _ gate: PeerGate
    ) -> Result<PeerAnswer, BusError> {
        guard case .success(let answer) = result else { return result }
        // Room for the number and the heads of the values.
        let most = Limits.busMessageBytes.value - 64
        guard answer.body.count <= most else {
            return .failure(.beyond(Limits.busMessageBytes, answer.body.count, "answer", path))
        }
        do throws(BusError) {
            _ = try admit(path, gate)
            return result
        } catch { return .failure(error) }
    }

    private func admit(_ path: String, _ gate: PeerGate) throws(BusError) -> PeerCaller {
        var proven = state.withLock { $0.proven }
        let caller = try gate.admit(shown, path, proven: &proven)
        state.withLock { $0.proven = proven }
        return caller
    }
}
