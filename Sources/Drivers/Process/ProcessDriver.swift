public import Host
public import Resources
internal import Synchronization

/// The process driver: devices `host` and `oci`. It keeps nothing in memory: what it knows is the
/// ledger of the host, so that a new life of Pisces knows as much as the one before.
public final class ProcessDriver<Host: Processes>: Sendable {
    /// What the driver owns and needs.
    public static var contract: DriverContract { .process }

    let processes: Host
    let runtime: OCIRuntime?
    /// Why no container can run.
    let noRuntime: String
    /// Instances that a call is starting or removing just now.
    private let busy = Mutex<Set<Identifier>>([])

    /// The driver over a host's processes. `onEnd` is called on the host's thread when an
    /// instance has ended, after that is in the ledger; it must not block. Call `observe()` once
    /// before any step: it adopts what an earlier life of Pisces started. Without a runtime
    /// `noRuntime` says why there is none.
    public init(
        processes: Host, runtime: OCIRuntime? = nil, noRuntime: String = "none is installed",
        onEnd: @escaping @Sendable (Identifier, InstanceState) -> Void
    ) {
        self.processes = processes
        self.runtime = runtime
        self.noRuntime = noRuntime
        processes.onEnd { key, end in onEnd(key, .ended(exit: end.exit, at: end.at)) }
    }

    /// Starts an instance; one that was started before is left as it is and its state given, and
    /// one that another call is starting is `unknown`.
    public func start(_ asked: Instance) throws(DriverError) -> InstanceState {
        try check(asked)
        var instance = asked
        if instance.stopSignal == nil { instance.stopSignal = try stopSignal(of: asked) }
        guard busy.withLock({ $0.insert(instance.id).inserted }) else { return .unknown }
        defer { busy.withLock { _ = $0.remove(instance.id) } }
        if let entry = try entry(of: instance.id) {
            if let known = try state(of: entry) { return known }
            // A start that broke off before the program ran leaves nothing but its traces.
            try translating { () throws(ProcessError) in try processes.forget(instance.id) }
        }
        try translating { () throws(ProcessError) in
            try processes.intend(instance.id, instance.intent)
            try processes.listOutput(of: instance.id, as: instance.outputName)
        }
        do throws(DriverError) {
            switch instance.device {
            case .host: return try startOnHost(instance)
            case .oci: return try startInContainer(instance)
            }
        } catch {
            if let known = try recover(instance) { return known }
            throw error
        }
    }

    /// After a start that failed: what runs all the same, because another call started it or the
    /// runtime was slow. When nothing of it ever ran, the key goes with its traces.
    private func recover(_ instance: Instance) throws(DriverError) -> InstanceState? {
        let id = instance.id
        guard let entry = try entry(of: id) else { return nil }
        if let known = try state(of: entry) {
            if case .running = known { return known }
            return nil
        }
        if instance.device == .oci { try runtime?.delete(id) }
        try translating { () throws(ProcessError) in try processes.forget(id) }
        return nil
    }

    private func check(_ instance: Instance) throws(DriverError) {
        func refuse(_ kind: DriverError.Kind, _ cause: String, _ remedy: String) -> DriverError {
            DriverError(
                kind, operation: "start", subject: instance.name, cause: cause, remedy: remedy)
        }
        guard !instance.command.isEmpty || instance.image != nil else {
            throw refuse(.unsupported, "the command is empty", "name a program")
        }
        if let signal = instance.stopSignal, SignalName.number(signal) == nil {
            throw refuse(
                .unsupported, "there is no signal \(printable(signal))", "write TERM or HUP")
        }
        switch instance.device {
        case .host:
            if let cause = HostFiles.refusal(instance) {
                throw refuse(.unsupported, cause.why, cause.remedy)
            }
            if instance.limits != Instance.Ceilings() {
                throw refuse(
                    .unsupported, "device host enforces no limits",
                    "use device oci, or leave the limits out")
            }
        case .oci:
            if runtime == nil {
                throw refuse(
                    .deviceMissing, "no container runtime works on this machine: \(noRuntime)",
                    "install crun or runc, or use device host")
            }
        }
    }

    private func startOnHost(_ instance: Instance) throws(DriverError) -> InstanceState {
        var environment = instance.environment
        for (key, value) in instance.secrets.entries { environment[key] = value }
        var launch = Launch(
            instance.command[0], Array(instance.command.dropFirst()),
            environment: environment,
            directory: instance.directory ?? instance.workingDirectory)
        try HostFiles.write(instance)
        if let user = try HostFiles.user(instance) {
            launch.user = user.user
            launch.group = user.group
        }
        let ready = launch
        let record = try translating { () throws(ProcessError) in
            try processes.launch(ready, as: instance.id)
        }
        return .running(process: record.process, since: record.since)
    }

