internal import CHost
internal import Glibc

/// A stream socket of the Unix family that never waits but where it is asked to.
final class UnixConnection: KernelConnection {
    /// Holds the socket of the moment, so that who waits on this sees every one of them.
    private let poller: Int32
    private var socket: Int32 = -1
    private let path: String
    private var buffer = [UInt8].unfilled(65_536)
    let isUrgent = false

    init(_ path: String) throws(KernelError) {
        self.path = path
        poller = chost_poll_new()
        guard poller >= 0 else { throw refusal("wait for \(path)", -poller) }
    }

    deinit {
        drop()
        _ = Glibc.close(poller)
    }

    var descriptor: Int32? { poller }
    var isOpen: Bool { socket >= 0 }

    func open() throws(KernelError) {
        drop()
        let operation = "connect to \(path)"
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw refusal(operation, ENAMETOOLONG)
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { buffer in
            for (index, byte) in path.utf8.enumerated() { unsafe buffer[index] = byte }
        }
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let made = Glibc.socket(AF_UNIX, Int32(kind), 0)
        guard made >= 0 else { throw refusal(operation, errno) }
        let result = unsafe withUnsafeBytes(of: address) { bytes -> Int32 in
            guard let base = bytes.baseAddress else { return -1 }
            return unsafe connect(
                made, base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        guard result == 0, chost_poll_add(poller, made, 0, 0) == 0 else {
            let code = errno
            _ = Glibc.close(made)
            throw KernelError(
                operation: operation, cause: unsafe String(cString: strerror(code)),
                remedy: "start the service, or let this user reach its socket")
        }
        socket = made
    }

    func send(_ bytes: [UInt8]) -> Bool {
        var offset = 0
        while offset < bytes.count, socket >= 0 {
            let count = unsafe bytes.withUnsafeBytes { part in
                unsafe Glibc.send(
                    socket, part.baseAddress?.advanced(by: offset), bytes.count - offset,
                    Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                offset += count
            } else if errno == EAGAIN {
                var one = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
                if unsafe poll(&one, 1, 1000) <= 0 { drop() }
            } else if errno != EINTR {
                drop()
            }
        }
        return socket >= 0
    }

    func wait(milliseconds: Int) -> Bool {
        socket >= 0 && chost_wait_readable(socket, Int32(clamping: milliseconds)) == 1
    }

    func receive(_ take: (RawSpan) -> Void) -> FeedState {
        guard socket >= 0 else { return .empty }
        let count = unsafe recv(socket, &buffer, buffer.count, 0)
        if count > 0 {
            unsafe take(buffer.span.bytes.extracting(0..<count))
            return count == buffer.count ? .more : .empty
        }
        if count < 0, errno == EAGAIN || errno == EINTR { return .empty }
        drop()
        return .lost(cause: "the connection to \(path) has ended")
    }

    func close() { drop() }

    private func drop() {
        // Closing takes the socket out of the set that is waited on.
        if socket >= 0 { _ = Glibc.close(socket) }
        socket = -1
    }
}
