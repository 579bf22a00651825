import Resources
import Testing
import ZeroProcs

@Suite struct RolloutTests {
    var world = AppWorld()

    func group(_ number: Int) -> Resource? { world.store.find("taskgroup", "shop-web-\(number)") }

    func backends() -> [String] {
        guard let service = world.store.find("service", "shop") else { return [] }
        return world.routes.backends(of: service).map { "\($0.replica):\($0.group.last ?? "?")" }
    }

    @Test mutating func anAppBecomesTasksOfItsFirstGroup() throws {
        world.declare(AppWorld.shop("v1"))
        world.handle()
        #expect(world.layout == "0:1 1:1 2:1")
        #expect(world.groups == "1 current")
        #expect(backends() == [])
        #expect(world.waiting.contains { $0.contains("3 of 3 not ready") } == false)
        world.run(4)
        #expect(backends() == ["0:1", "1:1", "2:1"])
        let task = try #require(world.store.find("task", "shop-web-2"))
        let app = try #require(world.store.find("app", "shop"))
        #expect(task.owner == app.id)
        #expect(task.links["OF"] == [app.id])
        #expect(task.links["IN"] == world.store.all("taskgroup").map(\.id))
        #expect(world.rollout().commands == [], "what is done stays done")
    }

    @Test mutating func scalingTakesTheLowestFreeIndexesAndEndsTheHighest() {
        world.declare(AppWorld.shop("v1"))
        world.run(4)
        world.declare(AppWorld.shop("v1", count: 5))
        world.run(4)
        #expect(world.layout == "0:1 1:1 2:1 3:1 4:1")
        world.declare(AppWorld.shop("v1", count: 2))
        world.run(4)
        #expect(world.layout == "0:1 1:1")
        #expect(world.groups == "1 current", "a change of count is no update")
    }

    @Test mutating func aRollingUpdateGoesIndexByIndex() {
        world.declare(AppWorld.shop("v1"))
        world.run(4)
        world.declare(AppWorld.shop("v2"))
        world.handle()
        #expect(world.layout == "0:2 1:1 2:1")
        #expect(backends() == ["1:1", "2:1"])
        world.handle()
        #expect(world.layout == "0:2 1:1 2:1", "nothing moves before the first is ready")
        world.run(10)
        #expect(world.layout == "0:2 1:2 2:2")
        #expect(world.groups == "2 current", "the old group is history")
        #expect(backends() == ["0:2", "1:2", "2:2"])
    }

    @Test mutating func blueGreenSwitchesAllAtOnce() {
        world.declare(AppWorld.shop("v1", strategy: "blue-green"))
        world.run(4)
        world.programs["v2"] = .slow
        world.declare(AppWorld.shop("v2", strategy: "blue-green"))
        world.run(3)
        #expect(world.layout == "0:1 1:1 2:1 3:2 4:2 5:2")
        #expect(backends() == ["0:1", "1:1", "2:1"])
        world.run(7)
        #expect(backends() == ["3:2", "4:2", "5:2"])
        #expect(world.groups == "1 retiring, 2 current")
        #expect(world.layout.contains("0:1"), "requests on their way are finished first")
        world.run(6)
        #expect(world.layout == "3:2 4:2 5:2")
        #expect(world.groups == "2 current")
        world.declare(AppWorld.shop("v3", strategy: "blue-green"))
        world.run(1)
        #expect(world.layout == "0:3 1:3 2:3 3:2 4:2 5:2")
    }

    @Test(arguments: [AppWorld.Program.neverReady, .crashing], ["rolling", "blue-green"])
    mutating func whatDoesNotBecomeReadyGoesBackWithItsReason(
        program: AppWorld.Program, strategy: String
    ) throws {
        world.declare(AppWorld.shop("v1", strategy: strategy))
        world.run(4)
        world.programs["v2"] = program
        world.declare(AppWorld.shop("v2", strategy: strategy))
        world.run(60)
        #expect(world.layout == "0:1 1:1 2:1")
        #expect(world.groups == "1 current, 2 failed")
        #expect(backends() == ["0:1", "1:1", "2:1"])
        let reason = try #require(group(2)?.data["reason"]?.text)
        #expect(reason.contains(program == .crashing ? "restarted 3 times" : "20000 ms"))
        #expect(world.waiting.contains { $0.contains(reason) })
        let before = world.store.position
        world.programs["v2"] = .good
        world.run(60)
        #expect(world.store.position == before, "a failed template is not tried again")
        world.declare(AppWorld.shop("v3", strategy: strategy))
        world.run(30)
        #expect(world.groups == "3 current")
    }

