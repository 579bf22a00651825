public import Bus
internal import Host
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
        var word = CertificateWord()
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

    /// Whether others say that the certificate shown to them has ended, so that another one is to
    /// be asked for now.
    func wantsCertificate(at now: Ticks) -> Bool { state.withLock { $0.word.asks(at: now) } }

    /// Another certificate is shown from now on.
    func showsAnother(at now: Ticks) { state.withLock { $0.word.replaced(at: now) } }

    public func call(
        _ peer: ResourceName, _ request: PeerRequest
    ) throws(BusError) -> PeerAnswer {
        guard let peers = state.withLock({ $0.peers }) else {
            throw BusError(
                .unreachable, operation: "call", subject: peer.text,
                cause: "this node does not listen for others",
                remedy: "start it with --bus ADDRESS:PORT")
        }
        do throws(BusError) { return try peers.call(peer, request) } catch {
            if error.kind == .expired { state.withLock { $0.word.heard() } }
            throw error
        }
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

/// What other machines say of the certificate that this one shows. A machine that was away does not
/// know how far the log went meanwhile, and its clock may stand still: others know.
struct CertificateWord {
    private var isRefused = false
    private var replaced: Ticks?

    /// Somebody says that it has ended.
    mutating func heard() { isRefused = true }

    /// True when another one is to be asked for. Who says so of a new one too has a wrong clock
    /// itself: it makes one command in a while, not one a second.
    func asks(at now: Ticks) -> Bool {
        guard isRefused else { return false }
        guard let replaced else { return true }
        return now.nanoseconds(since: replaced)
            >= UInt64(Limits.certificatePause.value) * 1_000_000_000
    }

    /// Another one is shown from now on.
    mutating func replaced(at now: Ticks) {
        isRefused = false
        replaced = now
    }
}
