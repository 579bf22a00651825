import Resources
import Testing

@testable import ZeroProcs

/// How many machines of a fleet restart into an update at once, and what ends that.
@Suite struct RestartTurnsTests {
    private static let new = "one"
    private static let other = "two"

    private func turn(
        _ name: String, into generation: String = RestartTurnsTests.new
    ) throws -> RestartTurns.Turn {
        RestartTurns.Turn(
            of: try ResourceName(name), into: generation, since: WallTime(milliseconds: 7),
            drains: true)
    }

    private func ask(
        _ turns: inout RestartTurns, _ name: String, atOnce: Int = 2,
        members: Set<String> = ["a", "b", "c"], into generation: String = Self.new
    ) throws -> RestartTurns.Answer {
        turns.ask(
            try turn(name, into: generation), atOnce: atOnce,
            isMember: { members.contains($0.text) })
    }

    @Test func noMoreThanThePolicySaysRestartAtOnce() throws {
        var turns = RestartTurns()
        #expect(try ask(&turns, "a") == .taken)
        #expect(try ask(&turns, "b") == .taken)
        #expect(try ask(&turns, "c") == .wait("2 of 2 at once restart now: a, b"))
        let ended = turns.end(try ResourceName("a"), .kept)
        #expect(ended?.drains == true)
        #expect(try ask(&turns, "c") == .taken)
        #expect(turns.turns.map(\.machine.text) == ["b", "c"])
    }

    @Test func whoAsksAgainKeepsItsTurnAndTakesNoSecond() throws {
        var turns = RestartTurns()
        #expect(try ask(&turns, "a", atOnce: 1) == .taken)
        let before = turns
        #expect(try ask(&turns, "a", atOnce: 1) == .taken)
        #expect(turns == before)
        #expect(turns.end(try ResourceName("b"), .kept) == nil)
        #expect(turns == before)
    }

    @Test func aMachineThatLeftTheFleetHoldsNobodyUp() throws {
        var turns = RestartTurns()
        #expect(try ask(&turns, "a", atOnce: 1) == .taken)
        #expect(try ask(&turns, "b", atOnce: 1, members: ["b", "c"]) == .taken)
        #expect(turns.turns.map(\.machine.text) == ["b"])
    }

    @Test func aMachineThatDoesNotComeBackHoldsTheOthers() throws {
        var turns = RestartTurns()
        #expect(try ask(&turns, "a", atOnce: 1) == .taken)
        for _ in 0..<3 {
            #expect(
                try ask(&turns, "b", atOnce: 1) == .wait("1 of 1 at once restart now: a"))
        }
    }

    @Test func whatOneMachineFellBackFromNoOtherStarts() throws {
        var turns = RestartTurns()
        #expect(try ask(&turns, "a") == .taken)
        _ = turns.end(try ResourceName("a"), .fellBack(Self.new, reason: "hello is not ready"))
        guard case .refused(let reason) = try ask(&turns, "b") else {
            Issue.record("b restarts into what a fell back from")
            return
        }
        #expect(reason.contains("a fell back from system \(Self.new): hello is not ready"))
        #expect(reason.contains("delete restarts/fleet"))
        #expect(try ask(&turns, "b", into: Self.other) == .taken)
    }

    @Test func aSystemThatProvedGoodAfterAllIsForgiven() throws {
        var turns = RestartTurns()
        #expect(try ask(&turns, "a") == .taken)
        #expect(try ask(&turns, "b") == .taken)
        _ = turns.end(try ResourceName("a"), .fellBack(Self.new, reason: "slow"))
        _ = turns.end(try ResourceName("b"), .kept)
        #expect(turns.failures.isEmpty)
    }

    @Test func onlyTheLatestFailuresAreKept() throws {
        var turns = RestartTurns()
        let limit = Limits.restartFailures.value
        for number in 0..<(limit + 3) {
            let generation = "system \(number)"
            #expect(try ask(&turns, "a", into: generation) == .taken)
            _ = turns.end(try ResourceName("a"), .fellBack(generation, reason: "\(number)"))
        }
        #expect(turns.failures.count == limit)
        #expect(turns.failures.last?.reason == "\(limit + 2)")
    }

    @Test func theResourceSaysAllOfIt() throws {
        var turns = RestartTurns()
        #expect(try ask(&turns, "a") == .taken)
        #expect(try ask(&turns, "b", into: Self.other) == .taken)
        _ = turns.end(try ResourceName("a"), .fellBack(Self.new, reason: "x"))
        #expect(RestartTurns(turns.data) == turns)
        #expect(
            RestartTurns(["turns": .text("no list"), "failures": [1, ["machine": 3]]]) == .init())
    }
}
