internal import Glibc
internal import Host
internal import Log
internal import MMSGraph
internal import Node
internal import Resources
internal import ZeroProcs

/// A circle on real files with eight logs mounted on namespaces and desired state for so many
/// machines: what one command costs whoever decides it, and whoever follows.
struct Scale {
    static let logs = 8
    /// Bytes of text in each resource, so that it is as large as an assignment with its task.
    static let padding = 360
    /// Resources that one batch makes.
    private static let atOnce = 250

    let machines: Int
    private let circle: Circle<LinuxDisk, RocksStore>
    private let clock = LinuxClock()
    private let entropy = LinuxEntropy()

    init(machines: Int, directory: String) throws {
        self.machines = machines
        let identity = try NodeIdentity(name: "bench", time: clock.now, entropy: entropy)
        circle = try Circle.open(
            directory: directory, identity: identity, announcer: Announcer())
    }

    /// What a window of commands cost.
    struct Costs {
        var commands = 0
        /// Processor time of the deciding thread.
        var decided: UInt64 = 0
        /// The same of a machine that takes the entries.
        var followed: UInt64 = 0
        /// Bytes of entries.
        var logBytes = 0
        /// Bytes written by the process, counted by the kernel.
        var written: Int64 = 0
    }

    private func propose(_ commands: [Command]) throws -> Receipt {
        let proposal = Proposal(
            caller: Caller(identity: .local(uid: 0), right: .administrator),
            batch: Batch(commands), time: clock.now)
        let writer = try circle.writer(for: proposal.batch)
        return try writer.decide([proposal])[0].get()
    }

    private func site(_ number: Int) throws -> Namespace {
        try Namespace("/site-\(number % Self.logs)")
    }

    private func draft(
        _ type: TypeName, _ name: String, in namespace: Namespace = .root, _ data: ValueMap
    ) throws -> Draft {
        Draft(
            id: entropy.identifier(at: clock.now), type: type, namespace: namespace,
            name: try ResourceName(name), data: data)
    }

    /// Types, eight logs, and a resource for each machine. Gives their identities, and how long
    /// the processor needed to mount the last log over what was in its namespace.
    func populate() throws -> (ids: [Identifier], mounting: UInt64) {
        try circle.install(InstalledTypes.all, clock: clock, entropy: entropy)
        let note = TypeDefinition(
            name: CoreTypes.known("note"), summary: "A note.", role: .desired, writer: "people",
            fields: [
                .init("value", .int, "A value.", indexed: true, required: true),
                .init("text", .text, "What fills it."),
            ], columns: ["value"])
        _ = try propose([.create(draft(CoreTypes.type.name, "note", note.data))])
        let text = Value.text(String(repeating: "x", count: Self.padding))
        let drafts = try (0..<machines).map { number in
            try draft(
                note.name, "machine-\(number)", in: site(number),
                ["value": .int(Int64(number)), "text": text])
        }
        for start in stride(from: 0, to: machines, by: Self.atOnce) {
            let part = drafts[start..<min(start + Self.atOnce, machines)]
            _ = try propose(part.map { .create($0) })
        }
        var mounting: UInt64 = 0
        for number in 0..<Self.logs {
            let before = Self.processorTime
            let mount = try site(number).path
            _ = try propose([
                .create(
                    draft(MountedLog.type.name, "site-\(number)", ["mount": .text(mount)]))
            ])
            mounting = Self.processorTime - before
        }
        try circle.graph.flush()
        return (drafts.map(\.id), mounting)
    }

    /// One command each for machines all over the fleet; `follower` takes the entries behind.
    func measure(_ commands: Int, _ ids: [Identifier], _ turn: Int) throws -> Costs {
        var costs = Costs(commands: commands)
        let written = LinuxSystem.writtenBytes
        let bytes = logBytes
        let before = Self.processorTime
        for number in 0..<commands {
            let id = ids[(number * 7919) % ids.count]
            let value = Value.int(Int64(1_000_000 * turn + number))
            _ = try propose([.update(Update(id: id, data: ["value": value]))])
        }
        costs.decided = Self.processorTime - before
        costs.logBytes = logBytes - bytes
        costs.written = LinuxSystem.writtenBytes - written
        return costs
    }

    /// A second machine that takes every entry of every log: processor time of the entries behind
    /// those that were there before the last `commands`, and its memory.
    func follow(in directory: String, last commands: Int) throws -> UInt64 {
        let graph = try Graph(store: RocksStore(path: directory + "/graph"), mounts: [.root])
        var cost: UInt64 = 0
        for writer in circle.writers where writer.sequencer.mount != circle.machine.sequencer.mount
        {
            let log = writer.sequencer.log
            let mount = writer.sequencer.mount
            let first = graph.applied(mount).next
            let copy = try CommandLog.open(
                disk: LinuxDisk(), directory: directory + "/\(log.id)", mount: mount,
                clusterID: log.clusterID, logID: log.id, options: LogOptions(),
                origin: origin(of: mount, graph))
            let follower = Sequencer(mount: mount, log: copy, graph: graph) { _ in }
            let last = UInt64(mount == .root ? 0 : commands / Self.logs)
            let measured = Position(log.tail.rawValue - min(last, log.tail.rawValue))
            var next = first
            while next <= log.tail {
                // One entry at a time behind the mark, as a live follower of single commands.
                let isMeasured = next > measured
                let entries = try log.read(from: next, maximumBytes: isMeasured ? 1 : 1 << 20)
                let part =
                    isMeasured
                    ? Array(entries.prefix(1))
                    : Array(entries.prefix { $0.header.position <= measured })
                let before = Self.processorTime
                try follower.take(part)
                if isMeasured { cost += Self.processorTime - before }
                guard let end = part.last else { break }
                next = end.header.position.next
            }
            guard graph.stateHash(mount) == circle.graph.stateHash(mount) else {
                throw LogError.unreachable(cause: "\(mount) differs on the follower")
            }
            copy.close()
        }
        return cost
    }

    private func origin(of mount: Namespace, _ graph: Graph<RocksStore>) -> LogOrigin {
        let state = graph.state(of: mount)
        guard state.origin > .zero, let hash = ChainHash(bytes: state.chain) else {
            return .beginning
        }
        return LogOrigin(position: state.applied, hash: hash, epoch: LogOrigin.beginning.epoch)
    }

    private var logBytes: Int {
        circle.writers.reduce(0) { sum, writer in
            let log = writer.sequencer.log
            var (bytes, next) = (0, log.first)
            while next <= log.tail, let part = try? log.read(from: next, maximumBytes: 4 << 20),
                let last = part.last
            {
                bytes += part.reduce(0) { $0 + $1.payload.count }
                next = last.header.position.next
            }
            return sum + bytes
        }
    }

    func close() { circle.close() }

    /// Nanoseconds of processor time of this thread.
    static var processorTime: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
