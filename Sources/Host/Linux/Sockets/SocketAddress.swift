internal import CHost
internal import Glibc

/// A numeric address of a host and a port: `127.0.0.1:8000` or `[::1]:8000`.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// The host in numbers.
    public let host: String
    /// The port; 0 asks the kernel for a free one when listening.
    public let port: UInt16
    /// As the kernel has it (`sockaddr_in`, `sockaddr_in6`).
    let bytes: [UInt8]

    /// The address of a host in numbers; nil when it is a name or malformed.
    public init?(host: String, port: UInt16) {
        var bytes = [UInt8](repeating: 0, count: 28)
        let length = unsafe chost_stream_address(host, port, &bytes, 28)
        guard length > 0 else { return nil }
        self.host = host
        self.port = port
        self.bytes = Array(bytes.prefix(Int(length)))
    }

    /// The address in a text; nil when it has another form.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[colon...].dropFirst())
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        self.init(host: String(host), port: port)
    }

    public static func == (left: SocketAddress, right: SocketAddress) -> Bool {
        left.bytes == right.bytes
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
