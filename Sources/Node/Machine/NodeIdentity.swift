public import Host
public import Resources

/// What a node is for ever: made once, on the machine, kept in its state directory.
public struct NodeIdentity: Hashable, Sendable {
    /// The machine's name in the graph.
    public let name: String
    /// The cluster its logs belong to.
    public internal(set) var cluster: Identifier
    /// The fleet log.
    public internal(set) var fleetLog: Identifier
    /// The machine's own log.
    public let machineLog: Identifier

    /// A new identity for the machine of that name.
    public init(name: String, time: WallTime, entropy: some Entropy) throws(NameError) {
        _ = try Namespace.machine(name)
        self.name = name
        cluster = entropy.identifier(at: time)
        fleetLog = entropy.identifier(at: time)
        machineLog = entropy.identifier(at: time)
    }

    /// The namespace of the machine.
    public var namespace: Namespace {
        do throws(NameError) { return try Namespace.machine(name) } catch {
            preconditionFailure("the name was checked when the identity was made: \(error.reason)")
        }
    }

    /// Its form in the file `identity.json`.
    public var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("name", name)
            writer.member("cluster", cluster.description)
            writer.member("fleetLog", fleetLog.description)
            writer.member("machineLog", machineLog.description)
        }
        return writer.bytes
    }

    /// Reads the file; nil when it is no identity.
    public init?(bytes: [UInt8]) {
        guard let value = try? JSONReader.decode(bytes), let map = value.map,
            let name = map["name"]?.text, (try? Namespace.machine(name)) != nil,
            let cluster = map["cluster"]?.text.flatMap({ Identifier($0) }),
            let fleetLog = map["fleetLog"]?.text.flatMap({ Identifier($0) }),
            let machineLog = map["machineLog"]?.text.flatMap({ Identifier($0) })
        else { return nil }
        self.name = name
        self.cluster = cluster
        self.fleetLog = fleetLog
        self.machineLog = machineLog
    }
}