    /// The signal an image asks for.
    private func stopSignal(of instance: Instance) throws(DriverError) -> String? {
        guard let signal = try runtime?.image(of: instance)?.config.stopSignal,
            SignalName.number(signal) != nil
        else { return nil }
        return signal
    }

    private func startInContainer(_ instance: Instance) throws(DriverError) -> InstanceState {
        guard let runtime else { return .unknown }
        let record = try runtime.start(instance)
        return .running(process: record.process, since: record.since)
    }

    /// Asks an instance to end, and kills it and all its processes when the grace is over.
    /// Returns at once; the end comes as any other. An ended instance is left as it is.
    public func stop(
        _ id: Identifier, graceMilliseconds: UInt64? = nil
    ) throws(DriverError) {
        let entry = try known(id, for: "stop")
        guard case .running(let process, _) = try state(of: entry) else { return }
        let instance = Instance(id: id, intent: entry.intent)
        let grace = graceMilliseconds ?? instance?.stopGrace ?? UInt64(Limits.stopGrace.value)
        let signal = instance?.stopSignal.flatMap(SignalName.number) ?? 15
        try translating { () throws(ProcessError) in
            try processes.stop(process, as: id, graceMilliseconds: grace, signal: signal)
        }
    }

    /// All instances this machine has started and not forgotten; running ones are adopted. What
    /// was intended but never started is not among them: it may be started still.
    public func observe() throws(DriverError) -> [Identifier: InstanceState] {
        var states: [Identifier: InstanceState] = [:]
        for entry in try ledger() { states[entry.key] = try state(of: entry) }
        return states
    }

    /// Instances that ended or never began and are none of `lives`.
    public func leftovers(besides lives: Set<Identifier>) throws(DriverError) -> [Identifier] {
        var left: [Identifier] = []
        for entry in try ledger() where !lives.contains(entry.key) {
            switch try state(of: entry) {
            case .ended, nil: left.append(entry.key)
            case .running, .unknown: break
            }
        }
        return left
    }

    /// What an instance was started as; nil when it is not known here.
    public func instance(_ id: Identifier) throws(DriverError) -> Instance? {
        try entry(of: id).flatMap { Instance(id: id, intent: $0.intent) }
    }

    /// Forgets an ended instance and deletes its layer and output.
    public func remove(_ id: Identifier) throws(DriverError) {
        guard busy.withLock({ $0.insert(id).inserted }) else {
            throw DriverError(
                .stillRunning, operation: "remove", subject: "\(id)",
                cause: "another call is at work on it", remedy: "try again")
        }
        defer { busy.withLock { _ = $0.remove(id) } }
        let entry = try known(id, for: "remove")
        switch try state(of: entry) {
        case .running, .unknown:
            throw DriverError(
                .stillRunning, operation: "remove", subject: "\(id)",
                cause: "the instance has not ended", remedy: "stop it first")
        case .ended, nil: break
        }
        let instance = Instance(id: id, intent: entry.intent)
        if instance?.device == .oci { try runtime?.delete(id) }
        if let instance, instance.device == .host { try HostFiles.remove(instance) }
        try translating { () throws(ProcessError) in
            if let instance { try processes.keepOutput(of: id, as: instance.outputName) }
            try processes.forget(id)
        }
    }

    func ledger() throws(DriverError) -> [LedgerEntry] {
        try translating { () throws(ProcessError) in try processes.ledger() }
    }

    private func entry(of id: Identifier) throws(DriverError) -> LedgerEntry? {
        try translating { () throws(ProcessError) in try processes.entry(id) }
    }

    func known(
        _ id: Identifier, for operation: String
    ) throws(DriverError) -> LedgerEntry {
        if let entry = try entry(of: id) { return entry }
        throw DriverError(
            .unknownInstance, operation: operation, subject: "\(id)",
            cause: "this machine has no such instance")
    }

    /// Nil when nothing of it ever ran.
    func state(of entry: LedgerEntry) throws(DriverError) -> InstanceState? {
        if let end = entry.end { return .ended(exit: end.exit, at: end.at) }
        guard let launched = entry.record else { return nil }
        var record = launched
        if Instance(id: entry.key, intent: entry.intent)?.device == .oci {
            switch try runtime?.find(entry.key, startedBy: launched) ?? .starting {
            case .starting: return .unknown
            case .neverStarted: return nil
            case .running(let found): record = found
            case .ended:
                try settle(entry.key)
                return .ended(exit: nil, at: nil)
            }
        }
        let process = record.process
        let key = entry.key
        let runs = try translating { () throws(ProcessError) in
            try processes.watch(process, as: key)
        }
        if runs { return .running(process: process, since: record.since) }
        // Its end may have been written since the entry was read.
        try settle(key)
        let end = try self.entry(of: key)?.end
        return .ended(exit: end?.exit, at: end?.at)
    }

    private func settle(_ id: Identifier) throws(DriverError) {
        try translating { () throws(ProcessError) in
            try processes.settle(id, ProcessEnd(exit: nil, at: nil))
        }
    }
}
