internal import Host
internal import Log
internal import MMSGraph
internal import Resources

/// Opens the copies of mounted logs: each in a directory of its own, named by its identity, beside
/// that of the log at `/`. Where the graph stands at the entry that mounted the log, the copy
/// begins behind it, with its hash; else it is empty until another machine gives the state.
struct LogPlacement<D: Disk, S: OrderedStore> {
    let disk: D
    /// The directory in which that of the logs is; it exists.
    let state: String
    let graph: Graph<S>
    let cluster: Identifier
    let options: LogOptions

    /// Opens a log, or makes it, and applies what the graph has not seen of it.
    func open(_ log: MountedLog) throws(NodeError) -> CommandLog<D> {
        let state = graph.state(of: log.mount)
        var options = options
        options.knownDurable = state.applied
        let opened: CommandLog<D>
        do throws(LogError) {
            opened = try CommandLog.open(
                disk: disk, directory: try place(of: log), mount: log.mount, clusterID: cluster,
                logID: log.id, options: options, origin: origin(of: log, state))
        } catch {
            throw NodeError("open", "log \(log.mount)", error.description)
        }
        do throws(NodeError) {
            try finish(opened)
            try check(opened)
        } catch {
            opened.close()
            throw error
        }
        return opened
    }

    private var directory: String { state + "/logs" }

    private func place(of log: MountedLog) throws(LogError) -> String {
        do throws(DiskError) {
            if try !disk.exists(directory) {
                try disk.createDirectory(directory)
                try disk.syncDirectory(state.isEmpty ? "/" : state)
            }
        } catch { throw .disk(error) }
        return directory + "/" + log.id.description.lowercased()
    }

    private func origin(of log: MountedLog, _ state: MMSGraph.LogState) -> LogOrigin {
        guard state.applied == log.origin, let hash = ChainHash(bytes: state.chain) else {
            return .beginning
        }
        return LogOrigin(position: log.origin, hash: hash, epoch: LogOrigin.beginning.epoch)
    }

    /// Finishes what a kill left of a state that another machine gave.
    private func finish(_ log: CommandLog<D>) throws(NodeError) {
        guard let waiting = try Installation<D, S>.waiting(log) else { return }
        _ = try Installation(log: log, graph: graph).install(waiting)
    }

    /// The graph must stand where this log can go on from.
    private func check(_ log: CommandLog<D>) throws(NodeError) {
        let state = graph.state(of: log.mount)
        let fits = state.applied.next >= log.first && state.applied <= log.tail
        let isEmpty = log.tail == .zero && state.applied <= state.origin
        guard !fits, !isEmpty else { return }
        throw NodeError(
            "open", "log \(log.mount)",
            "the graph stands at \(state.applied), but the log has \(log.first) to \(log.tail)",
            remedy: "put a copy of the checkpoints back, or let this machine join again")
    }
}
