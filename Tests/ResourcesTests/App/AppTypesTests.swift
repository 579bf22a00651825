internal import Resources
internal import Testing

@Suite struct AppTypesTests {
    @Test func allTypesOfTheContractAreThere() {
        let names = AppTypes.all.map(\.name.text)
        #expect(
            names.sorted() == [
                "app", "assignment", "budget", "bundle", "component", "config", "grant", "image",
                "instance", "invocation", "outcome", "price", "secret", "service", "snapshot",
                "snapshotstate", "task", "taskgroup", "volume", "volumestate",
            ])
        #expect(Set(names).isDisjoint(with: CoreTypes.all.map(\.name.text)))
    }

    @Test(arguments: AppTypes.all)
    func aTypeIsWhatItsResourceSays(_ type: TypeDefinition) throws {
        #expect(try TypeDefinition(name: type.name, data: type.data) == type)
        #expect(type.summary.hasSuffix("."))
        for field in type.fields {
            #expect(field.summary.hasSuffix("."), "\(type.name).\(field.name)")
            if field.kind != .float {
                #expect(field.standard.map { $0.kindName == field.kind.rawValue } ?? true)
            }
        }
    }

    @Test func whatIsWrittenHasFields() throws {
        var web = App.Component(name: "web", run: .image("x", command: "y $PORT"))
        web.ports = ["http": 0]
        web.volumes = ["data": "/data"]
        web.environment = ["A": "b"]
        web.configs = ["/c": "c"]
        web.secrets = ["S": "s"]
        web.onChange = .signal(.hangup)
        web.health = .init(.tcp(port: "http"))
        web.stop.grace = 1
        web.place.spread = "machine"
        web.needs = .init(cpu: 1, memory: 2, storage: 3, processes: 4)
        var app = App(name: "shop", version: "1", components: [web])
        app.summary = "s"
        app.directory = "/d"
        app.bundle = [1]
        app.digest = [2]
        app.volumes = [App.Volume(name: "data")]
        app.services = [App.Service(name: "shop", component: "web", port: "http")]
        app.services[0].listen = .init(address: "127.0.0.1", port: 8000)
        app.capabilities = [.init(name: "b", run: .native("b"), component: "web")]
        #expect(try App(name: "shop", data: app.data) == app)
        #expect(check(app.data, AppTypes.app) == AppTypes.app.fields.count)
        for schedule in [.every(1000), .cron(try CronSchedule("* * * * *"))]
            as [App.Component.Schedule]
        {
            var task = try app.task(of: web, replica: 0, group: "g")
            task.schedule = schedule
            #expect(check(task.data, AppTypes.task) == AppTypes.task.fields.count - 1)
            #expect(App.Task(name: task.name, data: task.data) == task)
        }
    }

    /// Every value has a field of its kind, and every field that must be there is.
    private func check(_ data: ValueMap, _ type: TypeDefinition) -> Int {
        for (key, value) in data.entries {
            #expect(type.field(key)?.kind.rawValue == value.kindName, "\(type.name).\(key)")
        }
        for field in type.fields where field.required {
            #expect(data[field.name] != nil, "\(type.name).\(field.name)")
        }
        return data.count
    }
}
