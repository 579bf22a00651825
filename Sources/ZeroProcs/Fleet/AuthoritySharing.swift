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

        /// A voter.
        public struct Recipient: Hashable, Sendable {
            /// Its name.
            public var machine: String
            /// The key that values are sealed to for it.
            public var sealing: [UInt8]
        }
    }

    /// What is to do on that state; nil when exactly the voters have the key.
    public func due(on graph: some GraphReader) throws(Refusal) -> Task? {
        guard let authority = try fleetResource(FleetTypes.authority.name, name, on: graph) else {
            return nil
        }
        let nodes = try reading { () throws(GraphError) in
            try graph.resources(of: FleetTypes.node.name, below: .root)
        }
        let voters = nodes.filter { node in
            node.data["role"]?.text == NodeRole.voter.rawValue
                && [.active, .draining].contains(
                    node.data["state"]?.text.flatMap(NodeState.init(rawValue:)))
        }
        let recipients = voters.compactMap { node in
            node.data["sealing"]?.bytes.map {
                Task.Recipient(machine: node.name.text, sealing: $0)
            }
        }
        let holders = authority.data["sealed"]?.list?.compactMap { $0.map?["machine"]?.text } ?? []
        guard Set(holders) != Set(recipients.map(\.machine)), !recipients.isEmpty else {
            return nil
        }
        return Task(
            recipients: recipients, version: (authority.data["version"]?.int ?? 0) + 1,
            authority: authority.id, revision: authority.revision)
    }

    /// The commands of a task, with the boxes that were made for it.
    public func commands(_ task: Task, sealed: Value) -> [Command] {
        [
            .update(
                Update(
                    id: task.authority, expect: task.revision,
                    data: ["sealed": sealed, "version": .int(task.version)]))
        ]
    }
}
