/// A statement that was read and checked: nothing but its parameters and its data can fail it.
public struct Statement: Sendable {
    package let text: String
    package let mode: StatementMode
    /// The tree. At the top level each `*` says which variables it stands for; inside EXISTS it
    /// stands for all that can be seen.
    package let query: RegularQuery
    /// The names of what it returns, in their order; empty when it returns nothing.
    package let columns: [String]
    /// The names of the parameters it uses, sorted.
    package let parameters: [String]
    /// True when it has a clause that changes the graph.
    package let isWriting: Bool

    /// Reads and checks `text`; an error of the phase "compile time" says line and column, what
    /// was found, what was expected, and a remedy.
    package init(
        parsing text: String, procedures: [ProcedureSignature] = ProcedureSignature.builtin
    ) throws(CypherError) {
        let parsed = try Parser.parse(text)
        var checker = Checker(procedures: procedures)
        do throws(Fault) {
            let checked = try checker.check(parsed.query)
            query = checked.query
            columns = checked.columns
        } catch {
            throw Fault.error(error, others: EmptyCollection(), in: text)
        }
        self.text = text
        mode = parsed.mode
        parameters = checker.parameters.sorted()
        isWriting = checker.isWriting
    }
}

extension Statement {
    /// A checked statement with another tree: for those who rewrite one so that what was checked
    /// still holds, such as a pattern with names for its anonymous parts.
    package init(
        _ origin: Statement, as query: RegularQuery, columns: [String],
        mode: StatementMode = .run
    ) {
        text = origin.text
        self.mode = mode
        self.query = query
        self.columns = columns
        parameters = origin.parameters
        isWriting = origin.isWriting
    }
}
