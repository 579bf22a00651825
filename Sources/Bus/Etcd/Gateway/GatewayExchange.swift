internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import Resources
internal import Synchronization

/// One request and its answer, of bounded size; knows whether the request went out.
final class GatewayExchange: HTTPClientResponseDelegate {
    /// Status and body.
    struct Answer: Sendable {
        let status: UInt
        let body: [UInt8]
    }

    private struct State {
        var wasSent = false
        var status: UInt = 0
        var body: [UInt8] = []
    }

    private let state = Mutex(State())

    /// Whether any byte of the request may have left this machine.
    var wasSent: Bool { state.withLock { $0.wasSent } }

    func didSendRequestHead(task: HTTPClient.Task<Answer>, _ head: HTTPRequestHead) {
        state.withLock { $0.wasSent = true }
    }

    func didReceiveHead(
        task: HTTPClient.Task<Answer>, _ head: HTTPResponseHead
    ) -> EventLoopFuture<Void> {
        state.withLock { $0.status = head.status.code }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(
        task: HTTPClient.Task<Answer>, _ buffer: ByteBuffer
    ) -> EventLoopFuture<Void> {
        let fits = state.withLock { state in
            let fits =
                state.body.count + buffer.readableBytes <= Limits.etcdAnswerBytes.value
            if fits { state.body.append(contentsOf: buffer.readableBytesView) }
            return fits
        }
        return fits
            ? task.eventLoop.makeSucceededVoidFuture()
            : task.eventLoop.makeFailedFuture(GatewayFailure.tooLarge)
    }

    func didFinishRequest(task: HTTPClient.Task<Answer>) throws -> Answer {
        state.withLock { Answer(status: $0.status, body: $0.body) }
    }
}
