internal import Host
internal import Resources

/// A client of a node's API, for the CLI: one connection, one request at a time.
final class APIClient {
    private var socket: StreamSocket
    private let address: StreamSocket.Address
    private let authority: String
    private let token: String?
    private var unread: [UInt8] = []
    private var waited = 0
    /// A stream ends its connection: the next request has one of its own.
    private var isSpent = false

    /// Connects to a node.
    init(_ target: NodeTarget) throws(ClientError) {
        address = target.address
        authority = target.display
        token = target.token
        socket = try Self.connect(target.address, target.display)
    }

    private static func connect(
        _ address: StreamSocket.Address, _ display: String
    ) throws(ClientError) -> StreamSocket {
        do throws(StreamSocket.Failure) { return try StreamSocket(address) } catch {
            throw .noNode("no node answers at \(display): \(error.cause)")
        }
    }

    /// An answer that was read whole.
    struct Answer {
        let status: Int
        let body: [UInt8]
        let contentType: String
    }

    /// Sends a request and reads the answer; a status from 400 up is an error.
    func call(
        _ method: String, _ path: [String], _ query: [(String, String)] = [], body: [UInt8] = []
    ) throws(ClientError) -> Value {
        let answer = try send(method, path, query, body: body)
        let value = try decode(answer)
        guard answer.status < 400 else { throw ClientError(status: answer.status, problem: value) }
        return value
    }

    /// Sends a request and reads its answer as it is.
    func send(
        _ method: String, _ path: [String], _ query: [(String, String)] = [], body: [UInt8] = []
    ) throws(ClientError) -> Answer {
        try write(method, path, query, body)
        let head = try readHead()
        let length = head.headers["content-length"].flatMap { Int($0) } ?? 0
        while unread.count < length { try fill() }
        let body = Array(unread.prefix(length))
        unread.removeFirst(length)
        return Answer(
            status: head.status, body: body, contentType: head.headers["content-type"] ?? "")
    }

    /// Reads a stream of server-sent events until it ends or `take` answers false.
    func stream(
        _ path: [String], _ query: [(String, String)], method: String = "GET",
        take: (_ event: String, _ data: Value) throws(ClientError) -> Bool
    ) throws(ClientError) {
        try write(method, path, query, [])
        _ = try readGoodHead()
        isSpent = true
        var event = "message"
        while let line = try readLine() {
            if line.hasPrefix("event: ") {
                event = String(line.dropFirst(7))
            } else if line.hasPrefix("data: ") {
                let data = try decode(
                    Answer(
                        status: 200, body: Array(line.utf8.dropFirst(6)),
                        contentType: "application/json"))
                if try !take(event, data) { return }
            }
        }
    }

    /// Sends a request and reads the lines of its answer as they come; `begin` gets the headers.
    func lines(
        _ path: [String], body: [UInt8], begin: ([String: String]) throws(ClientError) -> Void,
        take: (_ line: Value) throws(ClientError) -> Void
    ) throws(ClientError) {
        try write("POST", path, [], body)
        let headers = try readGoodHead()
        try begin(headers)
        // Without a length the answer ends with the connection.
        var left = headers["content-length"].flatMap { Int($0) } ?? .max
        while left > 0, let line = try readLine() {
            left -= line.utf8.count + 1
            try take(
                try decode(
                    Answer(status: 200, body: Array(line.utf8), contentType: "application/json")))
        }
    }

    /// Reads the head of an answer; a status other than 200 is an error.
    private func readGoodHead() throws(ClientError) -> [String: String] {
        let head = try readHead()
        if head.status == 200 {
            // What comes now comes when there is something to tell.
            socket.limit(milliseconds: 0)
            return head.headers
        }
        let length = head.headers["content-length"].flatMap { Int($0) } ?? 0
        while unread.count < length { try fill() }
        throw ClientError(
            status: head.status,
            problem: try decode(
                Answer(status: head.status, body: unread, contentType: "application/json")))
    }

    private func decode(_ answer: Answer) throws(ClientError) -> Value {
        if answer.body.isEmpty { return .null }
        guard answer.contentType.contains("json") else {
            return .text(String(decoding: answer.body, as: UTF8.self))
        }
        do throws(JSONError) { return try JSONReader.decode(answer.body) } catch {
            throw .broken("the node's answer is no JSON: \(error.reason)")
        }
    }

