internal import Host
internal import Log
internal import MMSGraph
internal import Node
internal import Resources

/// A circle without sensors, drivers and API: two logs, the graph, the writers' threads, the feed
/// and the housekeeper, wired as in a node.
struct Rig {
    let circle: Circle<LinuxDisk, RocksStore>
    private let housekeeper: Housekeeper<LinuxDisk, RocksStore>

    /// Opens the logs in `directory` with a graph in `graph`, replays, and starts the threads.
    init(directory: String, graph store: String) throws {
        let identity = try NodeIdentity(
            name: "bench", time: LinuxClock().now, entropy: LinuxEntropy())
        let mounts = [Namespace.root, identity.namespace]
        let graph = try Graph(store: RocksStore(path: store), mounts: mounts)
        let feed = ChangeFeed(graph: graph)
        let writers = try zip(mounts, [identity.fleetLog, identity.machineLog]).map { mount, id in
            let isFleet = mount == .root
            var options = LogOptions(durability: isFleet ? .synced : .grouped)
            options.knownDurable = graph.applied(mount)
            let log = try CommandLog.open(
                disk: LinuxDisk(), directory: directory + (isFleet ? "/fleet" : "/machine"),
                mount: mount, clusterID: identity.cluster, logID: id, options: options)
            return SequencerThread(
                Sequencer(mount: mount, log: log, graph: graph) { commit in
                    feed.publish(commit.changes, of: commit.log, upTo: commit.position)
                },
                failed: { refusal in stop("the log failed: \(refusal)") })
        }
        for writer in writers { try writer.sequencer.replay(ahead: true) }
        circle = Circle(graph: graph, fleet: writers[0], machine: writers[1])
        let archive = Archive<LinuxDisk, RocksStore>(
            disk: LinuxDisk(), directory: directory + "/checkpoints", mounts: mounts
        ) { path throws(StoreError) in try RocksStore(path: path) }
        housekeeper = Housekeeper(
            circle: circle, keeper: Keeper(circle: circle, archive: archive),
            folder: ChurnFolder(circle: circle, entropy: LinuxEntropy()),
            reserve: StartReserve(LinuxDisk(), in: directory),
            clock: LinuxClock(),
            mark: { bookmarking in
                switch bookmarking {
                case .all: feed.mark()
                case .due: feed.markIfDue()
                }
            })
        for writer in circle.writers { try writer.start() }
        try housekeeper.start()
    }

    /// Ends the threads and closes the logs.
    func close() throws {
        housekeeper.stop()
        for writer in circle.writers {
            writer.stop()
            try writer.sequencer.log.sync()
            writer.sequencer.log.close()
        }
    }
}
