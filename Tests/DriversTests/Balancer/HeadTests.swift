internal import Host
internal import Testing

@testable internal import Drivers

/// Heads of requests and answers: what is taken, what is refused, what goes on.
@Suite struct HeadTests {
    /// Reads a request's head that comes in pieces of the given sizes, over and over.
    static func read(
        _ text: String, pieces: [Int] = [.max]
    ) throws(HTTPRefusal) -> (RequestHead, [HeadField])? {
        let all = Array(text.utf8)
        var scanner = HeadScanner()
        var came = 0
        var turn = 0
        while came < all.count {
            came = min(all.count, came.addingReportingOverflow(pieces[turn % pieces.count]).0)
            if came < 0 { came = all.count }
            turn += 1
            let bytes = Array(all[..<came])
            guard let count = try scanner.end(in: bytes.span, atMost: 8192) else { continue }
            var fields: [HeadField] = []
            let head = try RequestHead.read(
                bytes.span, count: count, into: &fields, atMost: 100)
            return (head, fields)
        }
        return nil
    }

    static func refusal(_ text: String) -> HTTPRefusal? {
        do throws(HTTPRefusal) {
            _ = try read(text)
            return nil
        } catch { return error }
    }

    /// What goes on to the backend.
    static func forwarded(_ text: String, peer: String = "10.0.0.9") throws -> String {
        let bytes = Array(text.utf8)
        let (head, fields) = try #require(try read(text))
        let out = Buffer(capacity: 16_384)
        HeadWriter.write(head, fields, of: bytes.span, peer: Array(peer.utf8), to: out)
        return out.text
    }

