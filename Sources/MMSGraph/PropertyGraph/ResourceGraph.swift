public import Cypher
public import Resources

/// The graph of resources at one moment, as queries see it: a resource is a node with the label of
/// its type, its fields are properties, its links are relationships without properties, and who
/// owns it leads to it by `OWNS`.
///
/// For one query on one thread. Nodes are numbered in the order in which they are met; what is
/// kept of each is its identity, and the resources met last. A query that streams gives numbers
/// back, so that it keeps the identities of a few thousand.
public final class ResourceGraph<Store: OrderedStore>: PropertyGraph {
    let reader: CommittedReader<Store>
    let tokens: TokenTable
    /// Where resources must be to be seen.
    private let scope: Namespace
    private let types: [String: TypeName]
    /// Types by the numbers of their labels, as far as they were asked for.
    private var labelled: [TypeName??] = []
    let counts: StoredCounts
    private var identifiers: [Identifier] = []
    private var numbers: [Identifier: Int32] = [:]
    private var recent = RecentCards()
    private var past: PastLinks?
    /// Resources that may still be looked at.
    private(set) var allowance = Int.max
    /// So many identities are kept before any is forgotten: what is met again is found again.
    package var mostKept = 4096
    /// How many identities are kept.
    package var kept: Int { identifiers.count }

    /// The relation from an owner to what it owns.
    static var owns: String { Keys.ownership }
    /// A relationship's handle is its two ends, 26 bits each, and the number of its type.
    private static var nodeBits: Int64 { 26 }

    /// The graph that `reader` sees in a namespace and below. Throws `storeError` when the store
    /// fails.
    public convenience init(
        _ reader: CommittedReader<Store>, within scope: Namespace = .root
    ) throws(CypherError) {
        try self.init(reader, scope, TokenTable())
    }

    private init(
        _ reader: CommittedReader<Store>, _ scope: Namespace, _ tokens: TokenTable
    ) throws(CypherError) {
        self.tokens = tokens
        self.reader = reader
        self.scope = scope
        do throws(GraphError) {
            let outline = try reader.catalog.outline(reader)
            counts = outline.counts
            types = outline.labels
        } catch { throw CypherError(error) }
    }

    public func token(_ name: String) -> GraphToken? { tokens[name] }
    public func name(_ token: GraphToken) -> String { tokens.name(token) }

    public var nodeCount: Int { counts.nodes }
    public func nodeCount(label: GraphToken) -> Int {
        type(of: label).map { counts.count(of: $0) } ?? 0
    }
    public var relationshipCount: Int { counts.links }
    public func relationshipCount(type: GraphToken) -> Int { counts.count(of: tokens.name(type)) }

    /// The type behind a label; nil when no resource has it.
    func type(of label: GraphToken) -> TypeName? {
        let index = Int(label.number)
        if index < labelled.count, let known = labelled[index] { return known }
        let type = types[tokens.name(label)]
        while labelled.count <= index { labelled.append(nil) }
        labelled[index] = .some(type)
        return type
    }

    public func labelNames() -> [String] { types.keys.sorted() }
    public func typeNames() -> [String] { counts.relations }
    public func keyNames() -> [String] {
        // A store that fails is told by the query that reads it.
        let fields = types.values.flatMap { type in
            ((try? definition(type)) ?? nil)?.fields.map(\.name) ?? []
        }
        return Set(fields + Resource.queryKeys).sorted()
    }

    func definition(_ type: TypeName) throws(CypherError) -> TypeDefinition? {
        do throws(GraphError) { return try reader.type(type) } catch { throw CypherError(error) }
    }
}

extension ResourceGraph {
    /// The number of a resource in this query.
    func number(_ id: Identifier) throws(CypherError) -> Int64 {
        if let number = numbers[id] { return Int64(number) }
        guard identifiers.count < 1 << Self.nodeBits else {
            throw CypherError(
                .limitExceeded, .memoryLimit, .runtime,
                "the query meets more than \(1 << Self.nodeBits) resources; match fewer")
        }
        let number = Int32(identifiers.count)
        identifiers.append(id)
        numbers[id] = number
        return Int64(number)
    }

