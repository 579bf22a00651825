public import Host
public import Log
public import Resources

/// A cluster of etcd as logs use it: the register of a log's chain and its loglets.
public struct EtcdLogCluster<Calls: EtcdCalls>: LogCluster {
    public let name: String
    private let calls: Calls
    private let clock: any Clock
    private let log: Identifier
    private let mount: Namespace

    /// What the cluster `name`, which `calls` reach, keeps of `log`, mounted at `mount`.
    public init(
        name: String, calls: Calls, clock: any Clock, log: Identifier, mount: Namespace
    ) {
        self.name = name
        self.calls = calls
        self.clock = clock
        self.log = log
        self.mount = mount
    }

    public var register: any ChainRegister { EtcdRegister(calls: calls, log: log) }

    public func loglet(
        of link: Chain.Link, in chain: Chain, start: ChainHash
    ) throws(LogError) -> any SharedLoglet {
        let place = EntryGroup.Place(
            log: chain.log, mount: mount, epoch: link.epoch, name: link.loglet)
        let before = Position(link.first.rawValue - 1)
        return EtcdLoglet(
            calls: calls, clock: clock, place: place,
            start: ChainPoint(position: before, hash: start))
    }
}
