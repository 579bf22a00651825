internal import Cypher
internal import Resources
internal import Synchronization

/// What a query asks of a state before its first row: how much there is of what, and what the
/// types are. Read once for all queries of the state.
final class Catalog: Sendable {
    private struct Content {
        var outline: Outline?
        var definitions: [TypeName: TypeDefinition?] = [:]
        var plans: [String: KeptPlan] = [:]
    }

    private struct KeptPlan {
        let prepared: PreparedStatement
        let names: TokenTable.Names
        let isShort: Bool
    }

    /// Counters of resources and links, and types by their labels.
    struct Outline: Sendable {
        let counts: StoredCounts
        let labels: [String: TypeName]
    }

    private let content = Mutex(Content())

    /// The outline of what `reader` sees, which is the state of this catalog.
    func outline<Store: OrderedStore>(
        _ reader: CommittedReader<Store>
    ) throws(GraphError) -> Outline {
        if let known = content.withLock({ $0.outline }) { return known }
        var labels: [String: TypeName] = [:]
        for type in try reader.types() { labels[Labels.label(of: type)] = type }
        let outline = Outline(counts: try StoredCounts(reader), labels: labels)
        content.withLock { $0.outline = outline }
        return outline
    }

    /// A plan that was made for the statement, and the numbers it knows names by.
    func plan(of statement: Statement) -> (PreparedStatement, TokenTable.Names)? {
        content.withLock { $0.plans[statement.text].map { ($0.prepared, $0.names) } }
    }

    /// True when a plan was made for the statement whose rows each take microseconds.
    func isShort(_ text: String) -> Bool {
        content.withLock { $0.plans[text]?.isShort ?? false }
    }

    /// Keeps a plan for those who send the same statement, with whatever parameters.
    func keep(
        _ prepared: PreparedStatement, of statement: Statement, _ names: TokenTable.Names,
        isShort: Bool
    ) {
        guard prepared.isReusable,
            statement.text.utf8.count <= Limits.cachedStatementBytes.value
        else { return }
        content.withLock { content in
            if content.plans.count >= Limits.cachedStatements.value { content.plans = [:] }
            content.plans[statement.text] = KeptPlan(
                prepared: prepared, names: names, isShort: isShort)
        }
    }

    /// The definition of a type; nil when it has none.
    func definition(
        _ type: TypeName, _ read: () throws(GraphError) -> TypeDefinition?
    ) throws(GraphError) -> TypeDefinition? {
        if let known = content.withLock({ $0.definitions[type] }) { return known }
        let definition = try read()
        content.withLock { content in
            // Unknown names are remembered too; the bound keeps a flood of them from growing.
            if content.definitions.count >= 1024 { content.definitions = [:] }
            content.definitions[type] = .some(definition)
        }
        return definition
    }
}
