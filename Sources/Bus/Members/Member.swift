public import Host
public import Resources
internal import Synchronization

/// The member of etcd on this machine: its data and its process, which outlives Pisces and is found
/// again by the ledger. One thread at a time.
public final class Member<Host: Processes>: Sendable {
    /// Its files.
    public let folder: MemberFolder
    let processes: Host
    private let clock: any Clock
    private let entropy: any Entropy
    private let state: Mutex<MemberSettings>
    /// Called when its process has ended.
    private let ended: Mutex<@Sendable () -> Void> = Mutex({})

    /// The member whose files are in `folder`. `processes` is a ledger of its own.
    public init(
        _ settings: MemberSettings, folder: MemberFolder, processes: Host, clock: any Clock,
        entropy: any Entropy
    ) {
        self.folder = folder
        self.processes = processes
        self.clock = clock
        self.entropy = entropy
        state = Mutex(settings)
        processes.onEnd { [weak self] _, _ in
            guard let self else { return }
            let tell = ended.withLock { $0 }
            tell()
        }
    }

    /// How it is run.
    public var settings: MemberSettings {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    /// Changes how it is run from its next start on.
    public func configure(_ body: (inout MemberSettings) -> Void) { state.withLock { body(&$0) } }

    /// Who hears that its process has ended.
    public func onEnd(_ handler: @escaping @Sendable () -> Void) {
        ended.withLock { $0 = handler }
    }

    /// What this machine says of its member. `installed` is the version of the program on disk.
    public func report(installed: EtcdVersion?) throws(BusError) -> MachineReport {
        let record = try folder.load()
        var data = MachineReport.Data.none
        if try folder.hasData {
            let isOther = record.map { $0.token != settings.token } ?? false
            data = isOther ? .other : .member(record?.id)
        }
        let life = try running()
        var report = MachineReport(data: data, isRunning: life != nil, installed: installed)
        if let life, let record, let started = MemberLife(life.intent) {
            report.wantsRestart = change(since: started, record, installed)
            report.isAdrift = drift(since: started)
        }
        return report
    }

    private func change(
        since life: MemberLife, _ record: MemberRecord, _ installed: EtcdVersion?
    ) -> String? {
        if let installed, installed != life.version {
            return "etcd \(installed) is installed, "
                + (life.version.map { "\($0) runs" } ?? "another one runs")
        }
        let settings = settings
        if settings.bridge != life.bridge {
            return settings.bridge == nil
                ? "all members are where the cluster has them" : Self.stray
        }
        if settings.trust != life.trust {
            return "other authorities of etcd are trusted since it was started"
        }
        if settings.endsOpen, settings.revocation != life.revocation {
            return "a machine was removed since it was started, whose connections may be open"
        }
        let now = settings.arguments(data: folder.data, initial: record.initial)
        guard now != life.arguments || settings.program != life.program else { return nil }
        let changed = zip(now, life.arguments).first { $0 != $1 }?.0 ?? "its program"
        return "its settings changed: \(changed)"
    }

    /// Why a life cannot go on as it was started: this machine or others have moved since.
    private func drift(since life: MemberLife) -> String? {
        let settings = settings
        let listens = zip(life.arguments, life.arguments.dropFirst()).first {
            $0.0 == "--listen-peer-urls"
        }?.1
        if let listens, listens != settings.peer {
            return "it listens at \(listens), and this machine is at \(settings.peer)"
        }
        guard let bridge = settings.bridge, bridge != life.bridge else { return nil }
        return Self.stray
    }

    private static var stray: String { "other members are not where the cluster has them" }

    /// Goes by the authorities that its process trusts; by `trust` where none runs.
    public func resume(trust: String?) throws(BusError) {
        let life = try running().flatMap { MemberLife($0.intent) }
        configure { $0.trust = life.map(\.trust) ?? trust }
    }

    /// True when its process, where one runs, was started with the authorities that are trusted now.
    public var trustsAsSet: Bool {
        get throws(BusError) {
            guard let life = try running().flatMap({ MemberLife($0.intent) }) else { return true }
            return life.trust == settings.trust
        }
    }

    /// True when its process dials others over a bridge.
    var isBridged: Bool {
        get throws(BusError) {
            try running().flatMap { MemberLife($0.intent) }?.bridge != nil
        }
    }

    /// Its process, when it runs.
    public func process() throws(BusError) -> ProcessIdentity? { try running()?.record?.process }

    private func running() throws(BusError) -> LedgerEntry? {
        try translating("look for") { () throws(ProcessError) in
            for entry in try processes.ledger() where entry.end == nil {
                guard let record = entry.record else { continue }
                if try processes.watch(record.process, as: entry.key) { return entry }
                // It ended while nobody looked.
                try processes.settle(entry.key, ProcessEnd(exit: nil, at: nil))
            }
            return nil
        }
    }

    /// The members that were there when this one was added, by name.
    func initialPeers() throws(BusError) -> [ResourceName: [String]] {
        var all: [ResourceName: [String]] = [:]
        for pair in (try folder.load()?.initial.cluster ?? "").split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let name = try? ResourceName(parts[0]) else { continue }
            all[name, default: []].append(parts[1])
        }
        return all
    }

