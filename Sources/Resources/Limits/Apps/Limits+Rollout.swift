/// Bounds of the handlers that turn apps into tasks.
extension Limits {
    /// Bytes of commands that a handler puts into one batch; the rest follows in the next.
    public static let handlerBytes = Limit(
        name: "batch of a handler", unit: "bytes", value: 512 << 10, range: 1 << 16...1 << 20,
        why: "half a batch, because the sizes are those of the fields alone")
    /// Commands that a handler puts into one batch; the rest follows in the next.
    public static let handlerCommands = Limit(
        name: "commands of a handler", unit: "commands", value: 1000, range: 16...10_000,
        why: "thousands of replicas must not hold other writers of the log for long")
    /// Restarts of one replica that make an update fail.
    public static let rolloutRestarts = Limit(
        name: "restarts in an update", unit: "restarts", value: 3, range: 1...100,
        why: "one death may be chance, and a reboot is one too")
    /// Milliseconds that a replica without a health check must run before it counts as ready.
    public static let rolloutSettle = Limit(
        name: "settling time", unit: "ms", value: 1000, range: 0...60_000,
        why: "what ends at its start would be ready for a moment at each of its restarts")
    /// Milliseconds between the switch of a blue-green update and the end of the old replicas.
    public static let rolloutDrain = Limit(
        name: "time to drain", unit: "ms", value: 2000, range: 0...600_000,
        why: "balancers on all machines must have switched before the old replicas stop")
    /// Milliseconds that a loop rests at the most after a look at everything.
    public static let lookRest = Limit(
        name: "rest after a look", unit: "ms", value: 100, range: 0...1000,
        why: "with hundreds of tasks each look takes long, and each start asks for three")
    /// Texts that say what a component waits for.
    public static let rolloutReasons = Limit(
        name: "reasons of a component", unit: "texts", value: 5, range: 1...100,
        why: "of a thousand replicas that wait, the first few say why")

    /// Attempts at one event of a handler that the state refused, before it becomes a dead letter.
    public static let handlerAttempts = Limit(
        name: "attempts of a handler", unit: "attempts", value: 8, range: 2...100,
        why: "an attempt follows a change, so eight changes did not help; the next may not either")
    /// Dead letters that are kept; what comes after them is put aside in memory only, and counted.
    public static let deadLetters = Limit(
        name: "dead letters", unit: "resources", value: 256, range: 16...10_000,
        why: "one mistake in a type may refuse a thousand tasks; the first hundreds say why")
    /// Commands of one batch that a handler takes out because they are refused.
    public static let handlerRemovals = Limit(
        name: "refused commands taken out", unit: "commands", value: 32, range: 1...1000,
        why: "each is one more pass of the batch through the filters; the rest follows at once")

    static let rollout = [
        handlerAttempts, deadLetters, handlerRemovals,
        handlerBytes, handlerCommands, rolloutRestarts, rolloutSettle, lookRest,
        rolloutDrain, rolloutReasons,
    ]
}
