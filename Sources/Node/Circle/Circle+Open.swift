public import Host
internal import Log
internal import MMSGraph
public import Resources
internal import ZeroProcs

extension Circle where D == LinuxDisk, S == RocksStore {
    /// Opens logs and graph of a state directory and replays what the graph has not seen.
    static func open(
        directory: String, identity: NodeIdentity, announcer: Announcer
    ) throws(NodeError) -> Circle {
        let graph = try openGraph(directory, identity)
        let fleet = try openLog(
            directory + "/fleet", .root, identity.fleetLog, identity, .synced, graph)
        let machine = try openLog(
            directory + "/machine", identity.namespace, identity.machineLog, identity, .grouped,
            graph)
        let publish: @Sendable (Commit) -> Void = { announcer.committed($0) }
        let writers = [(Namespace.root, fleet), (identity.namespace, machine)].map { mount, log in
            SequencerThread(
                Sequencer(mount: mount, log: log, graph: graph, publish: publish),
                failed: { _ in
                    // After a failed sync nothing here can be trusted (design/01, point 5).
                    LinuxSystem.exitNow(1)
                })
        }
        do throws(SequencerError) {
            for writer in writers { try writer.sequencer.replay() }
        } catch {
            throw NodeError(error.operation, error.subject, error.cause)
        }
        return Circle(graph: graph, fleet: writers[0], machine: writers[1])
    }

    private static func openGraph(
        _ directory: String, _ identity: NodeIdentity
    ) throws(NodeError) -> Graph<RocksStore> {
        let store: RocksStore
        do throws(StoreError) { store = try RocksStore(path: directory + "/graph") } catch {
            throw NodeError(error.operation, error.subject, error.cause)
        }
        do throws(GraphError) {
            return try Graph(store: store, mounts: [.root, identity.namespace])
        } catch {
            throw NodeError(error.operation, error.subject, error.cause)
        }
    }

    private static func openLog(
        _ directory: String, _ mount: Namespace, _ id: Identifier, _ identity: NodeIdentity,
        _ durability: Durability, _ graph: Graph<RocksStore>
    ) throws(NodeError) -> CommandLog<LinuxDisk> {
        var options = LogOptions(durability: durability)
        options.knownDurable = graph.applied(mount)
        do throws(LogError) {
            return try CommandLog.open(
                disk: LinuxDisk(), directory: directory, mount: mount,
                clusterID: identity.cluster, logID: id, options: options)
        } catch {
            throw NodeError("open", "log \(mount) in \(directory)", error.description)
        }
    }

    /// Makes everything durable and closes the logs. Nothing may be proposed after.
    func close() {
        do {
            try graph.flush()
            for writer in writers {
                try writer.sequencer.log.sync()
                writer.sequencer.log.close()
            }
        } catch {
            // The logs have it all: the next start replays what the graph could not keep.
        }
    }
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
            if case .failure(let refusal)? = fleet.sequencer.commit([proposal]).first {
                throw GraphError(
                    operation: "install", subject: refusal.subject, cause: refusal.message)
            }
        } catch {
            throw NodeError(error.operation, error.subject, error.cause)
        }
    }
}
