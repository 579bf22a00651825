/// Bounds of applications and their files.
extension Limits {
    /// Components of one app.
    public static let appComponents = Limit(
        name: "components of an app", unit: "components", value: 100, range: 1...1000,
        why: "an app is one resource of at most 1 MiB")
    /// Services of one app.
    public static let appServices = Limit(
        name: "services of an app", unit: "services", value: 100, range: 1...1000,
        why: "each has an address and a listener")
    /// Volumes of one app.
    public static let appVolumes = Limit(
        name: "volumes of an app", unit: "volumes", value: 100, range: 1...1000,
        why: "each is a resource for every replica")
    /// Capabilities of one app.
    public static let appCapabilities = Limit(
        name: "capabilities of an app", unit: "capabilities", value: 100, range: 1...1000,
        why: "people choose among them")
    /// Arguments of one capability.
    public static let capabilityArguments = Limit(
        name: "arguments of a capability", unit: "arguments", value: 32, range: 1...256,
        why: "each is a variable of the program")
    /// Ports of one component.
    public static let componentPorts = Limit(
        name: "ports of a component", unit: "ports", value: 32, range: 1...1024,
        why: "each takes one port for every replica")
    /// Volumes, configs and secrets of one component, each.
    public static let componentMounts = Limit(
        name: "mounts of a component", unit: "mounts", value: 64, range: 1...1024,
        why: "each is a mount in every container")
    /// Variables in the environment of one component.
    public static let componentVariables = Limit(
        name: "variables of a component", unit: "variables", value: 256, range: 1...4096,
        why: "the kernel copies all of them at each start")
    /// Tags a component requires or prefers, and components it is near to or apart from, each.
    public static let placementRules = Limit(
        name: "placement rules", unit: "rules", value: 32, range: 1...256,
        why: "each is tried on every machine")
    /// Bytes of one text of an app file: a command, a variable, a path, a description.
    public static let appText = Limit(
        name: "text of an app file", unit: "bytes", value: 16_384, range: 1024...131_072,
        why: "the kernel takes 128 KiB in one argument; every task carries its own")
    /// Files that one app file takes in by `from`, in one chain.
    public static let appBaseDepth = Limit(
        name: "depth of from", unit: "files", value: 8, range: 1...32,
        why: "nobody follows a longer chain")
    /// Files that one app file takes in by `from`, all together.
    public static let appBases = Limit(
        name: "bases of an app file", unit: "files", value: 32, range: 1...256,
        why: "bases that take in each other twice at each level must end")
    /// The fewest bytes of a volume with a file system of its own.
    public static let volumeBytesLeast = Limit(
        name: "least volume size", unit: "bytes", value: 1 << 20, range: 1 << 16...1 << 30,
        why: "a file system needs room for itself")
    /// Cores one replica may need.
    public static let needCores = Limit(
        name: "cores of a replica", unit: "cores", value: 4096, range: 1...65_536,
        why: "more than any machine has is a slip")
    /// Bytes of memory or disk one replica may need.
    public static let needBytes = Limit(
        name: "memory or storage of a replica", unit: "bytes", value: 64 << 40,
        range: 1 << 30...8 << 50, why: "more than any machine has is a slip")
    /// Milliseconds between health checks when an app does not say.
    public static let healthInterval = Limit(
        name: "health check interval", unit: "ms", value: 2000, range: 100...3_600_000,
        why: "a failing replica is out of its service after three of them")
    /// Milliseconds of one health check when an app does not say.
    public static let healthTimeout = Limit(
        name: "health check timeout", unit: "ms", value: 1000, range: 10...600_000,
        why: "a server that takes longer serves nobody well")
    /// Threads that run the commands of health checks.
    public static let checkThreads = Limit(
        name: "threads of health checks", unit: "threads", value: 4, range: 1...64,
        why: "a command that hangs must not hold up all others")
    /// Bytes of a result that a capability may return.
    public static let capabilityOutput = Limit(
        name: "result of a capability", unit: "bytes", value: 256 << 10, range: 1024...1 << 20,
        why: "it stands in the log; what is larger belongs into a volume")
    /// Plans that are kept to be carried out.
    public static let keptPlans = Limit(
        name: "kept plans", unit: "plans", value: 64, range: 1...1024,
        why: "a plan is carried out soon or made again")
    /// Commands inside tasks and calls of operations that run at once.
    public static let execSessions = Limit(
        name: "commands inside tasks", unit: "commands", value: 64, range: 1...1024,
        why: "each is a thread and a process")
    /// Failed or passed health checks in a row that an app may ask for.
    public static let healthChecks = Limit(
        name: "health checks in a row", unit: "checks", value: 100, range: 1...1000,
        why: "more would be no verdict")
    /// Milliseconds after a start in which failures do not count, when an app does not say.
    public static let healthGrace = Limit(
        name: "health grace", unit: "ms", value: 10_000, range: 0...3_600_000,
        why: "programs take seconds to start")
    /// Milliseconds until new replicas must be ready, when an app does not say.
    public static let updateDeadline = Limit(
        name: "update deadline", unit: "ms", value: 60_000, range: 1000...86_400_000,
        why: "who updates watches for a minute")
    /// Milliseconds a capability may take when an app does not say.
    public static let capabilityTimeout = Limit(
        name: "capability timeout", unit: "ms", value: 60_000, range: 100...86_400_000,
        why: "somebody waits for the answer")
    /// The least and the most milliseconds between two starts of a job.
    public static let jobInterval = Limit(
        name: "job interval", unit: "ms", value: 60_000, range: 1000...31_622_400_000,
        why: "a start takes a fork and two syncs; beyond a year nobody remembers it")

    static let apps = [
        appComponents, appServices, appVolumes, appCapabilities, capabilityArguments,
        componentPorts, componentMounts, componentVariables, placementRules, appText, appBaseDepth,
        appBases, volumeBytesLeast, needCores, needBytes, healthInterval,
        healthTimeout, healthChecks, checkThreads, execSessions, capabilityOutput, keptPlans,
        healthGrace, updateDeadline, capabilityTimeout, jobInterval,
    ]
}
