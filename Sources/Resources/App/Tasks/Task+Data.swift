extension App.Task {
    /// The fields of the resource of type `task`.
    public var data: ValueMap {
        var map: ValueMap = [
            "app": .text(app), "component": .text(component), "replica": .int(Int64(replica)),
            "device": .text(device.rawValue), "command": .list(command.map(Value.text)),
            "restart": .text(restart.rawValue),
        ]
        if !group.isEmpty { map["group"] = .text(group) }
        if !version.isEmpty { map["version"] = .text(version) }
        map.put("env", texts(environment))
        map.put("ports", SortedMap(ports.entries.map { ($0.key, .int(Int64($0.value))) }))
        map["directory"] = directory.map(Value.text)
        map["image"] = image.map(Value.text)
        map.put("volumes", texts(volumes))
        map.put("configs", texts(configs))
        map.put("secrets", texts(secrets))
        map["health"] = health.map { .map($0.data) }
        map.put("stop", stop.data)
        switch schedule {
        case .every(let interval): map["every"] = .int(interval)
        case .cron(let cron): map["cron"] = .text(cron.text)
        case nil: break
        }
        map.put("place", place.data)
        for (key, value) in needs.data.entries { map[key] = value }
        if onChange != .restart { map["onChange"] = .text(onChange.text) }
        return map
    }
}

extension App.Task {
    /// The task a resource of type `task` describes; nil when a field is missing or another's.
    public init?(name: String, data: ValueMap) {
        guard let component = data["component"]?.text, let replica = data["replica"]?.int,
            let device = data["device"]?.text.flatMap(App.Device.init(rawValue:)),
            let words = data["command"]?.list, words.allSatisfy({ $0.text != nil }),
            !words.isEmpty || data["image"]?.text != nil
        else { return nil }
        self.init(
            app: data["app"]?.text ?? "", component: component, replica: Int(clamping: replica),
            device: device, command: words.compactMap(\.text))
        self.name = name
        group = data["group"]?.text ?? ""
        version = data["version"]?.text ?? ""
        directory = data["directory"]?.text
        image = data["image"]?.text
        environment = data.texts("env")
        for (key, value) in data.maps("ports") { ports[key] = value.int.map { Int(clamping: $0) } }
        volumes = data.texts("volumes")
        configs = data.texts("configs")
        secrets = data.texts("secrets")
        restart = data.word("restart") ?? .always
        onChange = data["onChange"]?.text.flatMap(App.Change.init(text:)) ?? .restart
        needs = App.Needs(data)
        guard read(data) else { return nil }
    }

    /// The parts that are maps of an app file; false when one is none.
    private mutating func read(_ data: ValueMap) -> Bool {
        let check = AppShape.Check(wantsUnits: false)
        do throws(AppError) {
            if let value = data["health"] {
                health = App.Health(try check.map(value, AppShape.health, ["health"]))
            }
            stop = App.Stop(try check.map(data["stop"] ?? [:], AppShape.stop, ["stop"]))
            place = App.Placement(try check.map(data["place"] ?? [:], AppShape.place, ["place"]))
        } catch { return false }
        if let interval = data["every"]?.int { schedule = .every(interval) }
        guard let text = data["cron"]?.text else { return true }
        do throws(CronSchedule.Fault) { schedule = .cron(try CronSchedule(text)) } catch {
            return false
        }
        return true
    }
}
