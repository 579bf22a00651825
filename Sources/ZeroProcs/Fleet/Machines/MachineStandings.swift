public import MMSGraph
public import Resources

/// What the fleet says of its machines: a pure reading of `node` and `lapse` resources.
public struct MachineStandings: Sendable {
    private let nodes: [ResourceName: Resource]
    private let lapses: [ResourceName: Resource]

    /// The standings that these resources give.
    public init(nodes: [Resource], lapses: [Resource]) {
        self.nodes = Dictionary(nodes.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        self.lapses = Dictionary(lapses.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }

    /// The standings that a state of the graph gives.
    public init(_ graph: some GraphReader) throws(GraphError) {
        self.init(
            nodes: try graph.resources(of: Lapse.node, below: .root),
            lapses: try graph.resources(of: Lapse.type.name, below: .root))
    }

    /// How a machine stands. One without a node is of no fleet, and active.
    public func standing(of machine: ResourceName) -> Offer.Standing {
        if nodes[machine]?.data["state"]?.text == "removed" { return .removed }
        if lapses[machine] != nil { return .lapsed }
        return nodes[machine]?.data["state"]?.text == "draining" ? .draining : .active
    }

    /// Machines whose tasks are placed elsewhere because nobody hears them, or they left; why.
    public var lost: [ResourceName: String] {
        var lost: [ResourceName: String] = [:]
        for (machine, lapse) in lapses {
            let silent = lapse.data["silent"]?.int.map { " for \($0) ms" } ?? ""
            lost[machine] = "\(machine) was given up after silence\(silent)"
        }
        for (machine, node) in nodes where node.data["state"]?.text == "removed" {
            lost[machine] = "\(machine) was removed from the fleet"
        }
        return lost
    }

    /// The machines as their own logs and the fleet have them. Tags of a node count as labels,
    /// before what the machine says of itself.
    public func offers(_ machines: [Resource]) -> [Offer] {
        machines.compactMap { machine in
            guard var offer = Offer(machine) else { return nil }
            for (key, value) in nodes[offer.name]?.tags.entries ?? [] {
                offer.labels[key] = value
            }
            let standing = standing(of: offer.name)
            if standing != .active { offer.standing = standing }
            return offer
        }
    }

    /// Records of what runs, without those of machines that are lost: what they said last tells
    /// nothing of now, and nobody may be sent there.
    public func current(_ instances: [Resource]) -> [Resource] {
        let lost = Set(lost.keys.map { "/machines/" + $0.text })
        return lost.isEmpty ? instances : instances.filter { !lost.contains($0.namespace.path) }
    }
}

extension Offer {
    /// What a machine is to the scheduler.
    public enum Standing: String, Hashable, Sendable, CaseIterable {
        /// It takes tasks.
        case active
        /// It takes no more tasks; those it has stay.
        case closed
        /// It takes no more tasks, and those it has go elsewhere, few at a time.
        case draining
        /// Nobody hears it: what it has is placed elsewhere.
        case lapsed
        /// It left the fleet: what it has is placed elsewhere.
        case removed

        /// True when what it has is placed elsewhere at once.
        public var isLost: Bool {
            switch self {
            case .lapsed, .removed: true
            case .active, .closed, .draining: false
            }
        }
    }

    /// True when it takes no more tasks but is heard.
    public var isDraining: Bool {
        get { standing == .draining || standing == .closed }
        set { standing = newValue ? .closed : .active }
    }
}
