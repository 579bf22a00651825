internal import CHost
internal import Glibc

/// Calls on stream sockets that never block. A count below zero is an error number, negated; the
/// caller owns the descriptors.
public enum Socket {
    /// Nothing to read or no room to write now.
    public static let again = -Int(EAGAIN)

    /// A listening socket, or its error number negated.
    public static func listen(on address: SocketAddress, backlog: Int) -> Int32 {
        unsafe chost_stream_listen(
            address.bytes, UInt32(address.bytes.count), Int32(clamping: backlog))
    }

    /// The port a socket is bound to, or its error number negated.
    public static func port(of descriptor: Int32) -> Int { Int(chost_stream_port(descriptor)) }

    /// Begins to connect; the connection is made when the descriptor becomes writable.
    public static func connect(
        to address: SocketAddress
    ) -> (descriptor: Int32, isPending: Bool) {
        var pending: Int32 = 0
        let descriptor = unsafe chost_stream_connect(
            address.bytes, UInt32(address.bytes.count), &pending)
        return (descriptor, pending != 0)
    }

    /// Takes a connection that waits, with its peer's host in numbers.
    public static func accept(_ listener: Int32) -> (descriptor: Int32, peer: [UInt8]) {
        var text = [CChar](repeating: 0, count: 64)
        let descriptor = unsafe chost_stream_accept(listener, &text, 64)
        let peer = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return (descriptor, peer)
    }

    /// True for a negated error number that says that descriptors or memory ran out.
    public static func isExhausted(_ code: Int32) -> Bool {
        [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(-code)
    }

    /// Reads what has come, at most `count` bytes; 0 at the end of the stream.
    @unsafe public static func read(
        _ descriptor: Int32, into target: UnsafeMutableRawPointer, _ count: Int
    ) -> Int {
        unsafe chost_stream_read(descriptor, target, count)
    }

    /// Writes what there is room for.
    @unsafe public static func write(
        _ descriptor: Int32, from source: UnsafeRawPointer, _ count: Int
    ) -> Int {
        unsafe chost_stream_write(descriptor, source, count)
    }

    /// True when nothing has come and the peer has not closed.
    public static func isQuiet(_ descriptor: Int32) -> Bool { chost_stream_quiet(descriptor) == 1 }

    /// Why a connection could not be made; 0 when it was.
    public static func error(of descriptor: Int32) -> Int32 { chost_stream_error(descriptor) }

    /// Tells the peer that nothing more will be sent.
    public static func finish(_ descriptor: Int32) { _ = chost_stream_finish(descriptor) }

    /// Closes, with a reset when asked: the peer then knows that what it got is not whole.
    public static func close(_ descriptor: Int32, reset: Bool = false) {
        if reset { _ = chost_stream_reset(descriptor) }
        chost_stream_close(descriptor)
    }

    /// The system's words for an error number.
    public static func words(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
