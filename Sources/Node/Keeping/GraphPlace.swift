internal import Host
internal import Log
internal import MMSGraph
internal import Resources

/// The graph's store in a state directory.
struct GraphPlace {
    let directory: String
    let identity: NodeIdentity
    private let disk = LinuxDisk()

    init(directory: String, identity: NodeIdentity) {
        self.directory = directory
        self.identity = identity
    }

    private var path: String { directory + "/graph" }

    /// Opens the graph, making an empty one when there is none. Nil when what is there cannot be
    /// read; that is noted in `repairs`.
    func open(_ repairs: inout [String]) throws(NodeError) -> Graph<RocksStore>? {
        do throws(NodeError) { return try openOnce() } catch {
            // Another process, a full disk or a missing right is no damage: only what RocksDB or
            // the decoder call corrupt is made again.
            guard error.cause.contains("orruption") || error.cause.contains("damaged") else {
                throw error
            }
            repairs.append("the graph in \(path) was damaged: \(error.cause)")
            return nil
        }
    }

    /// Why the graph does not fit its logs; nil when it does. It may stand before the first entry
    /// left, and after a crash ahead of a log that syncs in groups: then other entries may come to
    /// stand where those it knows stood. Ahead of a copy it may be: the fleet has the entries, and
    /// ``Sequencer/take(_:)`` holds the one it stands at against it.
    func mismatch(_ graph: Graph<RocksStore>, _ logs: [CommandLog<LinuxDisk>]) -> String? {
        for log in logs {
            let state = graph.state(of: log.mount)
            if state.applied.next < log.first {
                return "the graph stood at \(state.applied), before the first entry of \(log.mount)"
            }
            if case .rescue = log.state { continue }
            if state.applied > log.tail {
                if (try? log.forward()) != nil { continue }
                return "the graph was ahead of log \(log.mount), which lost its last moments"
            }
            // An entry that cannot be read is told by the replay or by `log verify`.
            let entry = try? log.read(from: state.applied, maximumBytes: 1).first
            if state.applied > .zero, let entry, entry.hash != state.chain {
                return "the graph knew another entry \(state.applied) of log \(log.mount)"
            }
        }
        return nil
    }

    /// Finishes what a kill left of a state that another machine gave of the fleet log; gives that
    /// state. One that cannot be read is let go of: the log tells whether it was needed.
    func finish(
        _ log: CommandLog<LinuxDisk>, _ graph: Graph<RocksStore>?, _ repairs: inout [String]
    ) throws(NodeError) -> StateImage? {
        let image: StateImage?
        do throws(NodeError) {
            image = try Installation<LinuxDisk, RocksStore>.waiting(log)
        } catch {
            repairs.append(error.message)
            do throws(LogError) { try log.incoming.remove() } catch {
                throw NodeError("remove", "a damaged state of \(log.mount)", error.description)
            }
            return nil
        }
        if let image, let graph {
            _ = try Installation(log: log, graph: graph).install(image)
        }
        return image
    }

    /// Sets aside what is there and makes the graph again: from the newest checkpoint its logs
    /// vouch for, else empty when the logs still have every entry.
    func remake(
        _ logs: [CommandLog<LinuxDisk>], _ image: StateImage?, _ repairs: inout [String]
    ) throws(NodeError) -> Graph<RocksStore> {
        let aside = try setAside()
        var manifests: [Namespace: [CheckpointManifest]] = [:]
        do throws(LogError) {
            for log in logs { manifests[log.mount] = try log.checkpoints() }
        } catch {
            throw NodeError("restore", path, "\(error)")
        }
        let archive = Circle.archive(directory, identity)
        if try archive.restore(to: path, manifests: manifests) {
            repairs.append("the graph was made again from a checkpoint; the old one is \(aside)")
        } else if let log = logs.first(where: { log in
            log.first > Position(1) && (log.mount != .root || image == nil)
        }) {
            throw NodeError(
                "restore", path,
                "no checkpoint reads back whole, and log \(log.mount) begins at \(log.first)",
                remedy: "put a copy of \(directory)/checkpoints back")
        } else {
            repairs.append("the graph was made again from the logs; the old one is \(aside)")
        }
        let graph = try openOnce()
        if let image, let log = logs.first(where: { $0.mount == .root }) {
            _ = try Installation(log: log, graph: graph).install(image)
        }
        for log in logs where graph.applied(log.mount).next < log.first {
            throw NodeError(
                "restore", path,
                "the checkpoint stands at \(graph.applied(log.mount)), but log \(log.mount) "
                    + "begins at \(log.first)",
                remedy: "put a newer copy of \(directory)/checkpoints back")
        }
        return graph
    }

    private func openOnce() throws(NodeError) -> Graph<RocksStore> {
        let store: RocksStore
        do throws(StoreError) { store = try RocksStore(path: path) } catch {
            throw NodeError(error.operation, error.subject, error.cause)
        }
        do throws(GraphError) {
            return try Graph(store: store, mounts: [.root, identity.namespace])
        } catch {
            throw NodeError(error.operation, error.subject, error.cause)
        }
    }

    /// Renames the graph's directory to the first free name.
    private func setAside() throws(NodeError) -> String {
        do throws(DiskError) {
            var number = 1
            while try disk.exists(path + ".damaged-\(number)") { number += 1 }
            let aside = path + ".damaged-\(number)"
            if try disk.exists(path) { try disk.rename(path, to: aside) }
            try disk.syncDirectory(directory)
            return aside
        } catch {
            throw NodeError("set aside", path, error.description)
        }
    }
}
