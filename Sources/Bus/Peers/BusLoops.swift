internal import NIOCore
internal import NIOPosix

/// The event loops that carry the bytes of the bus. One thread is enough for thousands of requests
/// a second; nothing blocks on it.
public final class BusLoops: Sendable {
    let group: MultiThreadedEventLoopGroup

    /// Starts so many threads.
    public init(threads: Int = 1) { group = MultiThreadedEventLoopGroup(numberOfThreads: threads) }

    /// Ends the threads; what uses them must have stopped.
    public func stop() throws(BusError) {
        do { try group.syncShutdownGracefully() } catch {
            throw BusError(
                .refused, operation: "stop", subject: "the loops of the bus", cause: "\(error)",
                remedy: "stop servers and peers before")
        }
    }
}
