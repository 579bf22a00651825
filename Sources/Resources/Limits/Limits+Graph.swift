/// Bounds of the graph and those who follow it.
extension Limits {
    /// Changes kept in memory for resuming subscribers before the log is read.
    public static let feedChanges = Limit(
        name: "change feed", unit: "changes", value: 2048, range: 1024...1 << 20,
        why: "at 2 KiB a change this is 4 MiB; older changes are told from history")
    /// Subscriptions at one time.
    public static let subscriptions = Limit(
        name: "subscriptions", unit: "subscriptions", value: 20_000, range: 16...100_000,
        why: "each costs about 1 KiB")
    /// Bytes not yet taken by one subscriber before its changes coalesce.
    public static let subscriberBytes = Limit(
        name: "subscriber backlog", unit: "bytes", value: 4 << 20, range: 1 << 16...64 << 20,
        why: "a slow subscriber must not hold the memory of its neighbours")
    /// Bytes of coalesced changes after which a subscriber is told `gone`.
    public static let subscriberNetBytes = Limit(
        name: "coalesced backlog", unit: "bytes", value: 16 << 20, range: 1 << 18...256 << 20,
        why: "one row a key is the least there is to keep; beyond it a snapshot is cheaper")
    /// Bytes of changes that wait for a handler; beyond it the next look is at everything.
    public static let handlerBacklog = Limit(
        name: "handler backlog", unit: "bytes", value: 64 << 10, range: 1 << 10...4 << 20,
        why: "a handler looks at the state as it is, so it need not be told each change on the way")
    /// Entries after which every subscriber gets a bookmark, even when nothing matched.
    public static let bookmarkEntries = Limit(
        name: "bookmark interval", unit: "entries", value: 1000, range: 10...100_000,
        why: "a subscriber that matches little must not fall out of the history")
    /// Milliseconds between two bookmarks of a quiet subscription.
    public static let bookmarkInterval = Limit(
        name: "bookmark interval", unit: "ms", value: 5000, range: 100...60_000,
        why: "a subscriber that resumes reads at most so much again")
    /// Resources that one deletion takes with it through ownership.
    public static let cascade = Limit(
        name: "owner cascade", unit: "resources", value: 10_000, range: 100...100_000,
        why: "a batch is atomic and is held in memory whole")
    /// Resources kept decoded in memory.
    public static let cachedResources = Limit(
        name: "resource cache", unit: "resources", value: 16_384, range: 64...1 << 20,
        why: "at 1 to 2 KiB each it is 24 MiB when full; what is not used is forgotten in 20 s")
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

    static let graph = [
        feedChanges, subscriptions, subscriberBytes, subscriberNetBytes, handlerBacklog,
        bookmarkEntries, bookmarkInterval, cascade, cachedResources, sortRows, predicateParts,
        trimKeys, standingRows, standingSnapshots, standingChanges, standingInterval, standingRest,
    ]
}