    @Test mutating func aFailedTemplateIsTriedAgainAfterAnotherOne() {
        world.declare(AppWorld.shop("v1"))
        world.run(4)
        world.programs["v2"] = .crashing
        world.declare(AppWorld.shop("v2"))
        world.run(30)
        #expect(world.groups == "1 current, 2 failed")
        world.declare(AppWorld.shop("v1"))
        world.run(2)
        #expect(world.groups == "1 current, 2 retiring", "its number is not given twice")
        world.programs["v2"] = .good
        world.declare(AppWorld.shop("v2"))
        world.run(20)
        #expect(world.groups == "2 current")
        #expect(world.layout == "0:2 1:2 2:2")
    }

    @Test mutating func withoutAutoRevertItStaysAndSaysWhy() {
        world.declare(AppWorld.shop("v1"))
        world.run(4)
        world.programs["v2"] = .neverReady
        var data = AppWorld.shop("v2")
        data["components"] = [
            "web": [
                "run": ["host": "v2"], "count": 3, "ports": ["http": 8080],
                "health": ["tcp": "http"], "update": ["auto-revert": false, "deadline": 5000],
            ]
        ]
        world.declare(data)
        world.run(40)
        #expect(world.layout == "0:2 1:1 2:1")
        #expect(world.waiting.contains { $0.contains("not ready 5000 ms after") })
        world.programs["v2"] = .good
        world.run(30)
        #expect(world.groups == "2 current")
    }

    @Test mutating func theNewestOfThreeVersionsWins() {
        world.declare(AppWorld.shop("v1", count: 4))
        world.run(4)
        world.declare(AppWorld.shop("v2", count: 4))
        world.run(3)
        #expect(world.layout == "0:2 1:2 2:1 3:1")
        world.declare(AppWorld.shop("v3", count: 4))
        world.handle()
        #expect(world.groups == "1 current, 2 retiring, 3 rolling")
        #expect(world.layout == "0:2 1:3 2:1 3:1", "what is not ready goes first")
        #expect(backends() == ["0:2", "2:1", "3:1"])
        world.run(20)
        #expect(world.layout == "0:3 1:3 2:3 3:3")
        #expect(world.groups == "3 current")
    }

    @Test mutating func aReturnToTheCurrentVersionInTheMiddleIsNoNewGroup() {
        world.declare(AppWorld.shop("v1"))
        world.run(4)
        world.declare(AppWorld.shop("v2"))
        world.run(3)
        world.declare(AppWorld.shop("v1"))
        world.run(12)
        #expect(world.layout == "0:1 1:1 2:1")
        #expect(world.groups == "1 current, 2 retiring")
    }
}

extension RolloutTests {
    @Test mutating func versionPlaceAndUpdateChangeWithoutARestart() throws {
        world.declare(AppWorld.shop("v1"))
        world.run(4)
        let before = world.store.all("task")
        world.declare(
            AppWorld.shop(
                "v1", most: 2, version: "2", more: ["place": ["require": ["arch": "arm64"]]]))
        world.run(4)
        #expect(world.store.all("task") == before)
        let first = try #require(group(1))
        #expect(first.data["version"] == "2")
        #expect(first.data["spec"]?.map?["place"] == ["require": ["arch": "arm64"]])
        #expect(world.groups == "1 current")
    }

    @Test mutating func aStrategyThatChangesInTheMiddleWaitsForTheEnd() throws {
        world.declare(AppWorld.shop("v1", strategy: "blue-green"))
        world.run(4)
        world.programs["v2"] = .slow
        world.declare(AppWorld.shop("v2", count: 2, strategy: "blue-green"))
        world.run(2)
        world.declare(AppWorld.shop("v2", count: 3, strategy: "rolling", most: 2))
        world.run(3)
        #expect(world.layout == "0:1 1:1 2:2 3:2 4:2", "\(world.waiting)")
        #expect(backends() == ["0:1", "1:1"])
        world.run(20)
        #expect(world.layout == "2:2 3:2 4:2")
        let second = try #require(group(2))
        #expect(second.data["spec"]?.map?["update"]?.map?["max-unavailable"] == 2)
    }

    @Test mutating func whatIsWrittenIsOfTheTypes() throws {
        world.declare(ExpanderTests.guestbook(), app: "gb")
        world.declare(AppWorld.shop("v1", strategy: "blue-green"))
        world.run(4)
        world.declare(AppWorld.shop("v2", strategy: "blue-green"))
        world.run(3)
        for type in [
            AppTypes.component, AppTypes.service, AppTypes.volume, AppTypes.taskgroup,
            AppTypes.task,
        ] {
            let written = world.store.all(type.name.text)
            #expect(!written.isEmpty, "\(type.name)")
            for resource in written {
                for key in resource.data.keys {
                    #expect(type.field(key) != nil, "\(resource.address) has \(key)")
                }
                for field in type.fields where field.required {
                    #expect(resource.data[field.name] != nil, "\(resource.address): \(field.name)")
                }
                for relation in resource.links.keys {
                    #expect(type.relation(relation) != nil, "\(resource.address) has \(relation)")
                }
            }
        }
    }

