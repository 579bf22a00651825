internal import CHost
internal import Glibc
internal import Synchronization

/// A connected, blocking stream socket, for clients.
public final class StreamSocket: Sendable {
    private let descriptor: Int32

    /// Where to connect.
    public enum Address: Sendable {
        /// A Unix socket at that path, of at most 107 bytes.
        case unix(path: String)
        /// An IPv4 address in dotted form, or `localhost`, and a port.
        case tcp(host: String, port: UInt16)
    }

    /// A connection that could not be made or broke.
    public struct Failure: Error, Sendable {
        /// What was being done.
        public let operation: String
        /// The system's error number.
        public let code: Int32
        /// The system's words for it.
        public var cause: String { unsafe String(cString: strerror(code)) }
        /// True when the limit of the socket was over.
        public var isTimeout: Bool { code == EAGAIN }
    }

    /// Connects, waiting for the peer.
    public init(_ address: Address) throws(Failure) {
        switch address {
        case .unix(let path): descriptor = try Self.connect(unix: path)
        case .tcp(let host, let port): descriptor = try Self.connect(host: host, port: port)
        }
    }

    deinit { close(descriptor) }

    /// Lets each read and write fail when it waits longer than that; 0 lets them wait for ever.
    public func limit(milliseconds: Int) {
        var time = timeval(
            tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            _ = unsafe setsockopt(
                descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    /// Writes all of `bytes`.
    public func write(_ bytes: [UInt8]) throws(Failure) {
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe send(
                    descriptor, buffer.baseAddress?.advanced(by: offset), bytes.count - offset,
                    Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(operation: "write", code: errno)
            }
            offset += count
        }
    }

    /// Reads what has come, at most `count` bytes; empty at the end.
    public func read(_ count: Int = 65_536) throws(Failure) -> [UInt8] {
        while true {
            var result = 0
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                result = unsafe recv(descriptor, buffer.baseAddress, count, 0)
                filled = max(0, result)
            }
            if result >= 0 { return bytes }
            if errno != EINTR { throw Failure(operation: "read", code: errno) }
        }
    }

    private static func connect(unix path: String) throws(Failure) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < capacity else {
            throw Failure(operation: "connect", code: ENAMETOOLONG)
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { buffer in
            for (index, byte) in path.utf8.enumerated() { unsafe buffer[index] = byte }
        }
        return try connect(address, family: AF_UNIX)
    }

    private static func connect(host: String, port: UInt16) throws(Failure) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        let dotted = host == "localhost" ? "127.0.0.1" : host
        guard unsafe inet_pton(AF_INET, dotted, &address.sin_addr) == 1 else {
            throw Failure(operation: "connect", code: EADDRNOTAVAIL)
        }
        return try connect(address, family: AF_INET)
    }

    private static func connect<Address>(
        _ address: Address, family: Int32
    ) throws(Failure) -> Int32 {
        let descriptor = socket(
            family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(operation: "socket", code: errno) }
        let result = unsafe withUnsafeBytes(of: address) { bytes -> Int32 in
            guard let base = bytes.baseAddress else { return -1 }
            return unsafe Glibc.connect(
                descriptor, base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw Failure(operation: "connect", code: code)
        }
        return descriptor
    }
}
