internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Synchronization
internal import Testing

/// TCP services and changes of the table under load, over real sockets.
@Suite struct TunnelRigTests {
    private func echo() throws -> Backend {
        try Backend { wire in
            while true {
                let next = try wire.receive()
                if next.isEmpty { break }
                try wire.send(next)
            }
            try wire.send("bye")
            wire.finish()
        }
    }

    @Test func bytesPassBothWaysAndHalfClosesAreKept() throws {
        let bench = try Bench([try echo(), try echo()], mode: .tcp)
        defer { bench.balancer.stop() }
        let size = 2_000_000
        var random = SeededRandom(seed: 3)
        let bytes = (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let wire = try bench.wire()
        try HostThread.start("test-sender") {
            try? wire.send(bytes)
            wire.finish()
        }
        #expect(try wire.receiveAll() == bytes + Array("bye".utf8))
        #expect(eventually { bench.counts.active == 0 })
        #expect(bench.counts.bytesIn == UInt64(size) && bench.counts.bytesOut == UInt64(size + 3))
    }

    @Test func connectionsGoToAnotherBackendWhenOneRefuses() throws {
        let refusing = try RefusingPort()
        var bench = try Bench([try echo()], mode: .tcp)
        defer { bench.balancer.stop() }
        bench.service.backends.append(
            BalancerTable.Backend(name: "gone", address: refusing.address))
        bench.balancer.apply(BalancerTable([bench.service]))
        for _ in 0..<4 {
            let wire = try bench.wire()
            try wire.send("hello")
            wire.finish()
            #expect(try wire.text() == "hellobye")
        }
    }

    @Test func theSameClientHasTheSameBackendByHash() throws {
        let backends = try (0..<4).map { try Backend.echo("b\($0)") }
        let byClient = try Bench(backends, policy: .hash(.clientAddress))
        defer { byClient.balancer.stop() }
        func name(_ answer: String) -> Int? {
            (0..<4).first { answer.contains("\r\n\r\nb\($0)\n") }
        }
        let names = try (0..<6).map { _ in try #require(name(try byClient.get())) }
        #expect(Set(names).count == 1)
        let byField = try Bench(backends, policy: .hash(.header("x-user")))
        defer { byField.balancer.stop() }
        var chosen: [Int: Set<Int>] = [:]
        for number in 0..<60 {
            let answer = try byField.ask(
                "GET / HTTP/1.1\r\nHost: a\r\nX-USER: u\(number % 20)\r\nConnection: close\r\n\r\n")
            chosen[number % 20, default: []].insert(try #require(name(answer)))
        }
        #expect(chosen.values.allSatisfy { $0.count == 1 })
        #expect(Set(chosen.values.flatMap { $0 }).count > 1)
    }

    @Test func aPortThatIsTakenIsSaidAndTriedAgain() throws {
        let taken = try echo()
        let balancer = try Balancer(threads: 1)
        defer { balancer.stop() }
        let other = try #require(SocketAddress("127.0.0.1:0"))
        let table = BalancerTable([
            BalancerTable.Service(name: "blocked", listen: try taken.address, mode: .tcp),
            BalancerTable.Service(name: "free", listen: other),
        ])
        let refused = balancer.apply(table)
        #expect(refused.map(\.service) == ["blocked"])
        #expect(refused.first?.cause == "cannot listen: Address already in use")
        #expect(balancer.port(of: other) != nil)
        taken.stop(breaking: true)
        #expect(eventually { balancer.apply(table).isEmpty })
    }

    @Test func twoServicesCannotShareANameOrAPort() throws {
        let balancer = try Balancer(threads: 1)
        defer { balancer.stop() }
        let any = try #require(SocketAddress("127.0.0.1:0"))
        let one = try #require(SocketAddress("127.0.0.1:1"))
        let refused = balancer.apply(
            BalancerTable([
                BalancerTable.Service(name: "a", listen: any),
                BalancerTable.Service(name: "c", listen: one),
                BalancerTable.Service(name: "d", listen: one),
            ]))
        #expect(refused.map(\.service).contains("d"))
    }

    /// Backends come, go and drain under load, on two threads; every request is answered whole.
    @Test func aTableChangedUnderLoadLosesNoRequest() throws {
        let backends = try (0..<4).map { try Backend.echo("b\($0)") }
        var bench = try Bench(backends, policy: .leastConnections, threads: 2)
        defer { bench.balancer.stop() }
        let all = bench.service.backends
        let (asked, failed, done) = (Counter(), Counter(), Counter())
        let port = bench.port
        for client in 0..<8 {
            try HostThread.start("test-client") {
                do {
                    var wire = try Wire(to: port)
                    for number in 0..<400 {
                        // Some clients come anew, as browsers do.
                        if client > 5, number % 7 == 0 { wire = try Wire(to: port) }
                        try wire.send("GET /\(client)/\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
                        let head = try wire.text(until: "\r\n\r\n")
                        let body = try wire.text(until: "\r\n\r\n")
                        asked.value.add(1, ordering: .relaxed)
                        if !head.hasPrefix("HTTP/1.1 200"), !body.contains("/\(client)/\(number) ")
                        {
                            failed.value.add(1, ordering: .relaxed)
                        }
                    }
                } catch { failed.value.add(1, ordering: .relaxed) }
                done.value.add(1, ordering: .relaxed)
            }
        }
        var random = SeededRandom(seed: 9)
        var changes = 0
        while done.value.load(ordering: .relaxed) < 8, changes < 20_000 {
            bench.service.backends = all.enumerated().compactMap { index, backend in
                var backend = backend
                // One stays, the others leave, drain or are ready.
                guard index > 0 else { return backend }
                backend.isReady = random.oneIn(2)
                return random.oneIn(3) ? nil : backend
            }
            #expect(bench.balancer.apply(BalancerTable([bench.service])).isEmpty)
            changes += 1
            usleep(500)
        }
        #expect(eventually { done.value.load(ordering: .relaxed) == 8 })
        #expect(failed.value.load(ordering: .relaxed) == 0)
        #expect(asked.value.load(ordering: .relaxed) == 3200)
        #expect(bench.counts.errors.isEmpty && changes > 3)
        #expect(eventually { bench.counts.active == 0 })
    }

    @Test func aServiceThatGoesDrainsAndGivesItsPortBack() throws {
        let gate = Counter()
        let backend = try Backend { wire in
            _ = try wire.text(until: "\r\n\r\n")
            eventually { gate.value.load(ordering: .relaxed) == 1 }
            try wire.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone")
        }
        let bench = try Bench([backend])
        defer { bench.balancer.stop() }
        let idle = try bench.wire()
        let busy = try bench.wire()
        try busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(eventually { bench.counts(of: 0).active == 1 })
        bench.balancer.apply(BalancerTable())
        #expect(try idle.text() == "")
        gate.value.store(1, ordering: .relaxed)
        #expect(try busy.text().hasSuffix("Connection: close\r\n\r\ndone"))
        #expect(eventually { (try? Wire(to: bench.port)) == nil })
    }

    @Test func whatIsUnderWayOnARemovedBackendEnds() throws {
        let gate = Counter()
        let slow = try Backend { wire in
            _ = try wire.text(until: "\r\n\r\n")
            eventually { gate.value.load(ordering: .relaxed) == 1 }
            try wire.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow")
            #expect(try wire.receive().isEmpty, "its connection is closed then")
            gate.value.store(2, ordering: .relaxed)
        }
        let fast = try Backend.echo("fast")
        var bench = try Bench([slow])
        defer { bench.balancer.stop() }
        let wire = try bench.wire()
        try wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(eventually { bench.counts(of: 0).active == 1 })
        bench.service.backends = [BalancerTable.Backend(name: "fast", address: try fast.address)]
        bench.balancer.apply(BalancerTable([bench.service]))
        #expect(try bench.get().contains("fast"))
        gate.value.store(1, ordering: .relaxed)
        _ = try wire.text(until: "slow")
        try wire.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try wire.text(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"))
        #expect(try wire.text(until: "\r\n\r\n").contains("fast"))
        #expect(eventually { gate.value.load(ordering: .relaxed) == 2 })
    }
}
