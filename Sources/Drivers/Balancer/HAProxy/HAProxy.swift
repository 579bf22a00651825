internal import Glibc
public import Host
internal import Resources
internal import Synchronization

/// The driver of haproxy: one master process that is found again after a restart of Pisces, and
/// that takes each new configuration over without losing a connection.
///
/// All calls block, at most as long as `Limits.haproxyCall`; they belong on a thread of their own.
public final class HAProxy: Sendable {
    /// The program.
    public let path: String
    let folder: String
    private let processes: LinuxProcesses
    private let clock: any Clock
    private let entropy: any Entropy
    private let files = LinuxFiles()
    private let running = Mutex<(key: Identifier, process: ProcessIdentity)?>(nil)

    /// A driver whose files are in `folder`; refuses when haproxy is not installed. A haproxy that an
    /// earlier life of Pisces started there goes on and is driven again. `onEnd` hears, on a thread
    /// of the host, that it ended by itself.
    public init(
        folder: String, clock: any Clock, entropy: any Entropy,
        onEnd: @escaping @Sendable (ProcessEnd) -> Void = { _ in }
    ) throws(DriverError) {
        self.folder = folder
        self.clock = clock
        self.entropy = entropy
        // A Unix socket's path has 107 bytes, and haproxy adds a suffix while it binds.
        guard folder.utf8.count <= 80, !folder.contains(" ") else {
            throw DriverError(
                .unsupported, operation: "start", subject: "haproxy",
                cause: "\(folder) is too long for a socket or has a space",
                remedy: "give it a folder of at most 80 bytes")
        }
        let made: (String, LinuxProcesses) = try translating { () throws(ProcessError) in
            let path = try ExecutablePath.find("haproxy", on: nil, in: nil)
            try LinuxFiles().makeFolder(folder)
            return (path, try LinuxProcesses(ledger: folder + "/ledger"))
        }
        (path, processes) = made
        processes.onEnd { _, end in onEnd(end) }
        try adopt()
    }

    private var file: String { folder + "/haproxy.cfg" }
    private var candidate: String { folder + "/haproxy.new" }
    private var master: String { folder + "/master.sock" }

    /// The number of the master process; nil when none runs.
    public var pid: Int32? {
        running.withLock { running in
            guard let now = running, processes.process(now.process.pid) == now.process else {
                return nil
            }
            return now.process.pid
        }
    }

    /// The text that a table becomes.
    public func configuration(_ table: BalancerTable) throws(DriverError) -> String {
        try HAProxyConfiguration.text(table, folder: folder)
    }

    /// Serves this table from now on: writes it, lets haproxy check it, then starts haproxy or lets
    /// it take the configuration over. A table that haproxy refuses changes nothing. Without a
    /// service haproxy ends.
    public func apply(_ table: BalancerTable) throws(DriverError) {
        guard !table.services.isEmpty else { return try stop() }
        let text = try configuration(table)
        let isRunning = pid != nil
        if isRunning, ((try? files.text(file, atMost: 1 << 24)) ?? nil) == text { return }
        try check(text)
        try translating { () throws(ProcessError) in
            try files.replace(file, with: Array(text.utf8), mode: 0o600)
        }
        if isRunning { try reload() } else { try start() }
    }

    /// Lets haproxy read a configuration without serving it; throws what it says.
    public func check(_ text: String) throws(DriverError) {
        let output = folder + "/check"
        let exit = try translating { () throws(ProcessError) in
            try files.replace(candidate, with: Array(text.utf8), mode: 0o600)
            try files.remove(output)
            var launch = Launch(path, ["-c", "-f", candidate])
            launch.environment = ["PATH": ExecutablePath.standard]
            return try processes.run(
                launch, output: output, milliseconds: Limits.haproxyCall.value)
        }
        guard exit != .code(0) else { return }
        throw DriverError(
            .failed, operation: "check configuration of", subject: "haproxy",
            cause: Self.alerts(try said(output)), remedy: "the one before stays in force")
    }

    /// The alerts among what haproxy said, without its number and severity.
    static func alerts(_ said: String) -> String {
        let alerts = said.split(separator: "\n").filter { $0.hasPrefix("[ALERT]") }
        let words = alerts.map { line in
            line.split(separator: ":", maxSplits: 1).dropFirst().joined()
                .trimmingPrefix { $0 == " " }
        }
        let all = words.prefix(4).joined(separator: "; ")
        return all.isEmpty ? "it refuses without a word" : String(all.prefix(600))
    }

    private func said(_ path: String) throws(DriverError) -> String {
        try translating { () throws(ProcessError) in try files.text(path, atMost: 1 << 20) ?? "" }
    }

