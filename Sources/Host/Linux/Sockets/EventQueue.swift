internal import CHost
internal import Glibc

/// Waits for many sockets on one thread (epoll(7)), and can be woken by any other.
public final class EventQueue: Sendable {
    private let queue: Int32
    private let event: Int32

    /// What a socket is waited for, or has.
    public struct Interest: OptionSet, Hashable, Sendable {
        public let rawValue: Int32

        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// Something can be read, or the other end is gone.
        public static let read = Interest(rawValue: 1)
        /// Something can be written.
        public static let write = Interest(rawValue: 2)
    }

    /// A queue over nothing yet.
    public init() throws(SocketError) {
        queue = chost_poll_new()
        event = chost_poll_event()
        guard queue >= 0, event >= 0, chost_watch(queue, event, .max, 1, 0) == 0 else {
            throw SocketError(operation: "wait for sockets", subject: "", code: errno)
        }
    }

    deinit {
        _ = close(queue)
        _ = close(event)
    }

    /// Waits for a socket too, under a token that is not the highest number.
    public func add(
        _ socket: Int32, token: UInt64, _ interest: Interest
    ) throws(SocketError) {
        let code = chost_watch(queue, socket, token, interest.rawValue, 0)
        if code < 0 { throw SocketError(operation: "wait for", subject: "socket", code: -code) }
    }

    /// Waits for something else of a socket.
    public func change(_ socket: Int32, token: UInt64, _ interest: Interest) {
        // It fails only for a socket that is not in the queue.
        _ = chost_watch(queue, socket, token, interest.rawValue, 1)
    }

    /// Waits for a socket no more.
    public func remove(_ socket: Int32) { _ = chost_unwatch(queue, socket) }

    /// Waits for at most so long; what has come, of at most 64 sockets.
    public func wait(milliseconds: Int) -> [(token: UInt64, ready: Interest)] {
        var tokens = [UInt64](repeating: 0, count: 64)
        var events = [Int32](repeating: 0, count: 64)
        let count = unsafe Int(
            chost_watch_wait(queue, &tokens, &events, 64, Int32(clamping: milliseconds)))
        var found: [(token: UInt64, ready: Interest)] = []
        for index in 0..<max(0, count) {
            if tokens[index] == .max {
                drain()
            } else {
                found.append((tokens[index], Interest(rawValue: events[index])))
            }
        }
        return found
    }

    /// Ends the wait of the thread that waits.
    public func wake() {
        var one: UInt64 = 1
        _ = unsafe write(event, &one, 8)
    }

    private func drain() {
        var count: UInt64 = 0
        _ = unsafe Glibc.read(event, &count, 8)
    }
}

/// Why a socket could not do something.
public struct SocketError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being done: "listen" …
    public var operation: String
    /// On what.
    public var subject: String
    /// The system's error number.
    public var code: Int32

    /// The failure of `operation` on `subject`.
    public init(operation: String, subject: String, code: Int32) {
        self.operation = operation
        self.subject = subject
        self.code = code
    }

    /// The system's words for it.
    public var cause: String { unsafe String(cString: strerror(code)) }
    /// Another program has the port.
    public var isTaken: Bool { code == EADDRINUSE }
    /// It must be tried again later.
    public var isBlocked: Bool { code == EAGAIN || code == EINPROGRESS || code == EINTR }

    public var description: String { "\(operation) \(subject): \(cause)" }
}
