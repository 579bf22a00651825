import Host
import MMSGraph
import Node
import Resources
import Testing
import ZeroProcs

/// Handlers follow what they look at on the engine of subscriptions (RFD 0022).
@Suite struct HandlerSubscriptionTests {
    let node: WorldNode

    init() throws { node = try WorldNode(seed: 29) }

    private func declare(_ count: Int, describedIn bytes: Int) throws {
        let commands = try (1...count).map { number in
            var data = AppStory.data("1", more: ["ports": [:]])
            data["description"] = .text(String(repeating: "x", count: bytes))
            return Command.create(
                Draft(
                    id: node.identify(), type: AppTypes.app.name, namespace: .root,
                    name: try ResourceName("shop-\(number)"), data: data))
        }
        for command in commands { #expect(node.propose([command])) }
    }

    private var runs: [UInt64] { node.handlers.statistics.map(\.1.runs) }

    /// 200 apps are some 400 KiB of changes: more than a handler is kept while it does not look.
    @Test func aHandlerThatMissedChangesLooksAtAllThereIs() throws {
        #expect(try node.rest {})
        try declare(200, describedIn: 2048)
        #expect(try node.rest {})
        #expect(try node.all("component").count == 200)
        // It follows what comes after, too.
        let before = runs
        #expect(!node.handlers.turn())
        let app = try #require(try node.all("app").first)
        #expect(node.propose([.update(Update(id: app.id, data: ["description": "short"]))]))
        #expect(node.handlers.turn())
        #expect(runs[0] == before[0] + 1)
    }

    @Test func aHandlerRunsForWhatItFollowsAlone() throws {
        try declare(1, describedIn: 8)
        #expect(try node.rest {})
        let before = runs
        // Configs are the executor's.
        let config = Draft(
            id: node.identify(), type: AppTypes.config.name, namespace: .root,
            name: try ResourceName("one"), data: ["text": "two"])
        #expect(node.propose([.create(config)]))
        #expect(!node.handlers.turn())
        #expect(runs == before)
    }

    @Test func whatWasCommittedIsSeenWithTheNextLook() throws {
        #expect(try node.rest {})
        try declare(1, describedIn: 8)
        let app = try #require(try node.all("app").first)
        #expect(!node.handlers.hasSeen(app.revision, of: .root))
        #expect(try node.rest {})
        #expect(node.handlers.hasSeen(app.revision, of: .root))
    }
}
