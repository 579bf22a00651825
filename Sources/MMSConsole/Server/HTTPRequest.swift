internal import NIOCore
internal import NIOHTTP1
internal import Node
internal import Resources
internal import ZeroProcs

/// A request of the API, read whole.
struct HTTPRequest: Sendable {
    let method: HTTPMethod
    /// The path's segments, percent-decoded.
    let path: [String]
    /// The query's parameters, percent-decoded, in order.
    let query: [(name: String, value: String)]
    let headers: HTTPHeaders
    let body: [UInt8]
    let caller: Caller
    /// Times it may still be passed on to another machine.
    var hops = FleetNode.hops

    /// The first value of a query parameter.
    subscript(name: String) -> String? { query.first { $0.name == name }?.value }

    /// All values of a query parameter.
    func all(_ name: String) -> [String] { query.filter { $0.name == name }.map(\.value) }

    /// True when the parameter is there and is not `false`.
    func flag(_ name: String) -> Bool { self[name].map { $0 != "false" } ?? false }
}

/// Where a request goes, taken from its target.
struct RequestTarget: Sendable {
    let path: [String]
    let query: [(name: String, value: String)]

    /// Splits and decodes a request target in origin form; nil when an escape is broken.
    init?(_ uri: String) {
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let rawPath = parts.first, rawPath.hasPrefix("/") else { return nil }
        var path: [String] = []
        for segment in rawPath.split(separator: "/") {
            guard let decoded = percentDecoded(segment, plusIsSpace: false) else { return nil }
            path.append(decoded)
        }
        var query: [(name: String, value: String)] = []
        for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = percentDecoded(halves[0], plusIsSpace: true),
                let value = percentDecoded(halves.count > 1 ? halves[1] : "", plusIsSpace: true)
            else { return nil }
            query.append((name, value))
        }
        self.path = path
        self.query = query
    }
}

/// Reads percent-encoding (RFC 3986 section 2.1); nil when broken or not UTF-8.
func percentDecoded(_ text: Substring, plusIsSpace: Bool) -> String? {
    if !text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) {
        return String(text)
    }
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%") {
            guard let code = UInt8(Substring(rest.prefix(2)), radix: 16), rest.count >= 2 else {
                return nil
            }
            bytes.append(code)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
        }
    }
    return String(validating: bytes, as: UTF8.self)
}

/// Writes percent-encoding of all but unreserved characters.
func percentEncoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "."), UInt8(ascii: "~"):
            result.unicodeScalars.append(Unicode.Scalar(byte))
        default:
            let hex = String(byte, radix: 16, uppercase: true)
            result += hex.utf8.count < 2 ? "%0\(hex)" : "%\(hex)"
        }
    }
    return result
}