    /// Remembers which member the data is of, once it has said so.
    public func note(id: UInt64) throws(BusError) {
        guard var record = try folder.load(), record.id != id else { return }
        record.id = id
        try folder.save(record)
    }

    // MARK: Steps

    /// Starts the first member of a new cluster.
    public func found(version: EtcdVersion) throws(BusError) {
        let settings = settings
        try begin(
            MemberRecord(id: nil, initial: .founding(settings), token: settings.token), version)
    }

    /// Starts the member `id`, which was added to others.
    public func join(
        id: UInt64, cluster: [MemberStep.Peer], version: EtcdVersion
    ) throws(BusError) {
        try begin(
            MemberRecord(id: id, initial: .joining(cluster), token: settings.token), version)
    }

    /// Starts the member whose data is here.
    public func start(version: EtcdVersion) throws(BusError) {
        guard let record = try folder.load() else {
            throw BusError(
                .refused, operation: "start", subject: folder.path,
                cause: "there is data, and nothing says of which member",
                remedy: "remove \(folder.data); it is then added as a new member")
        }
        try begin(record, version)
    }

    private func begin(_ record: MemberRecord, _ version: EtcdVersion) throws(BusError) {
        let settings = settings
        if let flaw = settings.flaw {
            throw BusError(
                .refused, operation: "start", subject: "etcd", cause: flaw,
                remedy: "change the settings of the member")
        }
        if let missing = settings.files.first(where: { folder.files.kind($0) == nil }) {
            throw BusError(
                .refused, operation: "start", subject: "etcd", cause: "\(missing) is not there",
                remedy: "wait until a voter has sealed the key of etcd's authority to this machine")
        }
        if try running() != nil { return }
        try rest()
        try folder.prepare(for: settings.user)
        // Written first: what etcd writes after a kill here is known to be this member's.
        try folder.save(record)
        let arguments = settings.arguments(data: folder.data, initial: record.initial)
        let life = MemberLife(
            program: settings.program, arguments: arguments, version: version,
            bridge: settings.bridge, revocation: settings.revocation, trust: settings.trust)
        var launch = Launch(
            settings.program, arguments, environment: settings.environment,
            directory: folder.path)
        launch.user = settings.user
        launch.group = settings.user
        let ready = launch
        let key = entropy.identifier(at: clock.now)
        try translating("start") { () throws(ProcessError) in
            try processes.intend(key, life.bytes)
            try processes.listOutput(of: key, as: Self.output)
            _ = try processes.launch(ready, as: key)
        }
        try forgetOld()
    }

    /// Asks its process to end; it hands its lead on first. Gives true when none runs any more.
    @discardableResult
    public func stop() throws(BusError) -> Bool {
        guard let life = try running(), let record = life.record else { return true }
        try translating("stop") { () throws(ProcessError) in
            try processes.stop(
                record.process, as: life.key, graceMilliseconds: UInt64(Limits.memberGrace.value),
                signal: Self.end)
        }
        return false
    }

