extension App {
    /// The fields of the resource of type `app`: canonical, whatever way the file was written.
    /// What is standard is left out, so that a new key does not change what was there before.
    public var data: ValueMap {
        var map = content
        map["directory"] = directory.map(Value.text)
        map["bundle"] = bundle.map(Value.bytes)
        map["digest"] = digest.map(Value.bytes)
        return map
    }

    /// Deterministic CBOR of what the app is, its name among it: the SHA-256 of these bytes is its
    /// digest. Where its programs lie on a machine is no part of it.
    public var canonicalBytes: [UInt8] {
        var map = content
        map["app"] = .text(name)
        return CBORWriter.bytes(of: map)
    }

    private var content: ValueMap {
        var map: ValueMap = [
            "version": .text(version),
            "components": .map(SortedMap(components.map { ($0.name, .map($0.data)) })),
        ]
        map["description"] = summary.map(Value.text)
        map.put("services", SortedMap(services.map { ($0.name, .map($0.data)) }))
        map.put("volumes", SortedMap(volumes.map { ($0.name, .map($0.data)) }))
        map.put("capabilities", SortedMap(capabilities.map { ($0.name, .map($0.data)) }))
        return map
    }
}

extension App.Component {
    /// Its canonical form, as in the app's `components`.
    public var data: ValueMap {
        var map = template
        map["count"] = .int(Int64(count))
        map.put("place", place.data)
        map.put("update", update.data)
        return map
    }

    /// Its canonical form on its own, in the fields `spec` of its resource and of its groups: with
    /// the names of the volumes that replicas share, which an app has in its `volumes`.
    public var spec: ValueMap {
        var map = data
        if !shared.isEmpty { map["shared"] = .list(shared.map(Value.text)) }
        return map
    }

    /// Deterministic CBOR of what a replica runs, in this version of this app; its SHA-256 is the
    /// component's template. Count, place and update are no part of it. Programs of a folder are
    /// told apart by the bundle they came with, else by the folder and the version of the app.
    public func templateBytes(in app: App) -> [UInt8] {
        var map = template
        if !shared.isEmpty { map["shared"] = .list(shared.map(Value.text)) }
        if run.image == nil {
            if let bundle = app.bundle {
                map["bundle"] = .bytes(bundle)
            } else {
                map["version"] = .text(app.version)
                map["directory"] = app.directory.map(Value.text)
            }
        }
        return CBORWriter.bytes(of: map)
    }

    private var template: ValueMap {
        var map: ValueMap = ["run": .map(run.data)]
        switch schedule {
        case .every(let interval): map["every"] = .int(interval)
        case .cron(let cron): map["cron"] = .text(cron.text)
        case nil: break
        }
        map.put("needs", needs.data)
        map.put(
            "ports",
            SortedMap(
                ports.entries.map { ($0.key, $0.value == 0 ? "auto" : .int(Int64($0.value))) }))
        map.put("volumes", texts(volumes))
        map.put("env", texts(environment))
        map.put("configs", texts(configs))
        map.put("secrets", texts(secrets))
        if onChange != .restart { map["on-change"] = .text(onChange.text) }
        map["health"] = health.map { .map($0.data) }
        map.put("stop", stop.data)
        if restart != standardRestart { map["restart"] = .text(restart.rawValue) }
        return map
    }

    /// A service is started again whenever it ends, a job when its time comes.
    var standardRestart: App.Restart { schedule == nil ? .always : .never }
}

extension App.Run {
    var data: ValueMap {
        switch self {
        case .native(let command): return ["native": .text(command)]
        case .host(let command): return ["host": .text(command)]
        case .image(let image, let command):
            var map: ValueMap = ["oci": .text(image)]
            map["command"] = command.map(Value.text)
            return map
        }
    }
}

extension App.Needs {
    var data: ValueMap {
        var map = ValueMap()
        map["cpu"] = cpu.map(Value.float)
        map["memory"] = memory.map(Value.int)
        map["storage"] = storage.map(Value.int)
        map["processes"] = processes.map { .int(Int64($0)) }
        return map
    }
}

extension App.Stop {
    var data: ValueMap {
        var map = ValueMap()
        if signal != .terminate { map["signal"] = .text(signal.rawValue) }
        if grace != App.Stop().grace { map["grace"] = .int(grace) }
        return map
    }
}

extension App.Health {
    var data: ValueMap {
        var map = ValueMap()
        switch probe {
        case .http(let path, let port):
            map["http"] = .text(path)
            map["port"] = .text(port)
        case .tcp(let port): map["tcp"] = .text(port)
        case .command(let command): map["command"] = .text(command)
        }
        let standard = App.Health(probe)
        if every != standard.every { map["every"] = .int(every) }
        if timeout != standard.timeout { map["timeout"] = .int(timeout) }
        if failures != standard.failures { map["failures"] = .int(Int64(failures)) }
        if passes != standard.passes { map["passes"] = .int(Int64(passes)) }
        if grace != standard.grace { map["grace"] = .int(grace) }
        return map
    }
}

extension App.Placement {
    var data: ValueMap {
        var map = ValueMap()
        map["spread"] = spread.map(Value.text)
        map.put("require", texts(require))
        map.put("prefer", texts(prefer))
        if !near.isEmpty { map["near"] = .list(near.map(Value.text)) }
        if !apart.isEmpty { map["apart"] = .list(apart.map(Value.text)) }
        return map
    }
}

extension App.Update {
    var data: ValueMap {
        let standard = App.Update()
        var map = ValueMap()
        if strategy != standard.strategy { map["strategy"] = .text(strategy.rawValue) }
        if maxUnavailable != standard.maxUnavailable {
            map["max-unavailable"] = .int(Int64(maxUnavailable))
        }
        if autoRevert != standard.autoRevert { map["auto-revert"] = .bool(autoRevert) }
        if deadline != standard.deadline { map["deadline"] = .int(deadline) }
        return map
    }
}

extension App.Service {
    var data: ValueMap {
        var map: ValueMap = ["component": .text(component), "port": .text(port)]
        if balance != .roundRobin { map["balance"] = .text(balance.rawValue) }
        map["listen"] = listen.map { .text($0.description) }
        if self.protocol != .http { map["protocol"] = .text(self.protocol.rawValue) }
        if driver != .builtin { map["driver"] = .text(driver.rawValue) }
        return map
    }
}

extension App.Volume {
    var data: ValueMap {
        var map = ValueMap()
        map["size"] = size.map(Value.int)
        if driver != .directory { map["driver"] = .text(driver.rawValue) }
        if per != .replica { map["per"] = .text(per.rawValue) }
        if lost != .wait { map["lost"] = .text(lost.rawValue) }
        return map
    }
}

extension App.Capability {
    var data: ValueMap {
        var map: ValueMap = ["run": .map(run.data), "component": .text(component)]
        map.put("takes", SortedMap(takes.entries.map { ($0.key, .text($0.value.rawValue)) }))
        map["returns"] = returns.map { .text($0.rawValue) }
        if timeout != Int64(Limits.capabilityTimeout.value) { map["timeout"] = .int(timeout) }
        return map
    }
}

extension ValueMap {
    /// Puts a map when there is something in it.
    mutating func put(_ key: String, _ map: ValueMap) {
        if !map.isEmpty { self[key] = .map(map) }
    }
}

extension CBORWriter {
    static func bytes(of map: ValueMap) -> [UInt8] {
        var writer = CBORWriter()
        writer.write(map)
        return writer.bytes
    }
}

/// Texts as values.
func texts(_ map: SortedMap<String>) -> ValueMap {
    SortedMap(map.entries.map { ($0.key, .text($0.value)) })
}
