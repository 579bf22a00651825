internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// Questions handed to other servers, which are sockets and servers of the tests.
@Suite(.enabled(if: NameRig.hasDig, "needs dig: bind9-dnsutils")) struct NameForwardRigTests {
    /// Another server, for `example.test`.
    private func upstream() throws -> NameServer {
        let server = try NameServer(addresses: [NameRig.local], port: 0)
        let hosts = [
            NamedHost("www", addresses: [NameRig.local]),
            NamedHost("big", addresses: (1...90).compactMap { IPAddress(bytes: [10, 0, 0, $0]) }),
        ]
        server.publish(
            try Zone.zones(of: hosts, apex: "example.test", servers: [], serial: 1))
        return server
    }

    @Test func questionsAboutOtherNamesAreHandedOn() throws {
        let other = try upstream()
        defer { other.stop() }
        let rig = try NameRig(forward: NameForward(servers: other.endpoints))
        defer { rig.remove() }
        for way in ["+notcp", "+tcp", "+noedns"] {
            #expect(try rig.dig("+short \(way) www.example.test A") == "127.0.0.1")
            #expect(try rig.dig("\(way) no.example.test A").contains("status: NXDOMAIN"))
        }
        #expect(try rig.dig("+short guestbook.prod.pisces.internal") == "127.77.0.1")
        let big = try rig.dig("big.example.test A")
        #expect(big.contains("retrying in TCP mode") && big.contains("ANSWER: 90"))
        #expect(try rig.dig("+norecurse www.example.test A").contains("status: REFUSED"))
        #expect(try rig.dig("www.example.test A").contains("flags: qr aa rd"))
        #expect(
            eventually { rig.server.statistics.forwarded == rig.server.statistics.forwardAnswered })
        #expect(eventually { other.statistics.streamMessages == 3 })
    }

    @Test func theNextServerIsAskedWhenOneIsGone() throws {
        let other = try upstream()
        defer { other.stop() }
        let gone = try upstream()
        gone.stop()
        let rig = try NameRig(
            forward: NameForward(servers: gone.endpoints + other.endpoints))
        defer { rig.remove() }
        #expect(try rig.dig("+short www.example.test A") == "127.0.0.1")
        #expect(try rig.dig("+short +tcp www.example.test A") == "127.0.0.1")
        other.stop()
        #expect(try rig.dig("www.example.test A").contains("status: SERVFAIL"))
        #expect(eventually { rig.server.statistics.failed == 1 })
    }

    /// Wrong numbers, questions and forms before the right answer; each from another port.
    @Test func onlyTheRightAnswerIsBelieved() throws {
        let hostile = try DatagramSocket(Endpoint(NameRig.local, 0))
        let rig = try NameRig(
            forward: NameForward(servers: [Endpoint(NameRig.local, hostile.port)]))
        defer { rig.remove() }
        let batch = DatagramBatch(count: 1, room: 4096)
        var ports: Set<UInt16> = []
        var ids: Set<[UInt8]> = []
        let port = UInt16(20_000 + LinuxEntropy().next() % 20_000)
        let client = try DatagramSocket(to: rig.server.endpoints[0], from: port)
        for round in 0..<8 {
            client.send(try NameRig.question("www.example.test", id: UInt16(round)))
            #expect(eventually { batch.receive(hostile) == 1 })
            let peer = try #require(batch.peer(0))
            let asked = batch[0].bytes
            ports.insert(peer.port)
            ids.insert(Array(asked.prefix(2)))
            var right = asked
            right[2] |= 0x80
            var number = right
            number[1] ^= 1
            var question = right
            question[14] ^= 1
            for wrong in [number, question, asked, Array(right.prefix(15)), right + [0]] {
                hostile.send(wrong, to: peer)
            }
            // The right answer from a port that was not asked is not even received.
            let stranger = try DatagramSocket(Endpoint(NameRig.local, 0))
            var forged = right
            forged[3] = 3
            stranger.send(forged, to: peer)
            hostile.send(right, to: peer)
            var answer: [UInt8] = []
            #expect(
                eventually {
                    guard case .datagram(let bytes) = client.receive() else { return false }
                    answer = bytes
                    return true
                })
            #expect(Array(answer.prefix(2)) == [0, UInt8(round)] && answer[3] & 15 == 0)
        }
        #expect(ports.count == 8 && ids.count == 8, "neither can be guessed from the last")
        #expect(eventually { rig.server.statistics.mismatched == 40 })
    }
}
