internal import Host

/// An interface of WireGuard as the kernel says it is.
struct TunnelSight: Hashable {
    /// The number of the interface.
    var index: UInt32 = 0
    /// Its public key; empty before it has one.
    var key: [UInt8] = []
    /// Where it listens.
    var port: UInt16 = 0
    /// The machines at the other ends.
    var peers: [Peer] = []

    /// A machine at the other end.
    struct Peer: Hashable {
        var key: [UInt8]
        /// Where it was heard last, or is expected; nil for nowhere.
        var endpoint: SocketAddress?
        /// Addresses that it may send from.
        var allowed: [Allowed] = []
        /// Seconds after which silence is broken; 0 for never.
        var keepalive: UInt16 = 0
        /// When keys were agreed on last, in seconds since 1970; 0 for never.
        var agreed: Int64 = 0
        /// Bytes that came, and that went.
        var received: UInt64 = 0
        var sent: UInt64 = 0
    }

    /// Addresses that begin with the same bits.
    struct Allowed: Hashable {
        var address: [UInt8]
        var prefix: UInt8
    }
}
