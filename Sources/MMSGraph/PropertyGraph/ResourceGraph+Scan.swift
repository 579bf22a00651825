public import Cypher
public import Resources

extension ResourceGraph {
    public func nodes() throws(CypherError) -> ResourceNodes<Store> {
        nodes(in: .everything(past: reader.isPast ? reader.bookmark : nil)) { _ in true }
    }

    public func nodes(label: GraphToken) throws(CypherError) -> ResourceNodes<Store> {
        guard let type = type(of: label) else {
            return nodes(in: Plan("nothing", [])) { _ in true }
        }
        return try nodes(of: Selection(type)) { _ in true }
    }

    public func nodes(
        label: GraphToken, key: GraphToken, equals value: CypherValue
    ) throws(CypherError) -> ResourceNodes<Store> {
        let name = tokens.name(key)
        guard let type = type(of: label) else {
            return nodes(in: Plan("nothing", [])) { _ in true }
        }
        let matches: (Card) throws(GraphError) -> Bool = { (card) throws(GraphError) in
            try card.property(name).equals(value) == true
        }
        if isField(name, of: type) {
            guard let wanted = value.indexable else {
                return nodes(in: Plan("nothing", [])) { _ in true }
            }
            var selection = Selection(type)
            selection.predicate = .compare(.field([name]), .equal, wanted)
            return try nodes(of: selection, where: matches)
        }
        return nodes(in: try namePlan(type, value), where: matches)
    }

    public func nodes(
        label: GraphToken, key: GraphToken, in range: ValueRange
    ) throws(CypherError) -> ResourceNodes<Store> {
        let name = tokens.name(key)
        guard let type = type(of: label) else {
            return nodes(in: Plan("nothing", [])) { _ in true }
        }
        var selection = Selection(type)
        let bound =
            range.lower.map { ($0, Predicate.Comparison.greaterOrEqual) }
            ?? range.upper.map { ($0, .lessOrEqual) }
        if let (bound, comparison) = bound, let value = bound.value.indexable {
            selection.predicate = .compare(.field([name]), comparison, value)
        }
        return try nodes(of: selection) { (card) throws(GraphError) in
            range.contains(try card.property(name))
        }
    }

    /// An index serves fields that their type marks, and names.
    public func indexedCount(label: GraphToken, key: GraphToken) -> Int? {
        guard !reader.isPast, let type = type(of: label) else { return nil }
        let name = tokens.name(key)
        if name == "name", !isField(name, of: type) { return 1 }
        guard isIndexed(name, of: type) else { return nil }
        return max(1, counts.count(of: type) / 10)
    }

    private func field(_ name: String, of type: TypeName) -> TypeDefinition.Field? {
        // A failing store is told by the read that follows.
        (try? definition(type))?.field(name)
    }

    private func isField(_ name: String, of type: TypeName) -> Bool {
        field(name, of: type) != nil
    }

    private func isIndexed(_ name: String, of type: TypeName) -> Bool {
        field(name, of: type)?.indexed ?? false
    }

    /// The resources of a type that have a name, one look-up for each namespace the type is in.
    private func namePlan(_ type: TypeName, _ value: CypherValue) throws(CypherError) -> Plan {
        guard case .string(let text) = value, let name = try? ResourceName(text) else {
            return Plan("nothing", [])
        }
        let segments = counts.namespaces(of: type).map { namespace in
            let key = Keys.name(type, name, in: namespace)
            return Plan.Segment(.names, KeyRange(lower: key, upper: key + [0]))
        }
        return Plan("names", segments)
    }

    private func nodes(
        of selection: Selection, where matches: @escaping (Card) throws(GraphError) -> Bool
    ) throws(CypherError) -> ResourceNodes<Store> {
        do throws(GraphError) {
            // A past plan names what was deleted of all types.
            return nodes(in: try reader.plan(selection)) { (card) throws(GraphError) in
                guard card.type == selection.type else { return false }
                return try matches(card)
            }
        } catch { throw CypherError(error) }
    }

    private func nodes(
        in plan: Plan, where matches: @escaping (Card) throws(GraphError) -> Bool
    ) -> ResourceNodes<Store> {
        ResourceNodes(graph: self, candidates: CandidateCursor(reader, plan), matches: matches)
    }
}

/// The resources of a plan's ranges that match, one at a time.
public struct ResourceNodes<Store: OrderedStore>: GraphCursor {
    private let graph: ResourceGraph<Store>
    private var candidates: CandidateCursor<Store>
    private let matches: (Card) throws(GraphError) -> Bool

    init(
        graph: ResourceGraph<Store>, candidates: CandidateCursor<Store>,
        matches: @escaping (Card) throws(GraphError) -> Bool
    ) {
        self.graph = graph
        self.candidates = candidates
        self.matches = matches
    }

    public mutating func next() throws(CypherError) -> Int64? {
        while true {
            let found: Card?
            do throws(GraphError) {
                found = try candidates.nextCard()
                if let found {
                    guard graph.sees(found), try matches(found) else { continue }
                }
            } catch { throw CypherError(error) }
            guard let found else { return nil }
            return try graph.number(found)
        }
    }
}

/// How many resources and links there are, as counted by apply: for the optimiser, so those of now
/// serve for the past too.
struct StoredCounts {
    private(set) var nodes = 0
    private(set) var links = 0
    private var byType: [TypeName: (count: Int, namespaces: [Namespace])] = [:]
    private var byRelation: [String: Int] = [:]

    init<Store: OrderedStore>(_ reader: CommittedReader<Store>) throws(GraphError) {
        for (type, namespace, count) in try reader.counts(of: nil) {
            byType[type, default: (0, [])].count += count
            byType[type, default: (0, [])].namespaces.append(namespace)
            nodes += count
        }
        for (relation, count) in try reader.linkCounts() {
            byRelation[relation] = count
            links += count
        }
    }

    func count(of type: TypeName) -> Int { byType[type]?.count ?? 0 }
    func namespaces(of type: TypeName) -> [Namespace] { byType[type]?.namespaces ?? [] }
    var relations: [String] { byRelation.keys.sorted() }
    func count(of relation: String) -> Int { byRelation[relation] ?? 0 }
}
