internal import CHost
internal import Glibc
public import Resources

/// The processes of this machine, with a ledger of one folder per key (Docs/drivers.md).
///
/// Started processes have a session of their own and keep no descriptor of Pisces, so they
/// survive its death; their records let the next life adopt them.
public final class LinuxProcesses: Processes {
    /// The folder that holds a folder for each key.
    public let root: String
    /// The files of this machine.
    public let files = LinuxFiles()
    private let boot = ProcFS.bootIdentity()
    private let watcher: ExitWatcher

    /// The processes recorded under `root`, which is made when absent.
    public init(ledger root: String) throws(ProcessError) {
        self.root = root
        try LinuxFiles().makeFolder(root)
        watcher = try ExitWatcher()
        // So that containers, whose starter is gone, become our children and tell their status.
        _ = chost_become_subreaper()
        try clearForgotten()
    }

    /// Removes what is left of keys that a life before had not forgotten to the end, their mounts
    /// first: a folder without an intent is no entry, and nobody would look at it again.
    private func clearForgotten() throws(ProcessError) {
        for name in try files.names(in: root) {
            guard let key = Identifier(name), !instance(key).isKnown else { continue }
            // What a full or failing disk keeps here is for the next life; it holds nothing up.
            do throws(ProcessError) { try forget(key) } catch { continue }
        }
    }

    deinit { watcher.finish() }

    /// The folder of a key.
    public func folder(of key: Identifier) -> String { "\(root)/\(key)" }

    /// The file that takes the output of a key's process.
    public func output(of key: Identifier) -> String { instance(key).output }

    private func instance(_ key: Identifier) -> InstanceFolder {
        InstanceFolder(path: folder(of: key))
    }

    public func intend(_ key: Identifier, _ intent: [UInt8]) throws(ProcessError) {
        guard intent.count <= InstanceFolder.intentLimit else {
            throw ProcessError(
                .exhausted, operation: "intend", subject: "\(key)",
                cause: "the intent has \(intent.count) bytes; the limit is "
                    + "\(InstanceFolder.intentLimit)")
        }
        let folder = instance(key)
        if try folder.record() != nil { throw alreadyStarted(key) }
        if files.kind(folder.path) == nil {
            let count = try files.names(in: root).count
            guard count < Limits.instances.value else {
                throw ProcessError(
                    .exhausted, operation: "intend", subject: "\(key)",
                    cause: "the ledger holds \(count) instances; remove ended ones")
            }
        }
        try folder.writeIntent(intent)
        try files.sync(folder: root)
    }

    public func launch(
        _ launch: Launch, as key: Identifier
    ) throws(ProcessError) -> LedgerRecord {
        Children.beginSpawn()
        defer { Children.endSpawn() }
        var grouped = launch
        grouped.cgroups += HostGroup(key).make()
        let record = try start(grouped, as: key)
        // Our own child, not reaped: the number is its own, even when it has ended already.
        let descriptor = chost_pidfd_open(record.process.pid)
        guard descriptor >= 0 else {
            // What cannot be watched must not run on unseen.
            kill(-record.process.pid, SIGKILL)
            _ = reap(record.process.pid)
            try instance(key).dropRecord()
            throw ProcessError(
                errno: -descriptor, operation: "watch process", subject: launch.executable)
        }
        watcher.watch(key, record.process, descriptor: descriptor)
        return record
    }

    /// Starts a program that starts the process of a key, writes its number into `pidFile` and
    /// goes, as container runtimes do. Gives its status, and the process, watched as the key.
    public func launchThrough(
        _ launch: Launch, as key: Identifier, pidFile: String, milliseconds: Int
    ) throws(ProcessError) -> (exit: ExitStatus?, record: LedgerRecord?) {
        Children.beginSpawn()
        defer { Children.endSpawn() }
        let launcher = try start(launch, as: key)
        let exit = try finish(launcher.process.pid, launch.executable, milliseconds)
        guard exit == .code(0), let text = try files.text(pidFile), let pid = Int32(text) else {
            return (exit, nil)
        }
        // As a subreaper we have inherited it: even when it has ended, it waits to be reaped.
        let descriptor = chost_pidfd_open(pid)
        guard descriptor >= 0, let status = ProcFS.status(of: pid) else {
            if descriptor >= 0 { _ = close(descriptor) }
            return (exit, nil)
        }
        let process = ProcessIdentity(pid: pid, start: status.start, boot: boot)
        watcher.watch(key, process, descriptor: descriptor)
        return (exit, LedgerRecord(process: process, since: launcher.since))
    }

    /// Runs a program that belongs to no key to its end; its output goes to a file.
    public func run(
        _ launch: Launch, output: String, milliseconds: Int
    ) throws(ProcessError) -> ExitStatus? {
        Children.beginSpawn()
        defer { Children.endSpawn() }
        let pid = try Spawn(launch, output: output, boot: boot, record: -1).perform()
        return try finish(pid, launch.executable, milliseconds)
    }

