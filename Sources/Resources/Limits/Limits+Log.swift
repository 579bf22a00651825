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
    /// Bytes of each of the two files that keep refusals for audit.
    public static let refusalBytes = Limit(
        name: "file of refusals", unit: "bytes", value: 1 << 20, range: 1 << 14...64 << 20,
        why: "two of them hold the last 4,000 to 8,000 refusals, and no flood fills the disk")
    /// Refusals that are kept one by one before they are counted instead.
    public static let refusalBurst = Limit(
        name: "refusals in a burst", unit: "refusals", value: 256, range: 16...4096,
        why: "enough to see an attack or a broken client one by one")
    /// Milliseconds after which one more refusal may be kept by itself.
    public static let refusalPause = Limit(
        name: "pause between kept refusals", unit: "ms", value: 1000, range: 1...60_000,
        why: "a client that is refused all day writes 25 MB, not the disk full")
    /// Kinds of refusals that are counted apart in one line of a flood.
    public static let refusalKinds = Limit(
        name: "kinds of refusals in a line", unit: "kinds", value: 16, range: 1...256,
        why: "who and why, without a line as long as the flood")
    /// Bytes of a refusal's reason, and of the name it is about, that are kept.
    public static let refusalText = Limit(
        name: "text of a kept refusal", unit: "bytes", value: 512, range: 64...8192,
        why: "names may have 1,024 bytes; the first words say which it is")
    /// Values of a refused command that are looked for in the reason, to be left out.
    public static let refusalValues = Limit(
        name: "values looked for in a refusal", unit: "values", value: 1024, range: 16...65_536,
        why: "a command with more is refused without words rather than with a secret in them")
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
    /// Bytes of the disk set aside for a start.
    public static let startReserve = Limit(
        name: "start reserve", unit: "bytes", value: 4 << 20, range: 1 << 20...1 << 30,
        why: "opening the graph writes up to 200 KB; a full disk must not keep the apps down")
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
        groupBytes, pendingProposals, groupProposals, refusalBytes, refusalBurst,
        refusalPause, refusalKinds, refusalText, refusalValues, groupedSync, churnSync,
        segmentBytes, firstSegmentBytes, chainLinks, flushEntries, retentionAge, retentionBytes,
        checkpointAge, checkpointEntries, keepingInterval, activities, foldBatch, keptEnded,
        foldInterval, startReserve,
    ]
}
