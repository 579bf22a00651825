public import Cypher

/// What stands behind the protocol: databases that answer statements.
///
/// All methods are called on query threads, those of one client and its parts by one thread at a
/// time. Only what `isShort` says yes to, and `isShort` itself, may also run on an event loop.
public protocol BoltService: Sendable {
    associatedtype Client: BoltClient

    /// What the service keeps for a new connection. Nobody is logged in.
    func connect() -> Client
}

/// One connection, as the service sees it.
public protocol BoltClient {
    associatedtype View: BoltView

    /// Checks credentials; refusals are `BoltError.unauthorized`.
    mutating func logon(_ login: Login) throws(BoltError)
    /// Forgets who is logged in.
    mutating func logoff()
    /// The full name of a database; the empty name means the one the client is at home in.
    func database(named name: String) throws(BoltError) -> String
    /// A view of a database, not older than the bookmarks: for one statement, or for all of a
    /// transaction.
    mutating func open(_ access: Access) throws(BoltError) -> View
    /// True when beginning the statement, and each of its rows, takes microseconds and waits for
    /// nothing: then it is run on the event loop, for which it is called.
    func isShort(_ statement: String, _ access: Access) -> Bool
    /// The connection is gone: lets go of all it held.
    mutating func close()
}

/// A database as one statement, or all statements of one transaction, see it.
public protocol BoltView {
    associatedtype Cursor: BoltCursor

    /// The full name of the database.
    var database: String { get }
    /// Names the state seen, so that a later statement can ask for one not older; nil when there
    /// is nothing to name.
    var bookmark: String? { get }
    /// Compiles and begins a statement. `interruption` is raised when the client wants it no
    /// longer; the cursor looks at it in every step that may be long.
    mutating func run(
        _ statement: String, _ parameters: CypherMap, _ interruption: Interruption
    ) throws(BoltError) -> Cursor
    /// Makes lasting what the statements of this view changed: at COMMIT, and after the last row
    /// of an auto-commit statement. A view that is dropped without it changes nothing.
    mutating func commit() throws(BoltError)
}

/// The rows of a statement, made one at a time.
public protocol BoltCursor {
    var columns: [String] { get }
    /// The statement changes its graph, so that it must run to its end even when nobody wants its
    /// rows.
    var writes: Bool { get }
    /// The next row, as wide as `columns`; nil after the last.
    mutating func next() throws(BoltError) -> [CypherValue]?
    /// What there is to say after the last row, or when the rest is not wanted.
    func summary() -> Summary
}

/// What a statement did.
public struct Summary: Sendable {
    /// `r` reads, `rw` reads and writes, `w` writes, `s` changes the schema.
    public var kind: String
    /// Changes by their names in Bolt, such as `nodes-created`; only those that happened.
    public var changes: [(name: String, count: Int64)]
    /// The plan, when the statement began with EXPLAIN.
    public var plan: CypherMap?
    /// The plan with what it did, when the statement began with PROFILE.
    public var profile: CypherMap?

    public init(
        kind: String, changes: [(name: String, count: Int64)] = [], plan: CypherMap? = nil,
        profile: CypherMap? = nil
    ) {
        self.kind = kind
        self.changes = changes
        self.plan = plan
        self.profile = profile
    }
}
