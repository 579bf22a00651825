public import Cypher
internal import Resources
internal import Synchronization

/// Statements that were read and checked lately, by their text: clients send the same few again
/// and again, with other parameters.
public final class StatementCache: Sendable {
    private let statements = Mutex<[String: Statement]>([:])

    public init() {}

    /// The statement of a text.
    public func statement(_ text: String) throws(BoltError) -> Statement {
        if let known = statements.withLock({ $0[text] }) { return known }
        let statement: Statement
        do throws(CypherError) {
            statement = try Statement(parsing: text)
        } catch {
            throw BoltError(error)
        }
        guard text.utf8.count <= Limits.cachedStatementBytes.value else { return statement }
        statements.withLock { statements in
            if statements.count >= Limits.cachedStatements.value { statements = [:] }
            statements[text] = statement
        }
        return statement
    }
}
