internal import Bolt
internal import Cypher
internal import Host
internal import MMSGraph
internal import Node
internal import Resources
internal import ZeroProcs

/// The databases of a node over Bolt: `pisces`, the live graph, which queries only read, and
/// scratch graphs. Who logs in with a token of the API sees what the token lets them read.
struct GraphService: BoltService {
    /// The name of the live graph; clients that name no database are at home in it.
    static let home = "pisces"

    private let live: LiveGraph
    private let doorkeeper: Doorkeeper
    private let scratch = ScratchDatabases()
    private let statements = StatementCache()

    init(live: LiveGraph, doorkeeper: Doorkeeper) {
        self.live = live
        self.doorkeeper = doorkeeper
    }

    func connect() -> Client { Client(self) }

    /// One connection.
    struct Client: BoltClient {
        private let service: GraphService
        private var holdings: ScratchHoldings
        private var caller: Caller?

        fileprivate init(_ service: GraphService) {
            self.service = service
            holdings = ScratchHoldings(service.scratch)
        }

        /// The user's name is free; the password, or bearer, is a token.
        mutating func logon(_ login: Login) throws(BoltError) {
            do throws(Refusal) {
                caller = try service.doorkeeper.bearer(
                    login.credentials, on: service.live.graph)
            } catch {
                throw .unauthorized(
                    "\(error.message): the password is a token, made with `pisces token`")
            }
        }

        mutating func logoff() { caller = nil }

        func database(named name: String) throws(BoltError) -> String {
            name.isEmpty ? GraphService.home : name
        }

        mutating func open(_ access: Access) throws(BoltError) -> GraphView {
            guard let scope = caller?.readable else {
                throw .unauthorized("nobody is logged in: send a token as password")
            }
            if access.database.isEmpty || access.database == GraphService.home {
                return .live(try service.view(access, within: scope))
            }
            return .scratch(
                ScratchView(
                    of: try holdings.database(named: access.database), access,
                    options: service.live.options, statements: service.statements))
        }

        /// A question to the live graph, as it is, that was planned before.
        func isShort(_ statement: String, _ access: Access) -> Bool {
            guard let scope = caller?.readable,
                access.database.isEmpty || access.database == GraphService.home,
                service.reaches(access.bookmarks)
            else { return false }
            do throws(GraphError) {
                return ResourceGraph.isShort(
                    statement, on: try service.live.graph.reader(), within: scope)
            } catch { return false }
        }

        mutating func close() { holdings.release() }
    }

    private func view(_ access: Access, within scope: Namespace) throws(BoltError) -> LiveView {
        for text in access.bookmarks { try reach(text) }
        let reader: CommittedReader<RocksStore>
        do throws(GraphError) { reader = try live.graph.reader() } catch {
            throw BoltError(
                code: "Neo.DatabaseError.General.UnknownError",
                message: "\(error.operation) of \(error.subject) failed: \(error.cause)")
        }
        return LiveView(
            live: live, reader: reader, scope: scope, access: access, statements: statements)
    }

    /// True when this node has all that the bookmarks name; nothing is waited for.
    private func reaches(_ bookmarks: [String]) -> Bool {
        for text in bookmarks {
            do throws(Refusal) {
                try live.graph.reach(Bookmark(text: text), milliseconds: 0) { _ in }
            } catch { return false }
        }
        return true
    }

    /// Waits until this node has what a bookmark names. Refuses one that it does not reach.
    private func reach(_ text: String) throws(BoltError) {
        do throws(Refusal) {
            try live.graph.reach(
                Bookmark(text: text), milliseconds: Limits.bookmarkPatience.value
            ) { LinuxSystem.pause(milliseconds: UInt32(clamping: $0)) }
        } catch { throw .bookmark(error.message) }
    }
}

/// The live graph as one statement or transaction sees it.
struct LiveView {
    let live: LiveGraph
    let reader: CommittedReader<RocksStore>
    let scope: Namespace
    let access: Access
    let statements: StatementCache

    func run(
        _ text: String, _ parameters: CypherMap, _ interruption: Interruption
    ) throws(BoltError) -> QueryCursor<ResourceGraph<RocksStore>> {
        let statement = try statements.statement(text)
        do throws(CypherError) {
            let query = try live.run(
                statement, parameters, on: reader, within: scope,
                options: live.options.watched(by: interruption, timeout: access.timeout))
            return QueryCursor(query, interruption)
        } catch { throw BoltError(error) }
    }
}

/// A database as one statement or transaction sees it.
enum GraphView: BoltView {
    case live(LiveView)
    case scratch(ScratchView)

    var database: String {
        switch self {
        case .live: GraphService.home
        case .scratch(let view): view.database
        }
    }

    var bookmark: String? {
        switch self {
        case .live(let view): view.reader.bookmark.text
        case .scratch(let view): view.bookmark
        }
    }

    mutating func run(
        _ statement: String, _ parameters: CypherMap, _ interruption: Interruption
    ) throws(BoltError) -> GraphCursor {
        switch self {
        case .live(let view):
            return GraphCursor(try view.run(statement, parameters, interruption))
        case .scratch(var view):
            let cursor = try view.run(statement, parameters, interruption)
            self = .scratch(view)
            return GraphCursor(cursor)
        }
    }

    mutating func commit() throws(BoltError) {
        guard case .scratch(var view) = self else { return }
        try view.commit()
        self = .scratch(view)
    }
}

/// The rows of a statement on either kind of database: one of the two is there. Rows are made in
/// place, because a copy of the cursor for each costs as much as a hop.
struct GraphCursor: BoltCursor {
    private var live: QueryCursor<ResourceGraph<RocksStore>>?
    private var scratch: QueryCursor<ScratchGraph>?

    init(_ live: QueryCursor<ResourceGraph<RocksStore>>) { self.live = live }
    init(_ scratch: QueryCursor<ScratchGraph>) { self.scratch = scratch }

    var columns: [String] { live?.columns ?? scratch?.columns ?? [] }

    var writes: Bool { live?.writes ?? scratch?.writes ?? false }

    mutating func next() throws(BoltError) -> [CypherValue]? {
        live == nil ? try scratch?.next() : try live?.next()
    }

    func summary() -> Summary { live?.summary() ?? scratch?.summary() ?? Summary(kind: "r") }
}
