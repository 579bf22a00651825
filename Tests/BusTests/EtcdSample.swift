import Bus
import Host
import Log
import LogSuite
import Resources

/// What tests of the shared log have in common.
enum EtcdSample {
    static func place(_ name: String = "etcd:1", epoch: UInt64 = 1) -> EntryGroup.Place {
        EntryGroup.Place(log: Sample.log, mount: .root, epoch: epoch, name: name)
    }

    /// A loglet on real members.
    static func loglet(
        _ client: EtcdClient, _ name: String = "etcd:1", start: ChainPoint = .start
    ) -> EtcdLoglet<EtcdClient> {
        EtcdLoglet(calls: client, clock: LinuxClock(), place: place(name), start: start)
    }

    /// A loglet in the World.
    static func loglet(
        _ cluster: SimulatedEtcd, node: Int = 0, clock: SimulatedClock, _ name: String = "etcd:1",
        epoch: UInt64 = 1, start: ChainPoint = .start
    ) -> EtcdLoglet<SimulatedEtcdClient> {
        EtcdLoglet(
            calls: cluster.client(node), clock: clock, place: place(name, epoch: epoch),
            start: start)
    }

    /// A chain of etcd loglets that end at `ends`; the last one is open.
    static func chain(version: UInt64, ends: [UInt64]) -> Chain? {
        var first: UInt64 = 1
        var links: [Chain.Link] = []
        for (index, end) in ends.enumerated() {
            links.append(
                Chain.Link(
                    loglet: "etcd:\(index + 1)", epoch: UInt64(index + 1), first: Position(first),
                    last: Position(end)))
            first = end + 1
        }
        links.append(
            Chain.Link(
                loglet: "etcd:\(ends.count + 1)", epoch: UInt64(ends.count + 1),
                first: Position(first), last: nil))
        return Chain(
            version: version, cluster: Sample.cluster, log: Sample.log, links: links)
    }
}
