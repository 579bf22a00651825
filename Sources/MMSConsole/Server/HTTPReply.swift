internal import NIOCore
internal import NIOHTTP1
internal import Resources

/// What goes back for a request.
struct HTTPReply: Sendable {
    var status = 200
    var contentType = "application/json"
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []

    /// A reply of JSON that `write` writes.
    static func json(_ status: Int = 200, _ write: (inout JSONWriter) -> Void) -> HTTPReply {
        var writer = JSONWriter()
        write(&writer)
        return HTTPReply(status: status, body: writer.bytes)
    }

    /// The problem document of a refusal (RFC 9457).
    static func problem(_ refusal: Refusal) -> HTTPReply {
        let status = refusal.code.httpStatus
        var writer = JSONWriter()
        writer.write(problem: refusal, status: status)
        return HTTPReply(
            status: status, contentType: "application/problem+json", body: writer.bytes)
    }

    /// The problem document of a method that the path does not take (RFC 9110, 15.5.6).
    static func notAllowed(_ request: HTTPRequest, use methods: [String]) -> HTTPReply {
        let refusal = Refusal(
            .malformed, filter: "http",
            subject: printable("/" + request.path.joined(separator: "/")),
            reason: "does not take \(printable(request.method.rawValue))",
            remedy: "use \(methods.joined(separator: " or "))")
        var writer = JSONWriter()
        writer.write(problem: refusal, status: 405)
        return HTTPReply(
            status: 405, contentType: "application/problem+json",
            headers: [("allow", methods.joined(separator: ", "))], body: writer.bytes)
    }

    /// Plain text.
    static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> HTTPReply {
        HTTPReply(contentType: type, body: Array(text.utf8))
    }

    /// Writes status line and headers; without a length the body ends with the connection.
    func writeHead(into buffer: inout ByteBuffer, length: Int?, keepAlive: Bool) {
        buffer.writeString("HTTP/1.1 \(status) \(reasonPhrase)\r\ncontent-type: \(contentType)\r\n")
        if let length { buffer.writeString("content-length: \(length)\r\n") }
        for (name, value) in headers { buffer.writeString("\(name): \(value)\r\n") }
        if !keepAlive { buffer.writeStaticString("connection: close\r\n") }
        buffer.writeStaticString("\r\n")
    }

    private var reasonPhrase: String {
        switch status {
        case 200: "OK"
        case 206: "Partial Content"
        case 303: "See Other"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 409: "Conflict"
        case 410: "Gone"
        case 413: "Content Too Large"
        case 416: "Range Not Satisfiable"
        case 422: "Unprocessable Content"
        case 431: "Request Header Fields Too Large"
        case 503: "Service Unavailable"
        case 507: "Insufficient Storage"
        default: "Status"
        }
    }
}

extension Refusal.Code {
    /// The HTTP status that goes with a refusal.
    var httpStatus: Int {
        switch self {
        case .malformed: 400
        case .unauthenticated: 401
        case .forbidden: 403
        case .notFound: 404
        case .alreadyExists, .revisionMismatch, .conflict: 409
        case .gone: 410
        case .tooLarge: 413
        case .unknownType, .unknownField, .unknownRelation, .invalidValue, .missingField,
            .invalidName, .wrongLog, .tooMany, .cardinality:
            422
        case .overloaded, .unavailable, .readOnly, .unknownOutcome: 503
        case .diskFull: 507
        }
    }
}