    /// Puts the data of a removed member aside.
    public func discard() throws(BusError) {
        guard try running() == nil else {
            throw BusError(
                .refused, operation: "put aside", subject: folder.data, cause: "its member runs",
                remedy: "stop it first")
        }
        try folder.discard()
    }

    /// The signal that asks its process to end: SIGTERM.
    private static var end: Int32 { 15 }

    /// Under which name its output is kept.
    public static var output: String { "etcd" }

    /// Refuses a start right after a life that was short, for longer each time. A life that was
    /// asked to end was as long as it should be.
    private func rest() throws(BusError) {
        let lives = try translating("look at") { () throws(ProcessError) in
            try processes.ledger()
        }
        var short = 0
        for life in lives.reversed() {
            guard life.end?.exit != .signal(Self.end), let end = life.end?.at,
                let since = life.record?.since,
                end.milliseconds - since.milliseconds < Int64(Limits.memberHealthy.value)
            else { break }
            short += 1
        }
        guard short > 1, let last = lives.last, let end = last.end?.at else { return }
        let wait = min(Limits.memberRest.value, 500 << min(short, 16))
        let left = end.milliseconds + Int64(wait) - clock.now.milliseconds
        guard left > 0, left <= wait else { return }
        throw BusError(
            .refused, operation: "start", subject: "etcd",
            cause: "it ended \(short) times soon after its start, last with "
                + "\(last.end?.exit?.description ?? "an unknown status")",
            remedy: "see its output; it is tried again in \(left) ms")
    }

    private func forgetOld() throws(BusError) {
        try translating("forget lives of") { () throws(ProcessError) in
            let old = try processes.ledger().filter { $0.end != nil }.map(\.key).sorted()
            for key in old.dropLast(Limits.memberLives.value) {
                try processes.keepOutput(of: key, as: Self.output)
                try processes.forget(key)
            }
        }
    }

    private func translating<Result>(
        _ operation: String, _ body: () throws(ProcessError) -> Result
    ) throws(BusError) -> Result {
        do throws(ProcessError) { return try body() } catch {
            throw BusError(
                .refused, operation: operation, subject: "etcd", cause: error.description,
                remedy: error.kind == .notFound ? "install etcd-server" : "see the cause")
        }
    }
}

/// What a life of the member was started with: its intent in the ledger.
struct MemberLife: Hashable {
    var program: String
    var arguments: [String]
    var version: EtcdVersion?
    /// The bridge it dials others over; nil without.
    var bridge: String?
    /// The list of revoked certificates when it began; nil without.
    var revocation: String?
    /// The authorities that it trusts; nil for the one that a fleet begins with.
    var trust: String?

    init(
        program: String, arguments: [String], version: EtcdVersion, bridge: String? = nil,
        revocation: String? = nil, trust: String? = nil
    ) {
        self.trust = trust
        self.bridge = bridge
        self.revocation = revocation
        self.program = program
        self.arguments = arguments
        self.version = version
    }

    init?(_ bytes: [UInt8]) {
        guard let map = (try? CBORReader.decode(bytes))?.map, let program = map["program"]?.text
        else { return nil }
        self.program = program
        arguments = (map["arguments"]?.list ?? []).compactMap(\.text)
        version = map["version"]?.text.flatMap { EtcdVersion($0) }
        bridge = map["bridge"]?.text
        revocation = map["revocation"]?.text
        trust = map["trust"]?.text
    }

    var bytes: [UInt8] {
        var writer = CBORWriter()
        var map: ValueMap = [
            "program": .text(program), "arguments": .list(arguments.map { .text($0) }),
            "version": version.map { .text($0.description) } ?? .null,
        ]
        map["bridge"] = bridge.map(Value.text)
        map["revocation"] = revocation.map(Value.text)
        map["trust"] = trust.map(Value.text)
        writer.write(map)
        return writer.bytes
    }
}
