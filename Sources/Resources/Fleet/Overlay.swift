/// A network of encrypted tunnels (WireGuard) among the machines of a fleet, for what their apps say to
/// each other: `overlay/fleet` in `/`.
public struct Overlay: Hashable, Sendable {
    /// Where the addresses of the machines come from.
    public let network: AddressBlock
    /// Where each machine listens, UDP.
    public let port: UInt16
    /// Seconds after which a silent tunnel is kept open; 0 for never.
    public let keepalive: UInt16

    /// The port that WireGuard's own tools take.
    private static let standardPort: UInt16 = 51_820

    /// The type of the resource.
    public static let type = TypeDefinition(
        name: CoreTypes.known("overlay"),
        summary: "Encrypted tunnels among the machines, for what apps say to each other.",
        role: .desired, writer: "people",
        fields: [
            .init(
                "network", .text, "Where the machines' addresses come from, as 10.211.0.0/16.",
                required: true),
            .init(
                "port", .int, "Where each machine listens, UDP.",
                standard: .int(Int64(standardPort))),
            .init(
                "keepalive", .int,
                "After so long a silent tunnel is kept open, for machines behind a translator of "
                    + "addresses; 0: never.", unit: "s", standard: 0),
        ],
        columns: ["network", "port", "keepalive"])

    /// The only name that counts.
    public static let name = FleetLogTypes.only

    /// Reads the data of such a resource. Throws `invalidValue` with the field at fault.
    public init(_ data: ValueMap, of subject: String) throws(Refusal) {
        let text = data["network"]?.text ?? ""
        guard let network = AddressBlock(text), network.isOfMachines else {
            throw Self.refusal(
                subject, "network", "'\(printable(text))' is no network of machines",
                "write it as 10.211.0.0/16, of 8 to 30 bits, with zeros behind them")
        }
        self.network = network
        let port = data["port"]?.int ?? Int64(Self.standardPort)
        guard let number = UInt16(exactly: port), number > 0 else {
            throw Self.refusal(
                subject, "port", "\(port) is no port", "take one from 1 to 65535")
        }
        self.port = number
        let keepalive = data["keepalive"]?.int ?? 0
        guard let seconds = UInt16(exactly: keepalive) else {
            throw Self.refusal(
                subject, "keepalive", "\(keepalive) s cannot be used",
                "take 0 for never, or up to 65535; 25 is usual")
        }
        self.keepalive = seconds
    }

    private static func refusal(
        _ subject: String, _ field: String, _ reason: String, _ remedy: String
    ) -> Refusal {
        Refusal(
            .invalidValue, filter: "fleet", subject: subject, reason: reason, remedy: remedy,
            field: field)
    }
}

/// Addresses of version 4 that begin with the same bits, as `10.211.0.0/16`.
public struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    /// The first of them, as a number.
    private let base: UInt32
    /// How many leading bits they share.
    public let prefix: Int

    /// Reads `10.211.0.0/16`; nil where bits behind the prefix are set, or it has another form.
    public init?(_ text: String) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let base = Self.number(halves[0]), let prefix = Int(halves[1]),
            (0...32).contains(prefix), String(prefix) == halves[1]
        else { return nil }
        self.base = base
        self.prefix = prefix
        if base & ~mask != 0 { return nil }
    }

    public var description: String { "\(Self.text(base))/\(prefix)" }

    /// True when machines may have addresses of it: it has room for two, and is neither of this
    /// very machine nor of groups.
    public var isOfMachines: Bool {
        (8...30).contains(prefix) && base >> 24 != 127 && (1..<224).contains(base >> 24)
    }

    /// How many addresses machines may have: all but the first and the last.
    public var count: Int { max(0, (1 << (32 - prefix)) - 2) }

    /// The address of that number, from 1 to `count`.
    public func address(_ number: Int) -> String { Self.text(base + UInt32(number)) }

    /// The number of an address; nil for one that no machine may have of it.
    public func number(of address: String) -> Int? {
        guard let found = Self.number(address[...]), found & mask == base else { return nil }
        let number = Int(found - base)
        return (1...max(1, count)).contains(number) ? number : nil
    }

    private var mask: UInt32 { prefix == 0 ? 0 : UInt32.max << (32 - UInt32(prefix)) }

    private static func text(_ number: UInt32) -> String {
        [24, 16, 8, 0].map { String(number >> UInt32($0) & 0xFF) }.joined(separator: ".")
    }

    private static func number(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        // A zero in front would be octal elsewhere.
        let bytes = parts.compactMap { part in UInt8(part).flatMap { String($0) == part ? $0 : nil }
        }
        guard parts.count == 4, bytes.count == 4 else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
