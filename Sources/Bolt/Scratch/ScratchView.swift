public import Cypher
internal import Resources

/// A scratch graph as one statement or transaction sees it, with what it changed itself.
public struct ScratchView: BoltView {
    /// The graph under change, shared with the cursors that change it.
    private final class Sight {
        var graph: ScratchGraph
        var isChanged = false

        init(_ graph: ScratchGraph) { self.graph = graph }
    }

    private let scratch: ScratchDatabase
    private let access: Access
    private let options: QueryOptions
    private let statements: StatementCache
    private let sight: Sight
    private let version: Int

    /// A view of the graph as it is now.
    public init(
        of scratch: ScratchDatabase, _ access: Access, options: QueryOptions,
        statements: StatementCache
    ) {
        self.scratch = scratch
        self.access = access
        self.options = options
        self.statements = statements
        let snapshot = scratch.snapshot()
        sight = Sight(snapshot.graph)
        version = snapshot.version
    }

    public var database: String { scratch.name }
    public var bookmark: String? { nil }

    public mutating func run(
        _ statement: String, _ parameters: CypherMap, _ interruption: Interruption
    ) throws(BoltError) -> QueryCursor<ScratchGraph> {
        let parsed = try statements.statement(statement)
        let options = options.watched(by: interruption, timeout: access.timeout)
        let sight = sight
        do throws(CypherError) {
            let query = try Query(
                changing: parsed, parameters: parameters, graph: sight.graph, options: options)
            if query.hasWrites, access.readOnly, query.mode != .explain { throw Self.readOnly }
            return QueryCursor(query, interruption) { graph in
                sight.graph = graph
                sight.isChanged = true
            }
        } catch {
            throw BoltError(error)
        }
    }

    public mutating func commit() throws(BoltError) {
        guard sight.isChanged else { return }
        try scratch.commit(sight.graph, over: version)
        sight.isChanged = false
    }

    private static var readOnly: CypherError {
        CypherError(
            .readOnly, .changesAreCommands, .compileTime,
            "The client opened this session or transaction for reading; open it for writing")
    }
}
