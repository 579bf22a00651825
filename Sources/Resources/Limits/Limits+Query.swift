/// Bounds of statements of the query language.
extension Limits {
    /// Scratch graphs at one time.
    public static let scratchGraphs = Limit(
        name: "scratch graphs", unit: "graphs", value: 1024, range: 1...16_384,
        why: "they live in memory until the last connection that named one closes")
    /// Nodes and relationships of one scratch graph.
    public static let scratchSize = Limit(
        name: "scratch graph", unit: "nodes and relationships", value: 2_000_000,
        range: 1000...100_000_000, why: "each takes some 200 bytes of memory")
    /// Statements kept read and checked.
    public static let cachedStatements = Limit(
        name: "statement cache", unit: "statements", value: 512, range: 16...65_536,
        why: "programs send the same few again; a tree takes some 10 KiB")
    /// Bytes of a statement that is worth keeping.
    public static let cachedStatementBytes = Limit(
        name: "cached statement", unit: "bytes", value: 4096, range: 256...65_536,
        why: "a longer one has its data inside and never comes again")
    /// Bytes of one statement of the query language.
    public static let statementBytes = Limit(
        name: "statement length", unit: "bytes", value: 1 << 20, range: 1 << 12...4 << 20,
        why: "data belongs in parameters; a statement is held as text, tokens and tree")
    /// Brackets and subqueries of a statement inside each other.
    public static let statementNesting = Limit(
        name: "statement nesting", unit: "levels", value: 80, range: 60...100,
        why: "reader, checks and evaluation recurse; a level takes some 4 KiB of stack")
    /// Height of an expression's tree, nesting and chained operators together.
    public static let statementHeight = Limit(
        name: "expression height", unit: "levels", value: 250, range: 120...500,
        why: "checks and evaluation recurse; AND and OR do not count, they are flat")
    /// Clauses of one statement.
    public static let statementClauses = Limit(
        name: "statement clauses", unit: "clauses", value: 1000, range: 64...10_000,
        why: "each is an operator of the plan or more, and the plan is a chain")
    /// Relationships in the patterns of one statement.
    public static let statementHops = Limit(
        name: "statement relationships", unit: "relationships", value: 2000, range: 64...10_000,
        why: "the planner orders them; what is made of data belongs in parameters")
    /// Variables that can be seen at one place of a statement.
    public static let statementVariables = Limit(
        name: "statement variables", unit: "variables", value: 2000, range: 64...10_000,
        why: "each `*` writes them all out, and each is a slot of a row")
    /// Rows that one query gives.
    public static let queryRows = Limit(
        name: "query rows", unit: "rows", value: 1_000_000, range: 1000...100_000_000,
        why: "a client that wants more pages by key; a forgotten bound must end")
    /// Bytes that one query holds to sort, group, collect and search.
    public static let queryMemory = Limit(
        name: "query memory", unit: "bytes", value: 256 << 20, range: 1 << 20...8 << 30,
        why: "a query must not take the memory of the node that answers it")
    /// Hops of one walk of variable length whose author gave no bound.
    public static let queryHops = Limit(
        name: "query hops", unit: "hops", value: 512, range: 8...10_000,
        why: "walks grow with the power of their length")
    /// Bytes of resources kept for queries in the form in which they are stored.
    public static let cardBytes = Limit(
        name: "resources kept for queries", unit: "bytes", value: 96 << 20,
        range: 1 << 20...4 << 30,
        why: "traversals read a resource for each hop; an idle machine's take 200 KiB")
    /// Bytes of a text that a regular expression is matched with.
    public static let regexText = Limit(
        name: "regular expression text", unit: "bytes", value: 16_384, range: 256...1 << 20,
        why: "the engine goes back; its time may grow with the square of the text")
    /// Operators of one plan above each other, those of its subqueries added.
    public static let planOperators = Limit(
        name: "plan operators", unit: "operators", value: 400, range: 32...1000,
        why: "each asks the one below on the same stack; planning grows with their square")
    /// Milliseconds of one query.
    public static let queryTime = Limit(
        name: "query time", unit: "ms", value: 30_000, range: 10...3_600_000,
        why: "a query holds a snapshot of the graph while it runs")

    static let query = [
        scratchGraphs, scratchSize, cachedStatements, cachedStatementBytes, statementBytes,
        statementNesting, statementHeight, statementClauses, statementHops, statementVariables,
        queryRows, queryMemory, queryHops, cardBytes, regexText, planOperators, queryTime,
    ]
}
