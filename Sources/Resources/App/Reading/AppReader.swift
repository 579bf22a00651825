/// Reads the description of an app from a value: of an app file whose bases are merged, or of an
/// `app` resource.
struct AppReader {
    private let check: AppShape.Check

    /// `wantsUnits` is true for a file: see `AppShape.Check`.
    init(wantsUnits: Bool) { check = AppShape.Check(wantsUnits: wantsUnits) }

    func app(_ value: Value) throws(AppError) -> App {
        if let map = value.map, map[AppShape.from.name] != nil {
            throw AppError(
                ["from"], found: "only files have bases",
                expected: "give the app as one, or install it from its file")
        }
        let map = try check.map(value, AppShape.app, [])
        var components: [App.Component] = []
        for (name, value) in map.maps("components") {
            components.append(try component(name, value.map ?? [:], ["components", name]))
        }
        if components.isEmpty {
            throw AppError(
                ["components"], found: "is empty", expected: "an app has a component or more")
        }
        var app = App(
            name: map["app"]?.text ?? "", version: map["version"]?.text ?? "",
            components: components)
        app.summary = map["description"]?.text
        app.directory = map["directory"]?.text
        app.volumes = map.maps("volumes").map { App.Volume($0.key, $0.value) }
            .sorted { $0.name < $1.name }
        app.note(sharedBy: app.volumes)
        for (name, value) in map.maps("services") {
            app.services.append(try service(name, value, app))
        }
        app.services.sort { $0.name < $1.name }
        for (name, value) in map.maps("capabilities") {
            app.capabilities.append(try capability(name, value, app))
        }
        app.capabilities.sort { $0.name < $1.name }
        try AppCheck(app: app).all()
        return app
    }

    /// The component of that name, from the `spec` of its resource.
    func component(_ name: String, spec: ValueMap) throws(AppError) -> App.Component {
        let map = try check.map(.map(spec), AppShape.component, ["spec"])
        return try component(name, map, ["spec"])
    }

    /// The component of that name, from a map that was checked.
    private func component(
        _ name: String, _ map: ValueMap, _ path: [String]
    ) throws(AppError) -> App.Component {
        var component = App.Component(name: name, run: App.Run(map.map("run")))
        component.count = map.integer("count") ?? 1
        component.schedule = try schedule(map, path)
        component.needs = App.Needs(map.map("needs"))
        component.ports = SortedMap(
            map.map("ports").entries.map { ($0.key, Int(clamping: $0.value.int ?? 0)) })
        component.volumes = map.texts("volumes")
        component.environment = map.texts("env")
        component.configs = map.texts("configs")
        component.secrets = map.texts("secrets")
        component.onChange = map["on-change"]?.text.flatMap(App.Change.init(text:)) ?? .restart
        if map["health"] != nil {
            component.health = try health(map.map("health"), component, path + ["health"])
        }
        component.stop = App.Stop(map.map("stop"))
        component.restart = map.word("restart") ?? component.standardRestart
        component.place = App.Placement(map.map("place"))
        component.update = App.Update(map.map("update"))
        if component.schedule != nil { try checkJob(component, map, path) }
        try checkUpdate(component, map.map("update"), path + ["update"])
        return component
    }

    private func schedule(
        _ map: ValueMap, _ path: [String]
    ) throws(AppError) -> App.Component.Schedule? {
        if let interval = map["every"]?.int { return .every(interval) }
        guard let text = map["cron"]?.text else { return nil }
        do throws(CronSchedule.Fault) { return .cron(try CronSchedule(text)) } catch {
            throw AppError(path + ["cron"], found: error.found, expected: error.expected)
        }
    }

    private func health(
        _ map: ValueMap, _ component: App.Component, _ path: [String]
    ) throws(AppError) -> App.Health {
        var health = App.Health(map)
        switch health.probe {
        case .command: break
        case .tcp(let port): try require(port, of: component, path + ["tcp"])
        case .http(let request, ""):
            let only = component.ports.count == 1 ? component.ports.keys.first : nil
            guard let port = component.ports["http"] == nil ? only : "http" else {
                throw AppError(
                    path, found: "`port` is missing",
                    expected: "name a port of the component, as in port: http")
            }
            health.probe = .http(path: request, port: port)
        case .http(_, let port): try require(port, of: component, path + ["port"])
        }
        if map["timeout"] == nil { health.timeout = min(health.timeout, health.every) }
        if health.timeout > health.every {
            throw AppError(
                path + ["timeout"],
                found: "is longer than the time from one check to the next",
                expected: "write at most \(AppShape.duration(health.every))")
        }
        return health
    }

