import Host
import MMSGraph
import Resources
import Testing
import ZeroProcs

@Suite struct PlanTests {
    let app = AppWorld.name("shop")
    var world: PlanWorld

    init() throws {
        var fleet = Fleet()
        world = PlanWorld(
            machines: [try fleet.machine("a"), try fleet.machine("b")], seed: 1)
        let id = world.store.identify()
        world.store.apply([
            .create(
                Draft(
                    id: id, type: AppTypes.app.name, namespace: AppWorld.namespace, name: app,
                    data: Self.shop(3)))
        ])
        let isAtRest = world.rest()
        try #require(isAtRest)
    }

    static func shop(_ count: Int64, run: String = "one") -> ValueMap {
        AppWorld.shop(run, count: count, more: ["needs": ["cpu": 1.0], "health": .null])
    }

    func plan(_ intent: Planner.Intent) throws -> Plan {
        try Planner(world.snapshot).plan(
            intent, app: app, in: AppWorld.namespace, now: world.store.now)
    }

    func declare(_ data: ValueMap) -> Planner.Intent {
        .declare(data, id: Identifier(high: 1 << 50, low: 1))
    }

    @Test func scalingNamesTheNewTaskItsMachineItsPortAndTheCost() throws {
        let plan = try plan(declare(Self.shop(4)))
        #expect(plan.parent.position == world.store.position)
        let created = plan.changes.filter { $0.action == .create }
        #expect(created.map(\.name.text) == ["shop-web-3"])
        let place = try #require(plan.placements.last)
        #expect(place.machine == "b" && place.before == nil)
        #expect(place.ports["http"] == 8083)
        #expect(plan.costDelta.cpu == 1)
        #expect(plan.unavailable.isEmpty)
        #expect(plan.refusal == nil)
    }

    @Test func anUpdateSaysWhatIsUnavailable() throws {
        let plan = try plan(declare(Self.shop(3, run: "two")))
        #expect(plan.unavailable.map(\.words) == ["web: 1 of 3 replicas at a time"])
        let gone = try self.plan(.remove)
        #expect(gone.unavailable.map(\.words) == ["web: 3 of 3 replicas for good"])
        #expect(gone.placements.isEmpty)
        #expect(gone.costDelta.cpu == -3)
    }

    @Test func whatFitsNowhereIsToldWithEachMachinesReason() throws {
        let plan = try plan(declare(Self.shop(10)))
        #expect(plan.unplaced.count == 2)
        #expect(plan.unplaced.first?.reasons.first == "a: needs 1 cores, 0 are free")
    }

    @Test mutating func theParentHoldsUntilSomethingItDependsOnChanges() throws {
        let plan = try plan(declare(Self.shop(4)))
        try plan.parent.check(world.snapshot)
        var snapshot = world.snapshot
        snapshot.machines[0].labels["cpuPressure"] = "some"
        try plan.parent.check(snapshot)
        snapshot.machines[0].isDraining = true
        #expect(throws: Refusal.self) { try plan.parent.check(snapshot) }
        let task = try #require(world.store.find("task", "shop-web-0"))
        world.store.apply([.update(Update(id: task.id, data: ["cpu": 0.5]))])
        do throws(Refusal) {
            try plan.parent.check(world.snapshot)
            Issue.record("held")
        } catch {
            #expect(error.code == .conflict)
            #expect(error.message.contains("task/shop-web-0 in /prod was changed since"))
        }
    }

    @Test func theParentIsHeldAgainstTheGraphItself() throws {
        let court = try Court()
        try court.commit([try court.app("a")])
        let snapshot = try PlanSnapshot(court.graph, position: court.graph.applied(.root))
        let plan = try Planner(snapshot).plan(
            .remove, app: AppWorld.name("a"), in: .root, now: WallTime(milliseconds: 0))
        try plan.parent.check(on: court.graph)
        try court.commit([try court.create(AppTypes.config.name, "c", ["text": "x"])])
        try plan.parent.check(on: court.graph)
        try court.commit([try court.app("b")])
        #expect(throws: Refusal.self) { try plan.parent.check(on: court.graph) }
    }

    @Test mutating func aBudgetThatWouldBeExceededRefusesThePlanInTheFiltersWords() throws {
        let id = world.store.identify()
        world.store.apply([
            .create(
                Draft(
                    id: id, type: AppTypes.budget.name, namespace: AppWorld.namespace,
                    name: AppWorld.name("house"), data: ["cpu": 3.5]))
        ])
        let plan = try plan(declare(Self.shop(4)))
        #expect(plan.refusal?.field == "cpu")
        #expect(plan.verdicts.first?.isOver == true)
        #expect(try self.plan(declare(Self.shop(2))).refusal == nil)
    }
}
