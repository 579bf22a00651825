internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Synchronization
internal import Testing

/// Backends and clients that do wrong, over real sockets.
@Suite struct FaultRigTests {
    private func short() -> BalancerTable.Times {
        var times = BalancerTable.Times()
        times.answer = 200
        times.head = 200
        times.idle = 200
        times.still = 200
        return times
    }

    @Test func withoutABackendTheAnswerIs503() throws {
        let bench = try Bench([])
        defer { bench.balancer.stop() }
        #expect(try bench.get().hasPrefix("HTTP/1.1 503 "))
        #expect(bench.counts.errors == [.noBackend: 1])
    }

    @Test func aBackendThatNeverAnswersIsGivenUpAfterATime() throws {
        let silent = try Backend { wire in _ = try wire.receiveAll() }
        let bench = try Bench([silent], times: short())
        defer { bench.balancer.stop() }
        #expect(try bench.get().hasPrefix("HTTP/1.1 504 "))
        #expect(bench.counts.errors == [.answerTime: 1])
        #expect(bench.counts(of: 0).errors == [.answerTime: 1])
        #expect(eventually { bench.counts(of: 0).active == 0 })
    }

    @Test func aRefusingBackendIsSetAsideAndNoRequestIsLost() throws {
        let alive = try Backend.echo("alive")
        let refusing = try RefusingPort()
        var bench = try Bench([alive])
        defer { bench.balancer.stop() }
        bench.service.backends.append(
            BalancerTable.Backend(name: "dead", address: refusing.address))
        #expect(bench.balancer.apply(BalancerTable([bench.service])).isEmpty)
        for _ in 0..<20 { #expect(try bench.get().contains("alive")) }
        let dead = try #require(bench.balancer.statistics()["test"]?.backends["dead"])
        #expect((1...4).contains(dead.requests), "asked \(dead.requests) times")
        #expect(bench.counts.errors.isEmpty && bench.counts.retries == dead.requests)
    }

    @Test func whenNoBackendCanBeReachedTheAnswerIs502() throws {
        var bench = try Bench([])
        defer { bench.balancer.stop() }
        let refusing = try RefusingPort()
        bench.service.backends = [BalancerTable.Backend(name: "dead", address: refusing.address)]
        bench.balancer.apply(BalancerTable([bench.service]))
        #expect(try bench.get().hasPrefix("HTTP/1.1 502 "))
        #expect(bench.counts.errors == [.connectFailed: 1])
    }

    /// The backend takes the request and closes: what may be asked twice is asked elsewhere.
    @Test(arguments: [("GET", true), ("PUT", true), ("POST", false)])
    func aRequestWithoutAnAnswerIsRepeatedWhenThatIsSafe(method: String, repeats: Bool) throws {
        let broken = try Backend { wire in
            _ = try wire.text(until: "\r\n\r\n")
            wire.finish()
            _ = try wire.receiveAll()
        }
        let bench = try Bench([broken, try Backend.echo("sound")])
        defer { bench.balancer.stop() }
        let answers = try (0..<2).map { _ in
            try bench.ask("\(method) / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        }
        #expect(answers.filter { $0.contains("sound") }.count == (repeats ? 2 : 1))
        #expect((bench.counts.retries > 0) == repeats)
        #expect(bench.counts.errors == (repeats ? [:] : [.backendClosed: 1]))
    }

    @Test func anAnswerThatBreaksOffIsNotTakenForWhole() throws {
        let broken = try Backend { wire in
            _ = try wire.text(until: "\r\n\r\n")
            try wire.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            wire.finish()
        }
        let bench = try Bench([broken])
        defer { bench.balancer.stop() }
        let wire = try bench.wire()
        try wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        // The end is a reset: the client knows.
        #expect(throws: WireFailure.self) { _ = try wire.receiveAll() }
        #expect(bench.counts.errors == [.backendClosed: 1])
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 1\n\n", "SSH-2.0-OpenSSH\r\n\r\n",
    ]) func aMalformedAnswerBecomes502(text: String) throws {
        let broken = try Backend { wire in
            _ = try wire.text(until: "\r\n\r\n")
            try wire.send(text)
            _ = try wire.receiveAll()
        }
        let bench = try Bench([broken])
        defer { bench.balancer.stop() }
        #expect(try bench.get().hasPrefix("HTTP/1.1 502 "))
        #expect(bench.counts.errors == [.badAnswer: 1])
    }

    @Test func slowHeadsAndBodiesEndWith408() throws {
        let bench = try Bench([try Backend { wire in _ = try wire.receiveAll() }], times: short())
        defer { bench.balancer.stop() }
        #expect(try bench.ask("GET / HTTP/1.1\r\nHos").hasPrefix("HTTP/1.1 408 "))
        let slow = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"
        #expect(try bench.ask(slow).hasPrefix("HTTP/1.1 408 "))
        #expect(bench.counts.errors == [.headTime: 1, .bodyTime: 1])
    }

    @Test func idleClientsAreClosedWithoutAWord() throws {
        let bench = try Bench([try Backend.echo("one")], times: short())
        defer { bench.balancer.stop() }
        #expect(try bench.ask("").isEmpty)
        #expect(bench.counts.errors.isEmpty)
    }

    /// A client that reads nothing: the backend is stopped, and what is held is bounded.
    @Test func aSlowReaderStopsTheBackend() throws {
        let sent = Counter()
        let backend = try Backend { wire in
            _ = try wire.text(until: "\r\n\r\n")
            try wire.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            let block = [UInt8](repeating: 120, count: 65_536)
            while true {
                try wire.send(block)
                sent.value.add(block.count, ordering: .relaxed)
            }
        }
        var times = BalancerTable.Times()
        times.still = 400
        let bench = try Bench([backend], times: times)
        defer { bench.balancer.stop() }
        let wire = try Wire(to: bench.port, receiving: 4096)
        try wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(eventually { bench.counts.errors == [.clientGone: 1] })
        // Sockets of both sides hold some megabytes at most; the balancer two buffers.
        #expect(sent.value.load(ordering: .relaxed) < 32 << 20)
        #expect(bench.counts(of: 0).bytesOut - bench.counts.bytesOut <= 2 * 16_384)
    }

    @Test func aClientThatLeavesFreesTheBackend() throws {
        let silent = try Backend { wire in _ = try wire.receiveAll() }
        let bench = try Bench([silent])
        defer { bench.balancer.stop() }
        do {
            let wire = try bench.wire()
            try wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(eventually { bench.counts(of: 0).active == 1 })
            var now = linger(l_onoff: 1, l_linger: 0)
            _ = unsafe setsockopt(
                wire.descriptor, SOL_SOCKET, SO_LINGER, &now,
                socklen_t(MemoryLayout<linger>.size))
        }
        #expect(eventually { bench.counts(of: 0).active == 0 })
        #expect(bench.counts.errors == [.clientGone: 1] && bench.counts.active == 0)
    }

    @Test func halfOpenClientsGetTheirAnswer() throws {
        let bench = try Bench([try Backend.echo("one")])
        defer { bench.balancer.stop() }
        let wire = try bench.wire()
        try wire.send("GET /half HTTP/1.1\r\nHost: a\r\n\r\n")
        wire.finish()
        #expect(try wire.text().contains("GET /half"))
    }
}

final class Counter: Sendable { let value = Atomic<Int>(0) }
