internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Synchronization
internal import Testing

/// The prober over real sockets.
@Suite struct ProberRigTests {
    /// What was reported.
    final class Reports: Sendable {
        private let all = Mutex<[Identifier: [Health]]>([:])
        func note(_ id: Identifier, _ health: Health) {
            all.withLock { $0[id, default: []].append(health) }
        }
        subscript(id: Identifier) -> [Health] { all.withLock { $0[id] ?? [] } }
    }

    private let terms = Check.Terms(every: 100, timeout: 200, failures: 2, passes: 1, grace: 0)

    private func prober(
        _ reports: Reports, run: @escaping CommandRunner = { _, _, _, done in done(.passed) }
    ) throws -> Prober {
        try Prober(run: run) { reports.note($0, $1) }
    }

    /// A backend that answers with what the switch says.
    private func backend(_ status: Counter) throws -> Backend {
        try Backend { wire in
            _ = try wire.text(until: "\r\n\r\n")
            try wire.send("HTTP/1.1 \(status.value.load(ordering: .relaxed)) X\r\n\r\n")
            wire.finish()
        }
    }

    @Test func anHTTPCheckFollowsTheStatus() throws {
        let status = Counter()
        status.value.store(204, ordering: .relaxed)
        let backend = try backend(status)
        let reports = Reports()
        let prober = try prober(reports)
        defer { prober.stop() }
        let id = identifier()
        try prober.apply([
            Check(id: id, probe: .http(backend.address, path: "/healthz"), terms: terms)
        ])
        #expect(eventually { reports[id] == [.passing] })
        status.value.store(503, ordering: .relaxed)
        let failing = Health.failing(reason: "answered with status 503")
        #expect(eventually { reports[id] == [.passing, failing] })
        status.value.store(302, ordering: .relaxed)
        #expect(eventually { reports[id] == [.passing, failing, .passing] })
        // Given again as it is, a check goes on: nothing is reported anew.
        try prober.apply([
            Check(id: id, probe: .http(backend.address, path: "/healthz"), terms: terms)
        ])
        let asked = backend.connections
        #expect(eventually { backend.connections > asked + 2 })
        #expect(reports[id].count == 3)
        try prober.apply([])
        prober.stop()
        #expect(reports[id].count == 3)
    }

    @Test func whoNeverAnswersRefusesOrSpeaksSomethingElseFails() throws {
        let silent = try Backend { wire in _ = try wire.receiveAll() }
        let other = try Backend { wire in try wire.send("220 mail ready\r\n") }
        let closing = try Backend { wire in
            _ = try wire.text(until: "\r\n\r\n")
            wire.finish()
        }
        let refusing = try RefusingPort()
        let reports = Reports()
        let prober = try prober(reports)
        defer { prober.stop() }
        let ids = (0..<5).map { _ in identifier() }
        let probes: [Check.Probe] = [
            .http(try silent.address, path: "/"), .http(try other.address, path: "/"),
            .http(try closing.address, path: "/"), .tcp(refusing.address),
            .tcp(try silent.address),
        ]
        try prober.apply(zip(ids, probes).map { Check(id: $0, probe: $1, terms: terms) })
        let expected: [Health] = [
            .failing(reason: "no answer within 200 ms"),
            .failing(reason: "the answer is not HTTP"),
            .failing(reason: "closed without an answer"),
            .failing(reason: "cannot connect: Connection refused"), .passing,
        ]
        for (id, health) in zip(ids, expected) {
            #expect(eventually { !reports[id].isEmpty })
            #expect(reports[id].first == health)
        }
    }

    @Test func commandsAreRunByTheGivenRunner() throws {
        let reports = Reports()
        let (passing, failing, hanging) = (identifier(), identifier(), identifier())
        let prober = try prober(reports) { id, command, milliseconds, done in
            #expect(milliseconds == 200)
            switch command {
            case "true": done(.passed)
            case "false": done(.failed(reason: "exit 1"))
            default: break
            }
            if id == passing { #expect(command == "true") }
        }
        defer { prober.stop() }
        try prober.apply([
            Check(id: passing, probe: .command("true"), terms: terms),
            Check(id: failing, probe: .command("false"), terms: terms),
            Check(id: hanging, probe: .command("hang"), terms: terms),
        ])
        #expect(eventually { !reports[hanging].isEmpty })
        #expect(reports[passing] == [.passing])
        #expect(reports[failing] == [.failing(reason: "exit 1")])
        #expect(reports[hanging] == [.failing(reason: "no answer within 200 ms")])
    }

    @Test func moreChecksThanProbesAtOnceAreAllAsked() throws {
        let backend = try Backend { wire in _ = try wire.receiveAll() }
        let reports = Reports()
        let prober = try prober(reports)
        defer { prober.stop() }
        let address = try backend.address
        let checks = (0..<600).map { _ in
            Check(id: identifier(), probe: .tcp(address), terms: Check.Terms(every: 60_000))
        }
        try prober.apply(checks)
        #expect(eventually { checks.allSatisfy { reports[$0.id] == [.passing] } })
    }

    @Test func tooManyChecksAreRefusedByName() throws {
        let prober = try prober(Reports())
        defer { prober.stop() }
        let checks = (0...Limits.checkedTasks.value).map { _ in
            Check(id: identifier(), probe: .command("true"))
        }
        do throws(DriverError) {
            try prober.apply(checks)
            Issue.record("took all")
        } catch { #expect(error.kind == .exhausted && error.cause.contains("4096")) }
    }
}
