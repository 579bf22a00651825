internal import Resources

/// Reads the description of an app from a value: of an app file, or of an `app` resource.
struct AppReader {
    /// What arrives later, so that nobody takes a typing mistake for it.
    private static let later = [
        [
            "from", "services", "volumes", "capabilities", "configs", "secrets",
        ],
        ["volumes", "configs", "secrets", "health", "place", "update"],
    ]

    func read(_ value: Value) throws(AppError) -> App {
        let map = try self.map(value, [])
        try check(
            map, [], known: ["app", "version", "directory", "components"], later: Self.later[0])
        let name = try label(required(map, "app", []), ["app"])
        var components: [App.Component] = []
        let parts = try self.map(required(map, "components", []), ["components"])
        if parts.isEmpty {
            throw AppError(
                ["components"], found: "is empty", expected: "an app has a component or more")
        }
        for (key, value) in parts.entries {
            components.append(try component(key, value, ["components", key]))
        }
        try checkPorts(components)
        var app = App(
            name: name, version: try text(required(map, "version", []), ["version"]),
            components: components)
        app.directory = try map["directory"].map { value throws(AppError) in
            try text(value, ["directory"])
        }
        // So that a wrong variable is found here and not at the start of the last replica.
        _ = try app.tasks()
        return app
    }

    private func component(
        _ name: String, _ value: Value, _ path: [String]
    ) throws(AppError) -> App.Component {
        let map = try self.map(value, path)
        try check(
            map, path, known: ["run", "count", "needs", "ports", "env"], later: Self.later[1])
        _ = try label(.text(name), path)
        let (device, command) = try run(required(map, "run", path), path + ["run"])
        let needs = try needs(map["needs"] ?? [:], path + ["needs"])
        let count = try integer(
            map["count"] ?? 1, 1...Limits.replicas.value, path + ["count"])
        var component = App.Component(
            name: name, run: device == .host ? .host(command) : .native(command))
        component.count = count
        component.needs = .init(cpu: needs.cpu, memory: needs.memory)
        component.ports = try ports(map["ports"] ?? [:], count, path + ["ports"])
        component.environment = try environment(map["env"] ?? [:], path + ["env"])
        return component
    }

    private func run(
        _ value: Value, _ path: [String]
    ) throws(AppError) -> (Instance.Device, String) {
        let map = try self.map(value, path)
        try check(map, path, known: ["native", "host"], later: ["oci", "wasm"])
        guard map.count == 1, let (key, command) = map.entries.first else {
            throw AppError(
                path, found: "has \(map.count) ways to run", expected: "give one: native or host")
        }
        return (key == "host" ? .host : .oci, try text(command, path + [key]))
    }

    private func needs(
        _ value: Value, _ path: [String]
    ) throws(AppError) -> (cpu: Double?, memory: Int64?) {
        let map = try self.map(value, path)
        try check(map, path, known: ["cpu", "memory"], later: [])
        var cpu: Double?
        if let value = map["cpu"] {
            guard let cores = value.number, cores > 0, cores <= 4096 else {
                throw AppError(
                    path + ["cpu"], found: "is no number of cores",
                    expected: "write a number above 0, as in 0.2")
            }
            cpu = cores
        }
        return (
            cpu,
            try map["memory"].map { value throws(AppError) in
                try bytes(value, path + ["memory"])
            }
        )
    }

    /// A whole number of bytes, or a text with a binary unit.
    private func bytes(_ value: Value, _ path: [String]) throws(AppError) -> Int64 {
        let units: [(String, Int64)] = [
            ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("B", 1),
        ]
        var bytes = value.int
        if let text = value.text, let unit = units.first(where: { text.hasSuffix($0.0) }),
            let number = Int64(text.dropLast(unit.0.count).filter { $0 != " " })
        {
            let product = number.multipliedReportingOverflow(by: unit.1)
            bytes = product.overflow ? nil : product.partialValue
        }
        if let bytes, bytes > 0 { return bytes }
        throw AppError(
            path, found: "is no amount of memory",
            expected: "write bytes, or a number with KiB, MiB, GiB or TiB, as in 64MiB")
    }

