/// Bounds of drivers and what they run.
extension Limits {
    /// Instances the ledger of one machine holds.
    public static let instances = Limit(
        name: "instances", unit: "instances", value: 4096, range: 16...65_536,
        why: "each is a folder, a watched descriptor and a process or more")
    /// Milliseconds between SIGTERM and SIGKILL when an instance does not say.
    public static let stopGrace = Limit(
        name: "stop grace", unit: "ms", value: 10_000, range: 0...600_000,
        why: "long enough to finish requests, short enough for a reboot")
    /// Milliseconds between the last request that is sent to an instance and SIGTERM.
    public static let stopDrain = Limit(
        name: "drain before a stop", unit: "ms", value: 200, range: 0...60_000,
        why: "balancers hear of it, and what they sent already is answered")
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
    /// Tasks that one machine starts at the same time.
    public static let startsAtOnce = Limit(
        name: "starts at once", unit: "tasks", value: 8, range: 1...64,
        why: "a start waits for the disk and the container runtime more than it computes")
    /// Tasks that are started before the executor looks at the others again.
    public static let startsInTurn = Limit(
        name: "starts in a turn", unit: "tasks", value: 64, range: 1...4096,
        why: "what must stop or has ended does not wait for hundreds of starts")
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

    static let drivers = [
        instances, stopGrace, stopDrain, launchBytes, instanceProcesses, instanceTemporary,
        runtimeCall, startsAtOnce, startsInTurn, restartDelay, restartDelayMost, restartHealthy,
    ]
}
