internal import Host

/// A network interface, as RTM_NEWLINK says.
struct InterfaceRecord: Hashable, Sendable {
    var index: Int32
    var name: String
    var flags: UInt32
    var hardwareAddress: String?
    var mtu: UInt32
    var state: String
    var kind: String?
    var alias: String?
    /// The index of the bridge or bond it belongs to.
    var master: Int32?
    /// The index of the interface it lies on, when that is in this namespace.
    var lower: Int32?

    /// Reads ifinfomsg (16 bytes) and attributes; nil when there is no name.
    init?(_ message: NetlinkMessage) {
        let attributes = message.attributes(after: 16)
        guard message.body.count >= 16, let name = attributes.text(3), !name.isEmpty else {
            return nil
        }
        self.name = name
        index = message.word(4)
        // Up, broadcast, loopback, point to point, no ARP, promiscuous, multicast, lower up.
        flags = message.word(8) & 0x1_11DB
        hardwareAddress = attributes[1].flatMap { $0.isEmpty ? nil : hardwareText($0) }
        mtu = attributes.word(4) ?? 0
        let states = [
            "unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up",
        ]
        let number = Int(attributes.word(16, as: UInt8.self) ?? 0)
        state = number < states.count ? states[number] : "unknown"
        kind = attributes[18].flatMap { NetlinkAttributes($0).text(1) }
        alias = attributes.text(20)
        master = attributes.word(10)
        let isElsewhere = attributes[37] != nil
        lower = isElsewhere ? nil : attributes.word(5).flatMap { $0 == 0 ? nil : $0 }
    }

    /// The flags in words, as `ip` shows them in capitals.
    var flagWords: [String] {
        let words: [(UInt32, String)] = [
            (0x1, "up"), (0x2, "broadcast"), (0x8, "loopback"), (0x10, "pointopoint"),
            (0x80, "noarp"), (0x100, "promisc"), (0x1000, "multicast"), (0x1_0000, "lower_up"),
        ]
        return words.compactMap { flags & $0.0 != 0 ? $0.1 : nil }
    }
}

/// An address of an interface, as RTM_NEWADDR says.
struct AddressRecord: Hashable, Sendable {
    var key: Key
    var scope: UInt8
    var flags: UInt32
    var peer: [UInt8]?
    var broadcast: [UInt8]?
    var label: String?

    /// What tells addresses apart.
    struct Key: Hashable, Comparable, Sendable {
        var interface: Int32
        var family: UInt8
        var prefix: UInt8
        var local: [UInt8]
        var remote: [UInt8]

        static func < (left: Key, right: Key) -> Bool {
            (left.interface, left.family, left.prefix) != (
                right.interface, right.family, right.prefix
            )
                ? (left.interface, left.family, left.prefix)
                    < (right.interface, right.family, right.prefix)
                : left.local != right.local
                    ? left.local.lexicographicallyPrecedes(right.local)
                    : left.remote.lexicographicallyPrecedes(right.remote)
        }
    }

    /// Reads ifaddrmsg (8 bytes) and attributes; nil when there is no address.
    init?(_ message: NetlinkMessage) {
        let attributes = message.attributes(after: 8)
        guard message.body.count >= 8, let address = attributes[1] ?? attributes[2] else {
            return nil
        }
        // Of a point-to-point link ADDRESS is the peer and LOCAL the own; else they are the same.
        let local = attributes[2] ?? address
        key = Key(
            interface: message.word(4), family: message.word(0), prefix: message.word(1),
            local: Array(local), remote: Array(address))
        scope = message.word(3)
        flags = attributes.word(8) ?? UInt32(message.word(2, as: UInt8.self))
        peer = local == address ? nil : Array(address)
        broadcast = attributes[4].map { Array($0) }
        label = attributes.text(3)
    }

    /// The flags in words; lifetimes are not kept, as they count down.
    var flagWords: [String] {
        let words: [(UInt32, String)] = [
            (0x01, "temporary"), (0x02, "nodad"), (0x08, "dadfailed"), (0x20, "deprecated"),
            (0x40, "tentative"), (0x80, "permanent"),
        ]
        return words.compactMap { flags & $0.0 != 0 ? $0.1 : nil }
    }
}

/// A route, as RTM_NEWROUTE says. All of it is its identity: the kernel has routes that differ
/// in nothing but their next hop.
struct RouteRecord: Hashable, Sendable {
    var family: UInt8
    var kind: UInt8
    var scope: UInt8
    var origin: UInt8
    var service: UInt8
    var table: UInt32
    var prefix: UInt8
    var destination: [UInt8]?
    var metric: UInt32
    var source: [UInt8]?
    var hops: [Hop]

    /// A way a route takes.
    struct Hop: Hashable, Sendable {
        var interface: Int32?
        var gateway: [UInt8]?
        var weight: Int
    }

    /// Reads rtmsg (12 bytes) and attributes; nil for clones of the cache and what is cut short.
    init?(_ message: NetlinkMessage) {
        let attributes = message.attributes(after: 12)
        guard message.body.count >= 12, message.word(8, as: UInt32.self) & 0x200 == 0 else {
            return nil
        }
        family = message.word(0)
        prefix = message.word(1)
        service = message.word(3)
        origin = message.word(5)
        scope = message.word(6)
        kind = message.word(7)
        table = attributes.word(15) ?? UInt32(message.word(4, as: UInt8.self))
        destination = attributes[1].map { Array($0) }
        metric = attributes.word(6) ?? 0
        source = attributes[7].map { Array($0) }
        if let many = attributes[9] {
            hops = Self.hops(many)
        } else {
            hops = [
                Hop(interface: attributes.word(4), gateway: Self.gateway(attributes), weight: 1)
            ]
        }
    }

    /// RTA_GATEWAY, or the address of RTA_VIA, which has its family before it.
    private static func gateway(_ attributes: NetlinkAttributes) -> [UInt8]? {
        (attributes[5] ?? attributes[18]?.dropFirst(2)).map { Array($0) }
    }

    /// Reads rtnexthop structures (8 bytes and attributes) up to the first that is cut short.
    private static func hops(_ bytes: ArraySlice<UInt8>) -> [Hop] {
        var rest = bytes
        var hops: [Hop] = []
        while let length = integer(rest, as: UInt16.self).map({ Int($0) }), length >= 8,
            length <= rest.count
        {
            let one = rest.prefix(length)
            hops.append(
                Hop(
                    interface: integer(one.dropFirst(4)),
                    gateway: gateway(NetlinkAttributes(one.dropFirst(8))),
                    weight: Int(one.dropFirst(3).first ?? 0) + 1))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return hops
    }

    /// What a replacement replaces: the same destination, table, service and metric.
    func isReplaced(by other: RouteRecord) -> Bool {
        family == other.family && table == other.table && prefix == other.prefix
            && destination == other.destination && service == other.service
            && metric == other.metric
    }
}
