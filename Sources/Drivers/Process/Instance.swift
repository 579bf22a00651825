public import Host
public import Resources

/// One run of a task on this machine: started once, never again. A restart is a new instance.
public struct Instance: Hashable, Sendable {
    /// Its identity, the key of its ledger entry.
    public var id: Identifier
    /// The task it runs, for people: `hello-web-0`.
    public var name: String
    /// What it runs on.
    public var device: Device
    /// The program and its arguments.
    public var command: [String]
    /// Its whole environment.
    public var environment = SortedMap<String>()
    /// The working directory on a host; in a container the app's folder, read-only at `/app`.
    public var directory: String?
    /// What it may use.
    public var limits = Ceilings()
    /// True when a container has a `/data` of its own that it may write.
    public var writable = true
    /// Milliseconds between being asked to end and being killed.
    public var stopGrace = UInt64(Limits.stopGrace.value)

    /// The image whose files are its root; nil runs with the programs of the host.
    public var image: ImageDigest?
    /// Folders and files of the host that it sees: its volumes.
    public var mounts: [Mount] = []
    /// Files made for it: configs and secrets.
    public var files: [File] = []
    /// Variables that are added to its environment and written nowhere.
    public var secrets = SortedMap<String>()
    /// The working directory inside; the image's, or the app's folder, when nil.
    public var workingDirectory: String?
    /// `user`, `uid`, `user:group` or `uid:gid`; the image's, or a user of its own, when nil.
    public var user: String?
    /// The signal that asks it to end, `TERM`, `SIGQUIT` or `3`; the image's, or SIGTERM.
    public var stopSignal: String?
    /// The address of the name server it asks; the host's when nil.
    public var resolver: String?
    /// The folder under which device host puts `files`; without one it refuses them.
    public var filesFolder: String?
    /// Under which name its output is kept when it is removed; `name` when nil.
    public var task: String?

    /// What a process runs on: plainly on the host, or in a container of the OCI runtime.
    public typealias Device = App.Device

    /// What an instance may use at the most; nil is without a limit of its own.
    public struct Ceilings: Hashable, Sendable {
        /// Cores.
        public var cpu: Double?
        /// Bytes.
        public var memory: Int64?
        /// Processes and threads.
        public var processes: Int?
        /// Bytes of its own layer over an image.
        public var storage: Int64?

        /// Ceilings.
        public init(
            cpu: Double? = nil, memory: Int64? = nil, processes: Int? = nil,
            storage: Int64? = nil
        ) {
            self.cpu = cpu
            self.memory = memory
            self.processes = processes
            self.storage = storage
        }
    }

    /// A run of `command` as `name`.
    public init(id: Identifier, name: String, device: Device, command: [String]) {
        self.id = id
        self.name = name
        self.device = device
        self.command = command
    }
}

/// What an instance does, as far as this machine can tell.
public enum InstanceState: Hashable, Sendable {
    /// Its process runs.
    case running(process: ProcessIdentity, since: WallTime)
    /// It ran and ended. How is nil when only a parent could know; when is nil when it ended
    /// while Pisces was not there.
    case ended(exit: ExitStatus?, at: WallTime?)
    /// Its container runtime is still at work on it.
    case unknown

    /// The number of its process while it runs.
    public var pid: Int32? { if case .running(let process, _) = self { process.pid } else { nil } }

    /// "running", "ended" or "unknown".
    public var word: String {
        switch self {
        case .running: "running"
        case .ended: "ended"
        case .unknown: "unknown"
        }
    }
}
