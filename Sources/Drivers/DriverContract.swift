public import Resources

/// What a driver says of itself (design/04): the graph refuses a second exclusive writer of a type.
public struct DriverContract: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// One sentence for people.
    public var summary: String
    /// The devices it drives.
    public var devices: [String]
    /// The types only it writes.
    public var owns: [String]
    /// The types it reads.
    public var inputs: [String]
    /// The types its steps bring about.
    public var outputs: [String]
    /// The limits it works under.
    public var ceilings: [Limit]

    public static func == (left: DriverContract, right: DriverContract) -> Bool {
        left.name == right.name && left.owns == right.owns
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// The process driver.
    public static let process = DriverContract(
        name: "process",
        summary: "Starts, adopts and stops the processes and containers of this machine",
        devices: Instance.Device.allCases.map(\.rawValue), owns: ["instance"],
        inputs: ["assignment", "task"], outputs: ["instance", "process"],
        ceilings: [
            Limits.instances, Limits.startWait, Limits.stopGrace, Limits.launchBytes,
            Limits.instanceProcesses, Limits.instanceTemporary, Limits.runtimeCall,
        ])

    /// The volume driver.
    public static let volume = DriverContract(
        name: "volume",
        summary: "Makes, attaches, grows, snapshots and clones the volumes of this machine",
        devices: VolumeDevice.allCases.map(\.rawValue), owns: ["volumestate", "snapshotstate"],
        inputs: ["assignment", "task", "volume", "snapshot"],
        outputs: ["volumestate", "snapshotstate"],
        ceilings: [
            Limits.volumes, Limits.volumeBytes, Limits.loopVolumeBytes, Limits.volumeSnapshots,
            Limits.volumeEntries, Limits.volumeDepth, Limits.fileSystemCall,
        ])

    /// The load balancers.
    public static let balancer = DriverContract(
        name: "balancer", summary: "Sends the requests of services to the replicas that are ready",
        devices: App.Service.Driver.allCases.map(\.rawValue), owns: [],
        inputs: ["service", "taskgroup", "task", "assignment", "instance"], outputs: [],
        ceilings: Limits.balancer)

    /// The health checks.
    public static let health = DriverContract(
        name: "health", summary: "Asks the tasks of this machine whether they serve",
        devices: ["http", "tcp", "command"], owns: [],
        inputs: ["task", "assignment", "instance"], outputs: ["instance"],
        ceilings: [
            Limits.checkedTasks, Limits.healthProbes, Limits.healthAnswer, Limits.healthStep,
            Limits.healthTimeout, Limits.checkThreads,
        ])

    /// The DNS driver.
    public static let names = DriverContract(
        name: "names", summary: "Answers for the names of hosts and services of the fleet",
        devices: ["builtin"], owns: [], inputs: ["service", "instance"], outputs: [],
        ceilings: Limits.names)

    /// The image store.
    public static let images = DriverContract(
        name: "images",
        summary: "Keeps OCI images by digest, each layer unpacked once and shared",
        devices: ["layout", "archive"], owns: [], inputs: ["image", "task"], outputs: [],
        ceilings: [
            Limits.images, Limits.imageBlob, Limits.imageDocument, Limits.imageLayers,
            Limits.layerEntries, Limits.layerBytes, Limits.layerRatio, Limits.layerDepth,
            Limits.imageRoom, Limits.lockTurns,
        ])

    /// What makes machines.
    public static let machine = DriverContract(
        name: "machine",
        summary: "Makes nodes of hosts, over ssh, and of guests of this machine, with qemu",
        devices: ["ssh", "qemu"], owns: ["machinestate"], inputs: ["machinespec"],
        outputs: ["machinestate", "node"],
        ceilings: [
            Limits.madeMachines, Limits.hostConnect, Limits.hostAnswer, Limits.machineRetryMost,
            Limits.guestMemory, Limits.guestProcessors, Limits.guestGrace, Limits.guestBoot,
        ])
}
