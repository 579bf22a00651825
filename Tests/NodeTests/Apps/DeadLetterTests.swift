import Host
import MMSGraph
import Node
import Resources
import Testing
import ZeroProcs

/// What a handler cannot do is put aside once, the rest goes on, and a person has it tried again.
@Suite struct DeadLetterTests {
    let node: WorldNode

    init() throws { node = try WorldNode(seed: 23) }

    private static func declare(_ node: WorldNode, _ name: String, _ data: ValueMap) throws {
        if try node.all("app").contains(where: { $0.name.text == name }) { return }
        let draft = Draft(
            id: node.identify(), type: AppTypes.app.name, namespace: .root,
            name: try ResourceName(name), data: data)
        _ = node.propose([.create(draft)])
    }

    /// An app that passes the types and cannot be read.
    private static let poison: ValueMap = ["version": "1", "components": ["web": "not a map"]]

    private func taken(_ commands: [Command], as caller: Caller? = nil) throws {
        let caller = caller ?? Caller(identity: .local(uid: 0), right: .administrator)
        _ = try node.circle.fleet.propose(
            Proposal(caller: caller, batch: Batch(commands), time: node.clock.now)
        ).get()
    }

    /// Two replicas without ports, so that any number of apps has room.
    private static let small = AppStory.data("1", more: ["ports": [:]])

    private func placed() throws -> [String] {
        try node.all("assignment").filter { $0.data["machine"] == "world" }.map(\.name.text)
    }

    @Test func anAppThatCannotBeReadIsPutAsideOnceAndHoldsNothingUp() throws {
        try Self.declare(node, "bad", Self.poison)
        try Self.declare(node, "shop", AppStory.data("1"))
        #expect(try node.rest {})
        #expect(try placed() == ["shop-web-0", "shop-web-1"])
        let bad = try #require(try node.all("app").first)
        let letters = try node.all("deadletter")
        let letter = try #require(letters.first)
        #expect(letters.count == 1)
        #expect(letter.name.text == "expander-\(bad.id.description.lowercased())")
        #expect(letter.data["handler"] == "expander")
        #expect(letter.data["subject"] == "app/bad")
        #expect(letter.data["revision"]?.int == Int64(bad.revision.rawValue))
        #expect(letter.data["attempts"] == 1)
        #expect(letter.data["code"] == "invalidValue")
        #expect(letter.data["error"]?.text?.contains("web") == true)
        #expect((letter.data["at"]?.int ?? 0) > 0)
        #expect(letter.links["ABOUT"] == [bad.id])
        // The cursor went on with it.
        let cursor = try node.circle.graph.cursor(of: "expander", in: .root)
        #expect(cursor.rawValue >= UInt64(letter.data["position"]?.int ?? .max))
        // Other changes do not have it written again.
        try Self.declare(node, "other", Self.small)
        #expect(try node.rest {})
        #expect(try node.all("deadletter") == letters)
        #expect(try placed().count == 4)
    }

    @Test func aChangeOfItEndsTheLetterOrRenewsIt() throws {
        try Self.declare(node, "bad", Self.poison)
        #expect(try node.rest {})
        let first = try #require(try node.all("deadletter").first)
        for (data, isGood) in [(Self.poison, false), (AppStory.data("1"), true)] {
            let app = try #require(try node.all("app").first)
            var update = Update(id: app.id, expect: app.revision, data: data)
            update.data["description"] = .text("good: \(isGood)")
            update.replaces = true
            try taken([.update(update)])
            #expect(try node.rest {})
            let letters = try node.all("deadletter")
            #expect(letters.map(\.id) == (isGood ? [] : [first.id]))
            if let letter = letters.first {
                #expect(letter.revision > first.revision)
                #expect(letter.data["revision"]?.int ?? 0 > first.data["revision"]?.int ?? 0)
            }
        }
        #expect(try placed().count == 2)
    }

    @Test func whoDeletesALetterHasItTriedAgain() throws {
        try Self.declare(node, "bad", Self.poison)
        #expect(try node.rest {})
        let letter = try #require(try node.all("deadletter").first)
        try taken([.delete(id: letter.id, expect: letter.revision)])
        #expect(try node.rest {})
        let again = try node.all("deadletter")
        #expect(again.count == 1 && again.first?.id != letter.id)
        // With what it is about it goes.
        let app = try #require(try node.all("app").first)
        try taken([.delete(id: app.id, expect: app.revision)])
        #expect(try node.rest {})
        #expect(try node.all("deadletter").isEmpty)
    }

