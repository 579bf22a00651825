public import Cypher
public import Resources

extension ResourceGraph {
    public func neighbours(
        of node: Int64, _ direction: Direction, types: [GraphToken]
    ) throws(CypherError) -> ResourceNeighbours<Store> {
        var ready: [Neighbour] = []
        var segments: [ResourceNeighbours<Store>.Segment] = []
        if direction != .in { try collectOut(node, types, &ready, &segments) }
        if direction != .out {
            try collectIn(node, types, loops: direction == .in, &ready, &segments)
        }
        return ResourceNeighbours(
            graph: self, node: node, ready: ready, segments: segments,
            skipsLoops: direction == .both)
    }

    private func wants(_ name: String, _ types: [GraphToken]) -> Bool {
        types.isEmpty || types.contains(tokens[name])
    }

    private func collectOut(
        _ node: Int64, _ types: [GraphToken], _ ready: inout [Neighbour],
        _ segments: inout [ResourceNeighbours<Store>.Segment]
    ) throws(CypherError) {
        guard let card = try card(node) else { return }
        for (relation, targets) in try card.links(where: { wants($0, types) }) {
            let type = tokens[relation]
            // Each is looked at below: of more than are allowed none needs to be.
            if targets.count > allowance { try spend(targets.count) }
            ready.reserveCapacity(ready.count + targets.count)
            for target in targets.distinct {
                let end = try number(target)
                // Links may dangle: what is not there is no node.
                guard try nodeExists(end) else { continue }
                ready.append(Neighbour(relationship: relationship(node, type, end), node: end))
            }
        }
        guard wants(Self.owns, types) else { return }
        if reader.isPast {
            for owned in try pastLinks().owned(by: identifier(node)) {
                let end = try number(owned)
                guard try nodeExists(end) else { continue }
                ready.append(
                    Neighbour(relationship: relationship(node, tokens[Self.owns], end), node: end))
            }
        } else {
            segments.append(.init(prefix: Keys.owned(by: identifier(node)), isOwned: true))
        }
    }

    private func collectIn(
        _ node: Int64, _ types: [GraphToken], loops: Bool, _ ready: inout [Neighbour],
        _ segments: inout [ResourceNeighbours<Store>.Segment]
    ) throws(CypherError) {
        let id = identifier(node)
        if let owner = try card(node)?.owner, wants(Self.owns, types) {
            let start = try number(owner)
            if try nodeExists(start), loops || start != node {
                ready.append(
                    Neighbour(
                        relationship: relationship(start, tokens[Self.owns], node),
                        node: start))
            }
        }
        if reader.isPast {
            for (relation, source) in try pastLinks().sources(of: id) where wants(relation, types) {
                let start = try number(source)
                guard try nodeExists(start), start != node || loops else { continue }
                ready.append(
                    Neighbour(
                        relationship: relationship(start, tokens[relation], node), node: start)
                )
            }
        } else if types.isEmpty {
            segments.append(.init(prefix: Keys.sources(of: id), isOwned: false))
        } else {
            for type in types {
                segments.append(
                    .init(prefix: Keys.sources(of: id, by: tokens.name(type)), isOwned: false))
            }
        }
    }
}

/// The relationships at a node: those that its resource names, then those that the index of links
/// gives, one at a time.
public struct ResourceNeighbours<Store: OrderedStore>: GraphCursor {
    /// A range of the index of links.
    struct Segment {
        let prefix: [UInt8]
        /// True for the index of owners.
        let isOwned: Bool
    }

    private let graph: ResourceGraph<Store>
    private let node: Int64
    private let ready: [Neighbour]
    private let segments: [Segment]
    private let skipsLoops: Bool
    private var taken = 0
    private var segment = 0
    private var cursor: Store.Snapshot.Cursor?

    init(
        graph: ResourceGraph<Store>, node: Int64, ready: [Neighbour], segments: [Segment],
        skipsLoops: Bool
    ) {
        self.graph = graph
        self.node = node
        self.ready = ready
        self.segments = segments
        self.skipsLoops = skipsLoops
    }

    public mutating func next() throws(CypherError) -> Neighbour? {
        if taken < ready.count {
            taken += 1
            return ready[taken - 1]
        }
        while segment < segments.count {
            if let found = try advance(segments[segment]) { return found }
            cursor = nil
            segment += 1
        }
        return nil
    }

    private mutating func advance(_ segment: Segment) throws(CypherError) -> Neighbour? {
        if cursor == nil {
            cursor = graph.reader.snapshot.scan(
                .links, KeyRange(prefix: segment.prefix), reverse: false)
        }
        while try reading({ () throws(StoreError) in try cursor?.advance() ?? false }) {
            guard let key = cursor?.key, let id = key.trailingIdentifier else { continue }
            let other = try graph.number(id)
            guard try graph.nodeExists(other) else { continue }
            if segment.isOwned {
                return Neighbour(
                    relationship: graph.relationship(
                        node, graph.tokens[ResourceGraph<Store>.owns], other), node: other)
            }
            if skipsLoops, other == node { continue }
            let relation = String(decoding: key.dropFirst(17).prefix { $0 != 0 }, as: UTF8.self)
            return Neighbour(
                relationship: graph.relationship(other, graph.tokens[relation], node),
                node: other)
        }
        return nil
    }
}

/// Gives a failure of the store the words of a query.
func reading<Result>(_ body: () throws(StoreError) -> Result) throws(CypherError) -> Result {
    do throws(StoreError) { return try body() } catch {
        throw CypherError(
            GraphError(operation: error.operation, subject: error.subject, cause: error.cause))
    }
}

extension [Identifier] {
    /// Each once: a target that is named twice is one relationship, as the index of links has it.
    fileprivate var distinct: [Identifier] {
        if count < 2 { return self }
        var met: Set<Identifier> = []
        return filter { met.insert($0).inserted }
    }
}

/// The links of a past moment by their targets, which no index holds.
struct PastLinks {
    private var incoming: [Identifier: [(relation: String, source: Identifier)]] = [:]
    private var owners: [Identifier: [Identifier]] = [:]

    init<Store: OrderedStore>(_ reader: CommittedReader<Store>) throws(GraphError) {
        var (incoming, owners) = (incoming, owners)
        try reader.forEachCandidate(in: .everything(past: reader.bookmark)) { resource in
            for (relation, targets) in resource.links.entries {
                for target in targets.distinct {
                    incoming[target, default: []].append((relation, resource.id))
                }
            }
            if let owner = resource.owner { owners[owner, default: []].append(resource.id) }
            return true
        }
        (self.incoming, self.owners) = (incoming, owners)
    }

    func sources(of target: Identifier) -> [(relation: String, source: Identifier)] {
        incoming[target] ?? []
    }

    func owned(by owner: Identifier) -> [Identifier] { owners[owner] ?? [] }
}
