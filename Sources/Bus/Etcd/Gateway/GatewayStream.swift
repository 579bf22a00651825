internal import AsyncHTTPClient
internal import Dispatch
internal import NIOCore
internal import NIOHTTP1
internal import Resources
internal import Synchronization

/// The lines of a streamed answer, handed from the event loop to one blocking reader. When too
/// much waits, the connection is not read until the reader has caught up.
final class GatewayStream: HTTPClientResponseDelegate {
    struct State {
        var status: UInt = 0
        var lines = JSONLines(limit: Limits.etcdAnswerBytes.value)
        /// Whole lines, oldest first.
        var waiting: [[UInt8]] = []
        var bytes = 0
        /// Held while too much waits.
        var paused: EventLoopPromise<Void>?
        var ended: GatewayFailure?
        var task: HTTPClient.Task<Void>?
        var isClosed = false
    }

    private let state = Mutex(State())
    private let arrived = DispatchSemaphore(value: 0)

    /// Takes the running request, so that it can be ended.
    func attach(_ task: HTTPClient.Task<Void>) {
        let isClosed = state.withLock { state in
            state.task = task
            return state.isClosed
        }
        if isClosed { task.cancel() }
    }

    /// Ends the request.
    func close() {
        let (task, paused) = state.withLock { state in
            state.isClosed = true
            state.ended = state.ended ?? .unsent("the watch was closed")
            state.waiting = []
            defer { (state.task, state.paused) = (nil, nil) }
            return (state.task, state.paused)
        }
        paused?.succeed()
        task?.cancel()
        arrived.signal()
    }

    /// The next line; nil when none came in time.
    func next(milliseconds: Int) throws(GatewayFailure) -> [UInt8]? {
        let end = DispatchTime.now() + .milliseconds(max(0, milliseconds))
        while true {
            let (line, ended, resumed) = state.withLock { $0.take() }
            resumed?.succeed()
            if let line { return line }
            if let ended { throw ended }
            if arrived.wait(timeout: end) == .timedOut { return nil }
        }
    }

    func didReceiveHead(
        task: HTTPClient.Task<Void>, _ head: HTTPResponseHead
    ) -> EventLoopFuture<Void> {
        state.withLock { $0.status = head.status.code }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(
        task: HTTPClient.Task<Void>, _ buffer: ByteBuffer
    ) -> EventLoopFuture<Void> {
        defer { arrived.signal() }
        return state.withLock { state in
            if state.isClosed { return task.eventLoop.makeSucceededVoidFuture() }
            guard let lines = state.lines.take(buffer.readableBytesView) else {
                state.ended = .tooLarge
                return task.eventLoop.makeFailedFuture(GatewayFailure.tooLarge)
            }
            state.waiting += lines
            state.bytes += lines.reduce(0) { $0 + $1.count }
            guard state.bytes > Limits.etcdWatchBytes.value else {
                return task.eventLoop.makeSucceededVoidFuture()
            }
            let paused = task.eventLoop.makePromise(of: Void.self)
            state.paused = paused
            return paused.futureResult
        }
    }

    func didReceiveError(task: HTTPClient.Task<Void>, _ error: any Error) {
        end(.unsent("the watch broke: \(error)"))
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws {
        let (status, isCut) = state.withLock { ($0.status, $0.lines.isCut) }
        if status != 200 {
            end(.unsent("the watch was refused with status \(status)"))
        } else {
            end(isCut ? .malformed("the watch ends inside a message") : .unsent("the watch ended"))
        }
    }

    private func end(_ failure: GatewayFailure) {
        let paused = state.withLock { state in
            state.ended = state.ended ?? failure
            defer { (state.task, state.paused) = (nil, nil) }
            return state.paused
        }
        paused?.succeed()
        arrived.signal()
    }
}

extension GatewayStream.State {
    /// The oldest line, or why there will be none; and what to complete outside of the lock.
    fileprivate mutating func take() -> ([UInt8]?, GatewayFailure?, EventLoopPromise<Void>?) {
        guard !waiting.isEmpty else { return (nil, ended, nil) }
        let line = waiting.removeFirst()
        bytes -= line.count
        guard bytes <= Limits.etcdWatchBytes.value / 2 else { return (line, nil, nil) }
        defer { paused = nil }
        return (line, nil, paused)
    }
}

/// A watch over the gateway. Letting go of it ends it.
public final class EtcdGatewayWatch: EtcdWatch {
    public let member: Int
    private let endpoint: String
    private let stream: GatewayStream

    init(member: Int, endpoint: String, stream: GatewayStream) {
        self.member = member
        self.endpoint = endpoint
        self.stream = stream
    }

    deinit { stream.close() }

    public func next(milliseconds: Int) throws(BusError) -> EtcdWatchMessage? {
        do throws(GatewayFailure) {
            guard let line = try stream.next(milliseconds: milliseconds) else { return nil }
            return try Self.message(line)
        } catch {
            throw error.error("follow", endpoint)
        }
    }

    public func close() { stream.close() }

    /// Reads a line of the stream.
    static func message(_ line: [UInt8]) throws(GatewayFailure) -> EtcdWatchMessage {
        do throws(EtcdAnswerFlaw) {
            return try EtcdAnswerReader(line).watchMessage()
        } catch {
            throw .malformed(error.reason)
        }
    }
}
