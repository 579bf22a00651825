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
