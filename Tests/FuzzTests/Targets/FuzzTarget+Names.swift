internal import Host
internal import Resources

@testable internal import Drivers

extension FuzzTarget {
    /// Messages of DNS: whatever comes, an answer is a whole message of its number, no larger than
    /// the asker takes.
    @Sendable static func dns(_ input: [UInt8]) -> String? {
        for transport in [NameAnswers.Transport.datagram, .stream] {
            guard let answers = dnsAnswers else { return "there is no zone" }
            guard case .answer(let bytes, _) = answers.outcome(of: input, over: transport) else {
                continue
            }
            if !MessageShape.isWhole(bytes) { return "the answer is no whole message" }
            if Array(bytes.prefix(2)) != Array(input.prefix(2)) { return "another number" }
            if bytes[2] & 0x80 == 0 { return "the answer is a question" }
            let most = transport == .stream ? 65_535 : Limits.nameDatagram.value
            if bytes.count > most { return "the answer has \(bytes.count) bytes" }
        }
        return forwardedDNS(input)
    }

    /// What other servers answer: only what is whole reaches who asked.
    private static func forwardedDNS(_ input: [UInt8]) -> String? {
        guard case .query(let query) = DNSReading.read(input), input.count >= 12 else { return nil }
        guard let host = IPAddress("192.0.2.1") else { return "an address is none" }
        var table = ForwardTable([Endpoint(host, 53)])
        let asker = ForwardTable.Asker(token: 1, peer: nil)
        let id = UInt64(input[0]) << 8 | UInt64(input[1])
        _ = table.begin(query, of: asker, now: Ticks(nanoseconds: 0), random: id)
        var answer = input
        answer[2] |= 0x80
        guard case .answer(_, let bytes)? = table.received(answer, key: 1) else { return nil }
        return MessageShape.isWhole(bytes) ? nil : "a broken answer was handed on"
    }

    private static let dnsAnswers: NameAnswers? = {
        let many = (0..<60).compactMap { IPAddress(bytes: [127, 77, 1, $0]) }
        let hosts = [
            NamedHost("web.prod", addresses: Array(many.prefix(1)), ports: [NamedPort("http", 80)]),
            NamedHost("many", addresses: many, texts: ["a", "b"]),
        ]
        let zones = try? Zone.zones(of: hosts, servers: Array(many.prefix(1)), serial: 1)
        return zones.map { NameAnswers($0, forwards: false) }
    }()
}
