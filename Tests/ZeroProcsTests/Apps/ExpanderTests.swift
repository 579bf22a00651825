import Resources
import Testing

@testable import ZeroProcs

@Suite struct ExpanderTests {
    var world = AppWorld()

    static func guestbook(size: Int64 = 1 << 30, driver: String = "directory") -> ValueMap {
        [
            "version": "1", "directory": "/srv",
            "components": [
                "web": [
                    "run": ["native": "server"], "count": 2, "ports": ["http": 8080],
                    "volumes": ["data": "/var/data", "common": "/var/common"],
                ]
            ],
            "services": ["guestbook": ["component": "web", "port": "http"]],
            "volumes": [
                "data": ["size": .int(size), "driver": .text(driver)],
                "common": ["per": "app"],
            ],
        ]
    }

    @Test mutating func anAppBecomesComponentsServicesAndVolumes() throws {
        world.declare(Self.guestbook(), app: "gb")
        let plan = world.expansion()
        #expect(plan.waiting == [])
        world.apply(plan)
        let app = try #require(world.store.find("app", "gb"))
        let web = try #require(world.store.find("component", "gb-web"))
        #expect(web.owner == app.id)
        #expect(web.links["OF"] == [app.id])
        #expect(web.data["count"] == 2)
        #expect(web.data["directory"] == "/srv")
        #expect(web.data["template"]?.bytes?.count == 32)
        let service = try #require(world.store.find("service", "guestbook"))
        #expect(service.links["TO"] == [web.id])
        #expect(service.data["host"] == "guestbook.prod.pisces.internal")
        #expect(service.data["balance"] == "round-robin")
        #expect(
            world.store.all("volume").map(\.name.text).sorted() == [
                "gb-common", "gb-data-0", "gb-data-1",
            ])
        let volume = try #require(world.store.find("volume", "gb-data-1"))
        #expect(volume.owner == nil)
        #expect(volume.data["replica"] == 1)
        #expect(volume.draft.cost.storage == Double(1 << 30))
        #expect(world.expansion() == HandlerPlan(), "what is done stays done")
    }

    @Test func aServiceHasAnAddressOfItsOwnThatStays() throws {
        func address(_ names: [String]) -> [String] {
            var world = AppWorld()
            for name in names {
                var data = Self.guestbook()
                data["services"] = .map([name: ["component": "web", "port": "http"]])
                data["volumes"] = nil
                data["components"] = [
                    "web": ["run": ["host": "server"], "ports": ["http": 8080]]
                ]
                world.declare(data, app: "app-" + name)
                world.handle()
            }
            return names.map {
                world.store.find("service", $0)?.data["listen"]?.text ?? "none"
            }
        }
        let first = address(["one", "two"])
        #expect(first.allSatisfy { $0.hasPrefix("127.77.") && $0.hasSuffix(":8080") })
        #expect(Set(first).count == 2)
        #expect(address(["two", "one"]) == first.reversed(), "the order of arrival is nothing")
        // Found by search: both names have the same hash, so that the second is probed on.
        let clash = Self.clash()
        let both = address([clash.0, clash.1])
        #expect(Set(both).count == 2)
        #expect(address([clash.0]).first == both.first)
        #expect(address([clash.1]).first == both.first, "alone it has the place of its hash")
    }

    /// Two names of services in /prod that get the same address when each is alone.
    static func clash() -> (String, String) {
        var seen: [String: String] = [:]
        for number in 0..<4000 {
            let name = "s\(number)"
            let address = ServiceAddress.own(
                AppWorld.name(name), in: AppWorld.namespace, isTaken: { _ in false })
            if let other = seen.updateValue(name, forKey: address ?? "") { return (other, name) }
        }
        preconditionFailure("4000 names of 65534 addresses meet (birthday)")
    }

    @Test func hostsFollowTheNamespace() throws {
        let name = try ResourceName("web")
        #expect(ServiceAddress.host(name, in: .root) == "web.pisces.internal")
        #expect(
            ServiceAddress.host(name, in: try Namespace("/prod/eu"))
                == "web.eu.prod.pisces.internal")
    }

    @Test mutating func theFirstAppThatNamesACloneHasIt() throws {
        func put(_ name: String, _ data: ValueMap) -> Identifier {
            let id = world.store.identify()
            let draft = Draft(
                id: id, type: AppTypes.volume.name, namespace: AppWorld.namespace,
                name: AppWorld.name(name), data: data)
            let isPut = world.store.apply([.create(draft)])
            #expect(isPut)
            return id
        }
        let clone = put("gb-data-1", ["driver": "directory", "size": .int(1 << 30)])
        world.declare(Self.guestbook(), app: "gb")
        let plan = world.expansion()
        #expect(plan.waiting == [])
        world.apply(plan)
        let app = try #require(world.store.find("app", "gb"))
        let taken = try #require(world.store.find("volume", "gb-data-1"))
        #expect(taken.id == clone && taken.links["OF"] == [app.id])
        #expect(taken.data["app"] == "gb" && taken.data["volume"] == "data")
        #expect(taken.data["replica"] == 1)
        _ = put("other-data-0", ["driver": "directory", "app": "gb", "volume": "data"])
        world.declare(Self.guestbook(), app: "other")
        #expect(
            world.expansion().waiting.contains {
                $0.contains("volume/other-data-0: the name is another volume's")
            })
    }

    @Test mutating func volumesGrowAndNeverShrinkOrGo() throws {
        world.declare(Self.guestbook(), app: "gb")
        world.handle()
        world.declare(Self.guestbook(size: 2 << 30), app: "gb")
        world.handle()
        #expect(world.store.find("volume", "gb-data-0")?.data["size"] == .int(2 << 30))
        #expect(world.store.find("volume", "gb-data-0")?.draft.cost.storage == Double(2 << 30))
        world.declare(Self.guestbook(size: 1 << 30, driver: "loop"), app: "gb")
        world.handle()
        #expect(world.store.find("volume", "gb-data-0")?.data["size"] == .int(2 << 30))
        #expect(world.waiting.contains { $0.contains("volume/gb-data-1: stays at 2147483648") })
        #expect(world.waiting.contains { $0.contains("stays on driver directory") })
        let app = try #require(world.store.find("app", "gb"))
        world.store.apply([.delete(id: app.id, expect: nil)])
        world.handle()
        #expect(world.store.all("component") == [])
        #expect(world.store.all("service") == [])
        #expect(world.store.all("volume").count == 3, "removing an app keeps its data")
        world.declare(Self.guestbook(size: 2 << 30), app: "gb")
        world.handle()
        let again = try #require(world.store.find("app", "gb"))
        #expect(world.store.all("volume").allSatisfy { $0.links["OF"] == [again.id] })
    }

    @Test mutating func whatAnAppNoLongerNamesIsDeleted() {
        world.declare(Self.guestbook(), app: "gb")
        world.handle()
        var data = Self.guestbook()
        data["services"] = nil
        world.declare(data, app: "gb")
        world.handle()
        #expect(world.store.all("service") == [])
        #expect(world.store.all("component").count == 1)
    }

    @Test mutating func anAppThatCannotBeReadKeepsWhatItHas() {
        world.declare(Self.guestbook(), app: "gb")
        world.run(3)
        let tasks = world.store.all("task")
        world.declare(["version": "2", "components": ["web": ["walk": "x"]]], app: "gb")
        world.run(3)
        #expect(world.store.all("task") == tasks)
        #expect(world.store.all("service").count == 1)
        #expect(world.waiting.contains { $0.hasPrefix("app/gb: components.web") })
    }

    @Test mutating func theOlderAppKeepsANameThatTwoMake() {
        func app(_ component: String) -> ValueMap {
            [
                "version": "1", "directory": "/srv",
                "components": .map([component: ["run": ["host": "x"]]]),
            ]
        }
        world.declare(app("b-c"), app: "a")
        world.declare(app("c"), app: "a-b")
        world.run(3)
        #expect(world.store.all("component").map(\.name.text) == ["a-b-c"])
        #expect(world.store.all("task").map { $0.data["app"] } == ["a"])
        #expect(world.waiting.contains { $0.contains("rename that of app/a-b") })
        #expect(world.refused == 0, "one app's clash holds nothing up")
    }

    @Test mutating func twoServicesDoNotListenAtOnePlace() {
        for name in ["one", "two"] {
            var data = Self.guestbook()
            data["volumes"] = nil
            data["components"] = ["web": ["run": ["host": "server"], "ports": ["http": 8080]]]
            data["services"] = .map([
                name: ["component": "web", "port": "http", "listen": "127.0.0.1:8000"]
            ])
            world.declare(data, app: name)
            world.handle()
        }
        #expect(world.store.all("service").map(\.name.text) == ["one"])
        #expect(world.waiting.contains { $0.contains("127.0.0.1:8000 is where service/one") })
    }

    @Test mutating func theTemplateIsWhatAReplicaRuns() throws {
        func template(_ data: ValueMap) throws -> Value? {
            var world = AppWorld()
            world.declare(data)
            world.handle()
            return try #require(world.store.find("component", "shop-web")).data["template"]
        }
        let first = try template(AppWorld.shop("v1"))
        #expect(try template(AppWorld.shop("v1", count: 9, most: 3, version: "7")) == first)
        #expect(
            try template(AppWorld.shop("v1", more: ["place": ["spread": "machine"]])) == first)
        #expect(try template(AppWorld.shop("v2")) != first)
        #expect(try template(AppWorld.shop("v1", more: ["env": ["A": "b"]])) != first)
    }
}
