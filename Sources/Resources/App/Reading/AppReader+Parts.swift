/// Parts of an app from maps that `AppShape.Check` has passed: what is not there is standard.
extension App.Run {
    init(_ map: ValueMap) {
        if let command = map["native"]?.text {
            self = .native(command)
        } else if let command = map["host"]?.text {
            self = .host(command)
        } else {
            self = .image(map["oci"]?.text ?? "", command: map["command"]?.text)
        }
    }
}

extension App.Needs {
    init(_ map: ValueMap) {
        self.init(
            cpu: map["cpu"]?.number, memory: map["memory"]?.int, storage: map["storage"]?.int,
            processes: map.integer("processes"))
    }
}

extension App.Health {
    /// With an empty port when none is named.
    init(_ map: ValueMap) {
        if let path = map["http"]?.text {
            self.init(.http(path: path, port: map["port"]?.text ?? ""))
        } else if let port = map["tcp"]?.text {
            self.init(.tcp(port: port))
        } else {
            self.init(.command(map["command"]?.text ?? ""))
        }
        every = map["every"]?.int ?? every
        timeout = map["timeout"]?.int ?? timeout
        failures = map.integer("failures") ?? failures
        passes = map.integer("passes") ?? passes
        grace = map["grace"]?.int ?? grace
    }
}

extension App.Stop {
    init(_ map: ValueMap) {
        signal = map.word("signal") ?? signal
        grace = map["grace"]?.int ?? grace
    }
}

extension App.Placement {
    init(_ map: ValueMap) {
        spread = map["spread"]?.text
        require = map.texts("require")
        prefer = map.texts("prefer")
        near = map["near"]?.list?.compactMap(\.text) ?? []
        apart = map["apart"]?.list?.compactMap(\.text) ?? []
    }
}

extension App.Update {
    init(_ map: ValueMap) {
        strategy = map.word("strategy") ?? strategy
        maxUnavailable = map.integer("max-unavailable") ?? maxUnavailable
        autoRevert = map["auto-revert"]?.bool ?? autoRevert
        deadline = map["deadline"]?.int ?? deadline
    }
}

extension App.Volume {
    init(_ name: String, _ value: Value) {
        self.init(name: name)
        let map = value.map ?? [:]
        size = map["size"]?.int
        driver = map.word("driver") ?? driver
        per = map.word("per") ?? per
        lost = map.word("lost") ?? lost
    }
}

extension ValueMap {
    func map(_ key: String) -> ValueMap { self[key]?.map ?? [:] }

    func maps(_ key: String) -> [(key: String, value: Value)] { map(key).entries }

    func texts(_ key: String) -> SortedMap<String> {
        SortedMap<String>(
            map(key).entries.compactMap { entry in entry.value.text.map { (entry.key, $0) } })
    }

    func integer(_ key: String) -> Int? { self[key]?.int.map { Int(clamping: $0) } }

    func word<Word: RawRepresentable<String>>(_ key: String) -> Word? {
        self[key]?.text.flatMap(Word.init(rawValue:))
    }
}
