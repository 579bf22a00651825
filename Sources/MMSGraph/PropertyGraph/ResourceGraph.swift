package import Cypher
package import Resources

/// The graph of resources at one moment, as queries see it: a resource is a node with the label of
/// its type, its fields are properties, its links are relationships without properties, and who
/// owns it leads to it by `OWNS`.
///
/// For one query on one thread. Nodes are numbered in the order in which they are met; what is
/// kept of each is its identity, and the resources met last.
package final class ResourceGraph<Store: OrderedStore>: PropertyGraph {
    let reader: CommittedReader<Store>
    let tokens = TokenTable()
    /// Where resources must be to be seen.
    private let scope: Namespace
    private let types: [String: TypeName]
    let counts: StoredCounts
    private var identifiers: [Identifier] = []
    private var numbers: [Identifier: Int32] = [:]
    private var recent = RecentResources()
    private var definitions: [TypeName: TypeDefinition?] = [:]
    private var past: PastLinks?

    /// The relation from an owner to what it owns.
    static var owns: String { Keys.ownership }
    /// A relationship's handle is its two ends, 26 bits each, and the number of its type.
    private static var nodeBits: Int64 { 26 }

    /// The graph that `reader` sees in a namespace and below. Throws `storeError` when the store
    /// fails.
    package init(
        _ reader: CommittedReader<Store>, within scope: Namespace = .root
    ) throws(CypherError) {
        self.reader = reader
        self.scope = scope
        do throws(GraphError) {
            counts = try StoredCounts(reader)
            var types: [String: TypeName] = [:]
            for type in try reader.types() { types[Labels.label(of: type)] = type }
            self.types = types
        } catch { throw CypherError(error) }
    }

    package func token(_ name: String) -> GraphToken? { tokens[name] }
    package func name(_ token: GraphToken) -> String { tokens.name(token) }

    package var nodeCount: Int { counts.nodes }
    package func nodeCount(label: GraphToken) -> Int {
        type(of: label).map { counts.count(of: $0) } ?? 0
    }
    package var relationshipCount: Int { counts.links }
    package func relationshipCount(type: GraphToken) -> Int { counts.count(of: tokens.name(type)) }

    /// The type behind a label; nil when no resource has it.
    func type(of label: GraphToken) -> TypeName? { types[tokens.name(label)] }

    package func labelNames() -> [String] { types.keys.sorted() }
    package func typeNames() -> [String] { counts.relations }
    package func keyNames() -> [String] {
        // A store that fails is told by the query that reads it.
        let fields = types.values.flatMap { type in
            ((try? definition(type)) ?? nil)?.fields.map(\.name) ?? []
        }
        return Set(fields + Resource.queryKeys).sorted()
    }

    func definition(_ type: TypeName) throws(CypherError) -> TypeDefinition? {
        if let known = definitions[type] { return known }
        do throws(GraphError) {
            let definition = try reader.type(type)
            definitions[type] = .some(definition)
            return definition
        } catch { throw CypherError(error) }
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

    /// The number of a resource that was just read.
    func number(_ resource: Resource) throws(CypherError) -> Int64 {
        let number = try number(resource.id)
        recent.insert(resource, number)
        return number
    }

    /// True when the resource may be seen.
    func sees(_ resource: Resource) -> Bool { scope.contains(resource.namespace) }

    func identifier(_ node: Int64) -> Identifier { identifiers[Int(node)] }

    /// The resource behind a handle; nil when it is not there at this moment.
    func resource(_ node: Int64) throws(CypherError) -> Resource? {
        if let found = recent[node] { return found }
        do throws(GraphError) {
            guard let found = try reader.resource(identifiers[Int(node)]), sees(found) else {
                return nil
            }
            recent.insert(found, node)
            return found
        } catch { throw CypherError(error) }
    }

    package func nodeExists(_ node: Int64) throws(CypherError) -> Bool {
        try resource(node) != nil
    }

    package func hasLabel(_ node: Int64, _ label: GraphToken) throws(CypherError) -> Bool {
        guard let type = type(of: label) else { return false }
        return try resource(node)?.type == type
    }

    package func labels(_ node: Int64) throws(CypherError) -> [String] {
        try resource(node).map { [Labels.label(of: $0.type)] } ?? []
    }

    package func property(
        ofNode node: Int64, _ key: GraphToken
    ) throws(CypherError) -> CypherValue {
        try resource(node)?.property(tokens.name(key)) ?? .null
    }

    package func properties(ofNode node: Int64) throws(CypherError) -> CypherMap {
        try resource(node)?.properties ?? CypherMap()
    }

    package func elementID(ofNode node: Int64) -> String { identifier(node).description }
}

extension ResourceGraph {
    func relationship(_ start: Int64, _ type: GraphToken, _ end: Int64) -> Int64 {
        (Int64(type.number) << (2 * Self.nodeBits)) | (start << Self.nodeBits) | end
    }

    package func relationshipExists(_ relationship: Int64) throws(CypherError) -> Bool {
        let (start, end) = try ends(relationship)
        let type = tokens.name(try self.type(relationship))
        guard let target = try resource(end) else { return false }
        if type == Self.owns, target.owner == identifier(start) { return true }
        return try resource(start)?.links[type]?.contains(identifier(end)) ?? false
    }

    package func type(_ relationship: Int64) throws(CypherError) -> GraphToken {
        GraphToken(Int32(relationship >> (2 * Self.nodeBits)))
    }

    package func ends(
        _ relationship: Int64
    ) throws(CypherError) -> (start: Int64, end: Int64) {
        let mask: Int64 = (1 << Self.nodeBits) - 1
        return ((relationship >> Self.nodeBits) & mask, relationship & mask)
    }

    package func property(
        ofRelationship relationship: Int64, _ key: GraphToken
    ) throws(CypherError) -> CypherValue { .null }

    package func properties(ofRelationship relationship: Int64) throws(CypherError) -> CypherMap {
        CypherMap()
    }

    package func elementID(ofRelationship relationship: Int64) -> String {
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

/// Numbers of names, given in the order in which a query meets them.
final class TokenTable {
    private var names: [String] = []
    private var numbers: [String: Int32] = [:]

    subscript(name: String) -> GraphToken {
        if let number = numbers[name] { return GraphToken(number) }
        let number = Int32(names.count)
        names.append(name)
        numbers[name] = number
        return GraphToken(number)
    }

    func name(_ token: GraphToken) -> String { names[Int(token.number)] }
}

/// The resources read last, by number: a direct-mapped cache.
private struct RecentResources {
    private static var slots: Int { 1024 }
    private var entries: [(number: Int64, resource: Resource)?]

    init() { entries = Array(repeating: nil, count: Self.slots) }

    subscript(number: Int64) -> Resource? {
        guard let entry = entries[Int(number) & (Self.slots - 1)], entry.number == number else {
            return nil
        }
        return entry.resource
    }

    mutating func insert(_ resource: Resource, _ number: Int64) {
        entries[Int(number) & (Self.slots - 1)] = (number, resource)
    }
}
