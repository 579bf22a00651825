import NIOCore
import Resources
import Testing

@testable import Bolt

/// Whose turn it is between the loop and the query threads.
@Suite struct InboxTests {
    /// The macro of expectations takes no mutating calls.
    private final class Box {
        private var inbox = Inbox()

        var isWorking: Bool { inbox.isWorking }
        func deliver(_ item: Inbox.Item) -> Bool { inbox.deliver(item) }
        func mayRead() -> Bool { inbox.mayRead() }
        func leave() -> Bool { inbox.leave() }
        func step(isStreaming: Bool) -> Inbox.Step { inbox.step(isStreaming: isStreaming) }
        func sent(_ bytes: Int) { inbox.sent(bytes) }
        func taken(_ bytes: Int) -> Bool { inbox.taken(bytes) }
    }

    static let message = Inbox.Item.message(ByteBuffer(bytes: [0xB0, 0x0F]))

    static func word(_ step: Inbox.Step) -> String {
        switch step {
        case .take(_, let startReading): startReading ? "take and read" : "take"
        case .stream: "stream"
        case .rest: "rest"
        case .end: "end"
        }
    }

    @Test func oneThreadIsCalledForManyMessages() {
        let inbox = Box()
        #expect(inbox.deliver(Self.message))
        #expect(!inbox.deliver(Self.message))
        #expect(Self.word(inbox.step(isStreaming: false)) == "take")
        #expect(Self.word(inbox.step(isStreaming: false)) == "take")
        #expect(inbox.isWorking)
        #expect(Self.word(inbox.step(isStreaming: false)) == "rest")
        #expect(!inbox.isWorking)
        #expect(inbox.deliver(Self.message))
    }

    @Test func rowsWaitForAClientThatDoesNotRead() {
        let inbox = Box()
        _ = inbox.deliver(Self.message)
        _ = inbox.step(isStreaming: false)
        inbox.sent(Limits.boltOutput.value)
        #expect(Self.word(inbox.step(isStreaming: true)) == "rest")
        #expect(!inbox.deliver(Self.message))
        #expect(!inbox.taken(1))
        #expect(inbox.taken(Limits.boltOutput.value / 2))
        #expect(Self.word(inbox.step(isStreaming: true)) == "stream")
    }

    @Test func readingStopsAndStartsWithTheQueue() {
        let inbox = Box()
        for _ in 0..<Limits.boltPending.value { _ = inbox.deliver(Self.message) }
        #expect(!inbox.mayRead())
        var taken = 0
        while Self.word(inbox.step(isStreaming: false)) == "take" { taken += 1 }
        #expect(taken == Limits.boltPending.value / 2)
        #expect(inbox.mayRead())
    }

    @Test func whoLeavesIsLetGoOfOnce() {
        let inbox = Box()
        _ = inbox.deliver(Self.message)
        #expect(!inbox.leave())
        #expect(Self.word(inbox.step(isStreaming: true)) == "end")
        #expect(!inbox.leave() && !inbox.deliver(Self.message))
        let waiting = Box()
        _ = waiting.deliver(Self.message)
        waiting.sent(Limits.boltOutput.value)
        _ = waiting.step(isStreaming: true)
        #expect(waiting.leave())
        #expect(!waiting.taken(Limits.boltOutput.value))
        #expect(Self.word(waiting.step(isStreaming: true)) == "end")
    }
}

/// How long things may take, on a clock that is turned by hand.
@Suite struct PatienceTests {
    static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    /// The macro of expectations takes no mutating calls.
    private final class Box {
        private var patience: Patience

        init(_ patience: Patience) { self.patience = patience }

        var nextLook: NIODeadline { patience.nextLook }
        func heard(at now: NIODeadline) { patience.heard(at: now) }
        func isInside(_ isInside: Bool, at now: NIODeadline) {
            patience.isInside(isInside, at: now)
        }
        func look(
            at now: NIODeadline, isLoggedIn: Bool, isWorking: Bool, bytesSent: Int
        ) -> Patience.Verdict {
            patience.look(
                at: now, isLoggedIn: isLoggedIn, isWorking: isWorking, bytesSent: bytesSent)
        }
    }

    private static func patience() -> Box {
        var times = Patience.Times()
        times.login = 100
        times.arrival = 1000
        times.idle = 5000
        times.keepAlive = 500
        return Box(Patience(times, now: start))
    }

    static func after(_ milliseconds: Int64) -> NIODeadline { start + .milliseconds(milliseconds) }

    @Test func aLoginThatDoesNotComeIsToldAndCut() {
        let patience = Self.patience()
        #expect(patience.nextLook == Self.after(100))
        patience.heard(at: Self.after(90))
        let verdict = patience.look(
            at: Self.after(100), isLoggedIn: false, isWorking: false, bytesSent: 0)
        #expect(verdict == .late(.beyond(Limits.boltLogin, "log in at once after connecting")))
        let next = patience.look(
            at: Self.after(600), isLoggedIn: false, isWorking: false, bytesSent: 90)
        #expect(next == .lost)
    }

    @Test func aMessageThatDripsIsCut() {
        let patience = Self.patience()
        patience.isInside(true, at: Self.after(50))
        for time in [500, 1000] as [Int64] {
            patience.heard(at: Self.after(time))
            patience.isInside(true, at: Self.after(time))
            #expect(
                patience.look(
                    at: Self.after(time), isLoggedIn: true, isWorking: false, bytesSent: 0)
                    == .wait)
        }
        let verdict = patience.look(
            at: Self.after(1050), isLoggedIn: true, isWorking: false, bytesSent: 0)
        #expect(verdict == .late(.beyond(Limits.boltArrival, "send each message in one go")))
    }

    @Test func aWholeMessageEndsTheWait() {
        let patience = Self.patience()
        patience.isInside(true, at: Self.after(50))
        patience.isInside(false, at: Self.after(60))
        #expect(
            patience.look(at: Self.after(2000), isLoggedIn: true, isWorking: false, bytesSent: 0)
                == .wait)
    }

    @Test func aSlowQueryShowsThatItLives() {
        let patience = Self.patience()
        func look(_ time: Int64, _ bytes: Int) -> Patience.Verdict {
            patience.look(
                at: Self.after(time), isLoggedIn: true, isWorking: true, bytesSent: bytes)
        }
        #expect(look(400, 10) == .wait)
        #expect(look(899, 10) == .wait)
        #expect(look(900, 10) == .sayAlive)
        #expect(look(9000, 10) == .sayAlive)
        #expect(look(9100, 20) == .wait)
    }

    @Test func idleIsCountedFromTheLastByte() {
        let patience = Self.patience()
        patience.heard(at: Self.after(1000))
        func look(_ time: Int64) -> Patience.Verdict {
            patience.look(at: Self.after(time), isLoggedIn: true, isWorking: false, bytesSent: 0)
        }
        #expect(look(5999) == .wait)
        #expect(look(6000) == .lost)
    }
}
