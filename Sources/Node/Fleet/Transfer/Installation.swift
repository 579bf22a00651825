internal import Bus
internal import Host
internal import Log
internal import MMSGraph
internal import Resources

/// Puts a state that another machine gave in the place of what is here: first the log begins anew
/// behind it, then the graph takes it. Each step sees by itself whether it was done, and the file
/// beside the log says until the next checkpoint that all of them must have been: a kill anywhere
/// leaves a machine that finishes when it starts again.
struct Installation<D: Disk, S: OrderedStore> {
    let log: CommandLog<D>
    let graph: Graph<S>

    /// The state that waits beside the log; nil when there is none.
    static func waiting(_ log: CommandLog<D>) throws(NodeError) -> StateImage? {
        let bytes: [UInt8]?
        do throws(LogError) { bytes = try log.incoming.read() } catch {
            throw NodeError(
                "read", "the state that another machine gave of \(log.mount)", error.description)
        }
        guard let bytes else { return nil }
        do throws(BusError) { return try StateImage(encoded: bytes) } catch {
            throw NodeError(error.operation, error.subject, error.cause)
        }
    }

    /// Keeps a state durable beside the log: from here on it will be installed.
    func keep(_ image: StateImage) throws(NodeError) {
        do throws(LogError) { try log.incoming.keep(image.encoded) } catch {
            throw NodeError(
                "keep", "the state of \(log.mount) at \(image.position)", error.description,
                remedy: "free some space; it is taken again by itself")
        }
    }

    /// Installs what is not installed yet, and gives what that changed; nothing when the graph
    /// knew that position. On the thread that appends.
    func install(_ image: StateImage) throws(NodeError) -> [Change]? {
        guard let hash = ChainHash(bytes: image.chain), image.log == log.id else {
            throw NodeError(
                "install", "the state of \(log.mount)", "it is of another log",
                remedy: "join again with an empty state directory")
        }
        do throws(LogError) {
            if log.tail < image.position {
                try log.begin(
                    behind: LogOrigin(position: image.position, hash: hash, epoch: image.epoch))
            }
        } catch {
            throw NodeError(
                "begin", "log \(log.mount) behind \(image.position)", error.description,
                remedy: "free some space; it is tried again by itself")
        }
        guard graph.applied(log.mount) < image.position else { return nil }
        do throws(GraphError) {
            var transaction = try graph.begin(log.mount)
            let header = EntryHeader(
                log: log.mount, position: image.position, author: .system("transfer"),
                time: image.time)
            _ = try transaction.adopt(image.resources, requests: image.requests, at: header)
            let changes = try graph.commit(transaction, chain: image.chain)
            _ = try graph.trimHistory(
                of: log.mount, before: image.position, keepingSessions: true)
            try graph.flush()
            return changes
        } catch {
            throw NodeError(error.operation, error.subject, error.cause)
        }
    }

    /// Lets go of the state beside the log once a checkpoint behind it is kept.
    func release() throws(NodeError) {
        guard let image = try Self.waiting(log) else { return }
        do throws(LogError) {
            let isCovered = try log.checkpoints().contains { $0.position > image.position }
            if isCovered { try log.incoming.remove() }
        } catch {
            throw NodeError("release", "the state of \(log.mount)", error.description)
        }
    }
}

extension Sequencer {
    /// Installs a state and tells what it changed; see ``Installation``.
    func install(_ image: StateImage) throws(NodeError) {
        guard let changes = try Installation(log: log, graph: graph).install(image) else { return }
        announce(changes)
    }
}
