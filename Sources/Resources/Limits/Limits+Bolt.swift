/// Bounds of Bolt.
extension Limits {
    /// Connections of Bolt at one time.
    public static let boltConnections = Limit(
        name: "Bolt connections", unit: "connections", value: 2048, range: 16...65_536,
        why: "an idle one holds some 10 KiB; drivers pool up to 100 each")
    /// Bytes of one Bolt message of a client that has logged in.
    public static let boltMessageBytes = Limit(
        name: "Bolt message", unit: "bytes", value: 4 << 20, range: 1 << 16...64 << 20,
        why: "its values take up to thirty times as much while the statement runs")
    /// Bytes of one Bolt message before the login.
    public static let boltLoginBytes = Limit(
        name: "Bolt message before login", unit: "bytes", value: 64 << 10, range: 1024...1 << 20,
        why: "strangers must not fill the memory; a login is some 500 bytes")
    /// Levels of nesting of a Bolt value.
    public static let boltDepth = Limit(
        name: "Bolt value depth", unit: "levels", value: 64, range: 8...256,
        why: "the reader recurses on a thread of the loop's size of stack")
    /// Parameters of one statement.
    public static let boltParameters = Limit(
        name: "Bolt parameters", unit: "parameters", value: 4096, range: 16...65_536,
        why: "a program that needs more wants a list")
    /// Bookmarks of one statement or transaction.
    public static let boltBookmarks = Limit(
        name: "Bolt bookmarks", unit: "bookmarks", value: 1024, range: 1...65_536,
        why: "drivers send one for each session they have followed")
    /// Results that one transaction holds open.
    public static let boltResults = Limit(
        name: "open results", unit: "results", value: 64, range: 1...1024,
        why: "each holds the state of a running query")
    /// Messages of one connection that wait for their turn.
    public static let boltPending = Limit(
        name: "pending Bolt messages", unit: "messages", value: 256, range: 4...4096,
        why: "beyond it the connection is not read until some are answered")
    /// Bytes of answers on their way to one client before its query pauses.
    public static let boltOutput = Limit(
        name: "Bolt output", unit: "bytes", value: 256 << 10, range: 1 << 16...16 << 20,
        why: "a client that reads slowly must not hold the rows of a graph in memory")
    /// Bytes of rows that are sent in one piece.
    public static let boltPiece = Limit(
        name: "Bolt piece", unit: "bytes", value: 64 << 10, range: 1024...1 << 20,
        why: "a write costs some 10 µs whatever its size")
    /// Milliseconds from the connection to the end of a login.
    public static let boltLogin = Limit(
        name: "Bolt login", unit: "ms", value: 10_000, range: 10...300_000,
        why: "a driver takes milliseconds; one that says nothing holds a connection")
    /// Milliseconds from the begin of a message to its end.
    public static let boltArrival = Limit(
        name: "arrival of a Bolt message", unit: "ms", value: 30_000, range: 10...600_000,
        why: "a client that sends byte by byte holds memory for nothing")
    /// Milliseconds without a byte in either direction.
    public static let boltIdle = Limit(
        name: "idle Bolt connection", unit: "ms", value: 3_600_000, range: 10...86_400_000,
        why: "drivers give up a pooled connection after an hour")
    /// Milliseconds of silence after which a working server says that it lives.
    public static let boltKeepAlive = Limit(
        name: "Bolt keep-alive", unit: "ms", value: 10_000, range: 10...600_000,
        why: "a client cannot tell a slow query from a dead server")
    /// Milliseconds a query runs before it lets the queries of others run.
    public static let boltSlice = Limit(
        name: "query slice", unit: "ms", value: 5, range: 1...1000,
        why: "rows are sent at its end, so it is also how late a row may be")
    /// Bytes of a message that is looked at on the loop, to see whether it is soon answered.
    public static let boltShort = Limit(
        name: "short Bolt message", unit: "bytes", value: 4096, range: 0...65_536,
        why: "reading it takes microseconds; 0 answers all on query threads")
    /// Rows of a short statement that are made on the loop.
    public static let boltShortRows = Limit(
        name: "rows of a short statement", unit: "rows", value: 64, range: 1...256,
        why: "each takes some 2 µs, in which the loop's other connections wait")
    /// Nodes that a short statement looks at on the loop, for all of its rows.
    public static let boltShortResources = Limit(
        name: "nodes of a short statement", unit: "nodes", value: 128, range: 1...4096,
        why: "each takes some 2 µs; a statement that needs more is begun again on a query thread")
    /// Messages of one connection that are answered on the loop in one go.
    public static let boltShortTurn = Limit(
        name: "short Bolt messages", unit: "messages", value: 16, range: 2...256,
        why: "a client that sends many at once goes on behind the others")
    /// Threads that run queries.
    public static let boltThreads = Limit(
        name: "query threads", unit: "threads", value: 8, range: 1...256,
        why: "one slow step of a query holds one; more than cores so that the rest go on")

    static let bolt = [
        boltConnections, boltMessageBytes, boltLoginBytes, boltDepth, boltParameters, boltBookmarks,
        boltResults, boltPending, boltOutput, boltPiece, boltLogin, boltArrival, boltIdle,
        boltKeepAlive, boltSlice, boltShort, boltShortRows, boltShortResources,
        boltShortTurn, boltThreads,
    ]
}
