internal import Host
public import Resources
internal import Synchronization

extension CommandLog {
    /// Where what another machine gave of this log is kept until it is installed.
    public var incoming: IncomingState<D> { IncomingState(disk: disk, directory: directory) }

    /// Lets go of all entries and goes on behind `origin`, an entry of another machine's copy that
    /// lies behind the tail. The register is the only commit point: a crash before it leaves the
    /// log as it was, one behind it leaves files that opening removes. On the appending thread.
    public func begin(behind origin: LogOrigin) throws(LogError) {
        guard origin.position > tail else {
            throw .discontinuous(
                expected: tail.next, found: origin.position,
                cause: "the copy has that entry already")
        }
        let (chain, former) = parts.withLock { ($0.chain, $0.loglets) }
        let place = LogPlace(disk: disk, directory: directory, mount: mount)
        let number = (chain.links.compactMap { LogPlace<D>.number($0.loglet) }.max() ?? 0) + 1
        let identity = LogletIdentity(
            cluster: chain.cluster, log: chain.log, number: number, epoch: origin.epoch)
        var options = options
        options.knownDurable = origin.position
        let loglet = try FileLoglet.create(
            disk: disk, files: place.files(number), identity: identity, mount: mount,
            options: options, first: origin.position.next, previous: origin.hash)
        let (disk, loglets) = (disk, directory + "/loglets")
        try onDisk { () throws(DiskError) in try disk.syncDirectory(loglets) }
        let link = Chain.Link(
            loglet: LogPlace<D>.name(number), epoch: origin.epoch, first: origin.position.next,
            last: nil)
        guard
            let next = Chain(
                version: max(chain.version + 1, origin.epoch), cluster: chain.cluster,
                log: chain.log, links: [link])
        else { preconditionFailure("a chain of one open link is well formed") }
        try FileChainRegister(disk: disk, directory: directory)
            .compareAndSet(expected: chain.version, next)
        parts.withLock { parts in
            parts.chain = next
            parts.loglets = [loglet]
            parts.active = loglet
        }
        for loglet in former { try loglet.removeFiles() }
    }

    /// The epoch of the entry at a position that is here, or that the log begins behind.
    public func epoch(at position: Position) throws(LogError) -> UInt64 {
        guard position >= first else { return parts.withLock { $0.chain.links[0].epoch } }
        guard let entry = try read(from: position, maximumBytes: 1).first else {
            throw .behind(tail: tail)
        }
        return entry.epoch
    }
}
