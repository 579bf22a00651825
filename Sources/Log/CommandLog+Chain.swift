internal import Host
public import Resources
internal import Synchronization

extension CommandLog {
    /// Moves the log to a new file loglet: seal, tail, compare-and-set. Repeating it after a
    /// crash at any step ends in the same place. Call it from the appending thread.
    public func extend() throws(LogError) { try extend(epoch: nil) }

    /// The same; entries of the new loglet have at least `epoch`, when one is given: that of a
    /// chain that several machines share is ahead of the one that is kept here.
    func extend(epoch: UInt64?) throws(LogError) {
        let (chain, active) = parts.withLock { ($0.chain, $0.active) }
        let tail = try active.seal()
        let hash = active.hash
        let place = LogPlace(disk: disk, directory: directory, mount: mount)
        let numbers = chain.links.compactMap { LogPlace<D>.number($0.loglet) }
        let number = (numbers.max() ?? 0) + 1
        let version = max(chain.version + 1, epoch ?? 0)
        let identity = LogletIdentity(
            cluster: chain.cluster, log: chain.log, number: number, epoch: epoch ?? version)
        let loglet = try FileLoglet.create(
            disk: disk, files: place.files(number), identity: identity, mount: mount,
            options: options, first: tail.next, previous: hash)
        let (disk, loglets) = (disk, directory + "/loglets")
        try onDisk { () throws(DiskError) in try disk.syncDirectory(loglets) }
        var links = chain.links
        let old = links.removeLast()
        links.append(
            Chain.Link(loglet: old.loglet, epoch: old.epoch, first: old.first, last: tail))
        links.append(
            Chain.Link(
                loglet: LogPlace<D>.name(number), epoch: identity.epoch, first: tail.next,
                last: nil))
        try set(links, over: chain, version: version)
        parts.withLock { parts in
            parts.loglets.append(loglet)
            parts.active = loglet
        }
    }

    private func set(
        _ links: [Chain.Link], over chain: Chain, version: UInt64? = nil
    ) throws(LogError) {
        guard links.count <= Limits.chainLinks.value else {
            throw .tooLarge(what: "chain", bytes: links.count, limit: Limits.chainLinks.value)
        }
        guard
            let next = Chain(
                version: version ?? chain.version + 1, cluster: chain.cluster, log: chain.log,
                links: links)
        else { preconditionFailure("the links of a chain adjoin: \(links)") }
        try FileChainRegister(disk: disk, directory: directory)
            .compareAndSet(expected: chain.version, next)
        parts.withLock { $0.chain = next }
    }

    /// Lets go of entries before `position`, which must not pass the older of two checkpoints.
    public func trim(before position: Position) throws(LogError) {
        let bound = try trimBound()
        guard position <= bound.next else { throw .trimBound(asked: position, allowed: bound) }
        let (chain, loglets) = parts.withLock { ($0.chain, $0.loglets) }
        let dropped = chain.links.prefix { $0.last.map { $0 < position } ?? false }.count
        if dropped > 0 {
            try set(Array(chain.links.dropFirst(dropped)), over: chain)
            parts.withLock { $0.loglets.removeFirst(dropped) }
            for loglet in loglets.prefix(dropped) { try loglet.removeFiles() }
        }
        try loglets[dropped].trim(before: position)
    }

    /// The last position that both checkpoints cover; 0 with fewer than two of them.
    public func trimBound() throws(LogError) -> Position {
        let kept = try Checkpoints(disk: disk, directory: directory).list()
        return kept.count < 2 ? .zero : min(kept.map(\.position).min() ?? .zero, durable)
    }

    /// Keeps a manifest; its position must be durable and its hash that of the log there.
    public func keep(_ manifest: CheckpointManifest) throws(LogError) {
        let entry = try read(from: manifest.position, maximumBytes: 1).first
        let isDurable = manifest.position <= durable
        guard let entry, isDurable, entry.chainHash == manifest.chainHash else {
            throw .corrupt(
                Defect(
                    position: manifest.position, file: directory, offset: 0,
                    reason: "the checkpoint is not of this log, or not of a durable position"))
        }
        try Checkpoints(disk: disk, directory: directory).keep(manifest)
    }

    /// The manifests that are kept, oldest first.
    public func checkpoints() throws(LogError) -> [CheckpointManifest] {
        try Checkpoints(disk: disk, directory: directory).list()
    }
}

extension FileLoglet {
    /// Removes a loglet that the chain no longer names.
    func removeFiles() throws(LogError) {
        close()
        let (disk, directory) = (disk, files.directory)
        try onDisk { () throws(DiskError) in
            for name in try disk.list(directory) { try disk.remove(directory + "/" + name) }
            try disk.removeDirectory(directory)
        }
    }
}
