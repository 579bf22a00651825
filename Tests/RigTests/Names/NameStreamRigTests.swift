internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Synchronization
internal import Testing

/// Streams of questions on real sockets.
@Suite(.enabled(if: NameRig.hasDig, "needs dig: bind9-dnsutils")) struct NameStreamRigTests {
    private func framed(_ message: [UInt8]) -> [UInt8] {
        [UInt8(message.count >> 8), UInt8(message.count & 255)] + message
    }

    private func connect(_ rig: NameRig) throws -> StreamSocket {
        try StreamSocket(.tcp(host: "127.0.0.1", port: rig.server.endpoints[0].port))
    }

    /// Reads so many whole answers, or all until the end.
    private func answers(_ socket: StreamSocket, _ count: Int) throws -> [[UInt8]] {
        var input: [UInt8] = []
        var found: [[UInt8]] = []
        while found.count < count {
            while input.count >= 2, input.count >= 2 + Int(input[0]) << 8 + Int(input[1]) {
                let end = 2 + (Int(input[0]) << 8 | Int(input[1]))
                found.append(Array(input[2..<end]))
                input.removeSubrange(..<end)
            }
            if found.count >= count { break }
            let part = try socket.read(65_536)
            if part.isEmpty { break }
            input += part
        }
        return found
    }

    @Test func manyQuestionsAreAnsweredByOneStream() throws {
        let rig = try NameRig()
        defer { rig.remove() }
        let socket = try connect(rig)
        let ids = Array(UInt16(0)..<200)
        let all = try ids.flatMap { id in
            framed(try NameRig.question("many.pisces.internal", id: id))
        }
        try socket.write(all)
        let found = try answers(socket, ids.count)
        #expect(found.map { UInt16($0[0]) << 8 | UInt16($0[1]) } == ids)
        #expect(found.allSatisfy { $0[7] == 60 && $0.count > 900 })
        #expect(eventually { rig.server.statistics.streamMessages == 200 })
    }

    @Test func aQuestionMayComeInPieces() throws {
        let rig = try NameRig()
        defer { rig.remove() }
        let socket = try connect(rig)
        for byte in framed(try NameRig.question("guestbook.prod.pisces.internal", id: 9)) {
            try socket.write([byte])
        }
        #expect(try answers(socket, 1).map { Array($0.suffix(4)) } == [[127, 77, 0, 1]])
    }

    /// Megabytes of answers for a client that does not read: the server keeps a bounded part of
    /// them, goes on for others, and sends all when the client reads at last.
    @Test func whoDoesNotReadIsNotReadFrom() throws {
        let rig = try NameRig()
        defer { rig.remove() }
        let socket = try connect(rig)
        let question = framed(try NameRig.question("many.pisces.internal", id: 5))
        let count = 20_000
        let writer = Flag()
        try HostThread.start("asker") {
            let many = [[UInt8]](repeating: question, count: 100).flatMap { $0 }
            for _ in 0..<count / 100 { try? socket.write(many) }
            writer.set()
        }
        #expect(eventually { rig.server.statistics.streamMessages > 1000 })
        #expect(try rig.dig("+short guestbook.prod.pisces.internal") == "127.77.0.1")
        #expect(rig.server.statistics.streamMessages < count, "it waits for the client")
        #expect(try answers(socket, count).count == count)
        #expect(eventually { writer.isSet })
    }

    @Test func whatIsNoQuestionEndsTheStream() throws {
        let rig = try NameRig()
        defer { rig.remove() }
        for bytes in [[0, 0], [0, 3, 1, 2, 3], framed([UInt8](repeating: 0x80, count: 40))]
            as [[UInt8]]
        {
            let socket = try connect(rig)
            try socket.write(bytes)
            #expect(try answers(socket, 1) == [])
        }
        let socket = try connect(rig)
        let huge = try NameRig.question("many.pisces.internal", id: 5)
        try socket.write(framed(huge + [UInt8](repeating: 0, count: 60_000)))
        #expect(try answers(socket, 1).map { $0[3] & 15 } == [1], "a format error")
        #expect(
            eventually {
                rig.server.statistics.dropped == 3 && rig.server.statistics.malformed == 1
            })
    }

    @Test func streamsHaveABound() throws {
        let rig = try NameRig()
        defer { rig.remove() }
        var open: [StreamSocket] = []
        for _ in 0..<Limits.nameStreams.value { open.append(try connect(rig)) }
        let question = framed(try NameRig.question("guestbook.prod.pisces.internal", id: 1))
        try open[0].write(question)
        #expect(try answers(open[0], 1).count == 1)
        let more = try connect(rig)
        #expect(try answers(more, 1) == [], "it is closed at once")
        #expect(eventually { rig.server.statistics.streamsRefused == 1 })
        open.removeAll()
        #expect(
            eventually {
                guard let next = try? connect(rig), (try? next.write(question)) != nil else {
                    return false
                }
                return (try? answers(next, 1).count) == 1
            })
    }
}

/// Something that happens once, on another thread.
final class Flag: Sendable {
    private let state = Atomic<Bool>(false)

    func set() { state.store(true, ordering: .releasing) }
    var isSet: Bool { state.load(ordering: .acquiring) }
}
