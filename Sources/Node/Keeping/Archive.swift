public import Host
public import Log
public import MMSGraph
public import Resources

/// The checkpoints of a node: copies of the graph's store in numbered directories, of which two
/// are kept, each vouched for by a manifest in every log. From one of them and the entries behind
/// it the graph can be made again.
public struct Archive<D: Disk, S: OrderedStore>: Sendable {
    private let disk: D
    private let directory: String
    private let mounts: [Namespace]
    private let reopen: @Sendable (String) throws(StoreError) -> S

    /// The format of the copied state: Docs/Formats/graph.md.
    public static var format: UInt64 { 1 }
    private static var filling: String { "filling" }

    /// The checkpoints in `directory` of a graph whose logs are at `mounts`; `reopen` opens a
    /// copied store.
    public init(
        disk: D, directory: String, mounts: [Namespace],
        reopen: @escaping @Sendable (String) throws(StoreError) -> S
    ) {
        self.disk = disk
        self.directory = directory
        self.mounts = mounts
        self.reopen = reopen
    }

    /// Writes the state of `graph` down, reads it back whole, and lets each of `logs` vouch for
    /// it. Gives the positions it stands at. Until the last step the older ones stay as they are.
    @discardableResult
    public func take(
        _ graph: Graph<S>, _ logs: [CommandLog<D>]
    ) throws(NodeError) -> [Namespace: Position] {
        try onDisk { () throws(DiskError) in
            try disk.createDirectory(directory)
            try remove(Self.filling)
        }
        let path = directory + "/" + Self.filling
        do throws(StoreError) { try graph.store.checkpoint(to: path) } catch {
            throw NodeError("write", "checkpoint \(path)", error.cause)
        }
        let states = try states(at: path, logs.map(\.mount))
        let name = try paddedNext()
        try onDisk { () throws(DiskError) in
            try disk.rename(path, to: directory + "/" + name)
            try disk.syncDirectory(directory)
        }
        for log in logs {
            guard let state = states[log.mount], state.applied > .zero else { continue }
            do throws(LogError) { try vouch(log, state) } catch {
                throw NodeError("vouch for", "checkpoint \(name) in log \(log.mount)", "\(error)")
            }
        }
        try onDisk { () throws(DiskError) in
            for old in try names().dropLast(Checkpoints<D>.kept) { try remove(old) }
            try disk.syncDirectory(directory)
        }
        return states.mapValues { $0.applied }
    }

    /// Makes the graph's store again in `target` from the newest checkpoint that reads back whole
    /// and that `manifests` vouch for. False when there is none.
    public func restore(
        to target: String, manifests: [Namespace: [CheckpointManifest]]
    ) throws(NodeError) -> Bool {
        let names = try onDisk { () throws(DiskError) -> [String] in try self.names() }
        for name in names.reversed() {
            do throws(NodeError) {
                let states = try states(at: directory + "/" + name, mounts)
                let isKnown = states.allSatisfy { mount, state in
                    state.applied == .zero || state.isVouchedFor(by: manifests[mount] ?? [])
                }
                guard isKnown else { continue }
            } catch {
                // A damaged copy is why there are two.
                continue
            }
            do throws(StoreError) {
                let store = try reopen(directory + "/" + name)
                try store.checkpoint(to: target)
            } catch {
                throw NodeError("restore", "checkpoint \(name) to \(target)", error.cause)
            }
            return true
        }
        return false
    }

    private func vouch(_ log: CommandLog<D>, _ state: MMSGraph.LogState) throws(LogError) {
        try log.sync()
        // A log that was begun behind a state of another machine has no entry to vouch by yet.
        guard state.applied >= log.first, let hash = ChainHash(bytes: state.chain),
            let entry = try log.read(from: state.applied, maximumBytes: 1).first
        else { return }
        try log.keep(
            CheckpointManifest(
                position: state.applied, epoch: entry.epoch, chainHash: hash,
                stateHash: state.hash.bytes, format: Self.format))
    }

    /// Where `logs` stand in a copy, after all of it was read and its digests were right.
    private func states(
        at path: String, _ logs: [Namespace]
    ) throws(NodeError) -> [Namespace: MMSGraph.LogState] {
        let store: S
        do throws(StoreError) { store = try reopen(path) } catch {
            throw NodeError("open", "checkpoint \(path)", error.cause)
        }
        do throws(GraphError) {
            let graph = try Graph(store: store, mounts: mounts, cachedResources: 2)
            try graph.audit()
            return Dictionary(
                uniqueKeysWithValues: logs.map { ($0, graph.state(of: $0)) })
        } catch {
            throw NodeError("verify", "checkpoint \(path)", error.cause)
        }
    }

    /// The names of the finished checkpoints, oldest first.
    private func names() throws(DiskError) -> [String] {
        guard try disk.exists(directory) else { return [] }
        return try disk.list(directory).filter { UInt64($0) != nil }
    }

    private func paddedNext() throws(NodeError) -> String {
        let all = try onDisk { () throws(DiskError) -> [String] in try names() }
        let newest = all.last.flatMap { UInt64($0) }
        let digits = String((newest ?? 0) + 1)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits
    }

    private func remove(_ name: String) throws(DiskError) {
        let path = directory + "/" + name
        guard try disk.exists(path) else { return }
        for file in try disk.list(path) { try disk.remove(path + "/" + file) }
        try disk.removeDirectory(path)
    }

    private func onDisk<Result>(
        _ body: () throws(DiskError) -> Result
    ) throws(NodeError) -> Result {
        do throws(DiskError) { return try body() } catch {
            throw NodeError("keep", "checkpoints in \(directory)", error.description)
        }
    }
}

extension MMSGraph.LogState {
    /// True when a manifest of the log says that this is its state.
    fileprivate func isVouchedFor(by manifests: [CheckpointManifest]) -> Bool {
        manifests.contains { manifest in
            manifest.position == applied && manifest.stateHash == hash.bytes
                && manifest.chainHash.bytes == chain
        }
    }
}