    public func forgetNodes() {
        let kept = identifiers.count
        guard kept > mostKept else { return }
        // A row that met very many leaves no room behind.
        let keepsRoom = kept <= 4 * mostKept
        identifiers.removeAll(keepingCapacity: keepsRoom)
        numbers.removeAll(keepingCapacity: keepsRoom)
    }

    /// The number of a resource that was just read.
    func number(_ card: Card) throws(CypherError) -> Int64 {
        try spend(1)
        let number = try number(card.id)
        recent.insert(card, number)
        return number
    }

    /// Takes so many looks at resources from what is allowed. Throws `turnLimit` when it is spent.
    func spend(_ looks: Int) throws(CypherError) {
        guard allowance != .max else { return }
        allowance -= looks
        guard allowance < 0 else { return }
        throw .runtime(
            .limitExceeded, .turnLimit, "The query looks at more resources than its turn allows")
    }

    /// True when the resource may be seen.
    func sees(_ card: Card) -> Bool { scope == .root || scope.contains(card.namespace) }

    func identifier(_ node: Int64) -> Identifier { identifiers[Int(node)] }

    /// The resource behind a handle; nil when it is not there at this moment.
    func card(_ node: Int64) throws(CypherError) -> Card? {
        let id = identifiers[Int(node)]
        if let found = recent[node], found.id == id { return found }
        try spend(1)
        do throws(GraphError) {
            guard let found = try reader.card(id), sees(found) else { return nil }
            recent.insert(found, node)
            return found
        } catch { throw CypherError(error) }
    }

    /// All of the resource behind a handle; nil when it is not there at this moment.
    func resource(_ node: Int64) throws(CypherError) -> Resource? {
        guard let card = try card(node) else { return nil }
        do throws(GraphError) { return try card.resource() } catch { throw CypherError(error) }
    }

    public func nodeExists(_ node: Int64) throws(CypherError) -> Bool {
        try card(node) != nil
    }

    public func hasLabel(_ node: Int64, _ label: GraphToken) throws(CypherError) -> Bool {
        guard let type = type(of: label) else { return false }
        return try card(node)?.type == type
    }

    public func labels(_ node: Int64) throws(CypherError) -> [String] {
        try card(node).map { [Labels.label(of: $0.type)] } ?? []
    }

    public func property(
        ofNode node: Int64, _ key: GraphToken
    ) throws(CypherError) -> CypherValue {
        guard let card = try card(node) else { return .null }
        do throws(GraphError) { return try card.property(tokens.name(key)) } catch {
            throw CypherError(error)
        }
    }

    public func properties(ofNode node: Int64) throws(CypherError) -> CypherMap {
        guard let card = try card(node) else { return CypherMap() }
        do throws(GraphError) { return try card.resource().properties } catch {
            throw CypherError(error)
        }
    }

    public func elementID(ofNode node: Int64) -> String { identifier(node).description }
}

extension ResourceGraph {
    func relationship(_ start: Int64, _ type: GraphToken, _ end: Int64) -> Int64 {
        (Int64(type.number) << (2 * Self.nodeBits)) | (start << Self.nodeBits) | end
    }

    public func relationshipExists(_ relationship: Int64) throws(CypherError) -> Bool {
        let (start, end) = try ends(relationship)
        let type = tokens.name(try self.type(relationship))
        guard let target = try card(end) else { return false }
        if type == Self.owns, target.owner == identifier(start) { return true }
        let id = identifier(end)
        let links = try card(start)?.links { $0 == type } ?? []
        return links.contains { $0.targets.contains(id) }
    }

    public func type(_ relationship: Int64) throws(CypherError) -> GraphToken {
        GraphToken(Int32(relationship >> (2 * Self.nodeBits)))
    }

    public func ends(
        _ relationship: Int64
    ) throws(CypherError) -> (start: Int64, end: Int64) {
        let mask: Int64 = (1 << Self.nodeBits) - 1
        return ((relationship >> Self.nodeBits) & mask, relationship & mask)
    }

    public func property(
        ofRelationship relationship: Int64, _ key: GraphToken
    ) throws(CypherError) -> CypherValue { .null }

    public func properties(ofRelationship relationship: Int64) throws(CypherError) -> CypherMap {
        CypherMap()
    }

    public func elementID(ofRelationship relationship: Int64) -> String {
        let mask: Int64 = (1 << Self.nodeBits) - 1
        let start = identifier((relationship >> Self.nodeBits) & mask)
        let type = tokens.name(GraphToken(Int32(relationship >> (2 * Self.nodeBits))))
        return "\(start)-\(type)-\(identifier(relationship & mask))"
    }
}