    @Test mutating func aTaskWithoutAMachineGetsTheNewPlaceAtOnce() throws {
        world.declare(AppWorld.shop("v1"))
        world.apply(world.expansion())
        world.apply(world.rollout())
        world.declare(AppWorld.shop("v1", more: ["place": ["require": ["arch": "arm64"]]]))
        world.apply(world.expansion())
        world.apply(world.rollout())
        let task = try #require(world.store.find("task", "shop-web-1"))
        #expect(task.data["place"] == ["require": ["arch": "arm64"]])
    }

    @Test mutating func aJobChangesInPlaceAndAtOnce() {
        func job(_ run: String) -> ValueMap {
            [
                "version": "1", "directory": "/srv", "bundle": .bytes(Array(run.utf8)),
                "components": ["web": ["run": ["host": .text(run)], "every": 60_000]],
            ]
        }
        world.declare(job("v1"))
        world.handle()
        #expect(world.layout == "0:1")
        world.declare(job("v2"))
        world.handle()
        #expect(world.layout == "0:2", "a job that is between two runs waits for nobody")
        world.handle()
        #expect(world.groups == "2 current")
    }

    @Test mutating func whatEndsAtItsStartIsNotTakenForReady() {
        world.declare(AppWorld.shop("v1", more: ["health": .null]))
        world.run(6)
        world.declare(AppWorld.shop("v2", more: ["health": .null]))
        world.handle()
        world.store.now = world.store.now.advanced(byMilliseconds: 100)
        world.work()
        world.store.now = world.store.now.advanced(byMilliseconds: 400)
        world.work()
        world.handle()
        #expect(world.layout == "0:2 1:1 2:1", "ready for 400 ms only")
        #expect(world.due == world.store.now.advanced(byMilliseconds: 600))
        world.run(20)
        #expect(world.groups == "2 current")
    }

    @Test mutating func nothingEndsBecauseAMachineIsSilent() {
        world.declare(AppWorld.shop("v1", count: 4))
        world.run(6)
        world.silent = ["m1", "m2"]
        let before = world.store.position
        world.run(100)
        #expect(world.store.position == before)
        #expect(world.waiting.contains { $0.contains("nothing is known of it") })
        world.declare(AppWorld.shop("v2", count: 4))
        world.run(100)
        #expect(world.store.all("task").count == 4)
    }

    @Test mutating func aGoneComponentTakesItsTasksAlong() {
        var data = AppWorld.shop("v1")
        data["components"] = [
            "web": ["run": ["host": "v1"], "ports": ["http": 8080]], "db": ["run": ["host": "d1"]],
        ]
        world.declare(data)
        world.run(4)
        #expect(world.store.all("task").map(\.name.text) == ["shop-db-0", "shop-web-0"])
        world.declare(AppWorld.shop("v1", count: 1))
        world.run(4)
        #expect(world.store.all("task").map(\.name.text) == ["shop-web-0"])
        #expect(world.store.all("component").map(\.name.text) == ["shop-web"])
    }

    @Test mutating func tasksFromBeforeThereWereGroupsAreTakenOver() throws {
        world.declare(AppWorld.shop("v1", count: 2))
        let app = try #require(world.store.find("app", "shop"))
        for index in 0..<2 {
            world.store.apply([
                .create(
                    Draft(
                        id: world.store.identify(), type: CoreTypes.known("task"),
                        namespace: AppWorld.namespace, name: AppWorld.name("shop-web-\(index)"),
                        data: [
                            "app": "shop", "component": "web", "replica": .int(Int64(index)),
                            "command": ["v1"],
                        ], links: ["OF": [app.id]], owner: app.id))
            ])
        }
        let plan = world.rollout()
        #expect(plan.commands == [], "a task without a component is not the rollout's")
        let ids = world.store.all("task").map(\.id)
        world.run(10)
        #expect(world.layout == "0:1 1:1")
        #expect(world.store.all("task").map(\.id) == ids)
    }

    @Test mutating func whatCannotBeMadeIsSaidAndTheRestGoesOn() {
        world.declare(AppWorld.shop("v1"))
        world.apply(world.expansion())
        let plan = Rollout().plan(
            world.existing, now: world.store.now,
            make: { wanted in
                wanted.replica == 1
                    ? .failure(Rollout.Unmade(reason: "has nothing to run")) : Rollout.task(wanted)
            }, identify: world.store.identities())
        world.apply(plan)
        #expect(world.layout == "0:1 2:1")
        #expect(plan.waiting == ["shop-web-1: has nothing to run"])
    }

    @Test mutating func aBatchHoldsAsMuchAsItMay() {
        world.declare(AppWorld.shop("v1", count: 1500))
        world.apply(world.expansion())
        let first = world.rollout()
        #expect(first.commands.count < 1100)
        world.apply(first)
        world.apply(world.rollout())
        #expect(world.store.all("task").count == 1500)
        #expect(world.refused == 0)
    }
}
