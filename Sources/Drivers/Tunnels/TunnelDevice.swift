public import Host
internal import Resources
public import Trust

/// An interface of WireGuard in the kernel, kept as an end of tunnels should be. It stays when the node
/// ends, as tasks do.
public struct TunnelDevice {
    private let name: String
    private let kernel: any Kernel

    /// The interface of that name.
    public init(_ name: String, _ kernel: any Kernel) {
        self.name = name
        self.kernel = kernel
    }

    /// Where each machine is, as the kernel was told last, by its key.
    public typealias Told = [[UInt8]: SocketAddress]

    /// How a tunnel to a machine is.
    public struct Contact: Hashable, Sendable {
        /// What people call the machine.
        public var name: String
        /// Seconds since keys were agreed on; nil for never.
        public var age: Int64?
        /// Bytes that came, and that went.
        public var received: UInt64
        public var sent: UInt64
    }

    /// Makes the interface that end of tunnels, with the key `key`, and gives how its tunnels are.
    /// Refuses an interface of that name which has another key: it is someone else's.
    public func keep(
        _ tunnel: Tunnel, key: TunnelKey, told: inout Told
    ) throws(DriverError) -> [Contact] {
        let family: UInt16
        let sight: TunnelSight
        if let present = try look() {
            (family, sight) = present
            try check(sight, key)
        } else {
            try create()
            guard let made = try look() else { throw failure("look at", "it is gone again") }
            (family, sight) = made
        }
        let now = kernel.clock.now.milliseconds / 1000
        let change = TunnelChange(tunnel, key: key.publicKey, sight, told: told, now: now)
        if change.isAnew {
            var request = WireGuard.set(family, sight.index, key: key.secret, port: tunnel.port)
            defer { wipe(&request) }
            try act(WireGuard.generic, request, "give its key to")
        }
        for request in WireGuard.set(family, sight.index, change) {
            try act(WireGuard.generic, request, "tell the machines of")
        }
        for one in change.peers where one.tellsEndpoint { told[one.peer.key] = one.peer.endpoint }
        try keepAddress(tunnel, sight.index)
        try act(WireGuard.route, WireGuard.raise(sight.index), "take up")
        return contacts(tunnel, sight, now)
    }

    /// Removes the interface when it has that key.
    public func remove(key: TunnelKey) throws(DriverError) {
        guard let (_, sight) = try look() else { return }
        try check(sight, key)
        try act(WireGuard.route, WireGuard.delete(sight.index), "remove")
    }

    private func contacts(_ tunnel: Tunnel, _ sight: TunnelSight, _ now: Int64) -> [Contact] {
        let names = Dictionary(
            tunnel.peers.map { ($0.key, $0.name) }, uniquingKeysWith: { one, _ in one })
        return sight.peers.compactMap { peer in
            names[peer.key].map {
                Contact(
                    name: $0, age: peer.agreed == 0 ? nil : max(0, now - peer.agreed),
                    received: peer.received, sent: peer.sent)
            }
        }
    }

    private func check(_ sight: TunnelSight, _ key: TunnelKey) throws(DriverError) {
        guard sight.key.isEmpty || sight.key == key.publicKey else {
            throw failure(
                "take", "it has another key than this node gave it",
                "when no other program needs it, remove it: ip link delete \(name)")
        }
    }

    /// The interface, with the number of WireGuard's messages; nil when it is not there.
    private func look() throws(DriverError) -> (UInt16, TunnelSight)? {
        var family: UInt16?
        _ = kernel.ask(WireGuard.generic, WireGuard.family) { datagram in
            _ = NetlinkMessage.each(in: datagram) { family = WireGuard.family($0) ?? family }
        }
        // A kernel that never made such an interface does not know the messages yet.
        guard let family else { return nil }
        var sight = TunnelSight()
        var isWhole = true
        let outcome = kernel.ask(WireGuard.generic, WireGuard.ask(family, name)) { datagram in
            let whole = NetlinkMessage.each(in: datagram) { message in
                if message.kind == family { sight.take(message) }
            }
            isWhole = isWhole && whole
        }
        switch outcome {
        case .complete where isWhole: return (family, sight)
        case .failed(Self.noDevice): return nil
        case .failed(let cause): throw failure("look at", cause)
        case .complete, .interrupted: throw failure("look at", "the answer is not whole")
        }
    }

    private func create() throws(DriverError) {
        let outcome = kernel.ask(WireGuard.route, WireGuard.create(name)) { _ in }
        if case .failed(Self.notSupported) = outcome {
            throw DriverError(
                .unsupported, operation: "make", subject: "the interface \(name)",
                cause: "this kernel has no WireGuard",
                remedy: "load its module (modprobe wireguard), or start a kernel that has it")
        }
        try done(outcome, "make")
    }

    private func keepAddress(_ tunnel: Tunnel, _ index: UInt32) throws(DriverError) {
        var present: [(address: [UInt8], prefix: Int)] = []
        let outcome = kernel.dump(.addresses) { datagram in
            _ = NetlinkMessage.each(in: datagram) { message in
                if let one = WireGuard.addresses(of: index, in: message) { present.append(one) }
            }
        }
        try done(outcome, "read the addresses of")
        let wanted = tunnel.address?.bytes
        let isThere = { (one: (address: [UInt8], prefix: Int)) in
            one.address == wanted && one.prefix == tunnel.prefix
        }
        for one in present where !isThere(one) {
            let request = WireGuard.address(
                one.address, prefix: one.prefix, on: index, isGiven: false)
            try act(WireGuard.route, request, "take an address from")
        }
        if let wanted, !present.contains(where: isThere) {
            let request = WireGuard.address(
                wanted, prefix: tunnel.prefix, on: index, isGiven: true)
            try act(WireGuard.route, request, "give an address to")
        }
    }

    private func act(
        _ family: Int32, _ request: [UInt8], _ operation: String
    ) throws(DriverError) {
        try done(kernel.ask(family, request) { _ in }, operation)
        LastStep.taken()
    }

    private func done(_ outcome: DumpOutcome, _ operation: String) throws(DriverError) {
        switch outcome {
        case .complete: return
        case .interrupted: throw failure(operation, "it changed meanwhile")
        case .failed(let cause): throw failure(operation, cause)
        }
    }

    private func failure(
        _ operation: String, _ cause: String, _ remedy: String? = nil
    ) -> DriverError {
        DriverError(
            .failed, operation: operation, subject: "the interface \(name)", cause: cause,
            remedy: remedy)
    }

    // As strerror(3) writes them.
    private static let (noDevice, notSupported) = ("No such device", "Operation not supported")
}
