import Host
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A server on loopback that answers what it is told to, byte for byte: what a broken or foreign
/// server might say in place of etcd. It ends with this object.
final class ScriptedServer: Sendable {
    /// What is done with a request.
    enum Reply: Sendable {
        /// A whole answer.
        case answer(status: Int, body: String)
        /// Those bytes as they are, then the end of the connection.
        case raw(String)
        /// Nothing, for as long as the client waits.
        case silence
    }

    private let listener: Int32
    private let script: @Sendable (_ path: String, _ body: String) -> Reply
    private let connections = Mutex<[Int32]>([])
    /// The paths that were asked, in order.
    let asked = Mutex<[String]>([])
    let port: UInt16

    var endpoint: String { "http://127.0.0.1:\(port)" }

    /// A status that lets a client go on.
    static let goodStatus = Reply.answer(
        status: 200,
        body: #"{"header":{"cluster_id":"7","member_id":"8","revision":"5"},"version":"3.4.23"}"#)

    init(
        _ script: @escaping @Sendable (_ path: String, _ body: String) -> Reply
    ) throws {
        self.script = script
        (listener, port) = try Loopback.socket()
        listen(listener, 16)
        try HostThread.start("scripted") { [weak self, listener] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0, let self else { return }
                self.connections.withLock { $0.append(connection) }
                do {
                    try HostThread.start("scripted-one") { [weak self] in
                        while let self, self.serve(connection) {}
                    }
                } catch { return }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        for connection in connections.withLock({ $0 }) {
            shutdown(connection, Int32(SHUT_RDWR))
            close(connection)
        }
    }

    /// One request; false when the connection is over.
    private func serve(_ connection: Int32) -> Bool {
        guard let (path, body) = Self.request(connection) else { return false }
        asked.withLock { $0.append(path) }
        switch script(path, body) {
        case .answer(let status, let body):
            return Self.send(
                connection,
                "HTTP/1.1 \(status) X\r\ncontent-type: application/json\r\n"
                    + "content-length: \(body.utf8.count)\r\n\r\n" + body)
        case .raw(let text):
            _ = Self.send(connection, text)
            shutdown(connection, Int32(SHUT_RDWR))
            return false
        case .silence: return true
        }
    }

    private static func send(_ connection: Int32, _ text: String) -> Bool {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let sent = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(connection, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            bytes = bytes.dropFirst(sent)
        }
        return true
    }

    /// Path and body of the next request.
    private static func request(_ connection: Int32) -> (String, String)? {
        var text = ""
        while true {
            if let end = text.utf8.firstRange(of: "\r\n\r\n".utf8) {
                let head = String(text[..<end.lowerBound])
                let body = String(text[end.upperBound...])
                let length = head.lowercased().split(separator: "\r\n")
                    .first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).filter { $0 != " " }) }
                if body.utf8.count >= length ?? 0 {
                    return (
                        head.split(separator: " ").dropFirst().first.map(String.init) ?? "", body
                    )
                }
            }
            var bytes = [UInt8](repeating: 0, count: 16384)
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe recv(connection, buffer.baseAddress, buffer.count, 0)
            }
            guard count > 0 else { return nil }
            text += String(decoding: bytes.prefix(count), as: UTF8.self)
        }
    }
}
