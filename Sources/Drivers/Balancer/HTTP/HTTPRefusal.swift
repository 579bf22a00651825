/// Why the balancer answers a request itself, or ends it: counted by kind for each service.
public enum HTTPRefusal: Int, Error, CaseIterable, Sendable {
    case badRequestLine, badTarget, badVersion, badFieldName, badFieldValue, foldedField
    case bareLineFeed, missingHost, secondHost, secondLength, badLength, lengthAndEncoding
    case unknownEncoding, badConnectionOption, badChunk, tunnelAsked
    case headTooLarge, tooManyFields, bodyTooLarge
    case headTime, bodyTime, tooManyConnections
    case noBackend, connectFailed, backendClosed, badAnswer, answerTime, clientGone

    /// The status of the answer.
    public var status: Int {
        switch self {
        case .badRequestLine, .badTarget, .badFieldName, .badFieldValue, .foldedField,
            .bareLineFeed, .missingHost, .secondHost, .secondLength, .badLength,
            .lengthAndEncoding, .unknownEncoding, .badConnectionOption, .badChunk:
            400
        case .tunnelAsked: 405
        case .headTime, .bodyTime: 408
        case .bodyTooLarge: 413
        case .headTooLarge, .tooManyFields: 431
        case .connectFailed, .backendClosed, .badAnswer: 502
        case .noBackend, .tooManyConnections: 503
        case .answerTime: 504
        case .badVersion: 505
        case .clientGone: 499
        }
    }

    /// The words after the status.
    var phrase: String {
        switch status {
        case 400: "Bad Request"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 431: "Request Header Fields Too Large"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: "Client Closed Request"
        }
    }

    /// What is wrong, for the client and for people.
    public var reason: String {
        switch self {
        case .badRequestLine: "the request line is not METHOD TARGET HTTP/1.1"
        case .badTarget: "the target has a byte that no target may have"
        case .badVersion: "only HTTP/1.1 and HTTP/1.0 are spoken here"
        case .badFieldName: "a field's name is empty, has a space or another byte of no token"
        case .badFieldValue: "a field's value has a control character"
        case .foldedField: "a field goes on in the next line, which HTTP/1.1 no longer allows"
        case .bareLineFeed: "a line ends without a carriage return"
        case .missingHost: "HTTP/1.1 asks for the field Host"
        case .secondHost: "Host is given twice"
        case .secondLength: "Content-Length is given twice"
        case .badLength: "Content-Length is no number"
        case .lengthAndEncoding: "Content-Length and Transfer-Encoding are both given"
        case .unknownEncoding: "the only transfer encoding is chunked, once, in HTTP/1.1"
        case .badConnectionOption: "Connection names a field that is not the connection's"
        case .badChunk: "a chunk's size, its end or a trailer is malformed"
        case .tunnelAsked: "CONNECT is not allowed here"
        case .headTooLarge: "the head has too many bytes"
        case .tooManyFields: "the head has too many fields"
        case .bodyTooLarge: "the body has too many bytes"
        case .headTime: "the head did not come in time"
        case .bodyTime: "the body did not come in time"
        case .tooManyConnections: "the balancer has as many connections as it may"
        case .noBackend: "no backend of the service is ready"
        case .connectFailed: "no backend could be connected to"
        case .backendClosed: "the backend closed before its answer was whole"
        case .badAnswer: "the backend's answer is malformed"
        case .answerTime: "the backend did not answer in time"
        case .clientGone: "the client left before its answer was whole"
        }
    }
}
