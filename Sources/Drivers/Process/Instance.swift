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

        /// Ceilings.
        public init(cpu: Double? = nil, memory: Int64? = nil, processes: Int? = nil) {
            self.cpu = cpu
            self.memory = memory
            self.processes = processes
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

extension Instance {
    /// The instance as its ledger entry keeps it.
    var intent: [UInt8] {
        var map: ValueMap = [
            "name": .text(name), "device": .text(device.rawValue),
            "command": .list(command.map { .text($0) }),
            "environment": .map(
                SortedMap(environment.entries.map { ($0.key, Value.text($0.value)) })),
            "writable": .bool(writable), "stop-grace": .int(Int64(clamping: stopGrace)),
        ]
        map["directory"] = directory.map { .text($0) }
        map["cpu"] = limits.cpu.map { .float($0) }
        map["memory"] = limits.memory.map { .int($0) }
        map["processes"] = limits.processes.map { .int(Int64($0)) }
        var writer = CBORWriter()
        writer.write(map)
        return writer.bytes
    }

    /// Reads what `intent` gave; nil when it is something else.
    init?(id: Identifier, intent: [UInt8]) {
        guard let value = try? CBORReader.decode(intent), let map = value.map,
            let name = map["name"]?.text,
            let device = map["device"]?.text.flatMap(Device.init(rawValue:)),
            let command = map["command"]?.list
        else { return nil }
        self.init(id: id, name: name, device: device, command: command.compactMap(\.text))
        for (key, value) in map["environment"]?.map?.entries ?? [] {
            environment[key] = value.text
        }
        directory = map["directory"]?.text
        limits = Ceilings(
            cpu: map["cpu"]?.number, memory: map["memory"]?.int,
            processes: map["processes"]?.int.map { Int(clamping: $0) })
        writable = map["writable"]?.bool ?? true
        stopGrace = UInt64(clamping: map["stop-grace"]?.int ?? Int64(Limits.stopGrace.value))
    }
}
