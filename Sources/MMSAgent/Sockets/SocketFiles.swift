internal import Host

/// The tables of sockets under `/proc/net` (proc_net(5)): less than sock_diag says, but readable
/// where that is refused.
enum SocketFiles {
    static let folder = "/proc/thread-self/net"

    /// The sockets of a table of IP sockets.
    static func sockets(
        _ text: [UInt8], _ network: SocketRecord.Network, _ family: SocketRecord.Family
    ) -> [SocketRecord] {
        text.split(separator: 10).dropFirst().compactMap { line in
            let words = line.split(separator: 32)
            guard words.count >= 10, let local = end(words[1]), let remote = end(words[2]),
                let state = hexadecimal(words[3]).flatMap({ UInt8(exactly: $0) }),
                let user = decimal(words[7]).flatMap({ UInt32(exactly: $0) }),
                let inode = decimal(words[9])
            else { return nil }
            // TIME_WAIT, SYN_RECV, CLOSE: as sock_diag is asked.
            if network == .tcp, [3, 6, 7].contains(state) { return nil }
            var record = SocketRecord(
                network: network, family: family, state: state, key: .inode(inode), inode: inode,
                user: user, local: local, remote: remote)
            if network == .raw { record.number = local.port }
            return record
        }
    }

    /// The sockets of `/proc/net/unix`. A name with a newline breaks its line in two: what cannot
    /// be read is left out.
    static func unixSockets(_ text: [UInt8]) -> [SocketRecord] {
        text.split(separator: 10).dropFirst().compactMap { line in
            let words = line.split(separator: 32, maxSplits: 7)
            guard words.count >= 7, words[0].last == UInt8(ascii: ":"),
                let flags = hexadecimal(words[3]), let kind = hexadecimal(words[4]),
                let state = hexadecimal(words[5]), let inode = decimal(words[6])
            else { return nil }
            let isListening = flags & 0x1_0000 != 0
            let number =
                isListening
                ? SocketRecord.listening
                : state == 3 ? SocketRecord.established : SocketRecord.closed
            return SocketRecord(
                network: .unix, family: .unix, state: number, key: .inode(inode), inode: inode,
                user: nil, path: words.count == 8 ? lossyText(words[7]) : nil,
                kind: SocketRecord.kinds[UInt8(truncatingIfNeeded: kind)])
        }
    }

    /// The sockets of `/proc/net/packet`: those that take whole frames.
    static func packetSockets(_ text: [UInt8]) -> [SocketRecord] {
        text.split(separator: 10).dropFirst().compactMap { line in
            let words = line.split(separator: 32)
            guard words.count >= 9, let number = hexadecimal(words[3]),
                let device = decimal(words[4]),
                let user = decimal(words[7]).flatMap({ UInt32(exactly: $0) }),
                let inode = decimal(words[8])
            else { return nil }
            return SocketRecord(
                network: .packet, family: .packet, state: SocketRecord.closed, key: .inode(inode),
                inode: inode, user: user, device: UInt32(truncatingIfNeeded: device),
                kind: words[2].elementsEqual("10".utf8) ? "datagram" : "raw",
                number: UInt16(truncatingIfNeeded: number))
        }
    }

    /// `0100007F:1F90`: words of 32 bits in the machine's order, and a port.
    private static func end(_ word: ArraySlice<UInt8>) -> SocketRecord.End? {
        let parts = word.split(separator: UInt8(ascii: ":"))
        guard parts.count == 2, parts[0].count == 8 || parts[0].count == 32,
            let port = hexadecimal(parts[1]).flatMap({ UInt16(exactly: $0) })
        else { return nil }
        var address: [UInt8] = []
        var rest = parts[0]
        while !rest.isEmpty {
            guard let number = hexadecimal(rest.prefix(8)) else { return nil }
            address += (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
            rest = rest.dropFirst(8)
        }
        return SocketRecord.End(address: address, port: port)
    }

    /// How many sockets there are: the lines of `sockstat` and `sockstat6` by their first word,
    /// such as `TCP6`, with the first number of each.
    static func counts(_ kernel: any Kernel) -> [String: UInt64] {
        var counts: [String: UInt64] = [:]
        for name in ["sockstat", "sockstat6"] {
            for line in (kernel.read("\(folder)/\(name)") ?? []).split(separator: 10) {
                let words = line.split(separator: 32, maxSplits: 3)
                guard words.count >= 3, let count = decimal(words[2]) else { continue }
                counts[lossyText(words[0].dropLast())] = count
            }
        }
        return counts
    }
}

/// Reads a hexadecimal number of at most 16 digits from ASCII; nil for anything else.
func hexadecimal(_ bytes: some Collection<UInt8>) -> UInt64? {
    guard !bytes.isEmpty, bytes.count <= 16 else { return nil }
    var value: UInt64 = 0
    for byte in bytes {
        let digit: UInt8
        switch byte {
        case 48...57: digit = byte - 48
        case 65...70: digit = byte - 55
        case 97...102: digit = byte - 87
        default: return nil
        }
        value = value << 4 | UInt64(digit)
    }
    return value
}
