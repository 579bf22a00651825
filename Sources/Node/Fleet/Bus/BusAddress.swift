internal import Host
internal import Trust

/// Where a node listens for others: an address of the machine and the first of three ports. The next
/// two are those of its member of etcd, for clients and for members.
public struct BusAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address, numeric.
    public let host: String
    /// The port for nodes.
    public let port: Int

    /// Reads `10.0.0.7:7118` or `[fd00::7]:7118`; nil when it is neither, or when the two ports
    /// behind it are no ports.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"),
            let port = Int(text[text.index(after: colon)...]), (1...65_533).contains(port)
        else { return nil }
        let host = text[..<colon].filter { $0 != "[" && $0 != "]" }
        guard Self.bytes(host) != nil else { return nil }
        self.host = host
        self.port = port
    }

    /// All addresses of this kind, for tasks that other machines balance to.
    var anyAddress: String { host.contains(":") ? "::" : "0.0.0.0" }

    /// As others are told of it.
    public var description: String { at(port) }
    /// Where the member of etcd serves clients.
    var etcd: String { "https://" + at(port + 1) }
    /// Where the member of etcd serves other members.
    var etcdPeer: String { "https://" + at(port + 2) }

    private func at(_ port: Int) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// The address as certificates have it.
    var certified: [Passport.Host] {
        (Self.bytes(host).map { [.address($0)] } ?? []) + [.address([127, 0, 0, 1])]
    }

    /// The 4 or 16 bytes of a numeric address.
    private static func bytes(_ host: String) -> [UInt8]? {
        IPAddress(host)?.bytes
    }
}