    private func write(
        _ method: String, _ path: [String], _ query: [(String, String)], _ body: [UInt8]
    ) throws(ClientError) {
        var target = "/" + path.map(percentEncoded).joined(separator: "/")
        if !query.isEmpty {
            target +=
                "?"
                + query.map { "\(percentEncoded($0))=\(percentEncoded($1))" }
                .joined(separator: "&")
        }
        var head = "\(method) \(target) HTTP/1.1\r\nhost: pisces\r\n"
        if let token { head += "authorization: Bearer \(token)\r\n" }
        if method != "GET" { head += "content-length: \(body.count)\r\n" }
        if isSpent {
            socket = try Self.connect(address, authority)
            (unread, isSpent) = ([], false)
        }
        socket.limit(milliseconds: Limits.clientNotice.value)
        do throws(StreamSocket.Failure) {
            try socket.write(Array((head + "\r\n").utf8) + body)
        } catch {
            if error.isTimeout { throw .timedOut("the node at \(authority) takes no request") }
            throw .noNode("the node at \(authority) is gone: \(error.cause)")
        }
    }

    private func readHead() throws(ClientError) -> (status: Int, headers: [String: String]) {
        guard let line = try readLine(), line.hasPrefix("HTTP/1.1 "),
            let status = Int(line.dropFirst(9).prefix(3))
        else { throw .broken("\(authority) does not speak HTTP") }
        var headers: [String: String] = [:]
        while let line = try readLine(), !line.isEmpty {
            let halves = line.split(separator: ":", maxSplits: 1)
            guard halves.count == 2 else { continue }
            headers[halves[0].lowercased()] = String(halves[1].drop { $0 == " " })
        }
        return (status, headers)
    }

    private func readLine() throws(ClientError) -> String? {
        while true {
            if let end = unread.firstIndex(of: 0x0A) {
                var line = unread[..<end]
                if line.last == 0x0D { line = line.dropLast() }
                let text = String(decoding: line, as: UTF8.self)
                unread.removeFirst(end + 1)
                return text
            }
            let bytes = try receive()
            if bytes.isEmpty { return nil }
            unread += bytes
        }
    }

    /// What has come. A node that takes its time is said to, once; one that is silent for too long
    /// is given up, unless it streams.
    private func receive() throws(ClientError) -> [UInt8] {
        while true {
            do throws(StreamSocket.Failure) {
                let bytes = try socket.read()
                waited = 0
                return bytes
            } catch {
                guard error.isTimeout else {
                    throw .noNode("the node at \(authority) is gone: \(error.cause)")
                }
            }
            waited += Limits.clientNotice.value
            if waited >= Limits.clientPatience.value {
                throw .timedOut(
                    "the node at \(authority) did not answer for \(waited / 1000) s; "
                        + "what it was asked may have been done")
            }
            if waited == Limits.clientNotice.value {
                LinuxSystem.note(
                    "pisces: the node at \(authority) has not answered for \(waited / 1000) s; "
                        + "still waiting")
            }
        }
    }

    private func fill() throws(ClientError) {
        let bytes = try receive()
        if bytes.isEmpty { throw .noNode("the node at \(authority) hung up") }
        unread += bytes
    }
}

/// Why a command of the CLI failed.
enum ClientError: Error {
    /// The command line is wrong: exit code 2.
    case usage(String)
    /// The node refused: exit code 1, or 3 when the thing is not there.
    case refused(code: String, message: String, notFound: Bool)
    /// No node answers: exit code 4.
    case noNode(String)
    /// The node took too long: exit code 5.
    case timedOut(String)
    /// Something is broken on the way: exit code 1.
    case broken(String)

    /// The error of a problem document.
    init(status: Int, problem: Value) {
        let map = problem.map ?? [:]
        let message = map["title"]?.text ?? problem.text ?? "status \(status)"
        let current = map["current"]?.int.map { " (the current revision is \($0))" } ?? ""
        self = .refused(
            code: map["code"]?.text ?? "\(status)", message: message + current,
            notFound: status == 404)
    }

    /// What the process exits with (design/08).
    var exitCode: Int32 {
        switch self {
        case .usage: 2
        case .refused(_, _, let notFound): notFound ? 3 : 1
        case .noNode: 4
        case .timedOut: 5
        case .broken: 1
        }
    }

    /// What failed, on what, why, and what to do.
    var message: String {
        switch self {
        case .usage(let text): "\(text)\nTry pisces --help"
        case .refused(_, let text, _): text
        case .noNode(let text): "\(text)\nStart one with pisces up, or name it with --state DIR"
        case .timedOut(let text), .broken(let text): text
        }
    }
}
