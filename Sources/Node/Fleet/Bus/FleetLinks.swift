public import Bus
public import Log
public import Resources
internal import Synchronization

/// How the fleet log of this node reaches others. It is there before the node knows whether it
/// belongs to a fleet; what reaches them is attached once that is known.
public final class FleetLinks: Peers, EntrySource {
    private let state = Mutex(State())

    private struct State {
        var peers: (any Peers)?
        var history: (any EntrySource)?
        var others: (@Sendable () -> [ResourceName])?
        var connect: (@Sendable (String) throws(LogError) -> any LogCluster)?
    }

    /// Links that lead nowhere yet.
    public init() {}

    /// The other machines of the fleet, voters first; none before they are known.
    var others: [ResourceName] { state.withLock { $0.others }?() ?? [] }

    /// From now on `others` are reached by `peers`, what no loglet has comes from `history`, and
    /// `connect` gives the cluster that a forward pointer names.
    func attach(
        peers: any Peers, history: any EntrySource,
        others: @escaping @Sendable () -> [ResourceName],
        connect: @escaping @Sendable (String) throws(LogError) -> any LogCluster
    ) {
        state.withLock {
            $0 = State(peers: peers, history: history, others: others, connect: connect)
        }
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

    public func next(
        behind position: Position, milliseconds: Int
    ) throws(LogError) -> [LogEntry] {
        guard let history = state.withLock({ $0.history }) else {
            throw .unreachable(cause: "this node does not listen for others")
        }
        return try history.next(behind: position, milliseconds: milliseconds)
    }

    func connect(_ name: String) throws(LogError) -> any LogCluster {
        guard let connect = state.withLock({ $0.connect }) else {
            throw .unreachable(
                cause: "the log is kept by \(name), and this node was started without --bus")
        }
        return try connect(name)
    }
}
