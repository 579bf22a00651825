/// Bounds of a log that several machines share.
extension Limits {
    /// Attempts to write one group to a shared log.
    public static let sharedAttempts = Limit(
        name: "shared log attempts", unit: "attempts", value: 64, range: 4...1024,
        why: "each failed one let somebody else write, so this is rivals, not time")
    /// Times the tail is asked for a group whose append was not answered.
    public static let unknownTurns = Limit(
        name: "unknown outcome turns", unit: "turns", value: 8, range: 1...64,
        why: "with their waits about 2 s; then the client is told that nobody knows")
    /// Milliseconds that one such question waits for the tail to move.
    public static let unknownWait = Limit(
        name: "unknown outcome wait", unit: "ms", value: 250, range: 10...5000,
        why: "an append that was carried out shows at once")
    /// Milliseconds that a watch has to show an entry that is known to be in the log.
    public static let shownWait = Limit(
        name: "shown wait", unit: "ms", value: 100, range: 10...5000,
        why: "a watch shows it within some ms; a majority is asked for what it does not show")
    /// Milliseconds that a proposal waits for the pen's holder to answer.
    public static let penCall = Limit(
        name: "pen call", unit: "ms", value: 400, range: 50...10_000,
        why: "two of them and the taking over must fit into 2 s")
    /// Calls in a row that the holder of the pen leaves unanswered before it is taken over.
    public static let penSilences = Limit(
        name: "pen silences", unit: "calls", value: 2, range: 1...16,
        why: "one lost packet must not move the pen; safety does not rest on it")
    /// Milliseconds between two looks of the pen's holder at what others wrote.
    public static let penPoll = Limit(
        name: "pen poll", unit: "ms", value: 1000, range: 50...60_000,
        why: "who lost the pen learns it at its next write anyway; this is for an idle holder")
    /// Milliseconds between two looks at the register while the log rests where it is wanted.
    public static let restInterval = Limit(
        name: "rest interval", unit: "ms", value: 10_000, range: 500...600_000,
        why: "a look costs 1.6 kB of network; a seal is told by the watch")
    /// Milliseconds that a follower waits for entries in one call.
    public static let followWait = Limit(
        name: "follow wait", unit: "ms", value: 10_000, range: 100...60_000,
        why: "each call costs some 500 bytes; an idle follower must stay below 2 kB/s")
    /// Milliseconds after which a follower asks again when the log could not be reached.
    public static let followRetry = Limit(
        name: "follow retry", unit: "ms", value: 500, range: 10...60_000,
        why: "a partition that heals is noticed within a second")
    /// Bytes of entries that one machine asks of another at a time.
    public static let entriesBytes = Limit(
        name: "entries asked for", unit: "bytes", value: 1 << 20, range: 4096...4 << 20,
        why: "one answer; the next one follows at once")
    /// Milliseconds between two looks of a writer at a log that is on the move.
    public static let moveWait = Limit(
        name: "move wait", unit: "ms", value: 5, range: 1...1000,
        why: "between seal and compare-and-set lie two requests of the mover")
    /// Milliseconds that commands wait while the log is on the move or out of reach.
    public static let movePatience = Limit(
        name: "move patience", unit: "ms", value: 5000, range: 100...60_000,
        why: "longer than an election of the cluster, shorter than a client's own patience")
    /// Milliseconds between two attempts at a log that is out of reach.
    public static let outageWait = Limit(
        name: "outage wait", unit: "ms", value: 100, range: 10...1000,
        why: "a member that starts again answers within a second or two; 64 attempts outlast it")
    /// Looks of a writer at a sealed loglet before it installs a successor itself.
    public static let sealedLooks = Limit(
        name: "sealed looks", unit: "looks", value: 40, range: 1...1000,
        why: "with the waits between them 200 ms: the mover is gone")
    /// Milliseconds between two steps of a move that waits for something.
    public static let moveInterval = Limit(
        name: "move interval", unit: "ms", value: 500, range: 10...60_000,
        why: "a move is desired state: it is tried until it is so")

    /// Errands that wait for the thread that appends to a log.
    public static let pendingErrands = Limit(
        name: "pending errands", unit: "errands", value: 64, range: 4...1024,
        why: "each belongs to a thread that waits for it: followers, movers, services")

    /// Milliseconds between two looks at entries that are written and not yet durable.
    public static let durableLook = Limit(
        name: "look for durable entries", unit: "ms", value: 20, range: 1...1000,
        why: "a machine's log is synced each 100 ms; who mirrors it must not wait much longer")
    /// States of a log that other machines read at the same time.
    public static let openImages = Limit(
        name: "states being read", unit: "states", value: 4, range: 1...64,
        why: "each keeps old versions in the store; a reader that was given up begins again")
    /// Bytes of resources of one machine that another one mirrors.
    public static let imageBytes = Limit(
        name: "state of a machine", unit: "bytes", value: 64 << 20, range: 1 << 20...1 << 30,
        why: "it is in memory once, until its digest is right; 2,500 resources have some 1 MiB")
    /// Positions of another machine's log whose history is kept.
    public static let mirrorHistory = Limit(
        name: "history of a mirror", unit: "positions", value: 10_000, range: 100...10_000_000,
        why: "the machine has it whole; this is for those who look at the whole fleet")
    /// Times that a state of a log is begun anew because the machine that gives it gave it up.
    public static let imageBegins = Limit(
        name: "states begun anew", unit: "times", value: 3, range: 1...100,
        why: "then another machine is asked")
    /// Times that one piece of a state is asked for.
    public static let imageTries = Limit(
        name: "questions for a piece", unit: "times", value: 3, range: 1...100,
        why: "a lost packet must not cost the pieces that are here")
    /// Machines that are asked for a state of the fleet log, and for what they say of it.
    public static let transferSources = Limit(
        name: "sources of a state", unit: "machines", value: 16, range: 1...1024,
        why: "voters come first, and there are few; each that is silent costs seconds")
    /// Times that a voter is asked what a log was at a position.
    public static let statementTurns = Limit(
        name: "questions for a statement", unit: "times", value: 10, range: 1...100,
        why: "a voter that follows is some milliseconds behind the one that writes")
    /// Milliseconds between two such questions.
    public static let statementPause = Limit(
        name: "pause between statements", unit: "ms", value: 100, range: 1...10_000,
        why: "with the times a second: who is further behind is no witness")
    /// Entries that stay where a shared log is ordered.
    public static let hotTail = Limit(
        name: "hot tail", unit: "entries", value: 20_000, range: 100...10_000_000,
        why: "who was away for a moment needs no other machine; 20 MB of entries of 1 KiB")
    /// Bytes of log files whose entries stay where a shared log is ordered.
    public static let hotTailBytes = Limit(
        name: "bytes of the hot tail", unit: "bytes", value: 192 << 20, range: 1 << 20...1 << 30,
        why: "below half of the quota of etcd, counted in whole files of 64 MiB")

    static let sharedLog = [
        sharedAttempts, unknownTurns, unknownWait, shownWait, penCall, penSilences, penPoll,
        followWait, followRetry, entriesBytes, moveWait, movePatience, outageWait, sealedLooks,
        moveInterval, restInterval, pendingErrands, durableLook, openImages, imageBytes,
        mirrorHistory,
        imageBegins, imageTries, transferSources, statementTurns, statementPause, hotTail,
        hotTailBytes,
    ]
}
