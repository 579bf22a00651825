internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// The name server on real sockets, asked by dig(1) and by sockets of the tests.
@Suite(.enabled(if: NameRig.hasDig, "needs dig: bind9-dnsutils")) struct NameServerRigTests {
    @Test func beforeAnythingIsPublishedItSaysSo() throws {
        let server = try NameServer(addresses: [NameRig.local], port: 0)
        defer { server.stop() }
        let rig = try NameRig()
        defer { rig.remove() }
        let port = server.endpoints[0].port
        let said = try rig.run("dig @127.0.0.1 -p \(port) +tries=1 x.pisces.internal")
        #expect(said.contains("status: SERVFAIL"))
        #expect(eventually { server.statistics.failed == 1 })
    }

    @Test(
        arguments: [
            ("guestbook.prod.pisces.internal A", "127.77.0.1"),
            ("guestbook.prod.pisces.internal AAAA", "fd00::1"),
            ("gUEStbook.prod.PISCES.internal A", "127.77.0.1"),
            (
                "_http._tcp.guestbook.prod.pisces.internal SRV",
                "0 0 8000 guestbook.prod.pisces.internal."
            ),
            ("guestbook.prod.pisces.internal TXT", "\"version=1.4.0\""),
            ("pisces.internal NS", "ns.pisces.internal."),
            (
                "pisces.internal SOA",
                "ns.pisces.internal. hostmaster.pisces.internal. 7 3600 600 86400 2"
            ),
            ("-x 127.77.0.1", "guestbook.prod.pisces.internal."),
            ("nobody.pisces.internal A", ""),
        ])
    func digGetsWhatWasPublished(question: String, answer: String) throws {
        let rig = try NameRig()
        defer { rig.remove() }
        for way in ["+notcp", "+tcp", "+noedns", "+bufsize=512 +ignore"] {
            let said = try rig.dig("+short \(way) \(question)")
            #expect(said == answer, "\(way)")
        }
    }

    @Test func digSeesWhyThereIsNothing() throws {
        let rig = try NameRig()
        defer { rig.remove() }
        let none = try rig.dig("nobody.pisces.internal A")
        #expect(none.contains("status: NXDOMAIN") && none.contains("flags: qr aa rd;"))
        #expect(none.contains("AUTHORITY: 1") && none.contains("2\tIN\tSOA\tns.pisces.internal."))
        let empty = try rig.dig("guestbook.prod.pisces.internal NS")
        #expect(empty.contains("status: NOERROR") && empty.contains("ANSWER: 0, AUTHORITY: 1"))
        #expect(try rig.dig("example.com A").contains("status: REFUSED"))
        #expect(try rig.dig("version.bind CH TXT").contains("status: REFUSED"))
        #expect(try rig.dig("+opcode=2 pisces.internal").contains("status: NOTIMP"))
        #expect(try rig.dig("+edns=3 +noednsnegotiation many.pisces.internal").contains("BADVERS"))
        #expect(!(try rig.dig("many.pisces.internal")).contains("Malformed"))
    }

    @Test func whatIsTruncatedComesByAStream() throws {
        let rig = try NameRig()
        defer { rig.remove() }
        let cut = try rig.dig("+ignore +noedns many.pisces.internal A")
        #expect(cut.contains("flags: qr aa tc rd;"))
        let whole = try rig.dig("+noedns many.pisces.internal A")
        #expect(whole.contains("Truncated, retrying in TCP mode") && whole.contains("ANSWER: 60"))
        #expect(eventually { rig.server.statistics.truncated == 2 })
    }

    @Test func anotherVersionOfTheZoneAnswersAtOnce() throws {
        let rig = try NameRig()
        defer { rig.remove() }
        #expect(try rig.dig("+short later.pisces.internal A") == "")
        rig.server.publish(
            try Zone.zones(
                of: [NamedHost("later", addresses: [NameRig.local])], servers: [], serial: 8))
        #expect(try rig.dig("+short later.pisces.internal A") == "127.0.0.1")
        #expect(try rig.dig("many.pisces.internal A").contains("NXDOMAIN"))
        #expect(eventually { rig.server.statistics.answered == 1 })
        #expect(eventually { rig.server.statistics.noName == 2 })
    }

    @Test func aPortThatIsTakenIsNamed() throws {
        let rig = try NameRig()
        defer { rig.remove() }
        let port = rig.server.endpoints[0].port
        do {
            _ = try NameServer(addresses: [NameRig.local], port: port)
            Issue.record("it was taken twice")
        } catch {
            #expect(error.kind == .exhausted)
            #expect(error.subject == "127.0.0.1:\(port)")
        }
        rig.server.stop()
        let next = try NameServer(addresses: [NameRig.local], port: port)
        next.stop()
    }

    @Test func bothVersionsOfTheProtocolAreServed() throws {
        let six = try #require(IPAddress("::1"))
        let server = try NameServer(addresses: [NameRig.local, six], port: 0)
        defer { server.stop() }
        server.publish(try NameRig.zones())
        #expect(Set(server.endpoints.map(\.port)).count == 1)
        let rig = try NameRig()
        defer { rig.remove() }
        let port = server.endpoints[0].port
        let said = try rig.run("dig @::1 -p \(port) +short guestbook.prod.pisces.internal")
        #expect(said == "127.77.0.1")
    }

    @Test func badDatagramsAreCountedAndTheServerGoesOn() throws {
        let rig = try NameRig()
        defer { rig.remove() }
        let port = UInt16(40_000 + LinuxEntropy().next() % 20_000)
        let socket = try DatagramSocket(to: rig.server.endpoints[0], from: port)
        let good = try NameRig.question("guestbook.prod.pisces.internal", id: 1)
        let bad: [[UInt8]] = [
            [], [1, 2, 3], Array(good.prefix(20)), good + [0],
            good + .init(repeating: 7, count: 9000),
            [0, 9] + good.dropFirst(2).prefix(2) + [0, 9] + good.dropFirst(6),
            [0, 2, 0x80] + good.dropFirst(3),
            [0, 3, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xC0, 12, 0, 1, 0, 1],
        ]
        for bytes in bad { socket.send(bytes) }
        socket.send(good)
        #expect(eventually { rig.server.statistics.answered == 1 })
        let statistics = rig.server.statistics
        #expect(statistics.datagrams == bad.count + 1)
        #expect(statistics.dropped == 3)
        #expect(statistics.malformed == 5)
    }
}
