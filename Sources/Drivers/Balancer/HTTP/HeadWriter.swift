/// Writes the heads that go on: the same lines, without those of one connection only, and with
/// what the balancer adds.
enum HeadWriter {
    /// The request for the backend. `peer` is the client's host in numbers.
    static func write(
        _ head: RequestHead, _ fields: [HeadField], of bytes: Span<UInt8>, peer: [UInt8],
        to out: Buffer
    ) {
        writeLine(head, of: bytes, to: out)
        var run = head.line..<head.line
        for index in fields.indices {
            let field = fields[index]
            let drops =
                switch field.kind {
                case .other, .length, .encoding, .expect: false
                case .host: head.authority != nil
                case .upgrade: !head.asksUpgrade
                case .connection, .hop, .forwardedFor, .forwardedProto: true
                }
            if !drops {
                run = run.lowerBound..<Int(field.next)
            } else {
                out.append(bytes, run)
                run = Int(field.next)..<Int(field.next)
            }
        }
        out.append(bytes, run)
        writeForwarded(head, fields, of: bytes, peer: peer, to: out)
        if head.asksUpgrade {
            out.append("Connection: Upgrade\r\n")
        } else if head.minor == 0 {
            out.append("Connection: close\r\n")
        }
        out.append("\r\n")
    }

    /// An absolute target becomes its path, and its authority the host.
    private static func writeLine(_ head: RequestHead, of bytes: Span<UInt8>, to out: Buffer) {
        guard let authority = head.authority else {
            out.append(bytes, 0..<head.line)
            return
        }
        out.append(bytes, 0..<head.target.lowerBound)
        let path = authority.upperBound..<head.target.upperBound
        if path.isEmpty || bytes[path.lowerBound] != 0x2F { out.append("/") }
        out.append(bytes, path.lowerBound..<head.line)
        out.append("Host: ")
        out.append(bytes, authority)
        out.append("\r\n")
    }

    private static func writeForwarded(
        _ head: RequestHead, _ fields: [HeadField], of bytes: Span<UInt8>, peer: [UInt8],
        to out: Buffer
    ) {
        out.append("X-Forwarded-For: ")
        if head.facts.hasForwardedFor {
            for field in fields where field.kind == .forwardedFor && field.valueCount > 0 {
                out.append(bytes, field.valueRange)
                out.append(", ")
            }
        }
        out.append(peer.span, 0..<peer.count)
        out.append("\r\nX-Forwarded-Proto: http\r\n")
    }

    /// The answer for the client. `closes` tells it that its connection ends with this answer.
    static func write(
        _ head: AnswerHead, _ fields: [HeadField], of bytes: Span<UInt8>,
        for request: RequestHead, closes: Bool, to out: Buffer
    ) {
        out.append("HTTP/1.1")
        var run = 8..<head.line
        for index in fields.indices {
            let field = fields[index]
            let drops =
                switch field.kind {
                case .connection, .hop: true
                case .upgrade: head.status != 101
                case .other, .length, .encoding, .host, .expect, .forwardedFor, .forwardedProto:
                    false
                }
            if !drops {
                run = run.lowerBound..<Int(field.next)
            } else {
                out.append(bytes, run)
                run = Int(field.next)..<Int(field.next)
            }
        }
        out.append(bytes, run)
        if head.status == 101 {
            out.append("Connection: Upgrade\r\n")
        } else if head.status >= 200 {
            if closes {
                out.append("Connection: close\r\n")
            } else if request.minor == 0 {
                out.append("Connection: keep-alive\r\n")
            }
        }
        out.append("\r\n")
    }

    /// An answer of the balancer's own; the connection ends with it.
    static func write(_ refusal: HTTPRefusal, withoutBody: Bool, to out: Buffer) {
        let text = "\(refusal.status) \(refusal.phrase): \(refusal.reason)\n"
        var answer = "HTTP/1.1 \(refusal.status) \(refusal.phrase)\r\n"
        answer +=
            "Content-Type: text/plain; charset=utf-8\r\nContent-Length: \(text.utf8.count)\r\n"
        answer += "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
        if !withoutBody { answer += text }
        out.append(Array(answer.utf8).span, 0..<answer.utf8.count)
    }
}
