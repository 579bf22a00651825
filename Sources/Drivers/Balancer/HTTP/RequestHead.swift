/// The head of a request, read strictly (RFC 9112): what two servers could read differently is
/// refused.
struct RequestHead: Equatable {
    /// Methods that the balancer tells apart.
    enum Method: UInt8 { case get, head, options, trace, put, delete, post, other }

    var method: Method
    /// 0 or 1 of HTTP/1.x.
    var minor: UInt8
    /// Where the target stands.
    var target: Range<Int>
    /// The authority in an absolute target, which then is the host.
    var authority: Range<Int>?
    /// Bytes of the request line.
    var line: Int
    /// Bytes of the head.
    var count: Int
    var facts: HeadFacts

    /// Reads a whole head of `count` bytes.
    static func read(
        _ bytes: Span<UInt8>, count: Int, into fields: inout [HeadField], atMost most: Int
    ) throws(HTTPRefusal) -> RequestHead {
        var at = 0
        while bytes[at].isToken { at += 1 }
        guard at > 0, bytes[at] == 0x20 else { throw .badRequestLine }
        let method = Method(bytes, 0..<at)
        if bytes.matches(0..<at, "connect") { throw .tunnelAsked }
        let start = at + 1
        at = start
        while bytes[at] > 0x20, bytes[at] < 0x7F { at += 1 }
        guard bytes[at] == 0x20 else { throw bytes[at] < 0x20 ? .badRequestLine : .badTarget }
        let target = start..<at
        let (minor, line) = try version(bytes, from: at + 1, to: count)
        let facts = try HeadFields.read(
            bytes, from: line, to: count, minor: minor, into: &fields, atMost: most)
        if minor == 1, facts.host < 0 { throw .missingHost }
        return RequestHead(
            method: method, minor: minor, target: target,
            authority: try authority(bytes, target, method), line: line, count: count,
            facts: facts)
    }

    /// The minor version and where the line ends.
    private static func version(
        _ bytes: Span<UInt8>, from start: Int, to end: Int
    ) throws(HTTPRefusal) -> (UInt8, Int) {
        guard start + 10 <= end, bytes.matches(start..<start + 5, "http/"), bytes[start] == 0x48,
            bytes[start + 5].isDigit, bytes[start + 6] == 0x2E, bytes[start + 7].isDigit,
            bytes[start + 8] == 0x0D, bytes[start + 9] == 0x0A
        else { throw .badRequestLine }
        let minor = bytes[start + 7] - 0x30
        guard bytes[start + 5] == 0x31, minor < 2 else { throw .badVersion }
        return (minor, start + 10)
    }

    /// Targets are `/…`, `*` for OPTIONS, or `http://authority/…` (RFC 9112, 3.2).
    private static func authority(
        _ bytes: Span<UInt8>, _ target: Range<Int>, _ method: Method
    ) throws(HTTPRefusal) -> Range<Int>? {
        guard !target.isEmpty else { throw .badTarget }
        if bytes[target.lowerBound] == 0x2F { return nil }
        if target.count == 1, bytes[target.lowerBound] == 0x2A, method == .options { return nil }
        for scheme in ["http://", "https://"] as [StaticString] {
            let count = scheme.utf8CodeUnitCount
            let start = target.lowerBound + count
            guard target.count > count, bytes.matches(target.lowerBound..<start, scheme) else {
                continue
            }
            var at = start
            while at < target.upperBound, bytes[at] != 0x2F, bytes[at] != 0x3F {
                if bytes[at] == 0x40 { throw .badTarget }
                at += 1
            }
            if at > start { return start..<at }
        }
        throw .badTarget
    }

    /// True when the client's connection may carry another request.
    var keepsAlive: Bool { minor == 1 ? !facts.close : facts.keepAlive && !facts.close }
    /// True when the client asks for another protocol.
    var asksUpgrade: Bool { minor == 1 && facts.upgradeOption && facts.hasUpgrade }
    /// True when asking twice does what asking once does (RFC 9110, 9.2.2).
    var isIdempotent: Bool { method != .post && method != .other }
}

extension RequestHead.Method {
    /// Methods are told apart by case.
    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        for at in range where bytes[at] & 0x20 != 0 {
            self = .other
            return
        }
        self =
            switch range.count {
            case 3: bytes.matches(range, "get") ? .get : bytes.matches(range, "put") ? .put : .other
            case 4:
                bytes.matches(range, "head")
                    ? .head : bytes.matches(range, "post") ? .post : .other
            case 5: bytes.matches(range, "trace") ? .trace : .other
            case 6: bytes.matches(range, "delete") ? .delete : .other
            case 7: bytes.matches(range, "options") ? .options : .other
            default: .other
            }
    }
}
