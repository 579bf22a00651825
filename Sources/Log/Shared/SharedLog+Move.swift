internal import Host
public import Resources
internal import Synchronization

extension SharedLog {
    /// What the log is to go on in.
    public enum Successor: Hashable, Sendable {
        /// A new loglet of the cluster, of that identity, which was never used.
        case shared(Identifier)
        /// New files of this machine.
        case here
    }

    /// Writes the chain as it is here into the register of a cluster that does not keep it yet.
    /// Changes nothing for anybody: the chain is still kept here.
    public func seed(_ name: String) throws(LogError) {
        let cluster = try connect(name)
        let chain = copy.chain.qualified(by: machine)
        let found = try cluster.register.read()
        if let found, found.log != chain.log || !found.active.isFile {
            throw .chainChanged(expected: chain.version, found: found.version)
        }
        if let found, found.active == chain.active { return }
        let next = Chain(
            version: max(chain.version, (found?.version ?? 0) + 1), cluster: chain.cluster,
            log: chain.log, links: chain.links)
        guard let next else { preconditionFailure("a version does not change how links adjoin") }
        try cluster.register.compareAndSet(expected: found?.version ?? 0, next)
    }

    /// Says for good that the chain is kept by a cluster that was seeded: the only commit point of
    /// the way from one machine to a fleet.
    public func point(to name: String) throws(LogError) {
        let cluster = try connect(name)
        let here = copy.chain.qualified(by: machine)
        guard let found = try cluster.register.read(), found.log == here.log,
            found.active == here.active
        else { throw .unreachable(cause: "the register of \(name) does not have this chain") }
        try copy.setForward(name)
        state.withLock { state in
            state.pointer = name
            state.cluster = cluster
            state.chain = found
        }
    }

    /// Says for good that the chain is kept by a cluster which others brought the log to: for a
    /// machine that joins them.
    public func join(_ name: String) throws(LogError) {
        let cluster = try connect(name)
        guard let found = try cluster.register.read(), found.log == copy.id,
            found.cluster == copy.clusterID
        else { throw .unreachable(cause: "the register of \(name) has no chain of this log") }
        try copy.setForward(name)
        state.withLock { state in
            state.pointer = name
            state.cluster = cluster
            state.chain = found
        }
    }

    /// Ends the loglet in use and installs a successor: seal, tail, compare-and-set, refetch. Of
    /// several that try, one wins; all see its chain. Repeating it after a crash at any step ends in
    /// the same place. Throws ``LogError/behind(tail:)`` when the copy must first reach the tail.
    public func succeed(_ successor: Successor) throws(LogError) {
        guard let cluster = try connected() else {
            throw .unreachable(cause: "the chain is not kept by a cluster")
        }
        try refresh()
        let chain = try known()
        let tail = try sealed(chain)
        let name: String
        switch successor {
        case .shared(let id): name = Chain.Link.sharedPrefix + id.description
        case .here:
            guard copy.tail == tail else { throw .behind(tail: tail) }
            // From here on no other machine needs to have them.
            try copy.sync()
            name = "\(Chain.Link.filePrefix)\(chain.version + 1)@\(machine)"
        }
        guard let next = chain.followed(by: name, tail: tail) else {
            throw .unreachable(
                cause: "\(chain.active.loglet) begins at \(chain.active.first), but ends at \(tail)"
            )
        }
        do throws(LogError) {
            try cluster.register.compareAndSet(expected: chain.version, next)
        } catch {
            guard case .chainChanged = error else { throw error }
        }
        try refresh()
    }

    /// Seals the loglet in use and gives its last position.
    private func sealed(_ chain: Chain) throws(LogError) -> Position {
        let active = chain.active
        guard active.isFile else {
            let loglet = try loglet(active, of: chain)
            _ = try loglet.seal()
            let (tail, isSealed) = try loglet.checkTail()
            guard isSealed else { throw .unreachable(cause: "\(active.loglet) is not sealed yet") }
            return tail
        }
        guard let owner = active.machine, owner != machine else {
            guard copy.activeEpoch >= active.epoch else {
                throw .unreachable(cause: "this machine has not taken the log up yet")
            }
            return try copy.seal()
        }
        throw .unreachable(cause: "the log is in the files of \(owner), which alone can end it")
    }

    /// Says for good that the chain is kept here again: only once this machine orders the log.
    /// After it the cluster may go.
    public func comeHome() throws(LogError) {
        guard place == .here, cluster != nil else { return }
        try copy.clearForward()
        state.withLock { $0 = State() }
    }
}
