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

    /// The address in `sockaddr_in` or `sockaddr_in6`; nil for another family or length.
    public init?(kernelBytes bytes: [UInt8]) {
        guard bytes.count >= 16 else { return nil }
        let family = UInt16(bytes[0]) | UInt16(bytes[1]) << 8
        let port = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        let address: IPAddress?
        switch Int32(family) {
        case AF_INET: address = IPAddress(bytes: Array(bytes[4..<8]))
        case AF_INET6 where bytes.count >= 28: address = IPAddress(bytes: Array(bytes[8..<24]))
        default: return nil
        }
        guard let address else { return nil }
        self.init(host: address.description, port: port)
    }

    /// As the kernel has it: `sockaddr_in` or `sockaddr_in6`.
    public var kernelBytes: [UInt8] { bytes }

    public static func == (left: SocketAddress, right: SocketAddress) -> Bool {
        left.bytes == right.bytes
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
