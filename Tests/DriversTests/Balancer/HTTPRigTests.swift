internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Synchronization
internal import Testing

/// HTTP through the balancer over real sockets.
@Suite struct HTTPRigTests {
    @Test func requestsAreSpreadAndConnectionsKept() throws {
        let backends = [try Backend.echo("one"), try Backend.echo("two")]
        let bench = try Bench(backends)
        defer { bench.balancer.stop() }
        let wire = try bench.wire()
        var names: [String] = []
        for number in 0..<10 {
            try wire.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
            let head = try wire.text(until: "\r\n\r\n")
            #expect(head.hasPrefix("HTTP/1.1 200 OK\r\nContent-Length: "))
            let body = try wire.text(until: "\r\n\r\n")
            #expect(
                body.contains("GET /\(number) HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 127.0.0.1"))
            names.append(String(body.prefix(3)))
        }
        #expect(Set(names[..<2]) == ["one", "two"])
        #expect(Array(names[2...]) == Array(names[..<8]))
        #expect(backends.map(\.connections) == [1, 1])
        #expect(eventually { bench.counts.answers[2] == 10 })
        #expect(bench.counts.connections == 1 && bench.counts.active == 0)
        #expect(bench.counts(of: 0).requests == 5)
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() throws {
        let bench = try Bench([try Backend.echo("one"), try Backend.echo("two")])
        defer { bench.balancer.stop() }
        let wire = try bench.wire()
        let many = (0..<50).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
        try wire.send(many + "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        let all = try wire.text()
        let paths = all.split(separator: "\n").filter { $0.hasPrefix("GET ") }
        #expect(paths.count == 51 && paths.last?.hasPrefix("GET /last") == true)
        for number in 0..<50 { #expect(paths[number].hasPrefix("GET /\(number) ")) }
    }

    /// Bodies both ways, larger than all buffers, chunked and by length, cut at random.
    @Test(arguments: [true, false])
    func largeBodiesPassBothWays(isChunked: Bool) throws {
        let size = 3_000_000
        let backend = try Backend { wire in
            let head = try wire.text(until: "\r\n\r\n")
            var left = isChunked ? Int.max : size
            var all: [UInt8] = []
            while left > 0 {
                let next = try wire.receive(min(left, 65_536))
                all += next
                left -= next.count
                if isChunked, all.suffix(5) == Array("0\r\n\r\n".utf8) { break }
                if next.isEmpty { return }
            }
            let field = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(size)"
            #expect(head.contains(field))
            try wire.send(Array("HTTP/1.1 200 OK\r\n\(field)\r\n\r\n".utf8) + all)
        }
        let bench = try Bench([backend])
        defer { bench.balancer.stop() }
        var random = SeededRandom(seed: 5)
        var body = [UInt8](repeating: 0, count: size).map { _ in
            UInt8(truncatingIfNeeded: random.next())
        }
        if isChunked {
            var chunks: [UInt8] = []
            var at = 0
            while at < size {
                let count = min(size - at, random.below(50_000) + 1)
                chunks += Array("\(String(count, radix: 16))\r\n".utf8) + body[at..<at + count]
                chunks += Array("\r\n".utf8)
                at += count
            }
            body = chunks + Array("0\r\n\r\n".utf8)
        }
        let sent = body
        let wire = try bench.wire()
        let field = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(size)"
        try HostThread.start("test-sender") {
            try? wire.send("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\(field)\r\n\r\n")
            try? wire.send(sent)
        }
        let all = try wire.receiveAll()
        let head = Array("HTTP/1.1 200 OK\r\n\(field)\r\nConnection: close\r\n\r\n".utf8)
        #expect(all.count == head.count + body.count)
        #expect(all.starts(with: head) && all.suffix(body.count) == body[...])
    }

    @Test func expectationsAndInterimAnswersPass() throws {
        let backend = try Backend { wire in
            let head = try wire.text(until: "\r\n\r\n")
            #expect(head.contains("Expect: 100-continue"))
            try wire.send("HTTP/1.1 100 Continue\r\n\r\n")
            let body = try wire.text(until: "hello")
            try wire.send("HTTP/1.1 201 Made\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        }
        let bench = try Bench([backend])
        defer { bench.balancer.stop() }
        let wire = try bench.wire()
        try wire.send(
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        #expect(try wire.text(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        try wire.send("hello")
        let answer = "HTTP/1.1 201 Made\r\nContent-Length: 5\r\n\r\nhello"
        #expect(try wire.text(until: "hello") == answer)
    }

    @Test func answersWithoutABodyEndWithTheirHead() throws {
        let backend = try Backend { wire in
            while true {
                let head = try wire.text(until: "\r\n\r\n")
                let status = head.hasPrefix("HEAD") ? "200 OK" : "304 Not Modified"
                try wire.send("HTTP/1.1 \(status)\r\nContent-Length: 10\r\n\r\n")
            }
        }
        let bench = try Bench([backend])
        defer { bench.balancer.stop() }
        let wire = try bench.wire()
        for method in ["HEAD", "GET", "HEAD"] {
            try wire.send("\(method) / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try wire.text(until: "\r\n\r\n").hasSuffix("Content-Length: 10\r\n\r\n"))
        }
        #expect(backend.connections == 1)
    }

    @Test func anUpgradeBecomesATunnel() throws {
        let backend = try Backend { wire in
            let head = try wire.text(until: "\r\n\r\n")
            #expect(head.contains("Upgrade: echo\r\n") && head.contains("Connection: Upgrade\r\n"))
            try wire.send(
                "HTTP/1.1 101 Switching\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nfirst")
            while true {
                let next = try wire.receive()
                if next.isEmpty { break }
                try wire.send(next)
            }
            try wire.send("last")
            wire.finish()
        }
        let bench = try Bench([backend])
        defer { bench.balancer.stop() }
        let wire = try bench.wire()
        try wire.send(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nearly")
        _ = try wire.text(until: "\r\n\r\nfirst")
        #expect(try wire.text(until: "early") == "early")
        try wire.send("more")
        #expect(try wire.text(until: "more") == "more")
        wire.finish()
        #expect(try wire.text() == "last")
    }

    @Test func http10EndsWithTheConnection() throws {
        let backend = try Backend { wire in
            let head = try wire.text(until: "\r\n\r\n")
            #expect(head.hasPrefix("GET / HTTP/1.0\r\n"))
            try wire.send("HTTP/1.0 200 OK\r\n\r\nuntil the end")
            wire.finish()
        }
        let bench = try Bench([backend])
        defer { bench.balancer.stop() }
        let answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end"
        #expect(try bench.ask("GET / HTTP/1.0\r\n\r\n") == answer)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", 400, HTTPRefusal.missingHost),
        ("BAD\r\n\r\n", 400, .badRequestLine),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, .badChunk),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999\r\n\r\n", 413,
            .bodyTooLarge
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nA: \(String(repeating: "b", count: 20_000))", 431,
            .headTooLarge
        ),
        ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505, .badVersion),
    ]) func refusedRequestsAreAnsweredAndCounted(
        request: String, status: Int, refusal: HTTPRefusal
    ) throws {
        let bench = try Bench([try Backend.echo("one")])
        defer { bench.balancer.stop() }
        let answer = try bench.ask(request)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
        #expect(answer.hasSuffix(": \(refusal.reason)\n"))
        #expect(bench.counts.errors == [refusal: 1])
    }
}