    @Test func onlyItsHandlerWritesALetter() throws {
        try Self.declare(node, "bad", Self.poison)
        #expect(try node.rest {})
        let letter = try #require(try node.all("deadletter").first)
        #expect(throws: Refusal.self) {
            try taken([.update(Update(id: letter.id, data: ["attempts": 0]))])
        }
        let nobody = Caller(identity: .local(uid: 4711), right: .proven)
        #expect(throws: Refusal.self) {
            try taken([.delete(id: letter.id, expect: nil)], as: nobody)
        }
    }

    /// A mistake in a type refuses each assignment: the tasks are put aside, and placed when the
    /// type is mended and the letters are gone.
    @Test func aRuleThatRefusesAllIsNoLoop() throws {
        let type = try #require(try node.all("type").first { $0.name.text == "assignment" })
        let fields = (type.data["fields"]?.list ?? []).filter { $0.map?["name"] != "reason" }
        let columns = (type.data["columns"]?.list ?? []).filter { $0 != "reason" }
        try taken([
            .update(
                Update(
                    id: type.id, data: ["fields": .list(fields), "columns": .list(columns)]))
        ])
        try Self.declare(node, "shop", AppStory.data("1"))
        #expect(try node.rest {})
        let letters = try node.all("deadletter")
        #expect(letters.map { $0.data["subject"] } == ["task/shop-web-0", "task/shop-web-1"])
        #expect(letters.allSatisfy { $0.data["code"] == "unknownField" })
        #expect(try placed().isEmpty)
        let before = node.circle.fleet.sequencer.counted.refused
        try Self.declare(node, "other", Self.poison)
        #expect(try node.rest {})
        #expect(node.circle.fleet.sequencer.counted.refused == before, "it is tried no more")
        var mended = Update(id: type.id, data: type.data)
        mended.replaces = true
        try taken([.update(mended)])
        try taken(letters.map { .delete(id: $0.id, expect: $0.revision) })
        #expect(try node.rest {})
        #expect(try placed() == ["shop-web-0", "shop-web-1"])
    }

    /// One assignment that the state refuses each time does not hold the others up, and is put
    /// aside after a bounded number of attempts.
    @Test func oneOfManyIsTakenOutAndTriedABoundedNumberOfTimes() throws {
        // A name that is taken, by a thing that belongs to no task.
        let stray = Draft(
            id: node.identify(), type: AppTypes.assignment.name, namespace: .root,
            name: try ResourceName("shop-web-0"), data: ["task": "gone", "machine": "gone"])
        try taken([.create(stray)], as: .system("scheduler"))
        try Self.declare(node, "shop", AppStory.data("1"))
        #expect(try node.rest {})
        #expect(try placed() == ["shop-web-1"])
        #expect(try node.all("deadletter").isEmpty)
        for round in 0..<Limits.handlerAttempts.value {
            try Self.declare(node, "more\(round)", Self.small)
            #expect(try node.rest {})
        }
        let letters = try node.all("deadletter")
        #expect(letters.map { $0.data["subject"] } == ["task/shop-web-0"])
        #expect(letters.first?.data["attempts"]?.int == Int64(Limits.handlerAttempts.value))
        #expect(letters.first?.data["code"] == "alreadyExists")
    }

    /// Killed before every step, it ends with one letter and the rest done.
    @Test func itIsPutAsideOnceWheneverItIsKilled() throws {
        func play(_ step: Int?) throws -> (letters: Int, placed: Int, steps: Int, deaths: Int) {
            let node = try WorldNode(seed: 29)
            node.begin(endingBefore: step)
            var isAtRest = false
            for _ in 0..<3 where !isAtRest {
                if node.life.isOver { try node.restart() }
                try Self.declare(node, "bad", Self.poison)
                try Self.declare(node, "shop", AppStory.data("1"))
                if node.life.isOver { continue }
                isAtRest = try node.rest {}
            }
            let assigned = try node.all("assignment").count
            return (try node.all("deadletter").count, assigned, node.life.steps, node.deaths)
        }
        let undisturbed = try play(nil)
        #expect(undisturbed.letters == 1 && undisturbed.placed == 2)
        try #require(undisturbed.steps > 10)
        for step in 1...undisturbed.steps {
            let played = try play(step)
            #expect(
                played.letters == 1 && played.placed == 2 && played.deaths == 1,
                "killed before step \(step): \(played)")
        }
    }
}