    private func require(
        _ port: String, of component: App.Component, _ path: [String]
    ) throws(AppError) {
        if component.ports[port] != nil { return }
        throw AppError.unknown("port", port, of: component.ports.keys, path)
    }

    /// What makes no sense for what starts, ends, and starts again.
    private func checkJob(
        _ component: App.Component, _ map: ValueMap, _ path: [String]
    ) throws(AppError) {
        for key in ["update", "health"] where map[key] != nil {
            throw AppError(
                path + [key], found: "a job has no \(key)",
                expected: "leave it out, or leave out every or cron")
        }
        if component.count != 1 {
            throw AppError(
                path + ["count"], found: "a job runs once at a time",
                expected: "leave it out, or write several jobs")
        }
        if component.restart == .always {
            throw AppError(
                path + ["restart"], found: "a job ends and starts when its time comes",
                expected: "write never or on-failure")
        }
    }

    private func checkUpdate(
        _ component: App.Component, _ map: ValueMap, _ path: [String]
    ) throws(AppError) {
        if component.update.strategy == .blueGreen, map["max-unavailable"] != nil {
            throw AppError(
                path + ["max-unavailable"], found: "belongs to the strategy rolling",
                expected: "leave it out: blue-green keeps the first set until the second is ready")
        }
    }
}

extension AppReader {
    private func service(
        _ name: String, _ value: Value, _ app: App
    ) throws(AppError) -> App.Service {
        let path = ["services", name]
        let map = value.map ?? [:]
        let component = try app.known(map["component"]?.text ?? "", path + ["component"])
        let only = component.ports.count == 1 ? component.ports.keys.first : nil
        guard let port = map["port"]?.text ?? only else {
            throw AppError(
                path, found: "`port` is missing",
                expected: component.ports.isEmpty
                    ? "give \(component.name) a port first"
                    : "name one of \(component.name)'s: "
                        + component.ports.keys.joined(separator: ", "))
        }
        try require(port, of: component, path + ["port"])
        var service = App.Service(name: name, component: component.name, port: port)
        service.balance = map.word("balance") ?? service.balance
        service.listen = map["listen"]?.text.flatMap(App.Service.Listen.init(text:))
        service.protocol = map.word("protocol") ?? service.protocol
        service.driver = map.word("driver") ?? service.driver
        return service
    }

    private func capability(
        _ name: String, _ value: Value, _ app: App
    ) throws(AppError) -> App.Capability {
        let path = ["capabilities", name]
        let map = value.map ?? [:]
        let only = app.components.count == 1 ? app.components.first?.name : nil
        guard let named = map["component"]?.text ?? only else {
            throw AppError(
                path, found: "`component` is missing",
                expected: "say in whose sandbox it runs: "
                    + app.components.map(\.name).joined(separator: ", "))
        }
        let component = try app.known(named, path + ["component"])
        var capability = App.Capability(
            name: name, run: App.Run(map.map("run")), component: component.name)
        capability.takes = SortedMap(
            map.texts("takes").entries.compactMap { entry in
                TypeDefinition.Kind(rawValue: entry.value).map { (entry.key, $0) }
            })
        capability.returns = map.word("returns")
        capability.timeout = map["timeout"]?.int ?? capability.timeout
        return capability
    }
}

extension AppError {
    /// A name that nothing has.
    static func unknown(
        _ what: String, _ name: String, of known: [String], _ path: [String]
    ) -> AppError {
        let hint = nearest(to: name, among: known).map { "did you mean `\($0)`?" }
        let all = known.isEmpty ? "there is none" : "there is " + known.joined(separator: ", ")
        return AppError(
            path, found: "no \(what) `\(printable(name))`", expected: hint ?? all)
    }
}

extension App {
    /// Its component of that name.
    func known(_ component: String, _ path: [String]) throws(AppError) -> Component {
        if let found = components.first(where: { $0.name == component }) { return found }
        throw AppError.unknown("component", component, of: components.map(\.name), path)
    }

    /// Tells each component which of its volumes replicas share.
    mutating func note(sharedBy volumes: [Volume]) {
        let shared = volumes.filter { $0.per == .app }.map(\.name)
        for index in components.indices {
            let mounted = components[index].volumes
            components[index].shared = shared.filter { mounted[$0] != nil }
        }
    }
}
