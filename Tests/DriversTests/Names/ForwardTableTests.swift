internal import Host
internal import Resources
internal import Testing

@testable internal import Drivers

/// Questions handed to other servers, without any socket.
@Suite struct ForwardTableTests {
    private let start = Ticks(nanoseconds: 1_000_000_000)

    private func servers() throws -> [Endpoint] {
        try ["192.0.2.1", "192.0.2.2"].map { Endpoint(try Sample.address($0), 53) }
    }

    private func asker() throws -> ForwardTable.Asker {
        ForwardTable.Asker(token: 1, peer: Endpoint(try Sample.address("127.0.0.1"), 4000))
    }

    private func query(edns: UInt16? = nil) throws -> DNSQuery {
        let bytes = try Sample.query("www.Example.test", .a, id: 0x0A0B, edns: edns)
        guard case .query(let query) = DNSReading.read(bytes) else {
            throw DriverError(.failed, operation: "read", subject: "", cause: "")
        }
        return query
    }

    @Test func aQuestionIsAskedUnderAnotherNumberAndAnsweredUnderItsOwn() throws {
        var table = ForwardTable(try servers())
        let action = table.begin(
            try query(edns: 4096), of: try asker(), now: start, random: 0x7777)
        let sent = try Sample.query("www.Example.test", .a, id: 0x7777, edns: 1232)
        #expect(action == .send(key: 1, to: try servers()[0], sent, .datagram))
        var answer = sent
        answer[2] |= 0x80
        let answered = table.received(answer, key: 1)
        answer[0] = 0x0A
        answer[1] = 0x0B
        #expect(answered == .answer(try asker(), answer))
        #expect(table.isEmpty)
        #expect(table.received(answer, key: 1) == nil, "once")
    }

    @Test func onlyTheAnswerToTheQuestionCounts() throws {
        var table = ForwardTable(try servers())
        _ = table.begin(try query(), of: try asker(), now: start, random: 0x7777)
        let good = try Sample.query("www.Example.test", .a, id: 0x7777, flags: 0x8180)
        for bytes in [
            try Sample.query("www.Example.test", .a, id: 0x7778, flags: 0x8180),
            try Sample.query("www.example.test", .a, id: 0x7777, flags: 0x8180),
            try Sample.query("www.Example.tesx", .a, id: 0x7777, flags: 0x8180),
            try Sample.query("www.Example.test", .aaaa, id: 0x7777, flags: 0x8180),
            try Sample.query("www.Example.test", .a, id: 0x7777, flags: 0x0180),
            Array(good.prefix(20)), [], Array(good.prefix(12)),
        ] { #expect(table.received(bytes, key: 1) == nil) }
        #expect(table.received(good, key: 2) == nil)
        #expect(table.received(good, key: 1) != nil)
    }

    @Test func theNextServerIsAskedAndAtTheEndItFailed() throws {
        var table = ForwardTable(try servers())
        _ = table.begin(try query(), of: try asker(), now: start, random: 1)
        #expect(table.expired(start) == [])
        let wait = UInt64(Limits.forwardWait.value)
        var time = start
        for (key, server) in [(UInt64(1), 1), (2, 0)] {
            time = time.advanced(byMilliseconds: wait)
            #expect(table.expired(time) == [key])
            let again = table.failed(key: key, now: time, random: 5)
            guard case .send(let next, let to, _, _)? = again else {
                Issue.record("\(String(describing: again))")
                return
            }
            #expect(next == key + 1)
            #expect(try to == servers()[server])
        }
        #expect(table.failed(key: 3, now: time, random: 5) == .fail(try asker(), try query()))
        #expect(table.isEmpty && table.failed(key: 3, now: time, random: 5) == nil)
    }

    @Test func tooManyQuestionsAreNotBegun() throws {
        var table = ForwardTable(try servers())
        for _ in 0..<Limits.forwardPending.value {
            #expect(table.begin(try query(), of: try asker(), now: start, random: 1) != nil)
        }
        #expect(table.begin(try query(), of: try asker(), now: start, random: 1) == nil)
    }

    @Test func whatIsTooLargeForTheAskerIsCut() throws {
        var table = ForwardTable(try servers())
        _ = table.begin(try query(), of: try asker(), now: start, random: 0x7777)
        let many = NamedHost(
            "www.example", addresses: try (1...60).map { try Sample.address("192.0.2.\($0)") })
        let upstream = NameAnswers(
            try Zone.zones(of: [many], apex: "test", servers: [], serial: 1), forwards: false)
        let sent = try Sample.query("www.Example.test", .a, id: 0x7777)
        let large = try #require(try Sample.answer(sent, over: .stream, upstream)).bytes
        #expect(large.count > 900)
        guard case .answer(_, let bytes)? = table.received(large, key: 1) else {
            Issue.record("no answer")
            return
        }
        #expect(Reply(bytes: bytes).isTruncated && bytes.count < 512)
        #expect(MessageShape.isWhole(bytes))
    }

    @Test func whoIsGoneIsForgotten() throws {
        var table = ForwardTable(try servers())
        let stream = ForwardTable.Asker(token: 7, peer: nil)
        _ = table.begin(try query(), of: stream, now: start, random: 1)
        _ = table.begin(try query(), of: try asker(), now: start, random: 1)
        #expect(table.forget(token: 7) == [1])
        #expect(table.forget(token: 1) == [], "datagrams are answered by the socket that stays")
    }

    @Test func noServerIsAskedForItself() throws {
        let forward = NameForward(servers: try servers())
        let own = try servers()[1]
        do {
            try forward.check(listening: [own])
            Issue.record("it was taken")
        } catch { #expect(error.cause == "it would forward to itself at 192.0.2.2:53") }
        #expect(forward.admits(Endpoint(try Sample.address("127.0.0.1"), 1)))
        #expect(!forward.admits(Endpoint(try Sample.address("8.8.8.8"), 1)))
    }

    @Test func theResolverFileIsRead() throws {
        let text = """
            # nameserver 192.0.2.9
            search example.test
            nameserver 192.0.2.1
            nameserver\t2001:db8::1
            nameserver 127.77.0.53
            nameserver name.example.test
            nameserver
            nameserver 192.0.2.1 # again
            """
        let found = NameForward.servers(
            resolverFile: text, without: [try Sample.address("127.77.0.53")])
        #expect(found.map(\.description) == ["192.0.2.1:53", "[2001:db8::1]:53"])
    }
}
