internal import CHost
internal import Glibc

/// Follows many sockets by edges (epoll(7), EPOLLET), and can be woken by any thread.
public final class SocketPoller: Sendable {
    private let epoll: Int32
    private let event: Int32

    /// What a socket became ready for.
    public struct Ready: OptionSet, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        /// Bytes or an end have come.
        public static let read = Ready(rawValue: 1)
        /// There is room to write.
        public static let write = Ready(rawValue: 2)
        /// Both directions are over, or the connection broke.
        public static let gone = Ready(rawValue: 4)
        /// The peer has said that it ends: a read finds the end after what came before it.
        public static let end = Ready(rawValue: 8)
    }

    /// What one wait gave, kept between waits.
    public struct Events {
        var tokens: [UInt64]
        var ready: [UInt32]
        /// How many came.
        public internal(set) var count = 0

        /// Room for so many, at most 256.
        public init(_ most: Int) {
            tokens = [UInt64](repeating: 0, count: min(most, 256))
            ready = [UInt32](repeating: 0, count: min(most, 256))
        }

        /// One of them.
        public subscript(index: Int) -> (token: UInt64, ready: Ready) {
            (tokens[index], Ready(rawValue: ready[index]))
        }
    }

    /// The token of a wake-up.
    public static let wakeUp = UInt64.max

    /// A poller over nothing yet.
    public init() throws(KernelError) {
        epoll = chost_poll_new()
        event = chost_poll_event()
        guard epoll >= 0, event >= 0, chost_poll_add(epoll, event, 0, Self.wakeUp) == 0 else {
            throw refusal("wait for sockets", errno)
        }
    }

    deinit {
        _ = close(epoll)
        _ = close(event)
    }

    /// Follows a connection under a token; an error number when the kernel refuses.
    public func add(_ descriptor: Int32, token: UInt64) -> Int32 {
        -chost_edge_add(epoll, descriptor, token)
    }

    /// Follows a listener that several pollers share: one of them hears of each connection.
    public func add(listener: Int32, token: UInt64) -> Int32 {
        -chost_edge_listen(epoll, listener, token)
    }

    /// Follows a descriptor no more.
    public func remove(_ descriptor: Int32) { _ = chost_edge_remove(epoll, descriptor) }

    /// Waits for at most so long; for ever below zero.
    public func wait(milliseconds: Int, _ events: inout Events) {
        let most = Int32(events.tokens.count)
        let count = unsafe chost_edge_wait(
            epoll, &events.tokens, &events.ready, most, Int32(clamping: milliseconds))
        events.count = Int(max(0, count))
    }

    /// Ends the wait of the thread that waits.
    public func wake() {
        var one: UInt64 = 1
        _ = unsafe write(event, &one, 8)
    }

    /// Takes the wake-ups that came.
    public func drain() {
        var count: UInt64 = 0
        _ = unsafe Glibc.read(event, &count, 8)
    }
}
