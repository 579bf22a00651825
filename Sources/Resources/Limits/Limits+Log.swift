/// Bounds of the log and its keeping.
extension Limits {
    /// Bytes of one group of batches that share a sync.
    public static let groupBytes = Limit(
        name: "group size", unit: "bytes", value: 4 << 20, range: 1 << 20...16 << 20,
        why: "recovery looks this far for a torn write")
    /// Commands that wait for the log.
    public static let pendingProposals = Limit(
        name: "pending proposals", unit: "batches", value: 16_384, range: 64...1 << 20,
        why: "beyond it a client is told to slow down rather than kept in memory")
    /// Batches in one group, whatever their size.
    public static let groupProposals = Limit(
        name: "group length", unit: "batches", value: 1024, range: 16...16_384,
        why: "the first of a group waits for the last")
    /// Refusals kept in memory for audit.
    public static let keptRefusals = Limit(
        name: "kept refusals", unit: "refusals", value: 256, range: 16...4096,
        why: "enough to see an attack or a broken client")
    /// Milliseconds between two syncs of a log that groups them.
    public static let groupedSync = Limit(
        name: "grouped sync", unit: "ms", value: 100, range: 10...5000,
        why: "what is lost with it can be observed again")
    /// Milliseconds that entries of ephemeral types alone may wait for a sync.
    public static let churnSync = Limit(
        name: "churn sync", unit: "ms", value: 300_000, range: 100...600_000,
        why: "a sync costs a page of flash; what a crash loses is observed again or was past")
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
    /// Entries after which the graph is flushed, so that a restart replays no more.
    public static let flushEntries = Limit(
        name: "flush interval", unit: "entries", value: 50_000, range: 1000...1_000_000,
        why: "replay takes some 5 µs an entry: a quarter of a second")
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
    /// Counters of what churned.
    public static let activities = Limit(
        name: "activities", unit: "counters", value: 10_000, range: 100...1 << 20,
        why: "programs with random names must not fill the graph; the rest shares one counter")
    /// Ended resources folded into counters in one turn.
    public static let foldBatch = Limit(
        name: "fold batch", unit: "resources", value: 10_000, range: 100...100_000,
        why: "a turn reads each of them: about 50 ms")
    /// Ended resources of a type that are kept, however young.
    public static let keptEnded = Limit(
        name: "kept ended", unit: "resources", value: 200_000, range: 1000...10_000_000,
        why: "a build host ends a million processes an hour; about 600 bytes each")
    /// Milliseconds between two turns of the fold.
    public static let foldInterval = Limit(
        name: "fold interval", unit: "ms", value: 300_000, range: 100...3_600_000,
        why: "an idle machine ends a few processes a minute; each turn with any is a write")

    static let log = [
        groupBytes, pendingProposals, groupProposals, keptRefusals, groupedSync, churnSync,
        segmentBytes, firstSegmentBytes, chainLinks, flushEntries, retentionAge, retentionBytes,
        checkpointAge, checkpointEntries, keepingInterval, activities, foldBatch, keptEnded,
        foldInterval,
    ]
}
