import Reproduction
import Resources
import Testing

@Suite struct HealthGateTests {
    static let boot = Ticks(nanoseconds: 5_000_000_000)
    static let good = Dictionary(
        uniqueKeysWithValues: HealthGate.Check.allCases.map { ($0, HealthGate.Finding.good) })

    static func gate() -> HealthGate {
        HealthGate(booted: boot, patienceMilliseconds: 60_000, soakMilliseconds: 10_000)
    }

    static func at(_ seconds: UInt64) -> Ticks { boot.advanced(byMilliseconds: seconds * 1000) }

    @Test func whatStaysGoodIsBlessedAfterItsSoak() {
        var gate = Self.gate()
        #expect(
            gate.judge(Self.good, now: Self.at(1))
                == .wait(until: Self.at(11), why: "all is good, soaking"))
        #expect(gate.judge(Self.good, now: Self.at(11)) == .bless)
    }

    @Test func aSoakThatIsInterruptedBeginsAnew() {
        var gate = Self.gate()
        var findings = Self.good
        _ = gate.judge(findings, now: Self.at(1))
        findings[.appsHealthy] = .waiting("web starts")
        #expect(
            gate.judge(findings, now: Self.at(5))
                == .wait(until: Self.at(60), why: "appsHealthy: web starts"))
        #expect(
            gate.judge(Self.good, now: Self.at(12))
                == .wait(until: Self.at(22), why: "all is good, soaking"))
    }

    @Test func whatIsBadIsGivenUpAtOnce() {
        var gate = Self.gate()
        var findings = Self.good
        findings[.driversUp] = .bad("oci is gone")
        #expect(gate.judge(findings, now: Self.at(1)) == .giveUp("driversUp: oci is gone"))
    }

    @Test func patienceEnds() {
        var gate = Self.gate()
        let why = "out of patience, logReplayed: not looked at yet"
        #expect(gate.judge([:], now: Self.at(60)) == .giveUp(why))
    }

    @Test(arguments: HealthGate.Check.allCases) func everyCheckCounts(check: HealthGate.Check) {
        var gate = Self.gate()
        var findings = Self.good
        findings[check] = nil
        guard case .wait(_, let why) = gate.judge(findings, now: Self.at(1)) else {
            Issue.record("\(check) does not count")
            return
        }
        #expect(why == "\(check.rawValue): not looked at yet")
    }
}
