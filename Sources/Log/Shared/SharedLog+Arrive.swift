internal import Host
internal import Resources
internal import Synchronization

extension SharedLog {
    /// Finds out who orders a log that was mounted on a namespace: whoever ordered the entry that
    /// mounted it, as the chain of its parent says, until its own chain says otherwise. Does
    /// nothing when that is known; may be repeated after a crash at any step, on all machines at
    /// once, and all come to one chain.
    public func arrive() throws(LogError) {
        guard let (parent, origin) = parent, !state.withLock({ $0.hasArrived }) else { return }
        // Without a pointer to a cluster its entries can only have been ordered here; and where the
        // parent is in the files here, so is what goes on from it.
        guard copy.tail <= origin, let name = parent.cluster else {
            return state.withLock { $0.hasArrived = true }
        }
        let cluster = try connect(name)
        if try cluster.register.read() != nil { return try arrive(at: name) }
        guard let link = try parent.known().links.last(where: { $0.first <= origin }) else {
            throw .unreachable(cause: "who began this log is not known any more")
        }
        guard link.isFile else {
            try begin(in: cluster, behind: origin)
            return try arrive(at: name)
        }
        if let owner = link.machine, owner != machine {
            throw .unreachable(cause: "the log is in the files of \(owner), which moves it")
        }
        state.withLock { $0.hasArrived = true }
    }

    /// Writes the first chain, which is the same whoever writes it.
    private func begin(
        in cluster: any LogCluster, behind origin: Position
    ) throws(LogError) {
        let link = Chain.Link(
            loglet: Chain.Link.sharedPrefix + copy.id.description, epoch: LogOrigin.beginning.epoch,
            first: origin.next, last: nil)
        guard
            let chain = Chain(
                version: link.epoch, cluster: copy.clusterID, log: copy.id, links: [link])
        else { preconditionFailure("a chain of one open link is well formed") }
        do throws(LogError) {
            try cluster.register.compareAndSet(expected: 0, chain)
        } catch {
            guard case .chainChanged = error else { throw error }
        }
    }

    private func arrive(at name: String) throws(LogError) {
        try join(name)
        state.withLock { $0.hasArrived = true }
    }
}