    /// Ends haproxy at once: its connections break.
    public func stop() throws(DriverError) {
        guard let now = running.withLock({ $0 }) else { return }
        try translating { () throws(ProcessError) in
            try processes.stop(
                now.process, as: now.key, graceMilliseconds: 2000, signal: SIGTERM)
        }
        guard eventually({ processes.process(now.process.pid) != now.process }) else {
            throw late("end")
        }
        running.withLock { $0 = nil }
        forget(now.key)
    }

    /// What an ended process left in the ledger is of no more use; what still is there is tried
    /// again at the next start.
    private func forget(_ key: Identifier) {
        do throws(ProcessError) { try processes.forget(key) } catch { return }
    }

    private func adopt() throws(DriverError) {
        let entries = try translating { () throws(ProcessError) in try processes.ledger() }
        for entry in entries {
            guard let record = entry.record, entry.end == nil,
                try translating({ () throws(ProcessError) in
                    try processes.watch(record.process, as: entry.key)
                })
            else {
                forget(entry.key)
                continue
            }
            running.withLock { $0 = (entry.key, record.process) }
        }
    }

    private func start() throws(DriverError) {
        if let last = running.withLock({ $0 }) { forget(last.key) }
        let key = entropy.identifier(at: clock.now)
        var launch = Launch(path, ["-W", "-f", file, "-S", "\(master),mode,600"])
        launch.environment = ["PATH": ExecutablePath.standard]
        let started = launch
        let record = try translating { () throws(ProcessError) in
            try files.remove(master)
            try processes.intend(key, Array("haproxy".utf8))
            return try processes.launch(started, as: key)
        }
        running.withLock { $0 = (key, record.process) }
        let isUp = eventually {
            processes.process(record.process.pid) != record.process || (loads()?.hasWorker ?? false)
        }
        guard isUp, processes.process(record.process.pid) == record.process else {
            let cause = Self.alerts(try said(processes.output(of: key)))
            throw DriverError(
                .failed, operation: "start", subject: "haproxy", cause: cause,
                remedy: "is a port of the services taken?")
        }
    }

    /// SIGUSR2 lets the master start a new worker with the listening sockets of the old one, which
    /// ends with its last connection.
    private func reload() throws(DriverError) {
        guard let pid, let before = loads() else { throw late("answer") }
        guard kill(pid, SIGUSR2) == 0 else {
            throw DriverError(
                .failed, operation: "reload", subject: "haproxy", cause: Socket.words(errno))
        }
        var after: Loads?
        guard
            eventually({
                after = loads()
                return after.map { $0.count > before.count && $0.hasWorker } ?? false
            }), let after
        else { throw late("take the configuration over") }
        guard after.failed == before.failed else {
            let output = running.withLock { $0.map { processes.output(of: $0.key) } }
            throw DriverError(
                .failed, operation: "reload", subject: "haproxy",
                cause: Self.alerts(
                    try output.map { path throws(DriverError) in try said(path) } ?? ""),
                remedy: "is a port of the services taken?")
        }
    }

    private func late(_ what: String) -> DriverError {
        DriverError(
            .failed, operation: "wait for", subject: "haproxy",
            cause: "it did not \(what) within \(Limits.haproxyCall.value) ms")
    }

    /// How often the master has read a configuration, how often in vain, and whether somebody works.
    struct Loads: Equatable {
        var count: Int
        var failed: Int
        var hasWorker: Bool

        /// Reads the answer to `show proc` (Management Guide 2.6, 9.4).
        init?(_ text: String) {
            let lines = text.split(separator: "\n")
            guard let master = lines.first(where: { $0.contains(" master ") }) else { return nil }
            let words = master.split(whereSeparator: { " []:".contains($0) }).filter { !$0.isEmpty }
            guard words.count > 2, let count = Int(words[2]) else { return nil }
            self.count = count
            let at = words.firstIndex(of: "failed")
            failed = at.flatMap { words.count > $0 + 1 ? Int(words[$0 + 1]) : nil } ?? 0
            let part = lines.drop { !$0.hasPrefix("# workers") }.dropFirst()
                .prefix { !$0.hasPrefix("#") }
            hasWorker = part.contains { $0.contains(" worker ") }
        }
    }

    /// Asks the master; nil while it does not answer.
    private func loads() -> Loads? {
        do throws(StreamSocket.Failure) {
            let socket = try StreamSocket(.unix(path: master))
            socket.limit(milliseconds: 500)
            try socket.write(Array("show proc\n".utf8))
            var answer: [UInt8] = []
            // The answer ends with an empty line; the connection stays.
            while answer.count < 65_536, !answer.suffix(2).elementsEqual([0x0A, 0x0A]) {
                let more = try socket.read(4096)
                if more.isEmpty { break }
                answer += more
            }
            return Loads(String(decoding: answer, as: UTF8.self))
        } catch { return nil }
    }

    private func eventually(_ condition: () -> Bool) -> Bool {
        for _ in 0..<Limits.haproxyCall.value / 10 {
            if condition() { return true }
            usleep(10_000)
        }
        return false
    }
}
