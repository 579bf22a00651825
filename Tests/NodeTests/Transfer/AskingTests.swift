import Bus
import Host
import MMSGraph
import Resources
import Testing
import ZeroProcs

@testable import Node

/// Questions that another machine answers, and bookmarks of another machine.
@Suite struct AskingTests {
    private let question = FleetQuestion(
        caller: Caller(
            identity: .local(uid: 5),
            right: .token(Grant([.read], prefix: .root, expires: WallTime(milliseconds: 2000)))),
        method: "GET", path: ["v1", "resources"], query: [("namespace", "/machines/b")],
        body: [1, 2], hops: 2)
    private let answer = FleetAnswer(
        status: 200, contentType: "a/b", headers: [("c", "d")], body: [3])

    @Test func whatIsWrittenIsReadAndTheBytesAreThoseOfThePage() throws {
        let bytes = QuestionForm.encode(question)
        #expect(QuestionForm.encode(try QuestionForm.question(bytes)) == bytes)
        #expect(try QuestionForm.question(bytes).caller == question.caller)
        #expect(
            hex(bytes)
                == "8801676c6f63616c3a35848164726561 64612f801907d063474554".filter { $0 != " " }
                + "8262763169" + "7265736f7572636573"
                + "8182696e616d6573706163656b2f6d616368696e65732f62" + "42010202")
        let said = QuestionForm.encode(answer)
        #expect(QuestionForm.encode(try QuestionForm.answer(said)) == said)
        #expect(hex(said) == "850118c863612f628182616361644103")
    }

    @Test func whatIsCutShortOrMayBePassedOnForEverIsRefused() {
        var endless = question
        endless.hops = 3
        let (bytes, said) = (QuestionForm.encode(question), QuestionForm.encode(answer))
        let wrong =
            [QuestionForm.encode(endless), bytes + [0]]
            + (0..<bytes.count).map { Array(bytes[..<$0]) }
        for bytes in wrong {
            #expect(throws: BusError.self) { try QuestionForm.question(bytes) }
        }
        for count in 0..<said.count {
            #expect(throws: BusError.self) { try QuestionForm.answer(Array(said[..<count])) }
        }
    }

    @Test func aBookmarkIsWaitedForAsLongAsItMayAndThenNamed() throws {
        let world = try FleetWorld(nodes: 2, seed: 11)
        try world.grow()
        let receipt = try #require(world.write(at: 0))
        let b = world.nodes[1]
        let mark = Bookmark([.root: receipt.position])
        var waited = 0
        let refusal = #expect(throws: Refusal.self) {
            try b.life.graph.reach(mark, milliseconds: 50) { waited += $0 }
        }
        #expect(refusal?.code == .unavailable && refusal?.current == b.life.graph.applied(.root))
        #expect(waited >= 50 && waited < 100)
        // The entry comes while it waits.
        try b.life.graph.reach(mark, milliseconds: 50) { _ in
            _ = b.life.follower.turn(milliseconds: 0)
        }
        #expect(b.life.graph.applied(.root) >= receipt.position)
        waited = 0
        try b.life.graph.reach(mark, milliseconds: 50) { waited += $0 }
        #expect(waited == 0)
    }

    @Test func aBookmarkOfALogThatIsNotHereIsRefusedAtOnce() throws {
        let world = try FleetWorld(nodes: 1, seed: 12)
        let mark = Bookmark([.root: Position(1), try Namespace("/machines/x"): Position(3)])
        var waited = 0
        let refusal = #expect(throws: Refusal.self) {
            try world.nodes[0].life.graph.reach(mark, milliseconds: 50) { waited += $0 }
        }
        #expect(refusal?.subject == "log /machines/x" && refusal?.remedy != nil)
        #expect(waited == 0)
    }

    @Test func theDigestOfAnEarlierPositionIsThatWhichStoodThere() throws {
        let world = try FleetWorld(nodes: 1, seed: 13)
        let node = world.nodes[0]
        var known: [Position: StateHash] = [:]
        for count in 0..<12 {
            let receipt = try #require(world.write(at: 0))
            known[receipt.position] = node.life.graph.stateHash(.root)
            guard count % 3 == 2, let id = receipt.ids.first else { continue }
            let gone = try node.propose(
                Batch([.delete(id: id, expect: nil)]), at: world.clock.now
            ).get()
            known[gone.position] = node.life.graph.stateHash(.root)
        }
        for (position, hash) in known {
            #expect(try node.life.graph.digest(of: .root, at: position) == hash, "\(position)")
        }
        let later = node.life.graph.applied(.root).next
        #expect(throws: Refusal.self) { try node.life.graph.digest(of: .root, at: later) }
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
