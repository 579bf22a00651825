internal import Drivers
internal import Host
internal import MMSGraph
internal import Resources
internal import ZeroProcs

/// Tunnels among the machines of the fleet, where `overlay/fleet` wants them (RFD 0028).
extension FleetNode {
    /// Keeps this machine's end, and says its key in the log once the kernel has it.
    func keepTunnel(_ view: FleetView) throws {
        guard let own = view[name.text] else { return }
        guard let overlay = try view.tunnels(), own.belongs else {
            tunnels.end()
            return try say(nil, of: own)
        }
        let tunnel = view.tunnel(of: own, in: overlay)
        guard let key = tunnels.keep(tunnel, now: clock.ticks) else { return }
        try say(key, of: own)
    }

    private func say(_ key: [UInt8]?, of own: FleetView.Node) throws {
        guard own.belongs, own.resource.data["tunnel"]?.bytes != key else { return }
        if key != nil { try teach() }
        let update = Update(
            id: own.resource.id, data: ["tunnel": key.map(Value.bytes) ?? .null])
        try propose(
            [.update(update)],
            reason: "\(name) has \(key == nil ? "no" : "another") key for tunnels")
    }

    /// Gives the machines their addresses in the network of tunnels. By who decides.
    func giveAddresses(_ view: FleetView) throws(Refusal) {
        let wanted = OverlayAddresses(try view.tunnels(), nodes: view.nodes.map(\.resource))
        try propose(wanted.commands, reason: "addresses in the network of tunnels")
    }

    /// What a person should know of tunnels.
    public var tunnelTroubles: [String] {
        guard let view, let overlay = try? view.tunnels() else { return tunnels.troubles }
        let wanted = OverlayAddresses(overlay, nodes: view.nodes.map(\.resource))
        var words = tunnels.troubles
        let bare = view.members.filter { $0.resource.data["tunnel"] == nil }.map(\.name.text)
        if !bare.isEmpty {
            words.append(
                "\(bare.joined(separator: ", ")): no tunnel yet, so apps there are reached directly"
            )
        }
        if !wanted.without.isEmpty {
            let names = wanted.without.map(\.text).joined(separator: ", ")
            words.append(
                "no address is left for \(names) in \(overlay.network); make it larger")
        }
        return words
    }
}

extension FleetView {
    /// The network of tunnels; nil where none is wanted.
    func tunnels() throws(Refusal) -> Overlay? {
        try overlay.map { (one) throws(Refusal) in try Overlay(one.data, of: one.address) }
    }

    /// The end of tunnels of a machine: all others that have a key and an address are at the other
    /// ends.
    func tunnel(of own: Node, in overlay: Overlay) -> Tunnel {
        let peers = members.filter { $0.name != own.name }.compactMap { node -> Tunnel.Peer? in
            guard let key = node.resource.data["tunnel"]?.bytes, key.count == 32,
                let address = node.tunnelAddress
            else { return nil }
            return Tunnel.Peer(
                name: node.name.text, key: key, address: address,
                endpoint: node.bus.flatMap {
                    SocketAddress(host: $0.host, port: overlay.port)
                },
                keepalive: overlay.keepalive)
        }
        return Tunnel(
            address: own.tunnelAddress, prefix: overlay.network.prefix, port: overlay.port,
            peers: peers)
    }
}

extension FleetView.Node {
    /// Its address in the network of tunnels.
    var tunnelAddress: IPAddress? {
        resource.data["tunnelAddress"]?.text.flatMap { IPAddress($0) }
    }
}
