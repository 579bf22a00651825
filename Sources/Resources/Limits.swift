/// A bound on a queue, loop, message, retry or name, with the reason it has that size.
public struct Limit: Sendable {
    /// What is bounded, as users see it in messages.
    public let name: String
    /// The unit of the numbers.
    public let unit: String
    /// The number in force.
    public let value: Int
    /// The least and the most an operator may set.
    public let range: ClosedRange<Int>
    /// Why it is this size.
    public let why: String
}

/// Every bound of Pisces, named once (design/00, law 5).
public enum Limits {
    /// Bytes of one encoded command.
    public static let commandBytes = Limit(
        name: "command size", unit: "bytes", value: 1 << 20, range: 1 << 16...1 << 20,
        why: "large bytes go to the object store; the log carries the digest")
    /// Commands in one batch.
    public static let batchCommands = Limit(
        name: "batch length", unit: "commands", value: 10_000, range: 1...100_000,
        why: "a batch is atomic and is held in memory whole")
    /// Bytes of one encoded batch; an etcd request of 1.5 MiB holds it in base64.
    public static let batchBytes = Limit(
        name: "batch size", unit: "bytes", value: (1 << 20) + 4096, range: 1 << 16...4 << 20,
        why: "one etcd request holds at most 1.5 MiB")
    /// Bytes of one group of batches that share a sync.
    public static let groupBytes = Limit(
        name: "group size", unit: "bytes", value: 4 << 20, range: 1 << 20...16 << 20,
        why: "recovery looks this far for a torn write")
    /// Commands that wait for the log.
    public static let pendingProposals = Limit(
        name: "pending proposals", unit: "batches", value: 16_384, range: 64...1 << 20,
        why: "beyond it a client is told to slow down rather than kept in memory")
    /// Bytes of a resource's name or of one component of a namespace.
    public static let nameBytes = Limit(
        name: "name length", unit: "bytes", value: 1024, range: 64...4096,
        why: "names are parts of keys; a path of the machine must fit")
    /// Bytes of a namespace.
    public static let namespaceBytes = Limit(
        name: "namespace length", unit: "bytes", value: 2048, range: 256...8192,
        why: "namespaces are parts of keys")
    /// Levels of nesting of a value, in JSON, CBOR and YAML.
    public static let valueDepth = Limit(
        name: "value depth", unit: "levels", value: 32, range: 8...64,
        why: "decoders recurse; the stack of a thread is 512 KiB")
    /// Tags of one resource.
    public static let tags = Limit(
        name: "tags", unit: "tags", value: 64, range: 8...256, why: "each is an index entry")
    /// Links of one resource.
    public static let links = Limit(
        name: "links", unit: "links", value: 4096, range: 64...65_536,
        why: "each is two index entries; a wider fan-out belongs on the other end")
    /// Rows of one page of a list.
    public static let listPage = Limit(
        name: "list page", unit: "resources", value: 1000, range: 1...10_000,
        why: "a page is rendered in memory")
    /// Bytes of one HTTP request body.
    public static let requestBytes = Limit(
        name: "request size", unit: "bytes", value: 4 << 20, range: 1 << 20...16 << 20,
        why: "JSON of the largest batch with escapes")
    /// Connections of the API at one time.
    public static let connections = Limit(
        name: "connections", unit: "connections", value: 1024, range: 16...65_536,
        why: "each holds buffers of some 20 KiB")
    /// Bytes not yet taken by one subscriber before its changes coalesce.
    public static let subscriberBytes = Limit(
        name: "subscriber backlog", unit: "bytes", value: 4 << 20, range: 1 << 16...64 << 20,
        why: "a slow subscriber must not hold the memory of its neighbours")
    /// Changes kept in memory for resuming subscribers before the log is read.
    public static let feedChanges = Limit(
        name: "change feed", unit: "changes", value: 4096, range: 1024...1 << 20,
        why: "at 1 KiB a change this is 4 MiB; older changes are told from history")
    /// Subscriptions at one time.
    public static let subscriptions = Limit(
        name: "subscriptions", unit: "subscriptions", value: 20_000, range: 16...100_000,
        why: "each costs about 1 KiB")
    /// Bytes of one encoded resource.
    public static let resourceBytes = Limit(
        name: "resource size", unit: "bytes", value: 1 << 20, range: 1 << 16...1 << 20,
        why: "merging updates must not grow a resource beyond what one command may carry")
    /// Resources that one deletion takes with it through ownership.
    public static let cascade = Limit(
        name: "owner cascade", unit: "resources", value: 10_000, range: 100...100_000,
        why: "a batch is atomic and is held in memory whole")
    /// Resources kept decoded in memory.
    public static let cachedResources = Limit(
        name: "resource cache", unit: "resources", value: 16_384, range: 64...1 << 20,
        why: "at 1 to 2 KiB each it is 24 MiB when full; an idle machine has some 200")
    /// Rows that one sort holds.
    public static let sortRows = Limit(
        name: "sort", unit: "resources", value: 10_000, range: 100...100_000,
        why: "a sort holds the rows of its page in memory")
    /// Depth and parts of one predicate.
    public static let predicateParts = Limit(
        name: "predicate size", unit: "parts", value: 256, range: 16...4096,
        why: "the parser recurses and each part is tried on each row")
    /// Keys removed by one write when history is trimmed.
    public static let trimKeys = Limit(
        name: "trim step", unit: "keys", value: 4096, range: 256...65_536,
        why: "apply waits behind a write; a step takes some milliseconds")
    /// Batches in one group, whatever their size.
    public static let groupProposals = Limit(
        name: "group length", unit: "batches", value: 1024, range: 16...16_384,
        why: "the first of a group waits for the last")
    /// Refusals kept in memory for audit.
    public static let keptRefusals = Limit(
        name: "kept refusals", unit: "refusals", value: 256, range: 16...4096,
        why: "enough to see an attack or a broken client")
    /// Milliseconds to wait for a start that another process has in its hands.
    public static let startWait = Limit(
        name: "start wait", unit: "ms", value: 10_000, range: 100...60_000,
        why: "a start takes a fork and two syncs; a slow disk may need seconds")
    /// Instances the ledger of one machine holds.
    public static let instances = Limit(
        name: "instances", unit: "instances", value: 4096, range: 16...65_536,
        why: "each is a folder, a watched descriptor and a process or more")
    /// Milliseconds between SIGTERM and SIGKILL when an instance does not say.
    public static let stopGrace = Limit(
        name: "stop grace", unit: "ms", value: 10_000, range: 0...600_000,
        why: "long enough to finish requests, short enough for a reboot")
    /// Bytes of a program's arguments and environment together.
    public static let launchBytes = Limit(
        name: "arguments and environment", unit: "bytes", value: 1 << 20, range: 4096...2 << 20,
        why: "the kernel takes a quarter of the stack, 2 MiB")
    /// Processes and threads of one instance in a container that names no limit.
    public static let instanceProcesses = Limit(
        name: "processes of an instance", unit: "processes", value: 512, range: 1...32_768,
        why: "a fork bomb must stay inside its container")
    /// Bytes of an instance's /tmp, which is memory.
    public static let instanceTemporary = Limit(
        name: "temporary files of an instance", unit: "bytes", value: 64 << 20,
        range: 1 << 20...4 << 30, why: "/tmp of a container is memory of the machine")
    /// Milliseconds one call of the container runtime may take.
    public static let runtimeCall = Limit(
        name: "container runtime call", unit: "ms", value: 30_000, range: 1000...300_000,
        why: "a hung runtime must not hold the executor")
    /// Milliseconds before the first restart of what ended.
    public static let restartDelay = Limit(
        name: "first restart delay", unit: "ms", value: 100, range: 0...60_000,
        why: "a single death is repaired at once")
    /// Milliseconds between restarts at the most.
    public static let restartDelayMost = Limit(
        name: "longest restart delay", unit: "ms", value: 60_000, range: 1000...3_600_000,
        why: "what fails at every start must not wear the machine")
    /// Milliseconds of running after which a restart starts counting anew.
    public static let restartHealthy = Limit(
        name: "healthy run", unit: "ms", value: 30_000, range: 1000...3_600_000,
        why: "what ran this long did not fail at its start")
    /// Bytes of one YAML stream.
    public static let yamlBytes = Limit(
        name: "YAML size", unit: "bytes", value: 1 << 20, range: 4096...4 << 20,
        why: "a file of desired state is written by people")
    /// Documents in one YAML stream.
    public static let yamlDocuments = Limit(
        name: "YAML documents", unit: "documents", value: 1000, range: 1...10_000,
        why: "each becomes a command of one batch")
    /// Replicas of one component.
    public static let replicas = Limit(
        name: "replicas", unit: "tasks", value: 10_000, range: 1...100_000,
        why: "one app expands into one batch")
    /// Observations between a sensor and the machine log.
    public static let pendingObservations = Limit(
        name: "pending observations", unit: "observations", value: 32_768, range: 1024...1 << 20,
        why: "at about 500 bytes each it is 16 MiB; beyond it the kernel's buffer holds them")
    /// Observations in one batch of the machine log.
    public static let observationBatch = Limit(
        name: "observation batch", unit: "observations", value: 1024, range: 16...8192,
        why: "a batch must stay under the size of one entry")
    /// How often an apply by address is tried when others change the same resource.
    public static let applyAttempts = Limit(
        name: "apply attempts", unit: "attempts", value: 5, range: 1...20,
        why: "each attempt reads the state anew; more means two programs fight")
    /// Milliseconds between two syncs of a log that groups them.
    public static let groupedSync = Limit(
        name: "grouped sync", unit: "ms", value: 100, range: 10...5000,
        why: "what is lost with it can be observed again")
    /// Milliseconds that entries of ephemeral types alone may wait for a sync.
    public static let churnSync = Limit(
        name: "churn sync", unit: "ms", value: 60_000, range: 100...600_000,
        why: "a sync costs 8 KiB of flash; what a crash loses is observed again or was past")
    /// Entries after which the graph is flushed, so that a restart replays no more.
    public static let flushEntries = Limit(
        name: "flush interval", unit: "entries", value: 50_000, range: 1000...1_000_000,
        why: "replay takes some 5 µs an entry: a quarter of a second")
    /// Events kept in written form for subscribers that get the same rows.
    public static let cachedEvents = Limit(
        name: "written events", unit: "events", value: 512, range: 16...8192,
        why: "subscribers of one change ask for it within milliseconds; 1 KiB each")
    /// Bytes of coalesced changes after which a subscriber is told `gone`.
    public static let subscriberNetBytes = Limit(
        name: "coalesced backlog", unit: "bytes", value: 16 << 20, range: 1 << 18...256 << 20,
        why: "one row a key is the least there is to keep; beyond it a snapshot is cheaper")
    /// Entries after which every subscriber gets a bookmark, even when nothing matched.
    public static let bookmarkEntries = Limit(
        name: "bookmark interval", unit: "entries", value: 1000, range: 10...100_000,
        why: "a subscriber that matches little must not fall out of the history")
    /// Milliseconds between two bookmarks of a quiet subscription.
    public static let bookmarkInterval = Limit(
        name: "bookmark interval", unit: "ms", value: 5000, range: 100...60_000,
        why: "a subscriber that resumes reads at most so much again")
    /// Bytes of a log segment prepared in the background.
    public static let segmentBytes = Limit(
        name: "segment size", unit: "bytes", value: 64 << 20, range: 4 << 20...1 << 30,
        why: "a trim frees whole segments; opening reads the last one")
    /// Bytes of a log segment made while a caller waits, and of the reserve.
    public static let firstSegmentBytes = Limit(
        name: "first segment size", unit: "bytes", value: 4 << 20, range: 1 << 16...64 << 20,
        why: "zeros are written before the first answer")
    /// Loglets of one log.
    public static let chainLinks = Limit(
        name: "chain length", unit: "loglets", value: 64, range: 2...1024,
        why: "the register is read and replaced whole; trimming shortens it")
    /// Bytes a kernel feed of events may hold before it loses some.
    public static let sensorBuffer = Limit(
        name: "sensor receive buffer", unit: "bytes", value: 8 << 20, range: 4096...64 << 20,
        why: "one process event takes 832 bytes there: about 10,000 events")
    /// Kernel datagrams a sensor takes before it reports what it saw.
    public static let sensorBatch = Limit(
        name: "sensor batch", unit: "datagrams", value: 1024, range: 64...16_384,
        why: "what waits for a batch is late; what is reported one by one is dear")
    /// Bytes of a process's command line that are read.
    public static let commandLineBytes = Limit(
        name: "command line", unit: "bytes", value: 4096, range: 256...65_536,
        why: "it is kept for every process that ran; the rest is cut and the cut is said")
    /// Bytes of one table or file of the kernel that are read.
    public static let kernelTextBytes = Limit(
        name: "kernel file", unit: "bytes", value: 16 << 20, range: 1 << 16...64 << 20,
        why: "a mount table of 100,000 mounts fits")
    /// Attempts at a dump that the kernel interrupts because the table changed meanwhile.
    public static let dumpAttempts = Limit(
        name: "dump attempts", unit: "attempts", value: 16, range: 1...100,
        why: "a table that changes faster than it can be read stays a gap until the next sweep")
    /// Milliseconds between two full readings that look for drift.
    public static let sweepInterval = Limit(
        name: "sweep interval", unit: "ms", value: 60_000, range: 1000...86_400_000,
        why: "a full reading of 100 processes costs about 5 ms of CPU")
    /// Processes read in one turn of a sweep.
    public static let sweepSlice = Limit(
        name: "sweep slice", unit: "processes", value: 32, range: 1...4096,
        why: "events wait while a slice is read: about 2 ms")
    /// Times its cost that a reading of a whole source rests before the next.
    public static let sensorRest = Limit(
        name: "sensor rest", unit: "times", value: 10, range: 0...1000,
        why: "a storm of hints takes at most a tenth of one core")
    /// Times its cost that a sweep of a whole source rests before the next.
    public static let sweepRest = Limit(
        name: "sweep rest", unit: "times", value: 2000, range: 0...100_000,
        why: "the sweeps of twenty sources take at most a hundredth of one core")
    /// Milliseconds a node waits for the first picture of its machine before it serves.
    public static let firstPicture = Limit(
        name: "first picture", unit: "ms", value: 500, range: 0...10_000,
        why: "a node is ready within a second, with or without a slow sensor")
    /// Milliseconds between two writes to one busy subscriber.
    public static let eventInterval = Limit(
        name: "event interval", unit: "ms", value: 8, range: 0...1000,
        why: "a write costs 10 µs whatever its size; a change after a pause does not wait")
    /// Milliseconds of history a log keeps when no `retention` resource says otherwise.
    public static let retentionAge = Limit(
        name: "retention age", unit: "ms", value: 30 * 86_400_000,
        range: 60_000...3650 * 86_400_000, why: "a month answers what changed since last time")
    /// Bytes of full log files a log keeps when no `retention` resource says otherwise.
    public static let retentionBytes = Limit(
        name: "retention bytes", unit: "bytes", value: 1 << 30, range: 1 << 20...1 << 40,
        why: "history in the graph takes about as much again; small disks have 8 GiB")
    /// Milliseconds after which the state is written down again when anything changed.
    public static let checkpointAge = Limit(
        name: "checkpoint age", unit: "ms", value: 86_400_000, range: 60_000...30 * 86_400_000,
        why: "a copy costs a flush of some 100 KiB; a damaged store is replayed from it")
    /// Entries after which the state is written down again.
    public static let checkpointEntries = Limit(
        name: "checkpoint interval", unit: "entries", value: 2_000_000,
        range: 10_000...100_000_000, why: "so much is replayed in about 20 s")
    /// Milliseconds between two looks at budgets.
    public static let keepingInterval = Limit(
        name: "keeping interval", unit: "ms", value: 10_000, range: 100...3_600_000,
        why: "a look reads a few keys; a full budget must not wait long")
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
    /// Threads that run queries.
    public static let boltThreads = Limit(
        name: "query threads", unit: "threads", value: 8, range: 1...256,
        why: "one slow step of a query holds one; more than cores so that the rest go on")
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
    /// Rows that one standing query of class B or C keeps.
    public static let standingRows = Limit(
        name: "standing rows", unit: "rows", value: 100_000, range: 100...10_000_000,
        why: "they are kept to tell what changed; a row takes about 300 bytes")
    /// Snapshots of the graph that wait for standing queries of class B.
    public static let standingSnapshots = Limit(
        name: "standing snapshots", unit: "snapshots", value: 64, range: 1...1024,
        why: "beyond it entries coalesce onto the newest; a snapshot keeps old files alive")
    /// Changes that wait for standing queries of class B.
    public static let standingChanges = Limit(
        name: "standing changes", unit: "changes", value: 100_000, range: 100...10_000_000,
        why: "beyond it a whole evaluation is cheaper than following each")
    /// Milliseconds between two evaluations of a standing query of class C.
    public static let standingInterval = Limit(
        name: "standing interval", unit: "ms", value: 250, range: 10...60_000,
        why: "people read no faster; each evaluation reads all that the query touches")
    /// Times its last evaluation that a standing query of class C rests.
    public static let standingRest = Limit(
        name: "standing rest", unit: "times", value: 10, range: 1...1000,
        why: "a dear query takes at most a tenth of one core")

