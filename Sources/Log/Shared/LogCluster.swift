public import Resources

/// What orders a log for several machines: it keeps the chain and the loglets in use.
public protocol LogCluster: Sendable {
    /// Its name in the forward pointer, never given to another cluster.
    var name: String { get }
    /// Where the chain is kept.
    var register: any ChainRegister { get }
    /// The loglet of a link of `chain`, whose first entry continues `start`. One that nobody wrote
    /// to is empty.
    func loglet(
        of link: Chain.Link, in chain: Chain, start: ChainHash
    ) throws(LogError) -> any SharedLoglet
}

/// Where entries of a log come from, in order: its loglets, or another machine that has a copy.
public protocol EntrySource: Sendable {
    /// Waits at most `milliseconds` for entries right behind `position`; none when none came.
    /// Throws ``LogError/trimmed(first:)`` when they are gone there.
    func next(behind position: Position, milliseconds: Int) throws(LogError) -> [LogEntry]
}

extension Chain.Link {
    /// The prefix of loglets in the files of one machine.
    static var filePrefix: String { "file:" }
    /// The prefix of loglets that several machines write to.
    static var sharedPrefix: String { "etcd:" }

    /// True when its entries are ordered by one machine.
    public var isFile: Bool { loglet.hasPrefix(Self.filePrefix) }

    /// The machine that orders its entries, as in `file:3@pi-2`. Nil for shared loglets, and in a
    /// chain that is kept on that machine.
    public var machine: ResourceName? {
        guard isFile, let at = loglet.firstIndex(of: "@") else { return nil }
        return try? ResourceName(String(loglet[loglet.index(after: at)...]))
    }

    /// The link as other machines must know it.
    func qualified(by machine: ResourceName) -> Chain.Link {
        guard isFile, !loglet.contains("@") else { return self }
        return Chain.Link(
            loglet: "\(loglet)@\(machine)", epoch: epoch, first: first, last: last)
    }
}

extension Chain {
    /// The last link: the one that is written to.
    public var active: Link { links[links.count - 1] }

    /// The chain as other machines must know it.
    func qualified(by machine: ResourceName) -> Chain {
        let links = links.map { $0.qualified(by: machine) }
        guard let chain = Chain(version: version, cluster: cluster, log: log, links: links) else {
            preconditionFailure("names do not change how links adjoin")
        }
        return chain
    }

    /// The chain with its last link ended at `tail` and one more behind it. The oldest links go
    /// when there would be too many: who is that far behind needs a checkpoint anyway.
    func followed(by loglet: String, tail: Position) -> Chain? {
        var links = links
        let old = links.removeLast()
        links.append(Link(loglet: old.loglet, epoch: old.epoch, first: old.first, last: tail))
        links.append(Link(loglet: loglet, epoch: version + 1, first: tail.next, last: nil))
        return Chain(
            version: version + 1, cluster: cluster, log: log,
            links: Array(links.suffix(Limits.chainLinks.value)))
    }
}
