public import Host
internal import Log
internal import MMSGraph
public import Resources
internal import ZeroProcs

extension Circle where D == LinuxDisk, S == RocksStore {
    /// Opens logs and graph of a state directory and replays what the graph has not seen. A graph
    /// that cannot be read, or that stands before the first entry its logs still have, is made
    /// again from a checkpoint; the damaged one is set aside.
    package static func open(
        directory: String, identity: NodeIdentity, announcer: Announcer,
        links: FleetLinks = FleetLinks(), refusals: RefusalJournal<LinuxDisk>? = nil,
        segmentBytes: Int = Limits.segmentBytes.value
    ) throws(NodeError) -> Circle {
        let place = GraphPlace(directory: directory, identity: identity)
        var repairs: [String] = []
        var graph = try place.open(&repairs)
        let logs = [
            try openLog(
                directory + "/fleet", .root, identity.fleetLog, identity, .synced, segmentBytes,
                graph),
            try openLog(
                directory + "/machine", identity.namespace, identity.machineLog, identity,
                .grouped, segmentBytes, graph),
        ]
        let incoming = try place.finish(logs[0], graph, &repairs)
        if let opened = graph, let reason = place.mismatch(opened, logs) {
            repairs.append(reason)
            graph = nil
        }
        let opened: Graph<RocksStore>
        if let graph { opened = graph } else { opened = try place.remake(logs, incoming, &repairs) }
        let publish: @Sendable (Commit) -> Void = { announcer.committed($0) }
        let keep = keeping(refusals, opened)
        let sequencers = logs.map { log in
            Sequencer(
                mount: log.mount, log: log, graph: opened, refused: keep(log.mount),
                publish: publish)
        }
        let fleet = try fleetWriter(of: sequencers[0], identity, links)
        let mounted = mountedLogs(
            directory, identity, links, opened, fleet.shared, announcer, keep)
        // Weak: its writers hold the announcer.
        announcer.add { [weak mounted, weak opened] commit in
            guard let opened, commit.changes.contains(where: \.mountsLog) else { return }
            mounted?.open(opened)
        }
        let writers = sequencers.map { sequencer in
            thread(sequencer, sequencer.mount == .root ? fleet : nil)
        }
        let behind = logs.reduce(0) { sum, log in
            sum + log.tail.rawValue - min(log.tail, opened.applied(log.mount)).rawValue
        }
        do throws(SequencerError) {
            for writer in writers { try writer.sequencer.replay(ahead: true) }
        } catch {
            throw NodeError(error.operation, error.subject, error.cause)
        }
        mounted.open(opened)
        return Circle(
            graph: opened, fleet: writers[0], machine: writers[1], mounted: mounted,
            repairs: repairs,
            replayed: behind)
    }

    /// What keeps the refusals of the writer of each log.
    private static func keeping(
        _ journal: RefusalJournal<LinuxDisk>?, _ graph: Graph<RocksStore>
    ) -> @Sendable (Namespace) -> @Sendable (Proposal, Refusal) -> Void {
        { mount in
            { proposal, refusal in
                journal?.note(
                    refusal, of: proposal.batch, by: proposal.caller.identity, in: mount,
                    // What is gone by now is told by its verb alone.
                    look: { id in (try? graph.resource(id))?.draft })
            }
        }
    }

    /// A thread for a writer.
    private static func thread(
        _ sequencer: Sequencer<LinuxDisk, RocksStore>,
        _ fleet: FleetWriter<LinuxDisk, RocksStore>?
    ) -> SequencerThread<LinuxDisk, RocksStore> {
        SequencerThread(sequencer, fleet: fleet) { refusal in
            // After a failed sync nothing here can be trusted (design/01, point 5).
            LinuxSystem.note("pisces: \(refusal.message); start again to recover")
            LinuxSystem.exitNow(1)
        }
    }

    /// The logs mounted on namespaces, each with its files in `logs` of the state directory.
    private static func mountedLogs(
        _ directory: String, _ identity: NodeIdentity, _ links: FleetLinks,
        _ graph: Graph<RocksStore>, _ root: SharedLog<LinuxDisk>, _ announcer: Announcer,
        _ keep: @escaping @Sendable (Namespace) -> @Sendable (Proposal, Refusal) -> Void
    ) -> MountedLogs<LinuxDisk, RocksStore> {
        let placement = LogPlacement(
            disk: LinuxDisk(), state: directory, graph: graph,
            cluster: identity.cluster, options: LogOptions(durability: .synced))
        return MountedLogs(pause: { LinuxSystem.pause(milliseconds: UInt32(clamping: $0)) }) {
            log throws(NodeError) in
            let sequencer = Sequencer(
                mount: log.mount, log: try placement.open(log), graph: graph,
                refused: keep(log.mount), publish: { announcer.committed($0) })
            let writer = try fleetWriter(of: sequencer, identity, links, parent: (root, log.origin))
            do throws(SequencerError) { try sequencer.replay() } catch {
                throw NodeError(error.operation, error.subject, error.cause)
            }
            return thread(sequencer, writer)
        }
    }