    /// All limits, for the page that shows them.
    public static let all =
        [
            commandBytes, batchCommands, batchBytes, groupBytes, pendingProposals, nameBytes,
            namespaceBytes, valueDepth, tags, links, listPage, requestBytes, connections,
            subscriberBytes, feedChanges, subscriptions, resourceBytes, cascade, cachedResources,
            sortRows, predicateParts, trimKeys, groupProposals, keptRefusals, startWait, instances,
            stopGrace, launchBytes, instanceProcesses, instanceTemporary, runtimeCall, restartDelay,
            restartDelayMost, restartHealthy, yamlBytes, yamlDocuments, replicas,
            pendingObservations,
            observationBatch, applyAttempts, groupedSync, churnSync, flushEntries, cachedEvents,
            subscriberNetBytes, bookmarkEntries, bookmarkInterval, segmentBytes, firstSegmentBytes,
            chainLinks, sensorBuffer, sensorBatch, commandLineBytes, kernelTextBytes, dumpAttempts,
            sweepInterval, sweepSlice, sensorRest, sweepRest, firstPicture, eventInterval,
            retentionAge,
            retentionBytes,
            checkpointAge, checkpointEntries, keepingInterval, boltConnections, boltMessageBytes,
            boltLoginBytes, boltDepth, boltParameters, boltBookmarks, boltResults, boltPending,
            boltOutput, boltPiece, boltLogin, boltArrival, boltIdle, boltKeepAlive, boltSlice,
            boltThreads, scratchGraphs, scratchSize, cachedStatements, cachedStatementBytes,
            statementBytes, statementNesting, statementHeight, statementClauses, statementHops,
            statementVariables, cardBytes, queryRows, queryMemory, queryHops, regexText,
            planOperators,
            queryTime,
            standingRows, standingSnapshots, standingChanges, standingInterval, standingRest,
        ] + ofPackages
}
