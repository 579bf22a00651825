import Cypher
import NIOCore
import Resources
import Testing

@testable import Bolt

/// The handshake and the chunks.
@Suite struct FrameTests {
    static let magic = "6060B017"

    @Test(arguments: [
        // Drivers of today: manifest, 5.8 with the eight below, 4.4 with the two below, 3.0.
        ("000001FF 00080805 00020404 00000003", Handshake.Verdict.agreed(.v5_4)),
        ("00000405 00000000 00000000 00000000", .agreed(.v5_4)),
        ("00000404 00000405 00000000 00000000", .agreed(.v4_4)),
        ("00000505 00000404 00000000 00000000", .agreed(.v4_4)),
        ("00020505 00000000 00000000 00000000", .agreed(.v5_4)),
        ("00FF0805 00000000 00000000 00000000", .agreed(.v5_4)),
        ("00020304 00000305 00000003 00000002", .nothingInCommon),
        ("000001FF 00000000 00000000 00000000", .nothingInCommon),
        ("00000000 00000000 00000000 00000000", .nothingInCommon),
        ("00000006 00000104 00000004 00000001", .nothingInCommon),
    ])
    func theFirstVersionOfTheClientThatWeSpeakWins(slots: String, verdict: Handshake.Verdict) {
        #expect(Handshake.judge(Hex.bytes(Self.magic + slots)) == verdict)
    }

    @Test func aHandshakeMayComeByteByByte() {
        let whole = Hex.bytes(Self.magic + "00000405000000000000000000000000")
        for count in 0..<whole.count {
            #expect(Handshake.judge(whole.prefix(count)) == .incomplete, "\(count)")
        }
        #expect(Handshake.judge(whole + [0, 1]) == .agreed(.v5_4))
    }

    @Test func strangersAreToldApart() {
        #expect(Handshake.judge(Array("GET / HTTP/1.1\r\n".utf8)) == .http)
        #expect(Handshake.judge(Array("GE".utf8)) == .incomplete)
        #expect(Handshake.judge(Array("GOT".utf8)) == .foreign)
        #expect(Handshake.judge(Array("SSH-2.0".utf8)) == .foreign)
        #expect(Handshake.judge([0x16, 0x03, 0x01]) == .foreign)
        #expect(Handshake.judge([0x60, 0x61]) == .foreign)
    }

    /// Feeds the bytes in pieces of the given size and collects the messages.
    static func messages(
        _ bytes: [UInt8], piece: Int
    ) throws(BoltError) -> [[UInt8]] {
        var dechunker = Dechunker()
        var messages: [[UInt8]] = []
        for start in stride(from: 0, to: bytes.count, by: piece) {
            dechunker.feed(ByteBuffer(bytes: bytes[start..<min(start + piece, bytes.count)]))
            while let message = try dechunker.next() {
                messages.append(Array(message.readableBytesView))
            }
        }
        return messages
    }

    @Test(arguments: 1...12) func chunksJoinHoweverTheyAreCut(piece: Int) throws {
        // Two chunks, three signs of life, one chunk, and a message under way.
        let bytes = Hex.bytes("0002 0102 0001 03 0000 0000 0000 0000 0001 FF 0000 0002 09")
        #expect(try Self.messages(bytes, piece: piece) == [[1, 2, 3], [0xFF]])
    }

    @Test func aMessageBeyondTheLimitIsRefusedBeforeItCame() {
        let bytes = Hex.bytes("FFFF") + [UInt8](repeating: 1, count: 65_535) + Hex.bytes("0002")
        let error = #expect(throws: BoltError.self) {
            try Self.messages(bytes, piece: bytes.count)
        }
        #expect(error?.message.contains("Bolt message before login is limited") == true)
    }

    @Test(arguments: [0, 1, 65_530, 65_531, 65_532, 200_000])
    func longMessagesAreCutIntoChunks(count: Int) throws {
        var writer = PackWriter(dialect: BoltVersion.v5_4.dialect)
        writer.writeRecord([.integer(1)])
        writer.writeRecord([.bytes([UInt8](repeating: 7, count: count))])
        writer.writeIgnored()
        var dechunker = Dechunker()
        dechunker.limit = Limits.boltMessageBytes
        dechunker.feed(writer.take())
        let short = try dechunker.next()
        #expect(short?.readableBytes == 4)
        let long = try #require(try dechunker.next())
        #expect(long.readableBytesView.suffix(count).allSatisfy { $0 == 7 })
        #expect(long.readableBytes == count + (count < 256 ? 5 : count < 65_536 ? 6 : 8))
        let last = try dechunker.next()
        #expect(last.map { Array($0.readableBytesView) } == [0xB0, 0x7E])
        let none = try dechunker.next()
        #expect(none == nil && !dechunker.isInside)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func randomBytesNeverBreakTheDechunker(seed: UInt64) {
        var random = Seeded(seed)
        var dechunker = Dechunker()
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                Bool.random(using: &random) ? 0 : UInt8.random(in: 0...3, using: &random)
            }
            dechunker.feed(ByteBuffer(bytes: bytes))
            while let message = try? dechunker.next() {
                #expect(message.readableBytes > 0)
                _ = try? Request(message, dialect: BoltVersion.v5_4.dialect)
            }
        }
    }
}
