public import MMSGraph
public import Resources

/// Which nodes hold the key of the fleet's authority: all voters, so that any of them lets machines
/// in while others are down.
public struct AuthoritySharing: Sendable {
    private let name: ResourceName

    /// The rule for the resource `authority/NAME`.
    public init(_ name: ResourceName) { self.name = name }

    /// A key that must be sealed anew: to whom, and what the resource must still be.
    public struct Task: Hashable, Sendable {
        /// The voters by name, with the keys to seal to.
        public var recipients: [Recipient]
        /// The version to seal as.
        public var version: Int64
        /// The authority's resource.
        public var authority: Identifier
        /// The revision it must still have.
        public var revision: Position
        /// The signing keys of all machines that have had the key then.
        public var holders: [[UInt8]]

        /// A voter.
        public struct Recipient: Hashable, Sendable {
            /// Its name.
            public var machine: String
            /// The key it signs with.
            public var key: [UInt8]
            /// The key that values are sealed to for it.
            public var sealing: [UInt8]
        }
    }

    /// What is to do on that state; nil when exactly the voters have the key.
    public func due(on graph: some GraphReader) throws(Refusal) -> Task? {
        guard let authority = try fleetResource(FleetTypes.authority.name, name, on: graph) else {
            return nil
        }
        let nodes = try Self.nodes(on: graph)
        let recipients = Self.recipients(nodes)
        let sealed = Self.machines(of: authority)
        guard Set(sealed) != Set(recipients.map(\.machine)), !recipients.isEmpty else {
            return nil
        }
        let holders = Self.holders(of: authority, among: nodes).union(recipients.map(\.key))
        return Task(
            recipients: recipients, version: (authority.data["version"]?.int ?? 0) + 1,
            authority: authority.id, revision: authority.revision, holders: holders.inOrder)
    }

    /// The commands of a task, with the boxes that were made for it.
    public func commands(_ task: Task, sealed: Value) -> [Command] {
        [
            .update(
                Update(
                    id: task.authority, expect: task.revision,
                    data: [
                        "sealed": sealed, "version": .int(task.version),
                        "holders": .list(task.holders.map(Value.bytes)),
                    ]))
        ]
    }
}

// MARK: Who has, and who had, a key

extension AuthoritySharing {
    static func nodes(on graph: some GraphReader) throws(Refusal) -> [Resource] {
        try reading { () throws(GraphError) in
            try graph.resources(of: FleetTypes.node.name, below: .root)
        }
    }

    static func belongs(_ node: Resource) -> Bool {
        [.active, .draining].contains(node.data["state"]?.text.flatMap(NodeState.init(rawValue:)))
    }

    /// The voters that belong.
    static func recipients(_ nodes: [Resource]) -> [Task.Recipient] {
        nodes.compactMap { node in
            guard node.data["role"]?.text == NodeRole.voter.rawValue, belongs(node),
                let key = node.data["key"]?.bytes, let sealing = node.data["sealing"]?.bytes
            else { return nil }
            return Task.Recipient(machine: node.name.text, key: key, sealing: sealing)
        }
    }

    /// The names of the voters that belong.
    public static func voters(_ nodes: [Resource]) -> [String] {
        recipients(nodes).map(\.machine)
    }

    /// The machines that the key is sealed to.
    private static func machines(of authority: Resource) -> [String] {
        authority.data["sealed"]?.list?.compactMap { $0.map?["machine"]?.text } ?? []
    }

    /// The signing keys of all machines that have ever had the key of `authority`. Where that was
    /// not written down, by an older version, whoever votes or voted has had it.
    static func holders(of authority: Resource, among nodes: [Resource]) -> Set<[UInt8]> {
        if let known = authority.data["holders"]?.list { return Set(known.compactMap(\.bytes)) }
        let sealed = Set(machines(of: authority))
        var keys: Set<[UInt8]> = []
        for node in nodes {
            let votes = node.data["role"]?.text == NodeRole.voter.rawValue
            guard votes && node.data["state"] != "waiting" || sealed.contains(node.name.text)
            else { continue }
            let former = node.data["former"]?.list?.compactMap(\.bytes) ?? []
            keys.formUnion(former + [node.data["key"]?.bytes].compactMap(\.self))
        }
        return keys
    }
}

extension Set where Element == [UInt8] {
    /// The same in the same order everywhere.
    var inOrder: [[UInt8]] { sorted { $0.lexicographicallyPrecedes($1) } }
}
