public import Resources
public import Trust

/// What a machine must know to find its way in a fleet: who vouches, and who belongs.
public struct FleetRoll: Hashable, Sendable {
    /// The fleet.
    public var cluster: Identifier
    /// The fleet log.
    public var log: Identifier
    /// The authority's certificate.
    public var authority: Certificate
    /// Nodes that belong, the voters first.
    public var nodes: [Member]

    /// A node as others need to know it.
    public struct Member: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// The key it connects with.
        public var key: SignerKey
        /// What it is.
        public var role: NodeRole
        /// Where it may be reached.
        public var addresses: [String]

        /// A node of that name and key.
        public init(name: String, key: SignerKey, role: NodeRole, addresses: [String]) {
            self.name = name
            self.key = key
            self.role = role
            self.addresses = addresses
        }
    }

    /// The fleet of that authority and those nodes.
    public init(
        cluster: Identifier, log: Identifier, authority: Certificate, nodes: [Member]
    ) {
        self.cluster = cluster
        self.log = log
        self.authority = authority
        self.nodes = nodes
    }
}

/// What a fleet says to a machine that asks. Format: Docs/Formats/bus.md.
public enum JoinAnswer: Hashable, Sendable {
    /// It belongs: its certificate, and the fleet.
    case member(Certificate, FleetRoll)
    /// It is written down; somebody must approve it. Ask again.
    case waiting
    /// This node cannot vouch; those at the addresses can.
    case elsewhere([String])
}

extension JoinAnswer {
    /// Its canonical CBOR.
    public var bytes: [UInt8] {
        var writer = CBORWriter(capacity: 1024)
        switch self {
        case .member(let certificate, let roll):
            writer.beginList(6)
            writer.write(unsigned: 1)
            writer.write(bytes: certificate.bytes)
            writer.write(roll.cluster)
            writer.write(roll.log)
            writer.write(bytes: roll.authority.bytes)
            writer.beginList(roll.nodes.count)
            for node in roll.nodes { Self.write(node, &writer) }
        case .waiting:
            writer.beginList(1)
            writer.write(unsigned: 2)
        case .elsewhere(let addresses):
            writer.beginList(2)
            writer.write(unsigned: 3)
            writer.beginList(addresses.count)
            for address in addresses { writer.write(address) }
        }
        return writer.bytes
    }

    private static func write(_ node: FleetRoll.Member, _ writer: inout CBORWriter) {
        writer.beginList(4)
        writer.write(node.name)
        writer.write(bytes: node.key.bytes)
        writer.write(node.role.rawValue)
        writer.beginList(node.addresses.count)
        for address in node.addresses { writer.write(address) }
    }

    /// Reads an answer.
    public init(bytes: [UInt8]) throws(BusError) {
        let parts: Parts?
        do throws(CBORError) { parts = try Self.parts(bytes) } catch {
            throw .malformed(
                "read", "the answer to a request to join",
                "at byte \(error.offset) \(error.reason.rawValue)")
        }
        do throws(TrustError) {
            switch parts {
            case .member(let certificate, let roll):
                let nodes = try roll.nodes.map { (node) throws(TrustError) in
                    FleetRoll.Member(
                        name: node.name, key: try SignerKey(bytes: node.key), role: node.role,
                        addresses: node.addresses)
                }
                self = .member(
                    try Certificate(bytes: certificate),
                    FleetRoll(
                        cluster: roll.cluster, log: roll.log,
                        authority: try Certificate(bytes: roll.authority), nodes: nodes))
            case .waiting: self = .waiting
            case .elsewhere(let addresses): self = .elsewhere(addresses)
            case nil:
                throw TrustError(
                    .badForm, operation: "read", subject: "the answer", cause: "a part is missing",
                    remedy: "run the same version of Pisces on both machines")
            }
        } catch { throw .malformed("read", "the answer to a request to join", error.cause) }
    }

    private struct Node {
        var name: String
        var key: [UInt8]
        var role: NodeRole
        var addresses: [String]
    }

    private struct Roll {
        var cluster: Identifier
        var log: Identifier
        var authority: [UInt8]
        var nodes: [Node]
    }

    private enum Parts {
        case member([UInt8], Roll)
        case waiting
        case elsewhere([String])
    }

    private static func parts(_ bytes: [UInt8]) throws(CBORError) -> Parts? {
        var reader = CBORReader(bytes)
        let count = try reader.beginList()
        let parts: Parts
        switch (try reader.readInt(), count) {
        case (1, 6):
            let certificate = try reader.readBytes()
            let cluster = try reader.readIdentifier()
            let log = try reader.readIdentifier()
            let authority = try reader.readBytes()
            let nodes = try reader.readList { (reader) throws(CBORError) in
                try node(&reader)
            }
            let whole = nodes.compactMap(\.self)
            guard whole.count == nodes.count else { return nil }
            parts = .member(
                certificate, Roll(cluster: cluster, log: log, authority: authority, nodes: whole))
        case (2, 1): parts = .waiting
        case (3, 2): parts = .elsewhere(try addresses(&reader))
        default: return nil
        }
        try reader.finish()
        return parts
    }

    private static func node(_ reader: inout CBORReader) throws(CBORError) -> Node? {
        guard try reader.beginList() == 4 else { return nil }
        let name = try reader.readText()
        let key = try reader.readBytes()
        let role = NodeRole(rawValue: try reader.readText())
        let addresses = try addresses(&reader)
        return role.map { Node(name: name, key: key, role: $0, addresses: addresses) }
    }

    private static func addresses(_ reader: inout CBORReader) throws(CBORError) -> [String] {
        try reader.readList { (reader) throws(CBORError) in try reader.readText() }
    }
}
