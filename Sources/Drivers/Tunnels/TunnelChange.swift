internal import Host

/// What makes an interface what it should be; what is not named stays as it is.
struct TunnelChange: Hashable {
    /// True where the key or the port is another one.
    var isAnew = false
    /// Machines that are new or changed.
    var peers: [Peer] = []
    /// Keys of machines that are no more at the other end.
    var removed: [[UInt8]] = []

    /// A machine that is new or changed.
    struct Peer: Hashable {
        var peer: Tunnel.Peer
        /// True when the kernel is told where the machine is.
        var tellsEndpoint: Bool
    }

    /// Seconds after the last agreement on keys for which the kernel knows best where a machine is:
    /// it agrees anew every two minutes while there is something to say (REJECT_AFTER_TIME of the
    /// paper is 180 s).
    static let freshSeconds: Int64 = 180

    /// What makes `sight` that end of tunnels, with the public key `key`. `told` says where each
    /// machine was when the kernel was told so last; `now` is in seconds since 1970.
    init(
        _ tunnel: Tunnel, key: [UInt8], _ sight: TunnelSight,
        told: [[UInt8]: SocketAddress], now: Int64
    ) {
        isAnew = sight.key != key || sight.port != tunnel.port
        let seen = Dictionary(sight.peers.map { ($0.key, $0) }, uniquingKeysWith: { one, _ in one })
        for peer in tunnel.peers {
            guard let found = seen[peer.key] else {
                peers.append(Peer(peer: peer, tellsEndpoint: true))
                continue
            }
            let hasMoved = peer.endpoint != told[peer.key]
            let isSilent = now - found.agreed > Self.freshSeconds
            let tells = hasMoved || isSilent && found.endpoint != peer.endpoint
            let allowed = [TunnelSight.Allowed(address: peer.address.bytes, prefix: 32)]
            if tells || found.allowed != allowed || found.keepalive != peer.keepalive {
                peers.append(Peer(peer: peer, tellsEndpoint: tells))
            }
        }
        let wanted = Set(tunnel.peers.map(\.key))
        removed = sight.peers.map(\.key).filter { !wanted.contains($0) }
    }
}
