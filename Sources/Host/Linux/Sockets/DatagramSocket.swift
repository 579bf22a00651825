internal import CHost
internal import Glibc

/// A socket of datagrams that never blocks.
public final class DatagramSocket: Sendable {
    /// Its number, for an `EventQueue`.
    public let descriptor: Int32
    /// The port it is bound to.
    public let port: UInt16

    /// A socket that takes datagrams of anybody to that address and port.
    public init(_ local: Endpoint) throws(SocketError) {
        var shim = local.shim
        let code = unsafe chost_datagram_bind(&shim)
        guard code >= 0 else {
            throw SocketError(operation: "bind", subject: "\(local)", code: -code)
        }
        descriptor = code
        port = UInt16(clamping: chost_local_port(code))
    }

    /// A socket of a port of its own, which takes datagrams of `peer` only and sends to it.
    public init(to peer: Endpoint, from port: UInt16) throws(SocketError) {
        var shim = peer.shim
        let code = unsafe chost_datagram_connect(&shim, port)
        guard code >= 0 else {
            throw SocketError(operation: "connect to", subject: "\(peer)", code: -code)
        }
        descriptor = code
        self.port = port
    }

    deinit { _ = close(descriptor) }

    /// Sends a datagram, to the socket's peer when none is given; false when the kernel did not
    /// take it.
    @discardableResult
    public func send(_ bytes: [UInt8], to peer: Endpoint? = nil) -> Bool {
        guard let peer else {
            return unsafe chost_datagram_send(descriptor, nil, bytes, Int32(bytes.count)) == 0
        }
        var shim = peer.shim
        return unsafe chost_datagram_send(descriptor, &shim, bytes, Int32(bytes.count)) == 0
    }
}

extension DatagramSocket {
    /// What came.
    public enum Received: Hashable, Sendable {
        /// A datagram, its first 4096 bytes.
        case datagram([UInt8])
        /// Nothing yet.
        case blocked
        /// The peer does not listen, or cannot be reached.
        case failed
    }

    /// Reads one datagram.
    public func receive() -> Received {
        var count = 0
        var reason: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, filled in
            count = unsafe recv(descriptor, buffer.baseAddress, 4096, 0)
            reason = errno
            filled = max(0, count)
        }
        if count >= 0 { return .datagram(bytes) }
        return reason == EAGAIN || reason == EINTR ? .blocked : .failed
    }
}

/// Datagrams that are read and answered by one call of the kernel each (recvmmsg(2)). Of one
/// thread.
@safe public final class DatagramBatch {
    private let datagrams: OpaquePointer
    private let room: Int

    /// Room for `count` datagrams of `room` bytes.
    public init(count: Int, room: Int) {
        guard let datagrams = unsafe chost_datagrams_new(Int32(count), Int32(room)) else {
            preconditionFailure("no memory for \(count) datagrams of \(room) bytes")
        }
        unsafe self.datagrams = datagrams
        self.room = room
    }

    deinit { unsafe chost_datagrams_free(datagrams) }

    /// Reads what has come; how many.
    public func receive(_ socket: DatagramSocket) -> Int {
        unsafe max(0, Int(chost_datagrams_receive(datagrams, socket.descriptor)))
    }

    /// The bytes of one that was read, and how many were sent, which may be more.
    public subscript(index: Int) -> (bytes: [UInt8], sent: Int) {
        var length: Int32 = 0
        let start = unsafe chost_datagram(datagrams, Int32(index), &length)
        let bytes = unsafe Array(
            UnsafeBufferPointer(start: start, count: min(Int(length), room)))
        return (bytes, Int(length))
    }

    /// Who sent it.
    public func peer(_ index: Int) -> Endpoint? {
        var shim = chost_endpoint()
        unsafe chost_datagram_peer(datagrams, Int32(index), &shim)
        return Endpoint(shim)
    }

    /// Keeps the answer to one that was read, of at most the room's bytes.
    public func answer(_ index: Int, _ bytes: [UInt8]) {
        unsafe chost_datagrams_answer(datagrams, Int32(index), bytes, Int32(bytes.count))
    }

    /// Sends all answers.
    public func send(_ socket: DatagramSocket) {
        _ = unsafe chost_datagrams_send(datagrams, socket.descriptor)
    }
}