    static let smuggling: [(String, HTTPRefusal)] = [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", .lengthAndEncoding),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", .lengthAndEncoding),
        ("Content-Length: 5\r\nContent-Length: 5\r\n", .secondLength),
        ("Content-Length: 5\r\ncontent-length: 6\r\n", .secondLength),
        ("Content-Length: 5, 5\r\n", .badLength),
        ("Content-Length: +5\r\n", .badLength),
        ("Content-Length: -1\r\n", .badLength),
        ("Content-Length: 0x5\r\n", .badLength),
        ("Content-Length: 5 5\r\n", .badLength),
        ("Content-Length:\r\n", .badLength),
        ("Content-Length: 9999999999999999999\r\n", .badLength),
        ("Transfer-Encoding: gzip\r\n", .unknownEncoding),
        ("Transfer-Encoding: gzip, chunked\r\n", .unknownEncoding),
        ("Transfer-Encoding: chunked, identity\r\n", .unknownEncoding),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", .unknownEncoding),
        ("Transfer-Encoding: xchunked\r\n", .unknownEncoding),
        ("Transfer-Encoding : chunked\r\n", .badFieldName),
        ("Transfer-Encoding\u{0B}: chunked\r\n", .badFieldName),
        ("Content-Length : 5\r\n", .badFieldName),
        (" Content-Length: 5\r\n", .foldedField),
        ("A: b\r\n c\r\n", .foldedField),
        ("A: b\r\n\tc\r\n", .foldedField),
        ("A: b\nContent-Length: 5\r\n", .bareLineFeed),
        ("A: b\rContent-Length: 5\r\n", .badFieldValue),
        ("A: b\0c\r\n", .badFieldValue),
        ("A: b\u{7F}c\r\n", .badFieldValue),
        (": b\r\n", .badFieldName),
        ("A b: c\r\n", .badFieldName),
        ("Host: other\r\n", .secondHost),
        ("Connection: content-length\r\nContent-Length: 5\r\n", .badConnectionOption),
        ("Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n", .badConnectionOption),
        ("Connection: close, host\r\n", .badConnectionOption),
        ("Connection: x-forwarded-for\r\nX-Forwarded-For: a\r\n", .badConnectionOption),
    ]

    @Test(arguments: smuggling)
    func whatTwoServersCouldReadDifferentlyIsRefused(lines: String, refusal: HTTPRefusal) {
        #expect(Self.refusal("POST / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n") == refusal)
    }

    static let lines: [(String, HTTPRefusal)] = [
        ("GET / HTTP/1.1 ", .badRequestLine), ("GET /", .badRequestLine),
        ("GET  / HTTP/1.1", .badRequestLine), ("GET / b HTTP/1.1", .badRequestLine),
        ("G(T / HTTP/1.1", .badRequestLine), (" GET / HTTP/1.1", .badRequestLine),
        ("GET / http/1.1", .badRequestLine), ("GET / HTTP/1.10", .badRequestLine),
        ("GET / HTTP/2.0", .badVersion), ("GET / HTTP/1.2", .badVersion),
        ("GET / HTTP/0.9", .badVersion), ("GET a HTTP/1.1", .badTarget),
        ("GET /\u{7F} HTTP/1.1", .badTarget), ("GET /\u{E9} HTTP/1.1", .badTarget),
        ("GET * HTTP/1.1", .badTarget), ("GET http:// HTTP/1.1", .badTarget),
        ("GET http://u@h/ HTTP/1.1", .badTarget), ("GET ftp://h/ HTTP/1.1", .badTarget),
        ("CONNECT h:1 HTTP/1.1", .tunnelAsked),
    ]

    @Test(arguments: lines)
    func aMalformedRequestLineIsRefused(line: String, refusal: HTTPRefusal) {
        #expect(Self.refusal("\(line)\r\nHost: a\r\n\r\n") == refusal)
    }

    @Test func hostIsAskedForInHTTP11Only() {
        #expect(Self.refusal("GET / HTTP/1.1\r\n\r\n") == .missingHost)
        #expect(Self.refusal("GET / HTTP/1.0\r\n\r\n") == nil)
        #expect(
            Self.refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")
                == .unknownEncoding)
    }

    @Test func hugeHeadsAreRefusedBeforeTheyAreWhole() {
        let long = "GET / HTTP/1.1\r\nHost: a\r\nA: \(String(repeating: "b", count: 9000))"
        #expect(Self.refusal(long) == .headTooLarge)
        #expect(Self.refusal(long + "\r\n\r\n") == .headTooLarge)
        let many = (0..<101).map { "A\($0): b\r\n" }.joined()
        #expect(Self.refusal("GET / HTTP/1.1\r\nHost: a\r\n\(many)\r\n") == .tooManyFields)
    }

    @Test func factsAreRead() throws {
        let (head, fields) = try #require(
            try Self.read(
                "PUT /x HTTP/1.1\r\nHOST: a\r\ncontent-LENGTH:\t12 \r\nConnection: Close, X\r\n"
                    + "x: 1\r\nExpect: 100-Continue\r\n\r\n"))
        #expect(head.method == .put && head.isIdempotent && head.minor == 1)
        #expect(head.facts.length == 12 && head.facts.close && head.facts.expectsContinue)
        #expect(!head.keepsAlive)
        #expect(fields.map(\.kind) == [.host, .length, .connection, .hop, .expect])
    }

    static let kept: [(String, Bool)] = [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", true),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false),
        ("GET / HTTP/1.0\r\n\r\n", false),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true),
        ("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false),
    ]

    @Test(arguments: kept)
    func connectionsAreKeptAsTheClientAsks(text: String, isKept: Bool) throws {
        #expect(try Self.read(text)?.0.keepsAlive == isKept)
    }

    static let passed: [(String, String)] = [
        (
            "GET /a HTTP/1.1\r\nHost: h\r\nA: 1\r\n\r\n",
            "GET /a HTTP/1.1\r\nHost: h\r\nA: 1\r\nX-Forwarded-For: 10.0.0.9\r\n"
                + "X-Forwarded-Proto: http\r\n\r\n"
        ),
        (
            "GET /a HTTP/1.1\r\nConnection: keep-alive, x-hop\r\nHost: h\r\nX-Hop: 1\r\nTE: gzip\r\n"
                + "Keep-Alive: 5\r\nUpgrade: h2c\r\nX-Forwarded-For: 1.1.1.1\r\nB: 2\r\n"
                + "X-Forwarded-For: 2.2.2.2\r\nX-Forwarded-Proto: https\r\n\r\n",
            "GET /a HTTP/1.1\r\nHost: h\r\nB: 2\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2, 10.0.0.9\r\n"
                + "X-Forwarded-Proto: http\r\n\r\n"
        ),
        (
            "GET http://real:81?q HTTP/1.1\r\nHost: fake\r\nA: 1\r\n\r\n",
            "GET /?q HTTP/1.1\r\nHost: real:81\r\nA: 1\r\nX-Forwarded-For: 10.0.0.9\r\n"
                + "X-Forwarded-Proto: http\r\n\r\n"
        ),
        (
            "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nX-Forwarded-For: 10.0.0.9\r\n"
                + "X-Forwarded-Proto: http\r\nConnection: Upgrade\r\n\r\n"
        ),
        (
            "GET /o HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            "GET /o HTTP/1.0\r\nX-Forwarded-For: 10.0.0.9\r\nX-Forwarded-Proto: http\r\n"
                + "Connection: close\r\n\r\n"
        ),
    ]

    @Test(arguments: passed)
    func headsGoOnWithoutWhatIsOfOneConnection(text: String, expected: String) throws {
        #expect(try Self.forwarded(text) == expected)
    }

    /// However a head is cut into pieces, it is read the same, and what was written is read again as
    /// one request with the same body.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func piecesOfAHeadMakeNoDifference(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let pieces = (0..<16).map { _ in random.below(9) + 1 }
        for (text, _) in Self.passed {
            let whole = try #require(try Self.read(text))
            let cut = try #require(try Self.read(text, pieces: pieces))
            #expect(whole.0 == cut.0 && whole.1 == cut.1)
            let again = try #require(try Self.read(try Self.forwarded(text), pieces: pieces))
            #expect(again.0.count == (try Self.forwarded(text)).utf8.count)
            #expect(again.0.facts.length == whole.0.facts.length)
            #expect(again.0.facts.isChunked == whole.0.facts.isChunked)
        }
        for (lines, refusal) in Self.smuggling {
            do throws(HTTPRefusal) {
                _ = try Self.read("POST / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n", pieces: pieces)
                Issue.record("took \(lines)")
            } catch { #expect(error == refusal) }
        }
    }
}

extension Buffer {
    /// What waits, as text.
    var text: String {
        var all: [UInt8] = []
        withBytes { bytes in for index in 0..<bytes.count { all.append(bytes[index]) } }
        return String(decoding: all, as: UTF8.self)
    }
}
