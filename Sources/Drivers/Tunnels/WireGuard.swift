internal import Host
internal import Trust

/// Messages to the kernel about interfaces of WireGuard: rtnetlink(7) for the interface, generic
/// netlink for what WireGuard knows of it (linux/wireguard.h).
enum WireGuard {
    /// NETLINK_ROUTE and NETLINK_GENERIC.
    static let (route, generic): (Int32, Int32) = (0, 16)
    /// Machines in a message: each takes some 150 bytes, and all are one attribute of 64 KiB.
    static let peersOfMessage = 64

    // MARK: The interface

    /// Makes an interface.
    static func create(_ name: String) -> [UInt8] {
        var request = NetlinkRequest(
            16, [.acknowledged, .create, .exclusive], header: link(0))
        request.add(3, text: name)
        request.nest(18) { $0.add(1, text: "wireguard") }
        return request.bytes
    }

    /// Removes an interface.
    static func delete(_ index: UInt32) -> [UInt8] {
        NetlinkRequest(17, .acknowledged, header: link(index)).bytes
    }

    /// Takes an interface up.
    static func raise(_ index: UInt32) -> [UInt8] {
        NetlinkRequest(16, .acknowledged, header: link(index, flags: 1)).bytes
    }

    /// Gives an interface an address, or takes it away.
    static func address(
        _ address: [UInt8], prefix: Int, on index: UInt32, isGiven: Bool
    ) -> [UInt8] {
        // ifaddrmsg: family, prefix, flags, scope, interface.
        let header = [2, UInt8(prefix), 0, 0] + NetlinkRequest.bytes(index)
        var request = NetlinkRequest(
            isGiven ? 20 : 21, isGiven ? [.acknowledged, .create, .replace] : .acknowledged,
            header: header)
        request.add(2, address)
        request.add(1, address)
        return request.bytes
    }

    /// ifinfomsg: family, kind, interface, flags and which of them are meant.
    private static func link(_ index: UInt32, flags: UInt32 = 0) -> [UInt8] {
        [0, 0, 0, 0] + NetlinkRequest.bytes(index) + NetlinkRequest.bytes(flags)
            + NetlinkRequest.bytes(flags)
    }

    /// The addresses of version 4 that an interface has, with their prefixes, from a dump of all.
    static func addresses(of index: UInt32, in message: NetlinkMessage) -> (
        address: [UInt8], prefix: Int
    )? {
        guard message.kind == 20, message.body.first == 2, message.word(4) == index,
            let address = message.attributes(after: 8)[2]
        else { return nil }
        return (Array(address), Int(message.word(1, as: UInt8.self)))
    }

    // MARK: What WireGuard knows

    /// Asks for the number by which the kernel knows WireGuard's messages.
    static let family: [UInt8] = {
        var request = NetlinkRequest(16, .acknowledged, header: [3, 1, 0, 0])
        request.add(2, text: "wireguard")
        return request.bytes
    }()

    /// That number; nil for another answer.
    static func family(_ answer: NetlinkMessage) -> UInt16? {
        answer.kind == 16 ? answer.attributes(after: 4).word(1) : nil
    }

    /// Asks for an interface with all its machines.
    static func ask(_ family: UInt16, _ name: String) -> [UInt8] {
        var request = NetlinkRequest(family, .dump, header: [0, 1, 0, 0])
        request.add(2, text: name)
        return request.bytes
    }

    /// Gives an interface its key and port. The bytes have the key in them: the caller wipes them.
    static func set(
        _ family: UInt16, _ index: UInt32, key: SecretBytes, port: UInt16
    ) -> [UInt8] {
        var request = setting(family, index)
        key.withBytes { request.add(3, $0) }
        request.add(6, word: port)
        return request.bytes
    }

    /// Changes the machines of an interface, in as many messages as it takes.
    static func set(_ family: UInt16, _ index: UInt32, _ change: TunnelChange) -> [[UInt8]] {
        let parts =
            change.removed.map { key in { (request: inout NetlinkRequest) in remove(key, &request) }
            }
            + change.peers.map { one in { (request: inout NetlinkRequest) in write(one, &request) }
            }
        return stride(from: 0, to: parts.count, by: peersOfMessage).map { start in
            var request = setting(family, index)
            request.nest(8) { list in
                for part in parts[start..<min(parts.count, start + peersOfMessage)] {
                    list.nest(0, part)
                }
            }
            return request.bytes
        }
    }

    private static func setting(_ family: UInt16, _ index: UInt32) -> NetlinkRequest {
        var request = NetlinkRequest(family, .acknowledged, header: [1, 1, 0, 0])
        request.add(1, word: index)
        return request
    }

    private static func remove(_ key: [UInt8], _ request: inout NetlinkRequest) {
        request.add(1, key)
        request.add(3, word: UInt32(1))
    }

    /// Its addresses replace those it had.
    private static func write(_ one: TunnelChange.Peer, _ request: inout NetlinkRequest) {
        request.add(1, one.peer.key)
        request.add(3, word: UInt32(2))
        if one.tellsEndpoint, let endpoint = one.peer.endpoint {
            request.add(4, endpoint.kernelBytes)
        }
        request.add(5, word: one.peer.keepalive)
        request.nest(9) { list in
            list.nest(0) { allowed in
                allowed.add(1, word: UInt16(2))
                allowed.add(2, one.peer.address.bytes)
                allowed.add(3, word: UInt8(32))
            }
        }
    }
}

extension TunnelSight {
    /// Takes a message of the answer: a machine whose addresses do not fit into one goes on in the
    /// next.
    mutating func take(_ message: NetlinkMessage) {
        let attributes = message.attributes(after: 4)
        index = attributes.word(1) ?? index
        key = attributes[4].map { Array($0) } ?? key
        port = attributes.word(6) ?? port
        for bytes in NetlinkAttributes.list(attributes[8]) {
            guard let peer = Peer(NetlinkAttributes(bytes)) else { continue }
            if let last = peers.indices.last, peers[last].key == peer.key {
                peers[last].allowed += peer.allowed
            } else {
                peers.append(peer)
            }
        }
    }
}

extension TunnelSight.Peer {
    fileprivate init?(_ attributes: NetlinkAttributes) {
        guard let key = attributes[1], key.count == 32 else { return nil }
        self.init(key: Array(key))
        endpoint = attributes[4].flatMap { SocketAddress(kernelBytes: Array($0)) }
        keepalive = attributes.word(5) ?? 0
        agreed = attributes.word(6) ?? 0
        received = attributes.word(7) ?? 0
        sent = attributes.word(8) ?? 0
        allowed = NetlinkAttributes.list(attributes[9]).compactMap { bytes in
            let one = NetlinkAttributes(bytes)
            guard let address = one[2], let prefix: UInt8 = one.word(3) else { return nil }
            return TunnelSight.Allowed(address: Array(address), prefix: prefix)
        }
    }
}
