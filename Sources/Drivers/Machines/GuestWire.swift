public import Host
public import Resources
internal import Trust

/// The wire between this machine and one guest: a network of their own, of which this machine is the
/// gateway. The guest is a node there.
public struct GuestWire: Hashable, Sendable {
    /// This machine's address on it.
    public let host: IPAddress
    /// How many leading bits of an address name the network.
    public let prefix: Int
    /// The guest's address on it.
    public let guest: IPAddress
    /// Where other nodes reach the guest.
    public let bus: String

    /// The wire on which this machine has the address `host`, as `10.98.0.1/30`, and the guest the
    /// one that `bus` has, as `10.98.0.2:7118`; refused when they are no neighbours.
    public init(host text: String, bus: String) throws(DriverError) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let host = IPAddress(String(halves[0])), !host.isVersion6,
            let prefix = Int(halves[1]), (8...30).contains(prefix)
        else {
            throw Self.refusal(
                "'\(printable(text))' is no address with its prefix",
                "write this machine's address on it, as 10.98.0.1/30")
        }
        let parts = bus.split(separator: ":", omittingEmptySubsequences: false)
        let mask = Lease.mask(prefix).number
        guard parts.count == 2, UInt16(parts[1]) != nil, let guest = IPAddress(String(parts[0])),
            !guest.isVersion6, guest != host, guest.number & mask == host.number & mask
        else {
            throw Self.refusal(
                "'\(printable(bus))' is no address and port in the network of \(text)",
                "write where the guest is reached on it, as 10.98.0.2:7118")
        }
        self.host = host
        self.prefix = prefix
        self.guest = guest
        self.bus = bus
    }

    /// What the guest is told of its address: the data of a resource of type `network`.
    public var network: ValueMap {
        ["address": .text("\(guest)/\(prefix)"), "gateway": .text("\(host)")]
    }

    /// The interface of this machine that it ends in: at most 15 letters (netdevice(7)).
    func interface(of name: ResourceName) -> String {
        "pg" + Self.digits(of: name).prefix(10)
    }

    /// The hardware address of the guest, one of those that are given by hand.
    func hardware(of name: ResourceName) -> String {
        let digits = Array(Self.digits(of: name))
        let bytes = stride(from: 0, to: 6, by: 2).map { String(digits[$0..<$0 + 2]) }
        return "52:54:00:" + bytes.joined(separator: ":")
    }

    private static func digits(of name: ResourceName) -> String {
        ContentDigest(of: Array(name.text.utf8)).hex
    }

    private static func refusal(_ cause: String, _ remedy: String) -> DriverError {
        DriverError(
            .invalid, operation: "make", subject: "the wire of a guest", cause: cause,
            remedy: remedy)
    }
}
