import Resources
import Testing

@testable import ZeroProcs

/// The machine that decides which events a handler puts aside.
@Suite struct HandlerBookTests {
    var book = HandlerBook(handler: "rollout")

    private func event(_ number: UInt64, revision: UInt64 = 5) -> HandlerEvent {
        let moment = Resource.Moment(
            position: Position(revision), time: WallTime(milliseconds: 1))
        let resource = Resource(
            draft: Draft(
                id: Identifier(high: 1, low: number), type: CoreTypes.known("task"),
                namespace: .root, name: AppWorld.name("t\(number)")),
            created: moment, changed: moment)
        return HandlerEvent(resource)
    }

    private func refusal(_ code: Refusal.Code) -> Refusal {
        Refusal(code, filter: "schema", subject: "task/t", reason: "will not do")
    }

    private mutating func settle(
        room: Int = 10, revisions: [Identifier: UInt64] = [:]
    ) -> [Command] {
        book.settle(
            seen: Position(9), now: WallTime(milliseconds: 77), room: room,
            revision: { revisions[$0].map(Position.init) ?? Position(5) },
            identify: { Identifier(high: 2, low: 1) })
    }

    @Test(arguments: Refusal.Code.allCases) mutating func eachCodeHasItsOutlook(
        code: Refusal.Code
    ) {
        var letters: [Int: Int] = [:]
        for attempt in 1...20 {
            book.begin(letters: [])
            book.note(refusal(code), of: event(1))
            let commands = settle()
            if !commands.isEmpty { letters[attempt] = commands.count }
            if !commands.isEmpty { break }
        }
        switch code.outlook {
        case .same: #expect(letters == [1: 1])
        case .open: #expect(letters == [Limits.handlerAttempts.value: 1])
        case .closed: #expect(letters.isEmpty, "the log's trouble is not the event's")
        }
    }

    @Test mutating func attemptsAreThoseInARowAtOneRevision() {
        for round in 1..<Limits.handlerAttempts.value * 3 {
            book.begin(letters: [])
            if round % 5 == 0 { book.passed(event(1)) }
            book.note(refusal(.conflict), of: event(1))
            book.note(refusal(.conflict), of: event(2, revision: UInt64(round)))
            #expect(settle(revisions: [event(2).id: UInt64(round)]).isEmpty, "\(round)")
        }
    }

    @Test mutating func whatHasNoRoomIsPutAsideAndCounted() {
        book.begin(letters: [])
        for number in 1...7 { book.note(refusal(.tooLarge), of: event(UInt64(number))) }
        #expect(settle(room: 3).count == 3)
        #expect(book.overflow == 4)
        let turn = HandlerPlan.Turn(
            subject: "tasks", commands: (1...8).map { .delete(id: event($0).id, expect: nil) },
            reason: "",
            events: Dictionary(
                uniqueKeysWithValues: (1...8).map {
                    (event($0).id, event($0))
                }))
        #expect(book.remaining(turn)?.commands.map(\.id) == [event(8).id])
    }

    @Test mutating func whatCouldNotBeWrittenIsTriedAgain() {
        book.begin(letters: [])
        book.note(refusal(.tooLarge), of: event(1))
        #expect(settle().count == 1)
        book.unsettle()
        book.begin(letters: [])
        book.note(refusal(.tooLarge), of: event(1))
        #expect(settle().count == 1)
    }
}
