import Host
import MMSGraph
import Node
import Resources
import Testing

/// What a node in the World does about calls that were cut off and tasks that fail their checks.
@Suite struct NodeLifeTests {
    let node: WorldNode
    let app: Identifier

    init() throws {
        node = try WorldNode(seed: 3)
        app = node.identify()
        let data = AppStory.data("1", more: ["count": 1, "health": ["tcp": "http"]])
        let draft = Draft(
            id: app, type: AppTypes.app.name, namespace: .root, name: try ResourceName("shop"),
            data: data)
        let isTaken = node.propose([.create(draft)])
        try #require(isTaken)
    }

    private func call(on machine: String) throws -> Identifier {
        let id = node.identify()
        let draft = Draft(
            id: id, type: AppTypes.invocation.name, namespace: .root,
            name: try ResourceName(id.description.lowercased()),
            data: ["app": "shop", "capability": "backup", "machine": .text(machine)],
            links: ["OF": [app]], owner: app)
        let isTaken = node.propose([.create(draft)])
        try #require(isTaken)
        return id
    }

    @Test func aCallThatWasCutOffFailsAtTheNextStartAndOnce() throws {
        let mine = try call(on: "world")
        _ = try call(on: "elsewhere")
        #expect(try node.all("outcome").isEmpty)
        for _ in 0..<2 {
            try node.restart()
            let outcomes = try node.all("outcome")
            #expect(outcomes.map { $0.links["OF"] } == [[mine]])
            #expect(outcomes.first?.data["state"]?.text == "failed")
            let exit = outcomes.first?.data["exit"]?.text ?? ""
            #expect(exit.hasPrefix("the node ended while it ran"))
        }
    }

    @Test func whatFailsItsHealthCheckStartsAgainEachTimeLater() throws {
        var waits: [Int64] = []
        for round in 0..<4 {
            #expect(try node.rest {})
            let instance = try #require(try node.all("instance").first)
            #expect(instance.data["state"]?.text == "running")
            #expect(instance.data["restarts"]?.int == Int64(round))
            #expect(instance.data["health"]?.text == "unknown")
            if round > 0 {
                let exit = instance.data["exit"]?.text ?? ""
                #expect(exit.contains("its health check failed: cannot connect"))
            }
            let told = node.clock.now
            let isTaken = node.report([
                .update(
                    Update(
                        id: instance.id,
                        data: [
                            "health": "failing", "ready": false,
                            "healthReason": "cannot connect",
                        ]))
            ])
            try #require(isTaken)
            #expect(try node.rest {})
            let next = try #require(try node.all("instance").first)
            #expect(next.data["life"] != instance.data["life"])
            waits.append((next.data["since"]?.int ?? 0) - told.milliseconds)
        }
        #expect(waits == waits.sorted() && Set(waits).count == 4, "\(waits)")
    }

    /// A machine that has obeyed the fleet's log further than it reaches now, as after an older copy
    /// was restored: what it starts by that log must not make it stop anything by it.
    @Test func whatAnOlderLogStartsMakesItStopNothing() throws {
        #expect(try node.rest {})
        let before = try node.running()
        try #require(before.count == 1)
        let end = node.circle.graph.applied(.root).rawValue + 40
        try node.obey(Position(end))
        try declare(count: 2, version: "2")
        #expect(try node.rest {})
        #expect(try node.running().count == 2)
        #expect(try node.running()["/shop-web-0"] == before["/shop-web-0"])
        try declare(count: 1, version: "2")
        #expect(try node.rest {})
        #expect(try node.running()["/shop-web-0"] == before["/shop-web-0"])
        #expect(try node.running().count == 2)
        #expect(try node.circle.graph.cursor(of: "executor", in: .root) == Position(end))
        // The log goes on; past what was obeyed it is obeyed again.
        while node.circle.graph.applied(.root).rawValue < end {
            let version = "\(node.circle.graph.applied(.root).rawValue)"
            try declare(count: 1, version: version)
        }
        #expect(try node.rest {})
        #expect(try node.running().count == 1)
        #expect(try node.running()["/shop-web-0"] != before["/shop-web-0"])
    }

    private func declare(count: Int64, version: String) throws {
        var update = Update(
            id: app, data: AppStory.data(version, more: ["count": .int(count)]))
        update.replaces = true
        let isTaken = node.propose([.update(update)])
        try #require(isTaken)
    }

    /// Where processors are slow a start takes longer than the wait for the next one.
    @Test func whatFailsToStartSlowlyIsTriedAgainEachTimeLater() throws {
        var faults = SimulatedProcesses.Faults()
        faults.failedStart = 1
        faults.startTime = 300
        node.processes.set(faults)
        var tries: [Int64] = []
        var last: Value?
        _ = try node.rest {
            let instance = try node.all("instance").first
            guard let life = instance?.data["life"], life != last else { return }
            last = life
            tries.append(node.clock.now.milliseconds)
            // From the eighth on it works.
            if tries.count == 7 { node.processes.set(SimulatedProcesses.Faults()) }
        }
        #expect(try node.all("instance").first?.data["state"]?.text == "running")
        let waits = zip(tries.dropFirst(), tries).map { $0 - $1 }
        #expect(waits.count >= 7)
        #expect(waits == waits.sorted() && (waits.last ?? 0) >= 6_400, "\(waits)")
    }
}
