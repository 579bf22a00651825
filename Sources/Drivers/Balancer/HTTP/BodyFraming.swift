internal import Resources

/// How long a body is, and how much of it has passed.
enum BodyFraming: Equatable {
    case none
    case length(UInt64)
    case chunked(ChunkedBody)
    /// All that comes until the backend closes.
    case untilClose

    /// The body of a request.
    init(of head: RequestHead) throws(HTTPRefusal) {
        if head.facts.isChunked {
            self = .chunked(ChunkedBody())
        } else {
            guard head.facts.length <= Int64(Limits.balancerBody.value) else { throw .bodyTooLarge }
            self = head.facts.length > 0 ? .length(UInt64(head.facts.length)) : .none
        }
    }

    /// The body of an answer to a request (RFC 9112, 6.3).
    init(of head: AnswerHead, to method: RequestHead.Method) {
        if method == .head || head.status == 204 || head.status == 304 || head.status < 200 {
            self = .none
        } else if head.facts.isChunked {
            self = .chunked(ChunkedBody())
        } else if head.facts.length >= 0 {
            self = head.facts.length > 0 ? .length(UInt64(head.facts.length)) : .none
        } else {
            self = .untilClose
        }
    }

    /// True when no more of it comes.
    var isDone: Bool {
        switch self {
        case .none: true
        case .length(let rest): rest == 0
        case .chunked(let body): body.isDone
        case .untilClose: false
        }
    }

    /// How many of `bytes` belong to it; they have passed then.
    mutating func take(_ bytes: Span<UInt8>) throws(HTTPRefusal) -> Int {
        switch self {
        case .none: return 0
        case .untilClose: return bytes.count
        case .length(let rest):
            let count = Int(min(rest, UInt64(bytes.count)))
            self = .length(rest - UInt64(count))
            return count
        case .chunked(var body):
            let count = try body.take(bytes, from: 0)
            self = .chunked(body)
            return count
        }
    }

    /// Bytes of data that a chunked body has had.
    var chunkedTotal: UInt64 { if case .chunked(let body) = self { body.total } else { 0 } }
}
