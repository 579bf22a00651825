internal import Host

/// Requests and answers of sock_diag(7).
enum SocketDiagnosis {
    static let family: Int32 = 4
    /// The multicast groups of ended sockets: TCP and UDP, IPv4 and IPv6.
    static let destroyed: [UInt32] = [1, 2, 3, 4]
    private static let byFamily: UInt16 = 20

    /// The request for all sockets of a protocol and family.
    static func request(
        _ network: SocketRecord.Network, _ family: SocketRecord.Family
    ) -> [UInt8] {
        // TCP: not SYN_RECV, TIME_WAIT and CLOSE, which belong to no program.
        let states: UInt32 = network == .tcp ? 0x0F36 : .max
        let body: [UInt8]
        if family == .unix {
            // Name, peer and owner.
            body = [1, 0, 0, 0] + bytes(states) + bytes(0) + bytes(0x45) + bytes(0) + bytes(0)
        } else {
            body =
                [family.rawValue, network.rawValue, 0, 0] + bytes(states)
                + [UInt8](repeating: 0, count: 48)
        }
        return NetlinkRequest(byFamily, .dump, header: body).bytes
    }

    private static func bytes(_ word: UInt32) -> [UInt8] { NetlinkRequest.bytes(word) }

    /// Reads all sockets of a protocol and family into `records`.
    static func dump(
        _ kernel: any Kernel, _ network: SocketRecord.Network, _ family: SocketRecord.Family,
        into records: inout [SocketRecord]
    ) -> DumpOutcome {
        var found: [SocketRecord] = []
        var isWhole = true
        let outcome = kernel.ask(Self.family, request(network, family)) { datagram in
            let whole = NetlinkMessage.each(in: datagram) { message in
                guard message.kind == byFamily else { return }
                let record =
                    family == .unix ? SocketRecord(unix: message) : SocketRecord(message, network)
                if let record { found.append(record) }
            }
            isWhole = isWhole && whole
        }
        records += found
        return isWhole ? outcome : .failed("a message was cut short")
    }

    /// The cookies of the sockets that a datagram of the groups says are ended; nil when it is
    /// cut short.
    static func ended(_ datagram: RawSpan) -> [UInt64]? {
        var cookies: [UInt64] = []
        let isWhole = NetlinkMessage.each(in: datagram) { message in
            if message.kind == byFamily, message.body.count >= 52 {
                cookies.append(message.word(44))
            }
        }
        return isWhole ? cookies : nil
    }
}

extension SocketRecord {
    /// Reads inet_diag_msg (72 bytes) and attributes; nil when it is cut short.
    init?(_ message: NetlinkMessage, _ network: Network) {
        guard message.body.count >= 72,
            let family = Family(rawValue: message.word(0)), family == .ipv4 || family == .ipv6
        else { return nil }
        self.network = network
        self.family = family
        state = message.word(1)
        let size = family == .ipv4 ? 4 : 16
        local = End(
            address: Array(message.body[8..<8 + size]), port: UInt16(bigEndian: message.word(4)))
        remote = End(
            address: Array(message.body[24..<24 + size]), port: UInt16(bigEndian: message.word(6)))
        device = message.word(40)
        key = .cookie(message.word(44))
        user = message.word(64)
        inode = UInt64(message.word(68, as: UInt32.self))
        if family == .ipv6, isOpen {
            // INET_DIAG_SKV6ONLY
            onlyIPv6 = message.attributes(after: 72)[11]?.first == 1
        }
    }

    /// Reads unix_diag_msg (16 bytes) and attributes; nil when it is cut short.
    init?(unix message: NetlinkMessage) {
        guard message.body.count >= 16, message.body[0] == 1 else { return nil }
        network = .unix
        family = .unix
        kind = Self.kinds[message.word(1)]
        state = message.word(2)
        inode = UInt64(message.word(4, as: UInt32.self))
        key = .cookie(message.word(8))
        let attributes = message.attributes(after: 16)
        path = attributes[0].flatMap { Self.unixName($0) }
        peer = attributes.word(2)
        user = attributes.word(7)
    }

    static let kinds: [UInt8: String] = [1: "stream", 2: "datagram", 5: "seqpacket"]

    /// A path, or an abstract name whose NULs are written `@`.
    private static func unixName(_ bytes: ArraySlice<UInt8>) -> String? {
        guard let first = bytes.first else { return nil }
        if first != 0 { return lossyText(bytes.prefix { $0 != 0 }) }
        return lossyText(bytes.map { $0 == 0 ? UInt8(ascii: "@") : $0 })
    }
}
