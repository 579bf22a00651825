internal import Host
internal import Resources
internal import Testing

@testable internal import Drivers

/// The machine of a health check, without sockets.
@Suite struct HealthCheckTests {
    /// What happened: `+` a pass, `-` a failure, `.` a probe that takes too long.
    struct Script: Sendable {
        var events: String
        var terms: Check.Terms
        /// `R` ready, `F` failing, after how many probes.
        var said: [String]
    }

    static let scripts = [
        Script(events: "+", terms: .init(grace: 0), said: ["R1"]),
        Script(events: "++-+--+---+", terms: .init(grace: 0), said: ["R1", "F10", "R11"]),
        Script(events: "---", terms: .init(grace: 0), said: ["F3"]),
        Script(events: "-----+", terms: .init(grace: 0), said: ["F3", "R6"]),
        Script(
            events: "+-+--+", terms: .init(failures: 1, grace: 0),
            said: ["R1", "F2", "R3", "F4", "R6"]),
        Script(events: "++-+++", terms: .init(passes: 3, grace: 0), said: ["R6"]),
        Script(events: "+++", terms: .init(passes: 3, grace: 0), said: ["R3"]),
        // Within the grace failures do not count, and probes come ten times as often.
        Script(events: "-----", terms: .init(grace: 10_000), said: []),
        Script(events: "-----+---", terms: .init(grace: 10_000), said: ["R6", "F9"]),
        Script(events: "....", terms: .init(timeout: 500, grace: 0), said: ["F3"]),
        Script(events: "+...", terms: .init(timeout: 500, grace: 60_000), said: ["R1", "F4"]),
    ]

    @Test(arguments: scripts) func resultsDecide(script: Script) {
        var now = Ticks(nanoseconds: 7)
        var machine = HealthCheck(script.terms, now: now)
        var said: [String] = []
        for (index, event) in script.events.enumerated() {
            var actions = machine.tick(now)
            #expect(actions == [.probe(until: now.advanced(byMilliseconds: script.terms.timeout))])
            switch event {
            case "+": actions = machine.result(.passed, now)
            case "-": actions = machine.result(.failed(reason: "no"), now)
            default:
                now = now.advanced(byMilliseconds: script.terms.timeout)
                actions = machine.tick(now)
            }
            for action in actions {
                switch action {
                case .becomeReady: said.append("R\(index + 1)")
                case .becomeFailing(let reason):
                    said.append("F\(index + 1)")
                    let late = "no answer within \(script.terms.timeout) ms"
                    #expect(reason == (event == "." ? late : "no"))
                case .wait(let until): now = until
                case .probe: Issue.record("asks twice")
                }
            }
        }
        #expect(said == script.said)
    }

    @Test func probesAreDueWhenTheTermsSay() {
        let start = Ticks(nanoseconds: 0)
        var machine = HealthCheck(.init(every: 2000, grace: 10_000), now: start)
        _ = machine.tick(start)
        let soon = machine.result(.failed(reason: "no"), start)
        #expect(soon == [.wait(until: start.advanced(byMilliseconds: 200))])
        let later = start.advanced(byMilliseconds: 200)
        #expect(machine.tick(start) == soon)
        _ = machine.tick(later)
        let next = later.advanced(byMilliseconds: 2000)
        #expect(machine.result(.passed, later) == [.becomeReady, .wait(until: next)])
        #expect(machine.result(.failed(reason: "late"), later).isEmpty)
        #expect(machine.health == .passing)
    }

    /// Seeded events in any order: transitions alternate, each has its count of results before it,
    /// and the machine always says when it wants to be called again.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func anyEventsKeepThePromises(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let terms = Check.Terms(
            every: UInt64(random.below(3000)), timeout: UInt64(random.below(2000)),
            failures: random.below(4), passes: random.below(4), grace: UInt64(random.below(9000)))
        var now = Ticks(nanoseconds: UInt64(random.below(1_000_000)))
        var machine = HealthCheck(terms, now: now)
        var last: Bool?
        var passed = 0
        for _ in 0..<300 {
            let passes = random.oneIn(2)
            let reports = machine.isAsking && random.oneIn(2)
            let wasAsking = machine.isAsking
            let actions =
                reports
                ? machine.result(passes ? .passed : .failed(reason: "no"), now) : machine.tick(now)
            if reports { passed = passes ? passed + 1 : 0 }
            switch actions.last {
            case .probe(let until):
                #expect(!wasAsking && machine.isAsking && until > now)
                #expect(actions.count == 1)
            case .wait(let until):
                #expect(until > now)
                if reports {
                    #expect(!machine.isAsking)
                } else if wasAsking, !machine.isAsking {
                    passed = 0
                }
            case .becomeReady, .becomeFailing, nil:
                Issue.record("does not say when to come again")
            }
            for action in actions {
                if case .becomeReady = action {
                    #expect(last != true && reports && passed >= terms.passes)
                    last = true
                } else if case .becomeFailing = action {
                    #expect(last != false)
                    last = false
                }
            }
            now = now.advanced(byMilliseconds: UInt64(random.below(700)))
        }
    }

    static let answers: [(String, HealthCheck.Result?)] = [
        ("HTTP/1.1 200 OK\r\n", .passed), ("HTTP/1.0 399 x", .passed), ("HTTP/1.1 20", nil),
        ("HTTP/1.1 404 No", .failed(reason: "answered with status 404")),
        ("HTTP/1.1 199 No", .failed(reason: "answered with status 199")),
        ("HTTP/1.1 500\r\n", .failed(reason: "answered with status 500")),
        ("SSH-2.0", .failed(reason: "the answer is not HTTP")),
        ("HTTP/1.1 2x0 OK", .failed(reason: "the answer is not HTTP")), ("", nil),
    ]

    @Test(arguments: answers) func theStatusDecides(text: String, result: HealthCheck.Result?) {
        for step in [1, 2, 5, 100] {
            var answer = ProbeAnswer()
            var found: HealthCheck.Result?
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: step) where found == nil {
                found = answer.take(Array(bytes[start..<min(bytes.count, start + step)]).span)
            }
            #expect(found == result)
        }
    }
}