    private func start(
        _ launch: Launch, as key: Identifier
    ) throws(ProcessError) -> LedgerRecord {
        let folder = instance(key)
        guard try folder.intent() != nil else {
            throw ProcessError(
                .unknownKey, operation: "start", subject: "\(key)",
                cause: "has no intent; write it first")
        }
        let lock = try folder.lock()
        defer { _ = close(lock) }
        if try folder.record() != nil { throw alreadyStarted(key) }
        let directory = unsafe open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw files.failure("open", folder.path) }
        defer { _ = close(directory) }
        do throws(ProcessError) {
            _ = try Spawn(launch, output: folder.output, boot: boot, record: directory).perform()
        } catch {
            // The program never ran: the key may be started again.
            try folder.dropRecord()
            throw error
        }
        guard let record = try folder.record() else {
            throw ProcessError(
                .failed, operation: "start", subject: folder.path, cause: "left no record")
        }
        return record
    }

    public func ledger() throws(ProcessError) -> [LedgerEntry] {
        var entries: [LedgerEntry] = []
        for name in try files.names(in: root) {
            guard let key = Identifier(name), let entry = try entry(key) else { continue }
            entries.append(entry)
        }
        return entries
    }

    public func entry(_ key: Identifier) throws(ProcessError) -> LedgerEntry? {
        let folder = instance(key)
        guard let intent = try folder.intent() else { return nil }
        // Waits until a child of an earlier life has written its record or has died.
        _ = close(try folder.lock())
        return LedgerEntry(
            key: key, intent: intent, record: try folder.record(), end: try folder.end())
    }

    public func watch(
        _ process: ProcessIdentity, as key: Identifier
    ) throws(ProcessError) -> Bool {
        if watcher.isWatching(key) { return true }
        guard process.boot == boot else { return false }
        let descriptor = chost_pidfd_open(process.pid)
        if descriptor == -ESRCH { return false }
        guard descriptor >= 0 else {
            throw ProcessError(
                errno: -descriptor, operation: "watch process", subject: "\(process.pid)")
        }
        // Opened first, compared second: a number reused in between shows another start.
        guard ProcFS.start(ofLiving: process.pid) == process.start else {
            _ = close(descriptor)
            return false
        }
        watcher.watch(key, process, descriptor: descriptor)
        return true
    }

    public func process(_ pid: Int32) -> ProcessIdentity? {
        ProcFS.start(ofLiving: pid).map { ProcessIdentity(pid: pid, start: $0, boot: boot) }
    }

    public func stop(
        _ process: ProcessIdentity, as key: Identifier, graceMilliseconds: UInt64,
        signal: Int32
    ) throws(ProcessError) {
        guard try watch(process, as: key) else { return }
        try watcher.stop(key, graceMilliseconds: graceMilliseconds, signal)
    }

    public func signal(
        _ process: ProcessIdentity, as key: Identifier, _ signal: Int32
    ) throws(ProcessError) {
        guard try watch(process, as: key) else { return }
        try watcher.send(signal, to: key)
    }

    /// Kills a process that is no instance; nothing when it is gone.
    public func killOutright(_ process: ProcessIdentity) {
        let descriptor = chost_pidfd_open(process.pid)
        guard descriptor >= 0 else { return }
        // Behind the descriptor, so that the number cannot be another's meanwhile.
        if self.process(process.pid) == process {
            _ = chost_pidfd_signal(descriptor, process.pid, SIGKILL, 0)
        }
        _ = close(descriptor)
    }

    /// Waits that long, for what comes by itself and tells nobody.
    public func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }

    public func settle(_ key: Identifier, _ end: ProcessEnd) throws(ProcessError) {
        let folder = instance(key)
        HostGroup(key).end()
        guard folder.isKnown, try folder.end() == nil else { return }
        try folder.writeEnd(end)
    }

    public func forget(_ key: Identifier) throws(ProcessError) {
        let folder = instance(key)
        // The intent goes first: a folder without one is no entry, whatever else is left of it.
        try files.remove(folder.path + "/intent")
        for mount in InstanceFolder.mounts { try SandboxMounts().remove(folder.path + mount) }
        try files.remove(folder.path)
        HostGroup(key).remove()
        try files.sync(folder: root)
    }

    public func onEnd(_ handler: @escaping @Sendable (Identifier, ProcessEnd) -> Void) {
        let root = root
        watcher.begin { key, exit in
            let end = ProcessEnd(exit: exit, at: LinuxClock().now)
            HostGroup(key).end()
            let folder = InstanceFolder(path: "\(root)/\(key)")
            // A full disk must not hide the end; the next life will find it ended all the same.
            if let known = try? folder.end() { return handler(key, known) }
            if folder.isKnown { try? folder.writeEnd(end) }
            handler(key, end)
        }
    }

    private func alreadyStarted(_ key: Identifier) -> ProcessError {
        ProcessError(
            .alreadyStarted, operation: "start", subject: "\(key)",
            cause: "was started before; a new start needs a new instance")
    }

    private func reap(_ pid: Int32) -> ExitStatus? {
        var status: Int32 = 0
        guard unsafe waitpid(pid, &status, 0) == pid else { return nil }
        return ExitStatus(waitStatus: status)
    }

    /// Waits for a child; kills it and its group when it takes too long.
    private func finish(
        _ pid: Int32, _ program: String, _ milliseconds: Int
    ) throws(ProcessError) -> ExitStatus? {
        let descriptor = chost_pidfd_open(pid)
        guard descriptor >= 0 else {
            throw ProcessError(errno: -descriptor, operation: "wait for", subject: program)
        }
        defer { _ = close(descriptor) }
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let deadline = LinuxClock().ticks.advanced(byMilliseconds: UInt64(milliseconds))
        var ready: Int32 = 0
        repeat {
            let left = deadline.nanoseconds(since: LinuxClock().ticks) / 1_000_000
            ready = unsafe poll(&wait, 1, Int32(left))
        } while ready < 0 && errno == EINTR
        if ready > 0 { return reap(pid) }
        _ = chost_pidfd_signal(descriptor, pid, SIGKILL, 1)
        _ = reap(pid)
        throw ProcessError(
            .failed, operation: "run", subject: program,
            cause: "did not end within \(milliseconds) ms")
    }
}

extension ExitStatus {
    /// The status of waitpid(2): the low seven bits are the signal, the next byte the code.
    init(waitStatus status: Int32) {
        let signal = status & 0x7F
        self = signal == 0 ? .code(status >> 8 & 0xFF) : .signal(signal)
    }
}
