internal import Host
internal import Resources
internal import Testing

@testable internal import Drivers

/// What the tests of names share: a zone, messages in hexadecimal.
enum Sample {
    static func zones(serial: UInt32 = 7) throws -> [Zone] {
        let hosts = [
            NamedHost(
                "guestbook.prod", addresses: try [address("127.77.0.1"), address("fd00::1")],
                ports: [NamedPort("http", 8000), NamedPort("admin", 9000)],
                texts: ["version=1.4.0"]),
            NamedHost("Mixed.prod", addresses: try [address("127.77.0.2")]),
            NamedHost(
                "many", addresses: try (1...60).map { try address("127.77.3.\($0)") },
                texts: (0..<40).map { "\($0)" + String(repeating: "x", count: 200) }),
        ]
        return try Zone.zones(
            of: hosts, servers: [try address("127.0.0.1")], serial: serial)
    }

    static func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    static func answers(forwards: Bool = false) throws -> NameAnswers {
        NameAnswers(try zones(), forwards: forwards)
    }

    /// A question in wire form.
    static func query(
        _ name: String, _ type: DNSType, id: UInt16 = 0x1234, flags: UInt16 = 0x0100,
        edns: UInt16? = nil, dnsClass: UInt16 = 1
    ) throws -> [UInt8] {
        var bytes = [UInt8(id >> 8), UInt8(id & 255), UInt8(flags >> 8), UInt8(flags & 255)]
        bytes += [0, 1, 0, 0, 0, 0, 0, edns == nil ? 0 : 1]
        bytes += try #require(DNSName(name)).wire
        bytes += [UInt8(type.number >> 8), UInt8(type.number & 255)]
        bytes += [UInt8(dnsClass >> 8), UInt8(dnsClass & 255)]
        if let edns { bytes += [0, 0, 41, UInt8(edns >> 8), UInt8(edns & 255), 0, 0, 0, 0, 0, 0] }
        return bytes
    }

    /// The answer to a message, as a map of what its header says.
    static func answer(
        _ message: [UInt8], over transport: NameAnswers.Transport = .datagram,
        _ answers: NameAnswers? = nil
    ) throws -> Reply? {
        let outcome = try (answers ?? self.answers()).outcome(of: message, over: transport)
        guard case .answer(let bytes, _) = outcome else { return nil }
        return Reply(bytes: bytes)
    }

    static func hex(_ text: String) -> [UInt8] {
        let digits = text.filter { $0.isHexDigit }
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap { at in
            let start = digits.index(digits.startIndex, offsetBy: at)
            return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16)
        }
    }
}

/// An answer in wire form.
struct Reply {
    let bytes: [UInt8]

    var code: Int { Int(bytes[3] & 15) }
    var isAuthoritative: Bool { bytes[2] & 4 != 0 }
    var isTruncated: Bool { bytes[2] & 2 != 0 }
    /// Of question, answer, authority, additional.
    var counts: [Int] { (0..<4).map { Int(bytes[4 + 2 * $0]) << 8 | Int(bytes[5 + 2 * $0]) } }
    var text: String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
