internal import CHost
internal import Glibc

/// A socket that takes connections and never blocks.
public final class StreamListener: Sendable {
    /// Its number, for an `EventQueue`.
    public let descriptor: Int32
    /// The port it listens on.
    public let port: UInt16

    /// Listens on an address and port.
    public init(_ local: Endpoint, backlog: Int = 128) throws(SocketError) {
        var shim = local.shim
        let code = unsafe chost_channel_listen(&shim, Int32(backlog))
        guard code >= 0 else {
            throw SocketError(operation: "listen on", subject: "\(local)", code: -code)
        }
        descriptor = code
        port = UInt16(clamping: chost_local_port(code))
    }

    deinit { _ = close(descriptor) }

    /// What became of taking a connection.
    public enum Acceptance: Sendable {
        /// A connection.
        case channel(StreamChannel)
        /// There is none now.
        case blocked
        /// The system has no more descriptors or memory; it waits, and the listener stays ready.
        case exhausted
    }

    /// The next connection; nil when there is none.
    public func accept() -> StreamChannel? {
        if case .channel(let channel) = acceptNext() { channel } else { nil }
    }

    /// The next connection, or why there is none.
    public func acceptNext() -> Acceptance {
        var shim = chost_endpoint()
        let code = unsafe chost_channel_accept(descriptor, &shim)
        guard code >= 0 else {
            return [EMFILE, ENFILE, ENOMEM, ENOBUFS].contains(-code) ? .exhausted : .blocked
        }
        guard let peer = Endpoint(shim) else {
            _ = close(code)
            return .blocked
        }
        return .channel(StreamChannel(code, peer))
    }
}

/// A connection that never blocks.
public final class StreamChannel: Sendable {
    /// Its number, for an `EventQueue`.
    public let descriptor: Int32
    /// The other end.
    public let peer: Endpoint

    /// What became of reading or writing.
    public enum Progress: Hashable, Sendable {
        /// So many bytes went.
        case bytes(Int)
        /// Nothing can go now.
        case blocked
        /// The other end is gone.
        case ended
    }

    init(_ descriptor: Int32, _ peer: Endpoint) {
        self.descriptor = descriptor
        self.peer = peer
    }

    /// Begins to connect; it can be written to once it has.
    public init(to peer: Endpoint) throws(SocketError) {
        var shim = peer.shim
        let code = unsafe chost_channel_connect(&shim)
        guard code >= 0 else {
            throw SocketError(operation: "connect to", subject: "\(peer)", code: -code)
        }
        descriptor = code
        self.peer = peer
    }

    deinit { _ = close(descriptor) }

    /// Appends what has come, at most `count` bytes.
    public func read(_ count: Int, into bytes: inout [UInt8]) -> Progress {
        var got = 0
        var reason: Int32 = 0
        let part = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            got = unsafe recv(descriptor, buffer.baseAddress, count, 0)
            reason = errno
            filled = max(0, got)
        }
        bytes += part
        if got > 0 { return .bytes(got) }
        return got < 0 && (reason == EAGAIN || reason == EINTR) ? .blocked : .ended
    }

    /// Writes what the kernel takes of `bytes`.
    public func write(_ bytes: ArraySlice<UInt8>) -> Progress {
        let count = unsafe bytes.withUnsafeBytes { buffer in
            unsafe send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
        }
        if count >= 0 { return .bytes(count) }
        return errno == EAGAIN || errno == EINTR ? .blocked : .ended
    }
}
