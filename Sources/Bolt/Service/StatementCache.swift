package import Cypher
internal import Resources
internal import Synchronization

/// Statements that were read and checked lately, by their text: clients send the same few again
/// and again, with other parameters.
package final class StatementCache: Sendable {
    private let statements = Mutex<[String: ParsedStatement]>([:])

    package init() {}

    /// The statement of a text.
    package func statement(_ text: String) throws(BoltError) -> ParsedStatement {
        if let known = statements.withLock({ $0[text] }) { return known }
        let statement: ParsedStatement
        do throws(CypherError) {
            let checked = try Statement(parsing: text)
            statement = ParsedStatement(mode: checked.mode, query: checked.query)
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
