internal import Cypher
internal import NIOCore
internal import Resources

/// A message of the client.
enum Request: Sendable {
    case hello(Hello)
    case logon(Login)
    case logoff
    case run(Run)
    case pull(Fetch)
    case discard(Fetch)
    case begin(Access)
    case commit
    case rollback
    case reset
    case route(Route)
    case telemetry
    case goodbye

    /// Who the client is.
    struct Hello: Sendable {
        /// Program and version, for the log.
        let agent: String
        /// The credentials, when the version has no LOGON.
        let login: Login
        /// The address by which the client found us, when it asks for routing.
        let address: String?
        /// The client asks that zoned date-times count in UTC.
        let wantsUTC: Bool
    }

    /// A statement.
    struct Run: Sendable {
        let statement: String
        let parameters: CypherMap
        /// What an auto-commit statement asks of its database; ignored within a transaction.
        let access: Access
    }

    /// How much of which result.
    struct Fetch: Sendable {
        /// Rows; nil means all.
        let count: Int64?
        /// The result's number; nil means the last one.
        let result: Int64?
    }

    /// A question for a routing table.
    struct Route: Sendable {
        let address: String?
        let database: String
    }
}

/// What proves who a client is.
public struct Login: Sendable, Hashable {
    /// `basic`, `bearer` or `none`.
    public let scheme: String
    /// The user's name; empty for the other schemes.
    public let principal: String
    /// Password or token.
    public let credentials: String

    public init(scheme: String, principal: String, credentials: String) {
        self.scheme = scheme
        self.principal = principal
        self.credentials = credentials
    }
}

/// What a statement or a transaction asks of a database.
public struct Access: Sendable {
    /// The database's name; empty when the client names none.
    public var database: String
    /// Positions that the answer must not lie before, as given by earlier answers.
    public var bookmarks: [String]
    /// The client promises not to write.
    public var readOnly: Bool
    /// Milliseconds after which the server should give up; nil when the client sets no bound.
    public var timeout: Int64?

    public init(
        database: String, bookmarks: [String] = [], readOnly: Bool = true, timeout: Int64? = nil
    ) {
        self.database = database
        self.bookmarks = bookmarks
        self.readOnly = readOnly
        self.timeout = timeout
    }
}
