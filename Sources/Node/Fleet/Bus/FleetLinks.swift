public import Bus
internal import Log
public import Resources
internal import Synchronization

/// How the logs of this node reach others. It is there before the node knows whether it belongs to
/// a fleet; what reaches them is attached once that is known.
public final class FleetLinks: Peers {
    private let state = Mutex(State())

    /// Gives what a cluster of that name keeps of a log with its mount point.
    typealias Connect =
        @Sendable (String, Identifier, Namespace) throws(LogError) -> any LogCluster

    private struct State {
        var peers: (any Peers)?
        var others: (@Sendable () -> [ResourceName])?
        var connect: Connect?
    }

    /// Links that lead nowhere yet.
    public init() {}

    /// The other machines of the fleet, voters first; none before they are known.
    var others: [ResourceName] { state.withLock { $0.others }?() ?? [] }

    /// From now on `others` are reached by `peers`, and `connect` gives the cluster that a forward
    /// pointer names.
    func attach(
        peers: any Peers, others: @escaping @Sendable () -> [ResourceName],
        connect: @escaping Connect
    ) {
        state.withLock { $0 = State(peers: peers, others: others, connect: connect) }
    }

    public func call(
        _ peer: ResourceName, _ request: PeerRequest
    ) throws(BusError) -> PeerAnswer {
        guard let peers = state.withLock({ $0.peers }) else {
            throw BusError(
                .unreachable, operation: "call", subject: peer.text,
                cause: "this node does not listen for others",
                remedy: "start it with --bus ADDRESS:PORT")
        }
        return try peers.call(peer, request)
    }

    func connect(
        _ name: String, _ log: Identifier, _ mount: Namespace
    ) throws(LogError) -> any LogCluster {
        guard let connect = state.withLock({ $0.connect }) else {
            throw .unreachable(
                cause: "the log is kept by \(name), and this node was started without --bus")
        }
        return try connect(name, log, mount)
    }
}

/// Entries of a log that no loglet has any more, from other machines' copies.
struct FleetHistory: EntrySource {
    private let entries: PeerEntries

    /// The history of the log at `mount`.
    init(_ mount: Namespace, _ links: FleetLinks) {
        entries = PeerEntries(mount, peers: links) { links.others }
    }

    func next(behind position: Position, milliseconds: Int) throws(LogError) -> [LogEntry] {
        try entries.next(behind: position, milliseconds: milliseconds)
    }
}
