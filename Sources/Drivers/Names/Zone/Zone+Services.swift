public import Host
internal import Resources

/// What programs find under one name: addresses, ports by their names, texts.
public struct NamedHost: Hashable, Sendable {
    /// The name in the zone, such as `guestbook.prod` for the service in namespace `/prod`.
    public var name: String
    /// Where it is.
    public var addresses: [IPAddress]
    /// The ports by name and protocol: `_http._tcp` below the name.
    public var ports: [NamedPort]
    /// Texts of the name.
    public var texts: [String]

    /// A name with addresses.
    public init(
        _ name: String, addresses: [IPAddress], ports: [NamedPort] = [], texts: [String] = []
    ) {
        self.name = name
        self.addresses = addresses
        self.ports = ports
        self.texts = texts
    }
}

/// A port that has a name.
public struct NamedPort: Hashable, Sendable {
    /// The name: `http`.
    public var name: String
    /// `tcp` or `udp`.
    public var transport: String
    /// The port.
    public var port: UInt16

    /// A port.
    public init(_ name: String, transport: String = "tcp", _ port: UInt16) {
        self.name = name
        self.transport = transport
        self.port = port
    }
}

extension Zone {
    /// The zone of everything that Pisces names.
    public static let standardApex = "pisces.internal"

    /// The zone of hosts and services and, for their addresses of the service network 127.77, the
    /// zone that leads back. `serial` grows with every version, such as the log's position.
    public static func zones(
        of hosts: [NamedHost], apex text: String = standardApex, servers: [IPAddress],
        serial: UInt32, ttl: UInt32 = 5, negativeTTL: UInt32 = 2
    ) throws(DriverError) -> [Zone] {
        guard let apex = DNSName(text), let server = apex.child("ns"),
            let mailbox = apex.child("hostmaster"), let back = DNSName("77.127.in-addr.arpa")
        else { throw refuseName(text) }
        let authority = DNSAuthority(
            server: server, mailbox: mailbox, serial: serial, minimum: negativeTTL)
        var records = [DNSRecord(apex, ttl: ttl, .ns(server))]
        records += servers.map { DNSRecord(server, ttl: ttl, .address($0)) }
        var backwards = [DNSRecord(back, ttl: ttl, .ns(server))]
        for host in hosts {
            guard let name = apex.child(host.name) else { throw refuseName(host.name) }
            records += host.addresses.map { DNSRecord(name, ttl: ttl, .address($0)) }
            records += host.texts.map { DNSRecord(name, ttl: ttl, .text($0)) }
            for port in host.ports {
                guard let service = name.child("_\(port.name)._\(port.transport)") else {
                    throw refuseName("_\(port.name)._\(port.transport).\(host.name)")
                }
                let data = DNSData.srv(priority: 0, weight: 0, port: port.port, target: name)
                records.append(DNSRecord(service, ttl: ttl, data))
            }
            for address in host.addresses {
                guard let reverse = address.reverseName, reverse.isWithin(back) else { continue }
                backwards.append(DNSRecord(reverse, ttl: ttl, .ptr(name)))
            }
        }
        return [
            try Zone(apex, authority: authority, ttl: ttl, records: records),
            try Zone(back, authority: authority, ttl: ttl, records: backwards),
        ]
    }

    private static func refuseName(_ text: String) -> DriverError {
        DriverError(
            .unsupported, operation: "publish", subject: printable(text),
            cause: "is no domain name", remedy: "use labels of 1 to 63 bytes, at most 255 in all")
    }
}
