internal import Resources
internal import Testing

/// From a component to a replica that can start.
@Suite struct TaskTests {
    private func component(_ command: String, ports: SortedMap<Int>) -> App.Component {
        var component = App.Component(name: "web", run: .native(command))
        component.ports = ports
        component.environment = ["TITLE": "a $b"]
        return component
    }

    private func app(_ component: App.Component) -> App {
        App(name: "shop", version: "1", components: [component])
    }

    @Test func fixedPortsAreFilledAtOnce() throws {
        let web = component("./s $PORT '$PORT' \"$TITLE\" $$", ports: ["http": 80, "admin": 90])
        let task = try app(web).task(of: web, replica: 2, group: "shop-web-1")
        #expect(task.name == "shop-web-2" && task.group == "shop-web-1")
        #expect(task.command == ["./s", "82", "$PORT", "a $b", "$"])
        #expect(task.ports == ["http": 82, "admin": 92] && !task.awaitsPorts)
        #expect(try task.started(at: ["http": 1]) == task, "it names its ports itself")
    }

    @Test func automaticPortsAreFilledAtTheStart() throws {
        let web = component(
            "./s --port=$PORT ${PORT_ADMIN}x '$' $$PORT \"$TITLE\" \\$PORT",
            ports: ["http": 0, "admin": 90])
        let task = try app(web).task(of: web, replica: 1)
        #expect(task.awaitsPorts && task.ports == ["http": 0, "admin": 91])
        #expect(task.environment["PORT"] == nil && task.environment["PORT_ADMIN"] == "91")
        let stored = try #require(App.Task(name: task.name, data: task.data))
        let started = try stored.started(at: ["http": 5000, "admin": 6000])
        #expect(started.command == ["./s", "--port=5000", "91x", "$", "$PORT", "a $b", "$PORT"])
        #expect(started.ports == ["http": 5000, "admin": 91])
        #expect(started.environment["PORT"] == "5000")
        #expect(started.environment["PORT_HTTP"] == "5000")
        #expect(try started.words(of: "check $PORT_HTTP $TASK") == ["check", "5000", "shop-web-1"])
    }

    @Test(arguments: [[:], ["http": 0], ["http": 65_536], ["other": 80]] as [SortedMap<Int>])
    func aPortThatIsNotGivenIsRefused(_ given: SortedMap<Int>) throws {
        let web = component("./s $PORT", ports: ["http": 0])
        let task = try app(web).task(of: web, replica: 0)
        let error = #expect(throws: AppError.self) { try task.started(at: given) }
        #expect(error?.path == ["ports", "http"])
    }

    @Test func volumesOfReplicasHaveNamesOfTheirOwn() throws {
        var web = component("./s", ports: [:])
        web.volumes = ["data": "/data", "all": "/all"]
        web.shared = ["all"]
        let task = try app(web).task(of: web, replica: 3)
        #expect(task.volumes == ["/data": "shop-data-3", "/all": "shop-all"])
        var volume = App.Volume(name: "data")
        #expect(volume.resourceName(app: "shop", replica: 3) == "shop-data-3")
        volume.per = .app
        #expect(volume.resourceName(app: "shop", replica: 3) == "shop-data")
    }

    @Test func anImagesOwnCommandIsEmpty() throws {
        let db = App.Component(name: "db", run: .image("redis", command: nil))
        let task = try app(db).task(of: db, replica: 0)
        #expect(task.command.isEmpty && task.image == "redis" && task.device == .oci)
        #expect(App.Task(name: task.name, data: task.data) == task)
        var data = task.data
        data["image"] = nil
        #expect(App.Task(name: task.name, data: data) == nil, "nothing to run")
    }

    @Test(arguments: ["health", "stop", "place"])
    func aTaskOfAnotherFormIsNone(_ key: String) throws {
        let web = component("./s", ports: [:])
        var data = try app(web).task(of: web, replica: 0).data
        data[key] = ["unknown": 1]
        #expect(App.Task(name: "x", data: data) == nil)
    }

    @Test func theTemplateIsWhatAReplicaRuns() {
        let web = component("./s", ports: [:])
        var shop = app(web)
        let bytes = web.templateBytes(in: shop)
        for change in 0..<3 {
            var other = web
            if change == 0 { other.count = 9 }
            if change == 1 { other.place.spread = "machine" }
            if change == 2 { other.update.deadline = 5 }
            #expect(other.templateBytes(in: shop) == bytes)
        }
        var other = web
        other.environment["A"] = "b"
        #expect(other.templateBytes(in: shop) != bytes)
        shop.version = "2"
        #expect(web.templateBytes(in: shop) != bytes, "programs of a folder go by the version")
        shop.bundle = [1]
        let bundled = web.templateBytes(in: shop)
        shop.version = "3"
        #expect(web.templateBytes(in: shop) == bundled, "or by their bundle")
        let image = App.Component(name: "db", run: .image("redis@sha256:1", command: nil))
        let before = image.templateBytes(in: shop)
        shop.version = "4"
        shop.bundle = nil
        #expect(image.templateBytes(in: shop) == before, "an image goes by its name")
    }
}

@Suite struct CapabilityTests {
    private var backup: App.Capability {
        var backup = App.Capability(
            name: "backup", run: .native("./backup $TASK ${ARG_LABEL} $ARG_DRY_RUN"),
            component: "web")
        backup.takes = ["label": .text, "dry-run": .bool]
        return backup
    }

    @Test func argumentsAreVariables() throws {
        let web = App.Component(name: "web", run: .native("./s"))
        let app = App(name: "shop", version: "1", components: [web])
        let texts = try backup.texts(["label": "a b $c", "dry-run": true])
        let words = try backup.words(arguments: texts, for: try app.task(of: web, replica: 0))
        #expect(words == ["./backup", "shop-web-0", "a b $c", "true"])
        #expect(backup.variables(texts) == ["ARG_LABEL": "a b $c", "ARG_DRY_RUN": "true"])
    }

    @Test(
        arguments: [
            (["label": "x"], "dry-run", "is missing"),
            (["label": 7, "dry-run": true], "label", "of kind int"),
            (["label": "x", "dry-run": true, "lable": "x"], "lable", "no argument"),
            (["label": "a\0", "dry-run": true], "label", "a NUL"),
        ] as [(ValueMap, String, String)])
    func argumentsOfAnotherKindAreRefused(
        _ arguments: ValueMap, _ name: String, _ words: String
    ) {
        let error = #expect(throws: AppError.self) { try backup.texts(arguments) }
        #expect(error?.path == ["arguments", name])
        #expect(error?.found.contains(words) == true)
    }

    @Test func listsAndNumbersAreJSON() throws {
        var capability = backup
        capability.takes = ["list": .list, "map": .map, "float": .float]
        let texts = try capability.texts(["list": [1, "a"], "map": ["k": 2], "float": 3])
        #expect(texts == ["list": "[1,\"a\"]", "map": "{\"k\":2}", "float": "3"])
    }
}
