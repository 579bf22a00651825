public import Host
public import Resources

/// How one interface of a machine gets its address: a desired resource named after the interface,
/// or `default` for all that have none of their own.
public enum NetworkSetting: Hashable, Sendable {
    /// A server lends it.
    case lent
    /// It is written down.
    case fixed(Fixed)

    /// An address that is written down.
    public struct Fixed: Hashable, Sendable {
        /// The address.
        public let address: IPAddress
        /// How many leading bits of it name the network.
        public let prefix: Int
        /// Where everything beyond the network goes.
        public let gateway: IPAddress?
        /// Who answers names.
        public let nameServers: [IPAddress]
    }

    /// The name of the setting of interfaces that have none of their own.
    public static let standardName = "default"

    /// The type of the resource.
    public static let type = TypeDefinition(
        name: CoreTypes.known("network"),
        summary: "How an interface of a machine that boots our image gets its address.",
        role: .desired, writer: "people",
        fields: [
            .init(
                "address", .text, "A fixed address with its prefix, as 192.0.2.7/24; none: DHCP."),
            .init("gateway", .text, "Where everything beyond the network goes."),
            .init("servers", .list, "Addresses that answer names."),
        ],
        columns: ["address", "gateway", "servers"])

    /// Reads the data of such a resource.
    public init(_ data: ValueMap) throws(DriverError) {
        guard let text = data["address"]?.text, !text.isEmpty else {
            self = .lent
            return
        }
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let address = IPAddress(String(halves[0])), !address.isVersion6,
            let prefix = Int(halves[1]), (1...31).contains(prefix)
        else { throw Self.refusal("address", text, "write it as 192.0.2.7/24") }
        var servers: [IPAddress] = []
        for item in data["servers"]?.list ?? [] {
            guard let server = item.text.flatMap({ IPAddress($0) }) else {
                throw Self.refusal("servers", item.text ?? "?", "write addresses")
            }
            servers.append(server)
        }
        var gateway: IPAddress?
        if let word = data["gateway"]?.text {
            gateway = IPAddress(word)
            let mask = Lease.mask(prefix).number
            guard let gateway, !gateway.isVersion6,
                gateway.number & mask == address.number & mask
            else { throw Self.refusal("gateway", word, "it must be in the network of \(text)") }
        }
        self = .fixed(
            Fixed(
                address: address, prefix: prefix, gateway: gateway,
                nameServers: Array(servers.prefix(Limits.leaseNameServers.value))))
    }

    private static func refusal(_ field: String, _ value: String, _ remedy: String) -> DriverError {
        DriverError(
            .invalid, operation: "read", subject: "network, field \(field)",
            cause: "'\(printable(value))' cannot be used", remedy: remedy)
    }
}