extension ResourceGraph {
    /// Links of a past moment by target, read once: the index of links is of now.
    func pastLinks() throws(CypherError) -> PastLinks {
        if let past { return past }
        do throws(GraphError) {
            let links = try PastLinks(reader)
            past = links
            return links
        } catch { throw CypherError(error) }
    }
}

extension CypherError {
    /// A failure of the store under a query.
    init(_ error: GraphError) {
        self.init(
            .storeError, .storeFailed, .runtime,
            "\(error.operation) of \(error.subject) failed: \(error.cause)")
    }
}

extension ResourceGraph {
    /// Begins a statement on what `reader` sees in a namespace and below, by the plan that an
    /// earlier query of the same state made for the same text, if there was one.
    public static func query(
        _ statement: Statement, parameters: CypherMap = CypherMap(),
        on reader: CommittedReader<Store>, within scope: Namespace = .root, options: QueryOptions
    ) throws(CypherError) -> Query<ResourceGraph> {
        var options = options
        options.ownsGraph = true
        let mayReuse = !statement.isWriting && options.strategy == .optimised
        if mayReuse, let (prepared, names) = reader.catalog.plan(of: statement) {
            let graph = try ResourceGraph(reader, scope, TokenTable(names))
            graph.allowance = options.nodes ?? .max
            return try Query(prepared, parameters: parameters, graph: graph, options: options)
        }
        let graph = try ResourceGraph(reader, within: scope)
        graph.allowance = options.nodes ?? .max
        guard mayReuse else {
            return try Query(statement, parameters: parameters, graph: graph, options: options)
        }
        let prepared = try PreparedStatement(
            statement, parameters: parameters, graph: graph, strategy: options.strategy)
        reader.catalog.keep(
            prepared, of: statement, graph.tokens.names, isShort: graph.isShort(prepared))
        return try Query(prepared, parameters: parameters, graph: graph, options: options)
    }
}

extension ResourceGraph {
    /// A name is looked up in so many namespaces of its type, at most, by a short statement.
    private static var fewNamespaces: Int { 16 }

    /// True when a statement was planned on what `reader` sees, and each of its rows likely takes
    /// microseconds: all come from one look-up of an index that skips nothing, as it would skip
    /// what lies outside of a namespace, and from links that lead on. How many links there are is
    /// an average: who runs it bounds what it looks at by `QueryOptions.nodes`.
    public static func isShort(
        _ statement: String, on reader: CommittedReader<Store>, within scope: Namespace
    ) -> Bool {
        scope == .root && !reader.isPast && reader.catalog.isShort(statement)
    }

    private func isShort(_ prepared: PreparedStatement) -> Bool {
        guard let (label, key) = prepared.lookup, let type = types[label],
            counts.namespaces(of: type).count <= Self.fewNamespaces
        else { return false }
        return indexedCount(label: tokens[label], key: tokens[key]) != nil
    }
}

/// Numbers of names, given in the order in which a query meets them.
final class TokenTable {
    /// The names by number, and the numbers by name.
    struct Names: Sendable {
        var texts: [String] = []
        var numbers: [String: Int32] = [:]
    }

    private(set) var names: Names

    init(_ names: Names = Names()) { self.names = names }

    subscript(name: String) -> GraphToken {
        if let number = names.numbers[name] { return GraphToken(number) }
        let number = Int32(names.texts.count)
        names.texts.append(name)
        names.numbers[name] = number
        return GraphToken(number)
    }

    func name(_ token: GraphToken) -> String { names.texts[Int(token.number)] }
}

/// The resources read last, by number: a direct-mapped cache that grows with the numbers.
private struct RecentCards {
    private static var most: Int { 4096 }
    private var cards: [Card?] = []

    /// The card in the place of a number, which may be of another.
    subscript(number: Int64) -> Card? {
        let place = Int(number) & (Self.most - 1)
        return place < cards.count ? cards[place] : nil
    }

    mutating func insert(_ card: Card, _ number: Int64) {
        let place = Int(number) & (Self.most - 1)
        while cards.count <= place { cards.append(nil) }
        cards[place] = card
    }
}
