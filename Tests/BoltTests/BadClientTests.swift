import Cypher
import Glibc
import Synchronization
import Testing

@testable import Bolt

/// Clients that are broken, hostile, or gone. None of them may hurt another.
@Suite(.serialized) struct BadClientTests {
    /// Whether a good client is served.
    static func serves(_ port: Int) throws -> Bool {
        let wire = try Wire.loggedIn(port)
        try wire.run("COUNT 3")
        try wire.pull()
        return try wire.answer().isSuccess && wire.rows().rows.count == 3
    }

    @Test func aWrongVersionIsAnsweredWithZerosAndClosed() async throws {
        try await serve { port, _, _ in
            let wire = try Wire(port: port)
            try wire.send(Hex.bytes("6060B017 00000003 00000002 00000001 00000000"))
            #expect(try wire.receiveAll() == [0, 0, 0, 0])
            #expect(try Self.serves(port))
        }
    }

    @Test func aBrowserIsToldWhatThePortIs() async throws {
        try await serve { port, _, _ in
            let wire = try Wire(port: port)
            try wire.send(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
            let answer = String(decoding: try wire.receiveAll(), as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.contains("This port speaks Bolt"))
        }
    }

    @Test(arguments: ["SSH-2.0-OpenSSH\r\n", "\u{16}\u{3}\u{1}\u{2}", "\0\0\0\0\0\0\0\0"])
    func strangersAreClosedWithoutAWord(greeting: String) async throws {
        try await serve { port, _, _ in
            let wire = try Wire(port: port)
            try wire.send(Array(greeting.utf8))
            #expect(try wire.receiveAll().isEmpty)
            #expect(try Self.serves(port))
        }
    }

    @Test func whoSaysNothingIsClosed() async throws {
        try await serve {
            $0.times.login = 50
        } _: { port, _, _ in
            let wire = try Wire(port: port)
            #expect(try wire.receiveAll().isEmpty)
        }
    }

    @Test func whoShakesHandsAndSaysNothingIsToldAndClosed() async throws {
        try await serve {
            $0.times.login = 50
            $0.times.keepAlive = 20
        } _: { port, _, _ in
            let wire = try Wire(port: port)
            try wire.shake()
            // Half a message, as a slow loris sends it.
            try wire.send([0x00, 0x10, 0xB1])
            #expect(try wire.answer().text("message").hasPrefix("Bolt login is limited to"))
            #expect(try wire.receiveAll().isEmpty)
        }
    }

    @Test func aMessageThatDripsIsToldAndClosed() async throws {
        try await serve {
            $0.times.arrival = 50
        } _: { port, _, _ in
            let wire = try Wire.loggedIn(port)
            try wire.send([0x00, 0x20, 0xB3, 0x10])
            let answer = try wire.answer()
            #expect(answer.text("message").hasPrefix("arrival of a Bolt message is limited"))
            #expect(try wire.receiveAll().isEmpty)
        }
    }

    @Test func idleConnectionsAreClosed() async throws {
        try await serve {
            $0.times.idle = 50
        } _: { port, _, _ in
            let wire = try Wire.loggedIn(port)
            #expect(try wire.receiveAll().isEmpty)
        }
    }

    /// Where a client was when its machine lost its power.
    enum Moment: CaseIterable { case connected, loggedIn, withinAMessage, withinATransaction }

    /// Nothing tells the server: the limit for that moment does, and gives the room to others.
    @Test(.enabled(if: geteuid() == 0, "TCP_REPAIR needs root"), arguments: Moment.allCases)
    func whoVanishesWithoutAWordIsLetGoOf(moment: Moment) async throws {
        try await serve {
            $0.connections = 1
            $0.times.login = moment == .connected ? 300 : 5000
            $0.times.arrival = 300
            $0.times.idle = 300
            $0.times.keepAlive = 50
        } _: { port, service, server in
            do {
                let wire = try Wire(port: port)
                try wire.shake()
                if moment != .connected { try wire.login() }
                if moment == .withinAMessage { try wire.send([0x00, 0x20, 0xB3, 0x10]) }
                if moment == .withinATransaction {
                    try wire.say(0x11, .map(CypherMap()))
                    #expect(try wire.answer().isSuccess)
                    try wire.run("COUNT 3")
                    #expect(try wire.answer().isSuccess)
                }
                #expect(server.connections == 1)
                let error = wire.vanish()
                try #require(error == 0, "TCP_REPAIR: error \(error)")
            }
            #expect(await eventually { server.connections == 0 })
            if moment != .connected {
                #expect(await eventually { service.closed.load(ordering: .relaxed) == 1 })
            }
            #expect(try Self.serves(port))
        }
    }

    @Test func aSlowQuerySendsSignsOfLife() async throws {
        try await serve {
            $0.times.keepAlive = 20
        } _: { port, _, _ in
            let wire = try Wire.loggedIn(port)
            try wire.run("SPIN")
            try wire.pull()
            #expect(try wire.answer().isSuccess)
            #expect(try wire.receive(6) == [0, 0, 0, 0, 0, 0])
            try wire.reset()
            #expect(try wire.answer().isIgnored)
            #expect(try wire.answer().isSuccess)
        }
    }

    @Test func aMessageTooLongBeforeTheLoginIsRefused() async throws {
        try await serve { port, _, _ in
            let wire = try Wire(port: port)
            try wire.shake()
            let chunk = Hex.bytes("FFFF B101") + [UInt8](repeating: 0xA0, count: 65_533)
            try wire.send(chunk + Hex.bytes("FFFF"))
            let answer = try wire.answer()
            #expect(answer.text("code") == "Pisces.ClientError.LimitExceeded.BoltLimit")
            #expect(try wire.receiveAll().isEmpty)
            #expect(try Self.serves(port))
        }
    }

    @Test func aMessageTooLongIsRefusedAndTheNodeLives() async throws {
        try await serve { port, _, _ in
            let wire = try Wire.loggedIn(port)
            let chunk = Hex.bytes("FFFF") + [UInt8](repeating: 1, count: 65_535)
            // The server hangs up while the rest is on its way.
            do { for _ in 0..<70 { try wire.send(chunk) } } catch Wire.WireError.socket {}
            let answer = try? wire.answer()
            #expect(answer == nil || answer?.text("message").hasPrefix("Bolt message is") == true)
            #expect(try Self.serves(port))
        }
    }

    @Test(arguments: [
        "C0", "B0", "B0FF", "B110", "B310", "B31080", "B310C0A0A0", "B1 3F C0", "B0 0F 00",
        "B4 10 81 61 A0 A0 A0", "B1 3F A1 81 61", "B3 10 81 FF A0 A0",
        "B3 10 81 61 A2 81 61 01 81 61 02 A0", "B3 10 D2 FFFFFFFF", "B3 10 81 61 DA FFFFFFFF",
    ])
    func aMalformedMessageIsToldAndEndsOnlyItsConnection(hex: String) async throws {
        try await serve { port, service, _ in
            let wire = try Wire.loggedIn(port)
            let message = Hex.bytes(hex)
            // What came before is answered before.
            try wire.run("COUNT 1")
            try wire.send([0, UInt8(message.count)] + message + [0, 0])
            #expect(try wire.answer().isSuccess)
            let answer = try wire.answer()
            #expect(answer.isFailure)
            #expect(answer.text("code") == "Neo.ClientError.Request.InvalidFormat")
            #expect(try wire.receiveAll().isEmpty)
            #expect(try Self.serves(port))
            #expect(await eventually { service.closed.load(ordering: .relaxed) >= 2 })
        }
    }

    @Test func aParameterThatIsNoneFailsButDoesNotClose() async throws {
        try await serve { port, _, _ in
            let wire = try Wire.loggedIn(port)
            // A point, and lists 65 deep.
            for value in ["B3 58 01 C1 0000000000000000 C1 0000000000000000"] {
                let body = Hex.bytes("B3 10 81 61 A1 81 70 \(value) A0")
                try wire.send([0, UInt8(body.count)] + body + [0, 0])
            }
            #expect(try wire.answer().text("message").hasPrefix("points are no values"))
            try wire.reset()
            #expect(try wire.answer().isSuccess)
            let deep = [UInt8](repeating: 0x91, count: 70) + [0xC0]
            let body = Hex.bytes("B3 10 81 61 A1 81 70") + deep + [0xA0]
            try wire.send([0, UInt8(body.count)] + body + [0, 0])
            #expect(try wire.answer().text("message").hasPrefix("Bolt value depth is limited"))
            try wire.reset()
            #expect(try wire.answer().isSuccess)
        }
    }

    @Test func aFrameCutShortByACloseIsForgotten() async throws {
        try await serve { port, service, server in
            let whole = Wire.message(
                0x10, [.string("COUNT 3"), .map(CypherMap()), .map(CypherMap())])
            for count in 0..<whole.count {
                let wire = try Wire.loggedIn(port)
                try wire.send(Array(whole.prefix(count)))
            }
            #expect(await eventually { server.connections == 0 })
            #expect(await eventually { service.closed.load(ordering: .relaxed) == whole.count })
            #expect(try Self.serves(port))
        }
    }

    @Test func aClientThatGoesAwayStopsItsQuery() async throws {
        try await serve {
            $0.threads = 1
        } _: { port, service, _ in
            do {
                let wire = try Wire.loggedIn(port)
                try wire.run("SPIN")
                try wire.pull()
                #expect(try wire.answer().isSuccess)
            }
            // There is one thread: another client is served once the query gave it up.
            #expect(try Self.serves(port))
            #expect(await eventually { service.closed.load(ordering: .relaxed) >= 1 })
        }
    }

    @Test func aThousandConnectionsAreServed() async throws {
        try await serve { port, service, server in
            var wires: [Wire] = []
            for _ in 0..<1000 {
                let wire = try Wire(port: port)
                try wire.shake()
                try wire.say(0x01, .map(CypherMap()))
                wires.append(wire)
            }
            #expect(server.connections == 1000)
            for wire in wires {
                _ = try wire.answer()
                try wire.say(
                    0x6A,
                    .map(
                        CypherMap([
                            ("principal", .string("ada")), ("credentials", .string("secret")),
                        ])))
            }
            for (number, wire) in wires.enumerated() {
                #expect(try wire.answer().isSuccess)
                try wire.run("COUNT \(number % 5)")
                try wire.pull()
            }
            for (number, wire) in wires.enumerated() {
                #expect(try wire.answer().isSuccess)
                #expect(try wire.rows().rows.count == number % 5)
            }
            wires = []
            #expect(await eventually { service.closed.load(ordering: .relaxed) == 1000 })
            #expect(await eventually { server.connections == 0 })
        }
    }

    @Test func oneConnectionTooManyIsClosedAtOnce() async throws {
        try await serve {
            $0.connections = 2
        } _: { port, _, server in
            let first = try Wire.loggedIn(port)
            let second = try Wire.loggedIn(port)
            let third = try Wire(port: port)
            #expect(try third.receiveAll().isEmpty)
            #expect(server.connectionsRefused == 1)
            for wire in [first, second] {
                try wire.run("COUNT 1")
                #expect(try wire.answer().isSuccess)
            }
        }
    }

    @Test func moreMessagesThanWaitAreAnsweredInOrder() async throws {
        try await serve { port, _, _ in
            let wire = try Wire.loggedIn(port)
            let count = 2000
            var bytes: [UInt8] = []
            for number in 0..<count {
                bytes += Wire.message(
                    0x10, [.string("COUNT \(number % 3)"), .map(CypherMap()), .map(CypherMap())])
                bytes += Wire.message(0x3F, [.map(CypherMap([("n", .integer(-1))]))])
            }
            try wire.send(bytes)
            for number in 0..<count {
                #expect(try wire.answer().isSuccess)
                #expect(try wire.rows().rows.count == number % 3)
            }
        }
    }

    @Test(arguments: 1...24 as ClosedRange<UInt64>)
    func damagedConversationsHurtNobody(seed: UInt64) async throws {
        try await serve { port, service, server in
            var random = Seeded(seed)
            let good =
                Wire.message(0x11, [.map(CypherMap())])
                + Wire.message(0x10, [.string("COUNT 9"), .map(CypherMap()), .map(CypherMap())])
                + Wire.message(0x3F, [.map(CypherMap([("n", .integer(4))]))])
                + Wire.message(0x0F, []) + Wire.message(0x12, [])
            for _ in 0..<12 {
                var bytes = good + good
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                }
                let wire = try Wire.loggedIn(port)
                do { try wire.send(bytes) } catch Wire.WireError.socket {}
            }
            #expect(try Self.serves(port))
            #expect(await eventually { service.closed.load(ordering: .relaxed) == 13 })
            #expect(await eventually { server.connections == 0 })
        }
    }
}
