internal import NIOCore
internal import NIOPosix
internal import Resources
internal import Synchronization

/// The rows of a statement on their way to a peer: pieces are made on the pool, and the next one
/// only when the peer has taken enough of the last.
final class QueryStream: EventStream {
    private let source: RowSource
    private let responder: Responder
    private let pool: NIOThreadPool
    private let state: Mutex<State>

    private struct State {
        /// Made and not yet written.
        var ready: ByteBuffer?
        /// Nothing follows `ready`.
        var isWhole = false
        /// A piece is being made.
        var isMaking = false
        var isClosed = false
    }

    init(
        _ source: RowSource, first: ByteBuffer, responder: Responder, pool: NIOThreadPool
    ) {
        self.source = source
        self.responder = responder
        self.pool = pool
        state = Mutex(State(ready: first))
    }

    /// Writes what is ready and has the next piece made. On the connection's loop.
    func resume() {
        let (piece, isWhole, makes) = state.withLock { state in
            guard !state.isClosed, !state.isMaking else { return (ByteBuffer?.none, false, false) }
            let piece = state.ready
            state.ready = nil
            state.isMaking = !state.isWhole
            return (piece, state.isWhole, !state.isWhole)
        }
        if let piece { _ = responder.write(piece) }
        if isWhole {
            state.withLock { $0.isClosed = true }
            responder.end()
        } else if makes {
            pool.submit { [self] pool in
                if case .active = pool { make() }
            }
        }
    }

    func close() { state.withLock { $0.isClosed = true } }

    private func make() {
        var buffer = ByteBuffer()
        var isWhole = true
        do throws(Refusal) {
            isWhole = try source.fill(&buffer)
        } catch {
            // The status line has left: the last line says what went wrong.
            var writer = JSONWriter()
            writer.object { object in
                object.key("error")
                object.write(problem: error, status: error.code.httpStatus)
            }
            buffer.writeBytes(writer.bytes)
            buffer.writeInteger(UInt8(ascii: "\n"))
        }
        let isClosed = state.withLock { state in
            state.ready = buffer
            state.isWhole = isWhole
            state.isMaking = false
            return state.isClosed
        }
        if isClosed { return }
        responder.eventLoop.execute { [self] in
            if responder.canWrite { resume() }
        }
    }
}
