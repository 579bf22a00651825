import NIOCore
import Resources
import Testing
import Trust

@testable import Bus

@Suite struct FrameTests {
    static let messages: [PeerMessage] = [
        .request(number: 1, PeerRequest(path: "/bus/status", body: [1, 2], milliseconds: 500)),
        .answer(number: 7, PeerAnswer(body: [UInt8](repeating: 3, count: 70_000))),
        .refusal(
            number: 0,
            BusError(
                .forbidden, operation: "ask", subject: "/x", cause: "no", remedy: "go")),
    ]

    static func reader(_ limit: Limit = Limits.busMessageBytes) -> FrameReader {
        FrameReader(limit: limit)
    }

    @Test func messagesReadBackHoweverTheyAreCut() throws {
        var stream = ByteBuffer()
        for message in Self.messages { stream.writeImmutableBuffer(FrameReader.frame(message)) }
        for size in [1, 3, 7, 1000, 1 << 20] {
            var reader = Self.reader()
            var rest = stream
            var read: [PeerMessage] = []
            while let piece = rest.readSlice(length: min(size, rest.readableBytes)),
                piece.readableBytes > 0
            {
                reader.feed(piece)
                while let bytes = try reader.next() { read.append(try PeerMessage(bytes: bytes)) }
            }
            #expect(read == Self.messages, "in pieces of \(size)")
            #expect(!reader.isInside)
        }
    }

    @Test func aTruncatedFrameIsWaitedForAndNothingIsMadeOfIt() throws {
        let frame = FrameReader.frame(Self.messages[0])
        for count in 0..<frame.readableBytes {
            var reader = Self.reader()
            reader.feed(try #require(frame.getSlice(at: 0, length: count)))
            #expect(try reader.next() == nil)
            #expect(reader.isInside == (count > 0))
        }
    }

    @Test(arguments: [
        (UInt32(0), BusError.Kind.malformed), (UInt32.max, .tooLarge),
        (UInt32(Limits.busStrangerBytes.value + 1), .tooLarge), (0x8000_0000, .tooLarge),
    ])
    func aBadLengthIsRefusedBeforeAnythingIsKeptForIt(length: UInt32, kind: BusError.Kind) {
        var reader = Self.reader(Limits.busStrangerBytes)
        var buffer = ByteBuffer()
        buffer.writeInteger(length, endianness: .little)
        reader.feed(buffer)
        #expect(throws: BusError.self) { try reader.next() }
        do throws(BusError) { _ = try reader.next() } catch { #expect(error.kind == kind) }
    }

    @Test func everyCutAndEveryChangedByteIsNoMessageOrAnotherOne() {
        for message in Self.messages {
            let bytes = Array(message.bytes.prefix(200))
            for index in message.bytes.indices.prefix(200) {
                let cut = try? PeerMessage(bytes: Array(bytes[..<index]))
                #expect(cut == nil)
                var changed = message.bytes
                changed[index] ^= 0x40
                if let read = try? PeerMessage(bytes: changed) {
                    #expect(read != message && read.bytes == changed)
                }
            }
            #expect((try? PeerMessage(bytes: message.bytes + [0])) == nil)
        }
    }

    @Test func numbersMustRiseByOne() throws {
        let session = PeerSession(shown: .nothing)
        func next(_ number: UInt64) throws -> UInt64 {
            let request = PeerRequest(path: "/x", body: [], milliseconds: 1)
            return try session.next(.request(number: number, request)).number
        }
        #expect(try next(1) == 1)
        #expect(try next(2) == 2)
        #expect(throws: BusError.self) { try next(2) }
        for wrong in [UInt64(0), 2, 3] {
            let fresh = PeerSession(shown: .nothing)
            let request = PeerRequest(path: "/x", body: [], milliseconds: 1)
            #expect(throws: BusError.self) {
                try fresh.next(.request(number: wrong, request))
            }
        }
        let fresh = PeerSession(shown: .nothing)
        #expect(throws: BusError.self) {
            try fresh.next(.answer(number: 1, PeerAnswer(body: [])))
        }
    }
}
