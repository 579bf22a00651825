internal import Host
internal import Testing

@testable internal import Drivers

/// Bodies: where they end, however they come.
@Suite struct BodyTests {
    /// The bytes a body takes of a text that comes in pieces, and whether that is all of it.
    static func take(
        _ framing: BodyFraming, _ text: String, pieces: [Int]
    ) throws(HTTPRefusal) -> (taken: Int, isDone: Bool) {
        var framing = framing
        let all = Array(text.utf8)
        var at = 0
        var turn = 0
        while at < all.count, !framing.isDone {
            let piece = Array(all[at..<min(all.count, at + pieces[turn % pieces.count])])
            turn += 1
            let taken = try framing.take(piece.span)
            at += taken
            if taken < piece.count { break }
        }
        return (at, framing.isDone)
    }

    static let chunked: [(String, Int?)] = [
        ("0\r\n\r\nGET", 5), ("5\r\nhello\r\n0\r\n\r\nrest", 15),
        ("5;a=b\r\nhello\r\n0\r\n\r\n", 19),
        ("a\r\n0123456789\r\n00\r\n\r\n", 21), ("0\r\nA: b\r\nC: d\r\n\r\nx", 17),
        ("5\r\nhel", nil), ("", nil), ("0\r\n", nil), ("0\r\nA: b\r\n", nil),
    ]

    @Test(arguments: chunked)
    func aChunkedBodyEndsWhereItEnds(text: String, end: Int?) throws {
        for pieces in [[1], [2], [3, 1], [1000]] {
            let (taken, isDone) = try Self.take(.chunked(ChunkedBody()), text, pieces: pieces)
            #expect(isDone == (end != nil))
            #expect(taken == end ?? text.utf8.count)
        }
    }

    @Test(arguments: [
        "\r\n", "g\r\n", "-1\r\n", "0x5\r\n", " 5\r\nhello", "5 \r\nhello", "5\nhello\r\n",
        "5\r\nhello0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r0\r\n\r\n",
        "1000000000000000\r\n", "ffffffffffffffffffff\r\n", "0\r\n\n", "0\r\n A: b\r\n\r\n",
        "0\r\nA: b\n\r\n", "5;a\nb\r\nhello\r\n", "5;\0\r\nhello\r\n", "0\r\n\rX",
    ]) func amalformedChunkIsRefused(text: String) {
        for pieces in [[1], [1000]] {
            do throws(HTTPRefusal) {
                _ = try Self.take(.chunked(ChunkedBody()), text, pieces: pieces)
                Issue.record("took \(text)")
            } catch { #expect(error == .badChunk) }
        }
    }

    @Test func endlessTrailersAndExtensionsAreRefused() {
        for text in ["0\r\n" + String(repeating: "A: b\r\n", count: 2000), "5;" + padding] {
            do throws(HTTPRefusal) {
                _ = try Self.take(.chunked(ChunkedBody()), text, pieces: [7])
                Issue.record("took \(text.count) bytes")
            } catch { #expect(error == .badChunk) }
        }
    }

    private let padding = String(repeating: "x", count: 5000)

    /// Seeded bodies of chunks, cut at random: all of the body and nothing after it is taken.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func anyCutTakesTheSame(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var text = ""
        for _ in 0..<random.below(8) {
            let count = random.below(40) + 1
            text += "\(String(count, radix: 16))\r\n\(String(repeating: "\r", count: count))\r\n"
        }
        text += "0\r\n\r\n"
        let pieces = (0..<9).map { _ in random.below(30) + 1 }
        let framing = BodyFraming.chunked(ChunkedBody())
        let (taken, isDone) = try Self.take(framing, text + "GET / HTTP/1.1", pieces: pieces)
        #expect(isDone && taken == text.utf8.count)
        let length = BodyFraming.length(UInt64(text.utf8.count))
        #expect(try Self.take(length, text + "more", pieces: pieces) == (text.utf8.count, true))
    }

    static let answers: [(String, RequestHead.Method, BodyFraming)] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", .get, .length(5)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", .head, .none),
        ("HTTP/1.1 204 No Content\r\n\r\n", .get, .none),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", .get, .none),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .get, .chunked(ChunkedBody())),
        ("HTTP/1.1 200 \r\n\r\n", .get, .untilClose), ("HTTP/1.0 200\r\n\r\n", .get, .untilClose),
        ("HTTP/1.1 100 Continue\r\n\r\n", .post, .none),
    ]

    @Test(arguments: answers)
    func anAnswersBodyIsAsLongAsItsHeadSays(
        text: String, method: RequestHead.Method, framing: BodyFraming
    ) throws {
        var fields: [HeadField] = []
        let bytes = Array(text.utf8)
        let head = try AnswerHead.read(
            bytes.span, count: bytes.count, into: &fields, atMost: 100)
        #expect(BodyFraming(of: head, to: method) == framing)
    }

    @Test(arguments: [
        "HTTP/2 200 OK\r\nA: b\r\n\r\n", "HTTP/1.1 20 OK\r\nA: b\r\n\r\n",
        "HTTP/1.1 999 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "HTTP/1.1 2000 O\r\n\r\n",
        "HTTP/1.1 200 O\0K\r\nA: b\r\n\r\n", "\r\n\r\n",
    ]) func aMalformedAnswerIsRefused(text: String) {
        var fields: [HeadField] = []
        let bytes = Array(text.utf8)
        do throws(HTTPRefusal) {
            _ = try AnswerHead.read(bytes.span, count: bytes.count, into: &fields, atMost: 100)
            Issue.record("took \(text)")
        } catch { #expect(error == .badAnswer) }
    }
}
