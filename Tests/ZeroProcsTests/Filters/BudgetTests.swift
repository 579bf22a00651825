import Host
import MMSGraph
import Resources
import Testing
import ZeroProcs

@Suite struct BudgetTests {
    let court: Court

    init() throws { court = try Court() }

    func budget(_ name: String, in namespace: String = "/", _ data: ValueMap) throws {
        try court.commit([try court.create(AppTypes.budget.name, name, in: namespace, data)])
    }

    @Test func withoutABudgetEverythingPasses() throws {
        #expect(try court.refusal([court.app("big", count: 10_000)]) == nil)
    }

    @Test func aRefusalNamesTheBudgetThePartTheExcessAndTheRemedy() throws {
        try budget("house", ["cpu": 4, "memory": .float(0x1p33)])
        #expect(try court.refusal([court.app("a", count: 4)]) == nil)
        let refusal = try #require(try court.refusal([court.app("a", count: 6)]))
        #expect(refusal.code == .forbidden)
        #expect(refusal.field == "cpu")
        #expect(refusal.command == 0)
        #expect(
            refusal.message
                == "app/a: would exceed budget/house of / in cpu by 2 cores: it allows 4 cores, "
                + "this would make 6 cores; ask for less, remove another app, or raise cpu of "
                + "budget/house of /")
    }

    @Test func aBudgetCountsItsNamespaceAndAllBelowAndNothingElse() throws {
        try budget("prod", in: "/prod", ["cpu": 4])
        try court.commit([try court.app("a", in: "/prod/web", count: 3)])
        #expect(try court.refusal([court.app("b", in: "/prod", count: 1)]) == nil)
        #expect(try court.refusal([court.app("b", in: "/prod/db", count: 2)])?.field == "cpu")
        #expect(try court.refusal([court.app("b", in: "/production", count: 2)]) == nil)
    }

    @Test func aBatchIsJudgedAsAWhole() throws {
        try budget("house", ["cpu": 4])
        try court.commit([try court.app("old", count: 3)])
        let old = try court.resource(AppTypes.app.name, "old")
        let new = try court.app("new", count: 4)
        #expect(try court.refusal([new]) != nil)
        #expect(try court.refusal([.delete(id: old.id, expect: nil), new]) == nil)
        #expect(try court.refusal([new, .delete(id: old.id, expect: nil)]) == nil)
        var grown = Update(id: new.id)
        grown.data = ["components": .map(court.components(5))]
        let batch: [Command] = [.delete(id: old.id, expect: nil), new, .update(grown)]
        #expect(try court.refusal(batch)?.command == 1)
    }

    @Test func whatExceedsABudgetMayShrinkButNotGrow() throws {
        try court.commit([try court.app("a", count: 10)])
        try budget("late", ["cpu": 4])
        let app = try court.resource(AppTypes.app.name, "a")
        func scaled(_ count: Int) throws -> Refusal? {
            try court.refusal([
                .update(
                    Update(id: app.id, data: ["components": .map(court.components(count))]))
            ])
        }
        #expect(try scaled(8) == nil)
        #expect(try scaled(10) == nil)
        #expect(try scaled(11)?.field == "cpu")
    }

    @Test func aReservationIsKeptForItsNamespace() throws {
        try budget("house", ["cpu": 10])
        try budget("prod", in: "/prod", ["reserve": ["cpu": 6]])
        #expect(try court.refusal([court.app("a", in: "/dev", count: 4)]) == nil)
        let refusal = try #require(try court.refusal([court.app("a", in: "/dev", count: 5)]))
        #expect(refusal.reason.hasSuffix("5 cores, 6 cores are reserved for others"))
        #expect(try court.refusal([court.app("a", in: "/prod", count: 10)]) == nil)
        try court.commit([try court.app("used", in: "/prod", count: 5)])
        #expect(try court.refusal([court.app("a", in: "/dev", count: 4)]) == nil)
        #expect(try court.refusal([court.app("a", in: "/dev", count: 5)]) != nil)
    }

    @Test func quotasCountResourcesAndReplicas() throws {
        try budget("few", ["quota": ["config": 2, "task": 3]])
        let configs = try (0..<3).map { number in
            try court.create(AppTypes.config.name, "c\(number)", in: "/prod", ["text": "x"])
        }
        #expect(try court.refusal(Array(configs[..<2])) == nil)
        #expect(try court.refusal(configs)?.command == 2)
        try court.commit(Array(configs[..<2]))
        let refusal = try #require(try court.refusal([configs[2]]))
        #expect(refusal.code == .tooMany)
        #expect(refusal.reason.contains("allows 2 resources of type config; there are 2"))
        #expect(
            try court.refusal([.delete(id: configs[0].id, expect: nil), configs[2]]) == nil)
        #expect(try court.refusal([court.app("a", count: 3)]) == nil)
        #expect(try court.refusal([court.app("a", count: 4)])?.field == "quota")
    }

    @Test func moneyIsWhatThePricesMakeOfIt() throws {
        try court.commit([
            try court.create(
                AppTypes.price.name, "default", ["cpu": 0.01, "memory": 0.002, "flash": 24])
        ])
        try budget("purse", ["money": 0.03])
        #expect(try court.refusal([court.app("a", count: 2)]) == nil)
        let refusal = try #require(try court.refusal([court.app("a", count: 3)]))
        #expect(refusal.reason.contains("in money by 0.006 an hour"), "\(refusal.reason)")
        var cost = Cost.zero
        (cost.network, cost.flash) = (1, 0x1p31)
        let list = PriceList(try court.graph.policies(.price))
        #expect(list.priced(cost).money == 2)
    }

    @Test func volumesCountWithTheirReplicas() throws {
        let data: ValueMap = [
            "components": [
                "web": ["count": 3, "volumes": ["own": "/a", "all": "/b", "tmp": "/c"]],
                "side": ["volumes": ["own": "/a"]],
            ],
            "volumes": [
                "own": ["size": 10], "all": ["size": 100, "per": "app"],
                "tmp": ["size": 1000, "driver": "tmpfs"], "unused": ["size": 5],
            ],
        ]
        let cost = AppCost.cost(of: data)
        #expect(cost.storage == 130)
        #expect(cost.memory == 3000)
        #expect(AppCost.replicas(of: data) == 4)
    }

    @Test func zeroProcsAreNotHeldUp() throws {
        try budget("none", ["cpu": 0, "quota": ["task": 0]])
        let app = try court.app("a", count: 3)
        #expect(try court.refusal([app], by: .system("expander")) == nil)
        #expect(try court.refusal([app]) != nil)
    }

    /// What an open transaction has is counted, and what it changed of the budgets holds.
    @Test func whatIsUnderWayCounts() throws {
        var transaction = try court.graph.begin(.root)
        func apply(_ command: Command) throws {
            let header = EntryHeader(
                log: .root, position: transaction.applied.next, author: .system("test"),
                time: WallTime(milliseconds: 0))
            _ = try transaction.apply(header, Batch([command]))
        }
        try apply(court.create(AppTypes.budget.name, "house", ["cpu": 4, "quota": ["config": 1]]))
        try apply(court.app("a", count: 3))
        try apply(court.create(AppTypes.config.name, "c", ["text": "x"]))
        let administrator = Caller(identity: .local(uid: 0), right: .administrator)
        for command in [
            try court.app("b", count: 2),
            try court.create(AppTypes.config.name, "d", ["text": "x"]),
        ] {
            #expect(throws: Refusal.self) {
                try FilterChain().check(
                    Batch([command]), by: administrator, on: transaction,
                    now: WallTime(milliseconds: 0))
            }
        }
        try FilterChain().check(
            Batch([try court.app("b", count: 1)]), by: administrator, on: transaction,
            now: WallTime(milliseconds: 0))
    }

    @Test func theTreeShowsWhatIsUsedAndWhatIsOver() throws {
        try court.commit([
            try court.app("a", in: "/prod/web", count: 3), try court.app("b", count: 2),
            try court.create(AppTypes.budget.name, "prod", in: "/prod", ["cpu": 2]),
            try court.create(AppTypes.budget.name, "all", ["cpu": 5, "memory": .float(0x1p40)]),
            try court.create(AppTypes.price.name, "default", ["cpu": 0.5]),
        ])
        let reader = try court.graph.reader()
        let root = CostTree(
            apps: try reader.resources(of: AppTypes.app.name, below: .root),
            budgets: try reader.policies(.budget), prices: try reader.policies(.price)
        ).root
        #expect(root.cost.cpu == 5)
        #expect(root.cost.money == 2.5)
        #expect(root.apps.map(\.name.text) == ["b"])
        #expect(root.budgets.map(\.isOver) == [false, false])
        let prod = try #require(root.children.first)
        #expect(prod.namespace.path == "/prod")
        #expect(prod.budgets.first?.words == "3 cores of 2 cores, 1 cores over")
        #expect(prod.children.first?.apps.first?.replicas == 3)
    }
}
