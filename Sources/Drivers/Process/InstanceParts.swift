internal import Resources

extension Instance {
    /// A folder or file of the host that an instance sees.
    public struct Mount: Hashable, Sendable {
        /// The absolute path on the host.
        public var source: String
        /// The absolute path inside.
        public var target: String
        /// True when the instance may write it.
        public var writable: Bool

        /// `source`, seen at `target`.
        public init(source: String, target: String, writable: Bool) {
            self.source = source
            self.target = target
            self.writable = writable
        }
    }

    /// A file made for an instance: a config or a secret.
    public struct File: Hashable, Sendable {
        /// The absolute path inside.
        public var path: String
        /// What it holds.
        public var bytes: [UInt8]
        /// Permissions; its owner is the instance's user.
        public var mode: UInt32
        /// True for what must lie in memory only.
        public var isSecret: Bool

        /// A file of that path and content.
        public init(
            path: String, bytes: [UInt8], mode: UInt32 = 0o444, isSecret: Bool = false
        ) {
            self.path = path
            self.bytes = bytes
            self.mode = mode
            self.isSecret = isSecret
        }
    }
}

extension Instance {
    /// Under which its output is found.
    var outputName: String { task ?? name }

    /// The instance as its ledger entry keeps it: all but the bytes of its files and the values of
    /// its secrets.
    var intent: [UInt8] {
        var map: ValueMap = [
            "name": .text(name), "device": .text(device.rawValue),
            "command": .list(command.map { .text($0) }),
            "environment": .map(
                SortedMap(environment.entries.map { ($0.key, Value.text($0.value)) })),
            "writable": .bool(writable), "stop-grace": .int(Int64(clamping: stopGrace)),
            "mounts": .list(
                mounts.map { mount in
                    [
                        "source": .text(mount.source), "target": .text(mount.target),
                        "writable": .bool(mount.writable),
                    ]
                }),
            "files": .list(
                files.map { file in
                    [
                        "path": .text(file.path), "mode": .int(Int64(file.mode)),
                        "secret": .bool(file.isSecret),
                    ]
                }),
            "secrets": .list(secrets.entries.map { .text($0.key) }),
        ]
        let texts = [
            ("directory", directory), ("image", image?.description), ("user", user),
            ("working-directory", workingDirectory), ("stop-signal", stopSignal),
            ("resolver", resolver), ("files-folder", filesFolder), ("task", task),
        ]
        for (key, text) in texts { map[key] = text.map { .text($0) } }
        map["cpu"] = limits.cpu.map { .float($0) }
        map["memory"] = limits.memory.map { .int($0) }
        map["processes"] = limits.processes.map { .int(Int64($0)) }
        map["storage"] = limits.storage.map { .int($0) }
        var writer = CBORWriter()
        writer.write(map)
        return writer.bytes
    }

    /// Reads what `intent` gave; nil when it is something else. Files come without their bytes.
    init?(id: Identifier, intent: [UInt8]) {
        guard let value = try? CBORReader.decode(intent), let map = value.map,
            let name = map["name"]?.text,
            let device = map["device"]?.text.flatMap(Device.init(rawValue:)),
            let command = map["command"]?.list
        else { return nil }
        self.init(id: id, name: name, device: device, command: command.compactMap(\.text))
        for (key, value) in map["environment"]?.map?.entries ?? [] {
            environment[key] = value.text
        }
        directory = map["directory"]?.text
        limits = Ceilings(
            cpu: map["cpu"]?.number, memory: map["memory"]?.int,
            processes: map["processes"]?.int.map { Int(clamping: $0) },
            storage: map["storage"]?.int)
        writable = map["writable"]?.bool ?? true
        stopGrace = UInt64(clamping: map["stop-grace"]?.int ?? Int64(Limits.stopGrace.value))
        image = map["image"]?.text.flatMap(ImageDigest.init(_:))
        user = map["user"]?.text
        workingDirectory = map["working-directory"]?.text
        stopSignal = map["stop-signal"]?.text
        resolver = map["resolver"]?.text
        filesFolder = map["files-folder"]?.text
        task = map["task"]?.text
        mounts = (map["mounts"]?.list ?? []).compactMap(Mount.init(value:))
        files = (map["files"]?.list ?? []).compactMap(File.init(value:))
    }
}

extension Instance.Mount {
    fileprivate init?(value: Value) {
        guard let map = value.map, let source = map["source"]?.text,
            let target = map["target"]?.text, let writable = map["writable"]?.bool
        else { return nil }
        self.init(source: source, target: target, writable: writable)
    }
}

extension Instance.File {
    fileprivate init?(value: Value) {
        guard let map = value.map, let path = map["path"]?.text, let mode = map["mode"]?.int,
            let secret = map["secret"]?.bool
        else { return nil }
        self.init(
            path: path, bytes: [], mode: UInt32(truncatingIfNeeded: mode), isSecret: secret)
    }
}