    private func ports(
        _ value: Value, _ count: Int, _ path: [String]
    ) throws(AppError) -> SortedMap<Int> {
        var ports = SortedMap<Int>()
        for (name, value) in try map(value, path).entries {
            _ = try label(.text(name), path + [name])
            let most = 65_535 - (count - 1)
            ports[name] = try integer(value, 1...max(1, most), path + [name])
        }
        return ports
    }

    /// Replicas share the host's network: no port may be given twice.
    private func checkPorts(_ components: [App.Component]) throws(AppError) {
        var taken: [(range: ClosedRange<Int>, by: String)] = []
        for component in components {
            for (name, first) in component.ports.entries {
                let range = first...(first + component.count - 1)
                if let other = taken.first(where: { $0.range.overlaps(range) }) {
                    throw AppError(
                        ["components", component.name, "ports", name],
                        found: "ports \(range.lowerBound) to \(range.upperBound) overlap with "
                            + "those of \(other.by)",
                        expected: "each replica takes one port more; choose others")
                }
                taken.append((range, "\(component.name).\(name)"))
            }
        }
    }

    private func environment(
        _ value: Value, _ path: [String]
    ) throws(AppError) -> SortedMap<String> {
        var environment = SortedMap<String>()
        for (name, value) in try map(value, path).entries {
            let isWord = name.utf8.allSatisfy { byte in
                byte == 0x5F || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                    || (0x61...0x7A).contains(byte)
            }
            guard isWord, let first = name.first, !first.isNumber else {
                throw AppError(
                    path + [name], found: "is no name of a variable",
                    expected: "use letters, digits and _, not starting with a digit")
            }
            environment[name] = try text(value, path + [name])
        }
        return environment
    }

    // MARK: Parts

    private func check(
        _ map: ValueMap, _ path: [String], known: [String], later: [String]
    ) throws(AppError) {
        for key in map.keys where !known.contains(key) {
            if later.contains(key) {
                throw AppError(
                    path + [key], found: "`\(key)` arrives with a later version",
                    expected: "leave it out for now")
            }
            let hint = nearest(to: key, among: known).map { "did you mean `\($0)`?" }
            throw AppError(
                path + [key], found: "unknown key `\(printable(key))`",
                expected: hint ?? "the keys are " + known.joined(separator: ", "))
        }
    }

    private func required(
        _ map: ValueMap, _ key: String, _ path: [String]
    ) throws(AppError) -> Value {
        if let value = map[key] { return value }
        throw AppError(path, found: "`\(key)` is missing", expected: "add it")
    }

    private func map(_ value: Value, _ path: [String]) throws(AppError) -> ValueMap {
        if let map = value.map { return map }
        throw AppError(path, found: "is of kind \(value.kindName)", expected: "a map was expected")
    }

    private func text(_ value: Value, _ path: [String]) throws(AppError) -> String {
        guard let text = value.text else {
            throw AppError(
                path, found: "is of kind \(value.kindName)",
                expected: "a text was expected; quote it")
        }
        guard !text.utf8.contains(0) else {
            throw AppError(path, found: "has a NUL", expected: "remove it")
        }
        return text
    }

    private func integer(
        _ value: Value, _ range: ClosedRange<Int>, _ path: [String]
    ) throws(AppError) -> Int {
        if let int = value.int, range.contains(Int(int)) { return Int(int) }
        throw AppError(
            path, found: "is no number from \(range.lowerBound) to \(range.upperBound)",
            expected: "write a whole number in that range")
    }

    /// A label of a DNS name (RFC 1123), because names of apps become names of services.
    private func label(_ value: Value, _ path: [String]) throws(AppError) -> String {
        let text = try text(value, path)
        let isLabel = text.utf8.allSatisfy { byte in
            byte == 0x2D || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
        }
        if isLabel, (1...63).contains(text.utf8.count), text.first != "-", text.last != "-" {
            return text
        }
        throw AppError(
            path, found: "`\(printable(text))` is no name",
            expected: "use 1 to 63 of a-z, 0-9 and -, not at the ends")
    }
}
