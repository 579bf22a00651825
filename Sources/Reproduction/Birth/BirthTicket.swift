public import Resources
public import Trust

/// What a new machine is told: who it becomes, in which fleet, and, when it is blank, of which
/// system and where that is had. It is read from the start of a disk that holds nothing else (Docs/Formats/birth.md).
public struct BirthTicket: Hashable, Sendable {
    /// Its name in the fleet.
    public var name: ResourceName
    /// The machine that gives it its system.
    public var parent: ResourceName
    /// The digest of the description it is built of; nil for a machine that has its system and
    /// only joins.
    public var generation: ContentDigest?
    /// The text of its invitation, which is secret.
    public var invitation: String
    /// Where other nodes reach it, as `10.0.0.7:7118`.
    public var bus: String
    /// How its interface gets its address: the data of a resource of type `network`; empty for an
    /// address that is lent.
    public var network: ValueMap
    /// The interface that is meant; nil for all.
    public var interface: ResourceName?
    /// The disk it is built on, as `/dev/vda`; nil for the only empty one.
    public var disk: String?

    /// What the first line says.
    static let head = "pisces birth 1"
    private static let last = "end"
    /// Bytes that a ticket takes on its disk.
    public static let bytes = 4096

    /// A ticket.
    public init(
        name: ResourceName, parent: ResourceName, generation: ContentDigest?, invitation: String,
        bus: String, network: ValueMap = [:], interface: ResourceName? = nil, disk: String? = nil
    ) {
        self.name = name
        self.parent = parent
        self.generation = generation
        self.invitation = invitation
        self.bus = bus
        self.network = network
        self.interface = interface
        self.disk = disk
    }

    /// Its text: a line for each part.
    public var text: String {
        var lines = [
            Self.head, "name \(name)", "parent \(parent)", "invitation \(invitation)",
            "bus \(bus)",
        ]
        if let generation { lines.append("generation \(generation)") }
        for field in Self.networkFields {
            if let value = network[field]?.text { lines.append("\(field) \(value)") }
        }
        if let interface { lines.append("interface \(interface)") }
        if let disk { lines.append("disk \(disk)") }
        return (lines + [Self.last]).map { $0 + "\n" }.joined()
    }

    private static let networkFields = ["address", "gateway"]
    private static let known =
        ["name", "parent", "generation", "invitation", "bus"] + networkFields
        + ["interface", "disk"]

    /// True when these bytes, the start of a disk, are meant to be a ticket.
    public static func begins(_ bytes: [UInt8]) -> Bool { bytes.starts(with: head.utf8) }

    /// Reads a ticket from the start of a disk; what is behind its last line is not looked at.
    public init(_ bytes: [UInt8]) throws(ReproductionError) {
        guard
            let text = String(
                validating: bytes.prefix(Self.bytes).prefix { $0 != 0 }, as: UTF8.self)
        else { throw Self.refusal("it is no text") }
        var parts: [String: String] = [:]
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        guard lines.popFirst().map({ String($0) }) == Self.head else {
            throw Self.refusal("its first line is not '\(Self.head)'")
        }
        while let line = lines.popFirst() {
            if line == Self.last { break }
            guard !lines.isEmpty else { throw Self.refusal("it has no last line '\(Self.last)'") }
            let halves = line.split(separator: " ", maxSplits: 1)
            guard halves.count == 2, Self.known.contains(String(halves[0])) else {
                throw Self.refusal("'\(printable(String(line.prefix(40))))' is no part of one")
            }
            guard parts.updateValue(String(halves[1]), forKey: String(halves[0])) == nil else {
                throw Self.refusal("it says \(halves[0]) twice")
            }
        }
        try self.init(parts)
    }

    private init(_ parts: [String: String]) throws(ReproductionError) {
        func part(_ key: String) throws(ReproductionError) -> String {
            guard let value = parts[key] else { throw Self.refusal("it says no \(key)") }
            return value
        }
        func name(_ key: String) throws(ReproductionError) -> ResourceName {
            let text = try part(key)
            do throws(NameError) { return try ResourceName(text) } catch {
                throw Self.refusal("its \(key) \(printable(text)) is none: \(error.reason)")
            }
        }
        self.name = try name("name")
        parent = try name("parent")
        generation = parts["generation"].flatMap { ContentDigest($0) }
        if parts["generation"] != nil, generation == nil {
            throw Self.refusal("its generation is no digest")
        }
        invitation = try part("invitation")
        bus = try part("bus")
        network = [:]
        for field in Self.networkFields { network[field] = parts[field].map { .text($0) } }
        interface = parts["interface"] == nil ? nil : try name("interface")
        disk = parts["disk"]
        if let disk, !disk.hasPrefix("/dev/") {
            throw Self.refusal("its disk \(printable(disk)) is none: it has to begin with /dev/")
        }
    }

    private static func refusal(_ cause: String) -> ReproductionError {
        ReproductionError(
            .badForm, operation: "read", subject: "the ticket of a birth", cause: cause,
            remedy: "write what pisces birth invite printed to the start of the disk")
    }
}
