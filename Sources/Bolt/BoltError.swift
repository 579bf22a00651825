public import Cypher
public import Resources

/// A request that this room refuses: what a FAILURE carries, and the one error of the room.
///
/// Statements fail with the query language's words (`Pisces.ClientError.<Type>.<Detail>`). Errors
/// of the protocol itself have the codes that drivers act on, such as
/// `Neo.ClientError.Security.Unauthorized`.
public struct BoltError: Error, Hashable, Sendable {
    /// Four words with points between: product, class, type, title.
    public let code: String
    /// What failed, on what, why, and what to do.
    public let message: String

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    /// A statement that failed to compile or to run.
    public init(_ error: CypherError) {
        code = "Pisces.ClientError.\(error.kind.rawValue).\(error.detail.rawValue)"
        message = error.description
    }
}

extension BoltError {
    /// A login with wrong, old or missing credentials.
    public static func unauthorized(_ reason: String) -> BoltError {
        BoltError(code: "Neo.ClientError.Security.Unauthorized", message: reason)
    }

    /// A caller who may not do this.
    public static func forbidden(_ reason: String) -> BoltError {
        BoltError(code: "Neo.ClientError.Security.Forbidden", message: reason)
    }

    /// A database that is not served.
    public static func noDatabase(_ name: String) -> BoltError {
        BoltError(
            code: "Neo.ClientError.Database.DatabaseNotFound",
            message: "there is no database `\(name.prefix(80))`; name none, or `pisces`, for the"
                + " live graph, or `scratch-` and a name of yours for a scratch graph")
    }

    /// A bookmark that is not ours, or of a time that is not yet here or no longer.
    public static func bookmark(_ reason: String) -> BoltError {
        BoltError(code: "Neo.ClientError.Transaction.InvalidBookmark", message: reason)
    }

    /// A message that is well formed but not allowed now, or asks for what is not there.
    public static func invalid(_ reason: String) -> BoltError {
        BoltError(code: "Neo.ClientError.Request.Invalid", message: reason)
    }

    /// Bytes that are no message. The connection ends.
    public static func malformed(_ reason: String) -> BoltError {
        BoltError(code: "Neo.ClientError.Request.InvalidFormat", message: reason)
    }

    /// A message or value beyond a limit.
    public static func beyond(_ limit: Limit, _ remedy: String) -> BoltError {
        BoltError(
            code: "Pisces.ClientError.LimitExceeded.BoltLimit",
            message: "\(limit.name) is limited to \(limit.value) \(limit.unit): \(remedy)")
    }

    /// A statement on the event loop that takes longer than was thought. Clients are not told it.
    public static let outOfTurn = BoltError(
        code: "Pisces.TransientError.Statement.OutOfTurn",
        message: "the statement goes on, on a query thread")

    /// A statement that was stopped because its client asked, or is gone.
    public static let interrupted = BoltError(
        code: "Neo.ClientError.Transaction.Terminated",
        message: "the statement was stopped by RESET or because the connection closed")
}
