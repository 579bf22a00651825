public import Host

/// One machine's end of tunnels to other machines, as it should be.
public struct Tunnel: Hashable, Sendable {
    /// Its address among the machines; nil while it has none.
    public var address: IPAddress?
    /// How many leading bits of that name the network of the machines.
    public var prefix: Int
    /// Where it listens, UDP.
    public var port: UInt16
    /// The machines at the other ends.
    public var peers: [Peer]

    /// A machine at the other end.
    public struct Peer: Hashable, Sendable {
        /// What people call it.
        public var name: String
        /// Its public key, 32 bytes.
        public var key: [UInt8]
        /// Its address among the machines; nothing else is taken from it, or sent to it.
        public var address: IPAddress
        /// Where it is reached; nil when it has to begin.
        public var endpoint: SocketAddress?
        /// Seconds after which silence is broken; 0 for never.
        public var keepalive: UInt16

        /// A machine.
        public init(
            name: String, key: [UInt8], address: IPAddress, endpoint: SocketAddress?,
            keepalive: UInt16
        ) {
            self.name = name
            self.key = key
            self.address = address
            self.endpoint = endpoint
            self.keepalive = keepalive
        }
    }

    /// An end of tunnels.
    public init(address: IPAddress?, prefix: Int, port: UInt16, peers: [Peer]) {
        self.address = address
        self.prefix = prefix
        self.port = port
        self.peers = peers
    }
}
