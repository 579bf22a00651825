internal import Host
internal import Resources
internal import Testing

@testable internal import Drivers

/// Answers, byte by byte where that is short enough.
@Suite struct NameAnswerTests {
    @Test func anAddressIsAnsweredInTheseBytes() throws {
        let query = Sample.hex(
            "1234 0100 0001 0000 0000 0000 09 6775657374626f6f6b 04 70726f64"
                + "06 706973636573 08 696e7465726e616c 00 0001 0001")
        #expect(try Sample.query("guestbook.prod.pisces.internal", .a) == query)
        let reply = try #require(try Sample.answer(query))
        #expect(
            reply.bytes
                == Sample.hex(
                    "1234 8500 0001 0001 0000 0000 09 6775657374626f6f6b 04 70726f64"
                        + "06 706973636573 08 696e7465726e616c 00 0001 0001"
                        + "c00c 0001 0001 00000005 0004 7f4d0001"))
    }

    @Test func aServiceIsAnsweredWithItsAddresses() throws {
        let query = try Sample.query("_http._tcp.guestbook.prod.pisces.internal", .srv)
        let reply = try #require(try Sample.answer(query))
        #expect(reply.counts == [1, 1, 0, 2])
        // 12 bytes of header, 43 + 4 of the question; the target stands in full (RFC 2782), the
        // addresses point into the question, where it stands first.
        let target = "09 6775657374626f6f6b 04 70726f64 06 706973636573 08 696e7465726e616c 00"
        #expect(
            Array(reply.bytes[59...])
                == Sample.hex(
                    "c00c 0021 0001 00000005 0026 0000 0000 1f40" + target
                        + "c017 0001 0001 00000005 0004 7f4d0001"
                        + "c017 001c 0001 00000005 0010 fd000000000000000000000000000001"))
    }

    @Test func nothingIsAnsweredWithTheStartOfTheZone() throws {
        for (name, type, code) in [
            ("nobody.pisces.internal", DNSType.a, 3), ("guestbook.prod.pisces.internal", .ptr, 0),
            ("prod.pisces.internal", .a, 0), ("_tcp.guestbook.prod.pisces.internal", .srv, 0),
            ("9.9.77.127.in-addr.arpa", .ptr, 3),
        ] {
            let reply = try #require(try Sample.answer(try Sample.query(name, type)))
            #expect(reply.code == code && reply.isAuthoritative, "\(name)")
            #expect(reply.counts == [1, 0, 1, 0], "\(name)")
        }
        let query = try Sample.query("no.pisces.internal", .txt)
        let reply = try #require(try Sample.answer(query))
        // ns and hostmaster of the zone by pointers; serial 7, minimum 2, and so the time to live.
        #expect(
            Array(reply.bytes[36...])
                == Sample.hex(
                    "c00f 0006 0001 00000002 0026 026e73 c00f 0a686f73746d6173746572 c00f"
                        + "00000007 00000e10 00000258 00015180 00000002"))
    }

    @Test func theCaseOfTheQuestionIsKept() throws {
        let query = try Sample.query("gUESTbook.PROD.pisces.Internal", .a)
        let reply = try #require(try Sample.answer(query))
        #expect(Array(reply.bytes[12..<query.count]) == Array(query[12...]))
        #expect(Array(reply.bytes[query.count..<query.count + 2]) == [0xC0, 12])
        let back = try Sample.query("2.0.77.127.in-addr.arpa", .ptr)
        let name = try #require(DNSName("Mixed.prod.pisces.internal"))
        #expect(
            try #require(try Sample.answer(back)).bytes.suffix(name.wire.count) == name.wire[...])
    }

    @Test(arguments: [
        (DNSType.soa, 1), (.ns, 1), (DNSType(255), 1), (.a, 0), (.txt, 0),
    ])
    func theZoneItselfCanBeAsked(type: DNSType, count: Int) throws {
        let reply = try #require(try Sample.answer(try Sample.query("pisces.internal", type)))
        #expect(reply.counts[1] == count && reply.code == 0)
    }

    @Test func severalAddressesTakeTurns() throws {
        let firsts = try (0..<60).map { id in
            let query = try Sample.query(
                "many.pisces.internal", .a, id: UInt16(id), edns: 1232)
            let reply = try #require(try Sample.answer(query))
            #expect(reply.counts[1] == 60)
            return reply.bytes[query.count - 11 + 15]
        }
        #expect(Set(firsts).count == 60)
    }

    @Test func whatDoesNotFitIsTruncatedAndComesWholeByAStream() throws {
        let plain = try Sample.query("many.pisces.internal", .a)
        let cut = try #require(try Sample.answer(plain))
        #expect(cut.isTruncated && cut.counts == [1, 0, 0, 0])
        #expect(try #require(try Sample.answer(plain, over: .stream)).counts[1] == 60)
        let large = try Sample.query("many.pisces.internal", .txt, edns: 65_535)
        let reply = try #require(try Sample.answer(large))
        #expect(reply.isTruncated && reply.counts == [1, 0, 0, 1])
        #expect(reply.bytes.suffix(11) == Sample.hex("00 0029 04d0 00000000 0000")[...])
        let whole = try #require(try Sample.answer(large, over: .stream))
        #expect(whole.counts == [1, 40, 0, 1] && whole.bytes.count > 8000)
    }

    @Test(arguments: [UInt16(0), 100, 512, 700, 1232, 4096])
    func noDatagramIsLargerThanTheAskerTakes(size: UInt16) throws {
        for type in [DNSType.a, .aaaa, .txt, .srv, .any, .soa] {
            for name in ["many", "guestbook.prod", "_http._tcp.guestbook.prod", "x"] {
                let query = try Sample.query(name + ".pisces.internal", type, edns: size)
                let reply = try #require(try Sample.answer(query))
                #expect(reply.bytes.count <= min(1232, max(512, Int(size))))
            }
        }
    }

    /// Messages that are refused, as hexadecimal of what follows the number, and the code; -1 for
    /// what must not be answered.
    @Test(arguments: [
        ("no question", "0100 0000 0000 0000 0000", 1),
        ("two questions", "0100 0002 0000 0000 0000 0161 00 0001 0001 0162 00 0001 0001", 1),
        ("an answer with it", "0100 0001 0001 0000 0000 0161 00 0001 0001", 1),
        ("an authority with it", "0100 0001 0000 0001 0000 0161 00 0001 0001", 1),
        ("trailing bytes", "0100 0001 0000 0000 0000 0161 00 0001 0001 ff", 1),
        ("a cut name", "0100 0001 0000 0000 0000 0561", 1),
        ("no type", "0100 0001 0000 0000 0000 0161 00 00", 1),
        ("a pointer to itself", "0100 0001 0000 0000 0000 c00c 0001 0001", 1),
        ("a pointer forward", "0100 0001 0000 0000 0000 c010 0001 0001 0161 00", 1),
        ("an obsolete label", "0100 0001 0000 0000 0000 4161 00 0001 0001", 1),
        (
            "two OPT",
            "0100 0001 0000 0000 0002 0161 00 0001 0001"
                + "00 0029 1000 00000000 0000 00 0029 1000 00000000 0000", 1
        ),
        (
            "OPT with a name",
            "0100 0001 0000 0000 0001 0161 00 0001 0001"
                + "0161 00 0029 1000 00000000 0000", 1
        ),
        (
            "an additional that points to itself",
            "0100 0001 0000 0000 0001 0161 00 0001 0001"
                + "c013 0001 0001 00000000 0000", 1
        ),
        (
            "an additional longer than all",
            "0100 0001 0000 0000 0001 0161 00 0001 0001"
                + "00 0001 0001 00000000 ffff", 1
        ),
        ("a question for OPT", "0100 0001 0000 0000 0000 0161 00 0029 0001", 1),
        ("a status", "1000 0001 0000 0000 0000 0161 00 0001 0001", 4),
        ("an update", "2800 0001 0000 0000 0000 0161 00 0006 0001", 4),
        (
            "a transfer", "0100 0001 0000 0000 0000 06706973636573 08696e7465726e616c 00 00fc 0001",
            5
        ),
        (
            "another class",
            "0100 0001 0000 0000 0000 06706973636573 08696e7465726e616c 00 0001 0003", 5
        ),
        ("another zone", "0100 0001 0000 0000 0000 0161 00 0001 0001", 5),
        ("a mailbox", "0100 0001 0000 0000 0000 0161 00 00fd 0001", 4),
        ("an answer", "8100 0001 0000 0000 0000 0161 00 0001 0001", -1),
        ("half a header", "0100 0001", -1),
    ])
    func badMessagesAreRefused(what: String, rest: String, code: Int) throws {
        let reply = try Sample.answer([0xAB, 0xCD] + Sample.hex(rest))
        guard code >= 0 else { return #expect(reply == nil) }
        let answer = try #require(reply)
        #expect(answer.code == code, "\(what)")
        #expect(answer.bytes[0] == 0xAB && answer.bytes[1] == 0xCD && answer.bytes[2] & 0x80 != 0)
        #expect(answer.counts[1] == 0 && answer.counts[2] == 0)
    }

    @Test func hugeQuestionsAreRefused() throws {
        let start = try Sample.query("many.pisces.internal", .a)
        let huge = start + [UInt8](repeating: 0, count: 5000)
        #expect(try #require(try Sample.answer(huge, over: .stream)).code == 1)
    }

    @Test func anotherVersionOfTheExtensionIsRefused() throws {
        var query = try Sample.query("many.pisces.internal", .a, edns: 1232)
        query[query.count - 5] = 1
        let reply = try #require(try Sample.answer(query))
        #expect(reply.code == 0 && reply.counts == [1, 0, 0, 1])
        #expect(reply.bytes.suffix(11) == Sample.hex("00 0029 04d0 01000000 0000")[...])
    }

    /// No message of any bytes brings it down, and whatever it writes is well formed.
    @Test(arguments: 0..<4) func anyBytesAreAnsweredWell(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let answers = try Sample.answers(forwards: seed % 2 == 0)
        let names = ["many", "guestbook.prod", "_http._tcp.guestbook.prod", "x.y", "ns"]
        for _ in 0..<3000 {
            let name = names[Int(random.next(upperBound: UInt64(names.count)))]
            var bytes = try Sample.query(
                name + ".pisces.internal", DNSType(UInt16(random.next(upperBound: UInt64(40)))),
                edns: random.oneIn(2) ? UInt16(truncatingIfNeeded: random.next()) : nil)
            for _ in 0..<random.next(upperBound: UInt64(6)) {
                let at = Int(random.next(upperBound: UInt64(bytes.count)))
                switch random.next(upperBound: UInt64(4)) {
                case 0: bytes.remove(at: at)
                case 1: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
                case 2: bytes[at] = UInt8(truncatingIfNeeded: random.next())
                default: bytes[at] ^= 1 << UInt8(random.next(upperBound: UInt64(8)))
                }
                if bytes.isEmpty { bytes = [0] }
            }
            for transport in [NameAnswers.Transport.datagram, .stream] {
                let outcome = answers.outcome(of: bytes, over: transport)
                guard case .answer(let answer, _) = outcome else { continue }
                #expect(MessageShape.isWhole(answer))
                #expect(answer.count <= (transport == .stream ? 65_535 : 1232))
                #expect(answer[0] == bytes[0] && answer[1] == bytes[1])
            }
        }
    }
}
