import Resources
import Testing
import Trust

@testable import Bus

/// What strangers and broken nodes send to a real server.
@Suite(.serialized) struct BadFrameTests {
    let fleet: TestFleet

    init() throws { fleet = try TestFleet() }

    static func status(_ number: UInt64) -> PeerMessage {
        .request(
            number: number,
            PeerRequest(path: "/bus/status", body: [], milliseconds: 5000))
    }

    func withConnection(
        settings: PeerServer.Settings = .init(),
        _ body: (PeerServer, RawConnection) throws -> Void
    ) throws {
        let (server, port) = try fleet.serve("pi-1", MachineKey(), settings: settings)
        let connection = try RawConnection(
            port: port, identity: try fleet.identity("pi-2", MachineKey()), loops: fleet.loops)
        do { try body(server, connection) } catch { Issue.record(error) }
        connection.close()
        try server.stop()
        try fleet.stop()
    }

    private func kind(_ message: PeerMessage?) -> BusError.Kind? {
        if case .refusal(0, let error)? = message { error.kind } else { nil }
    }

    @Test func aReplayedFrameEndsTheConnectionAndIsNotCarriedOut() throws {
        try withConnection { server, connection in
            connection.send(Self.status(1))
            #expect(eventually { connection.messages.count == 1 })
            connection.send(Self.status(1))
            #expect(eventually { connection.isClosed })
            #expect(connection.messages.count == 2)
            #expect(kind(connection.messages.last) == .malformed)
            #expect(server.counts.requests == 1 && server.counts.broken == 1)
        }
    }

    @Test func aFrameThatWasLeftOutIsSeen() throws {
        try withConnection { server, connection in
            connection.send(Self.status(1))
            connection.send(Self.status(3))
            #expect(eventually { connection.isClosed })
            #expect(kind(connection.messages.last) == .malformed)
            #expect(server.counts.requests <= 1)
        }
    }

    @Test func anOversizedFrameIsRefusedByItsLength() throws {
        try withConnection { server, connection in
            connection.send([0xFF, 0xFF, 0xFF, 0x7F, 1])
            #expect(eventually { connection.isClosed })
            #expect(kind(connection.messages.last) == .tooLarge)
            #expect(server.counts.requests == 0)
        }
    }

    @Test func bytesThatAreNoMessageEndTheConnection() throws {
        try withConnection { server, connection in
            connection.send([4, 0, 0, 0, 0xDE, 0xAD, 0xBE, 0xEF])
            #expect(eventually { connection.isClosed })
            #expect(kind(connection.messages.last) == .malformed)
            #expect(server.counts.requests == 0)
        }
    }

    @Test func aTruncatedFrameIsGivenUpAfterItsTime() throws {
        var settings = PeerServer.Settings()
        settings.arrival = 200
        try withConnection(settings: settings) { server, connection in
            connection.send([200, 0, 0, 0, 1, 2, 3])
            #expect(eventually { connection.isClosed })
            #expect(connection.messages.isEmpty)
            #expect(server.counts.requests == 0 && server.counts.broken == 1)
            #expect(eventually { server.connections == 0 })
        }
    }

    @Test func anIdleConnectionIsEnded() throws {
        var settings = PeerServer.Settings()
        settings.idle = 1000
        try withConnection(settings: settings) { _, connection in
            connection.send(Self.status(1))
            #expect(eventually { connection.messages.count == 1 })
            #expect(eventually { connection.isClosed })
        }
    }

    @Test func requestsBeyondThoseUnderWayWaitAndAreAllAnswered() throws {
        var settings = PeerServer.Settings()
        settings.underWay = 2
        try withConnection(settings: settings) { server, connection in
            for number in 1...200 { connection.send(Self.status(UInt64(number))) }
            #expect(eventually { connection.messages.count == 200 })
            #expect(server.counts.requests == 200)
        }
    }

    @Test func whoSpeaksNoTLSIsCutOff() throws {
        let (server, port) = try fleet.serve("pi-1", MachineKey())
        let plain = try RawConnection(port: port, identity: nil, loops: fleet.loops)
        plain.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        #expect(eventually { plain.isClosed })
        #expect(server.counts.requests == 0)
        try server.stop()
        try fleet.stop()
    }
}
