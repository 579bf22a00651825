/// Reads bytes as the balancer does and says which of its promises they break: for fuzzing, where
/// another room has only what is public.
public enum HeadAudit {
    /// What is wrong with how these bytes are read; nil when nothing is.
    public static func broken(_ input: [UInt8]) -> String? {
        do throws(HTTPRefusal) {
            if let words = try request(input) { return words }
        } catch {
            if error.status < 400 || error.status == 502 { return "refused as \(error)" }
        }
        do throws(HTTPRefusal) { return try answer(input) } catch {
            return error == .badAnswer || error == .bareLineFeed || error == .headTooLarge
                ? nil : "refused an answer as \(error)"
        }
    }

    private static func end(_ bytes: [UInt8], step: Int) throws(HTTPRefusal) -> Int? {
        var scanner = HeadScanner()
        var came = 0
        while came < bytes.count {
            came = min(bytes.count, came + step)
            // As the loop does, the scanner sees a longer part of the same bytes each time.
            let part = bytes.span.extracting(0..<came)
            if let count = try scanner.end(in: part, atMost: 8192) { return count }
        }
        return nil
    }

    private static func request(_ input: [UInt8]) throws(HTTPRefusal) -> String? {
        guard let count = try end(input, step: 8192) else { return nil }
        if try end(input, step: 1) != count { return "another end in pieces" }
        var fields: [HeadField] = []
        let head = try RequestHead.read(input.span, count: count, into: &fields, atMost: 100)
        let out = Buffer(capacity: 16_384)
        HeadWriter.write(head, fields, of: input.span, peer: Array("::1".utf8), to: out)
        let written = bytes(of: out)
        // What the backend reads is one head, framed as the client framed it.
        guard try end(written, step: 8192) == written.count else { return "wrote more than a head" }
        let again = try RequestHead.read(
            written.span, count: written.count, into: &fields, atMost: 102)
        guard again.facts.length == head.facts.length,
            again.facts.isChunked == head.facts.isChunked,
            again.method == head.method, again.minor == head.minor
        else { return "wrote a head that means something else" }
        if fields.contains(where: { $0.kind == .hop }) { return "passed a field of the connection" }
        return try body(BodyFraming(of: head), Array(input[count...]))
    }

    private static func answer(_ input: [UInt8]) throws(HTTPRefusal) -> String? {
        guard let count = try end(input, step: 8192) else { return nil }
        var fields: [HeadField] = []
        let head = try AnswerHead.read(input.span, count: count, into: &fields, atMost: 100)
        guard let (asked, _) = try? get() else { return "cannot read its own request" }
        let out = Buffer(capacity: 16_384)
        HeadWriter.write(head, fields, of: input.span, for: asked, closes: true, to: out)
        let written = bytes(of: out)
        guard try end(written, step: 8192) == written.count else { return "wrote more than a head" }
        let again = try AnswerHead.read(
            written.span, count: written.count, into: &fields, atMost: 101)
        let same = BodyFraming(of: again, to: .get) == BodyFraming(of: head, to: .get)
        return same && again.status == head.status
            ? nil : "wrote an answer that means something else"
    }

    private static func get() throws(HTTPRefusal) -> (RequestHead, [HeadField]) {
        var fields: [HeadField] = []
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        let head = try RequestHead.read(bytes.span, count: bytes.count, into: &fields, atMost: 9)
        return (head, fields)
    }

    /// A body ends at the same place, or is refused, however it is cut.
    private static func body(_ framing: BodyFraming, _ bytes: [UInt8]) throws(HTTPRefusal)
        -> String?
    {
        let ends = [1, 7, 100_000].map { step -> Int? in
            var framing = framing
            var at = 0
            do throws(HTTPRefusal) {
                while at < bytes.count, !framing.isDone {
                    let part = bytes.span.extracting(at..<min(bytes.count, at + step))
                    at += try framing.take(part)
                }
                return framing.isDone ? at : -1
            } catch { return nil }
        }
        return Set(ends).count == 1 ? nil : "the body ends elsewhere in pieces: \(ends)"
    }

    private static func bytes(of buffer: Buffer) -> [UInt8] {
        buffer.withBytes { bytes in (0..<bytes.count).map { bytes[$0] } }
    }
}