    /// What brings commands into a log that machines share, wherever that rests.
    private static func fleetWriter(
        of sequencer: Sequencer<LinuxDisk, RocksStore>, _ identity: NodeIdentity,
        _ links: FleetLinks, parent: (log: SharedLog<LinuxDisk>, origin: Position)? = nil
    ) throws(NodeError) -> FleetWriter<LinuxDisk, RocksStore> {
        let (mount, log) = (sequencer.mount, sequencer.log.id)
        do {
            let shared = try SharedLog(
                copy: sequencer.log, machine: try ResourceName(identity.name),
                history: FleetHistory(mount, links), parent: parent
            ) { (name) throws(LogError) in try links.connect(name, log, mount) }
            return FleetWriter(
                sequencer: sequencer, shared: shared, peers: links, clock: LinuxClock(),
                entropy: LinuxEntropy(),
                pause: { LinuxSystem.pause(milliseconds: UInt32(clamping: $0)) })
        } catch { throw NodeError("open", "log \(mount)", "\(error)") }
    }

    /// The checkpoints of a state directory.
    package static func archive(
        _ directory: String, _ identity: NodeIdentity
    ) -> Archive<LinuxDisk, RocksStore> {
        Archive(
            disk: LinuxDisk(), directory: directory + "/checkpoints",
            mounts: [.root, identity.namespace]
        ) { path throws(StoreError) in try RocksStore(path: path) }
    }

    private static func openLog(
        _ directory: String, _ mount: Namespace, _ id: Identifier, _ identity: NodeIdentity,
        _ durability: Durability, _ segmentBytes: Int, _ graph: Graph<RocksStore>?
    ) throws(NodeError) -> CommandLog<LinuxDisk> {
        var options = LogOptions(durability: durability)
        options.segmentBytes = segmentBytes
        options.firstSegmentBytes = min(options.firstSegmentBytes, segmentBytes)
        // A log that syncs in groups may lose what the graph has already: no witness.
        if durability == .synced { options.knownDurable = graph?.applied(mount) ?? .zero }
        do throws(LogError) {
            return try CommandLog.open(
                disk: LinuxDisk(), directory: directory, mount: mount,
                clusterID: identity.cluster, logID: id, options: options)
        } catch {
            throw NodeError("open", "log \(mount) in \(directory)", error.description)
        }
    }

    /// Makes everything durable and closes the logs. Nothing may be proposed after.
    package func close() {
        do {
            for writer in writers { try writer.sequencer.log.sync() }
            try graph.flush()
            for writer in writers { writer.sequencer.log.close() }
        } catch {
            // The logs have it all: the next start replays what the graph could not keep.
        }
    }
}

extension Change {
    /// True for one that mounts a log.
    var mountsLog: Bool { new.map { MountedLog.isMade(by: $0) } ?? false }
}

extension Circle {
    /// Brings the built-in types to what this binary knows, by commands, so that the history of
    /// the schema is in the log too.
    public func install(
        _ types: [TypeDefinition], clock: some Clock, entropy: some Entropy
    ) throws(NodeError) {
        do throws(GraphError) {
            let reader = try graph.reader()
            var commands: [Command] = []
            for type in types {
                let name: ResourceName
                do throws(NameError) { name = try ResourceName(type.name.text) } catch {
                    throw GraphError(operation: "install", subject: "type", cause: error.reason)
                }
                let found = try reader.resource(CoreTypes.type.name, name, in: .root)
                if let found {
                    guard found.data != type.data else { continue }
                    var update = Update(id: found.id, data: type.data)
                    update.replaces = true
                    commands.append(.update(update))
                } else {
                    commands.append(
                        .create(
                            Draft(
                                id: entropy.identifier(at: clock.now), type: CoreTypes.type.name,
                                namespace: .root, name: name, data: type.data)))
                }
            }
            if commands.isEmpty { return }
            let proposal = Proposal(
                caller: .system("install"), batch: Batch(commands, reason: "built-in types"),
                time: clock.now)
            if case .failure(let refusal)? = fleet.decide([proposal]).first {
                throw GraphError(
                    operation: "install", subject: refusal.subject, cause: refusal.message)
            }
        } catch {
            throw NodeError(error.operation, error.subject, error.cause)
        }
    }
}
