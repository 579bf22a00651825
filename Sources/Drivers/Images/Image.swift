public import Resources

/// An image of this machine's store.
public struct Image: Hashable, Sendable {
    /// The digest of its manifest, its identity.
    public var digest: ImageDigest
    /// Where it came from: a path, for people.
    public var source: String
    /// The blob of its configuration.
    public var configuration: ImageDigest
    /// Its layers, the lowest first.
    public var layers: [Layer]
    /// How its program runs.
    public var config: ImageConfig

    /// One layer.
    public struct Layer: Hashable, Sendable {
        /// The blob it came in.
        public var blob: ImageDigest
        /// The uncompressed layer, the name of its unpacked folder.
        public var diff: ImageDigest
        /// Bytes of the blob.
        public var bytes: Int64
    }

    /// Bytes of its layers as they came.
    public var bytes: Int64 { layers.reduce(0) { $0 + $1.bytes } }
}

/// What an image says of its program (OCI image specification 1.1, `config`).
public struct ImageConfig: Hashable, Sendable {
    /// What comes before the command.
    public var entrypoint: [String] = []
    /// The command when nobody gives another.
    public var command: [String] = []
    /// `NAME=value`, in the image's order.
    public var environment: [String] = []
    /// The working directory; empty for `/`.
    public var directory = ""
    /// `user`, `uid`, `user:group` or `uid:gid`; empty for root.
    public var user = ""
    /// The signal that asks it to end, `SIGQUIT` or `3`; empty for SIGTERM.
    public var stopSignal = ""
    /// `8080/tcp`.
    public var ports: [String] = []
    /// Folders that are meant to be volumes.
    public var volumes: [String] = []

    /// As the field `config` of the resource `image`.
    public var map: ValueMap {
        func list(_ texts: [String]) -> Value { .list(texts.map { .text($0) }) }
        return [
            "entrypoint": list(entrypoint), "command": list(command),
            "environment": list(environment), "directory": .text(directory),
            "user": .text(user), "stopSignal": .text(stopSignal), "ports": list(ports),
            "volumes": list(volumes),
        ]
    }

    /// What `map` gave; absent fields are empty.
    public init(map: ValueMap) {
        func list(_ key: String) -> [String] { map[key]?.list?.compactMap(\.text) ?? [] }
        entrypoint = list("entrypoint")
        command = list("command")
        environment = list("environment")
        directory = map["directory"]?.text ?? ""
        user = map["user"]?.text ?? ""
        stopSignal = map["stopSignal"]?.text ?? ""
        ports = list("ports")
        volumes = list("volumes")
    }

    /// The `config` of an image's configuration.
    init(json: ValueMap) {
        func list(_ key: String) -> [String] { json[key]?.list?.compactMap(\.text) ?? [] }
        entrypoint = list("Entrypoint")
        command = list("Cmd")
        environment = list("Env")
        directory = json["WorkingDir"]?.text ?? ""
        user = json["User"]?.text ?? ""
        stopSignal = json["StopSignal"]?.text ?? ""
        ports = json["ExposedPorts"]?.map?.entries.map(\.key) ?? []
        volumes = json["Volumes"]?.map?.entries.map(\.key) ?? []
    }
}

extension Image {
    /// The record in the store, and its digest is the record's name.
    var record: [UInt8] {
        let layers = layers.map { layer -> Value in
            [
                "blob": .text(layer.blob.digits), "diff": .text(layer.diff.digits),
                "bytes": .int(layer.bytes),
            ]
        }
        var writer = CBORWriter()
        writer.write(
            [
                "version": 1, "source": .text(source), "layers": .list(layers),
                "configuration": .text(configuration.digits), "config": .map(config.map),
            ] as ValueMap)
        return writer.bytes
    }

    /// Reads what `record` gave; nil when it is something else.
    init?(digest: ImageDigest, record: [UInt8]) {
        guard let value = try? CBORReader.decode(record), let map = value.map,
            map["version"]?.int == 1, let source = map["source"]?.text,
            let configuration = map["configuration"]?.text.flatMap(ImageDigest.init(digits:)),
            let config = map["config"]?.map, let list = map["layers"]?.list
        else { return nil }
        let layers = list.compactMap { value -> Layer? in
            guard let map = value.map, let bytes = map["bytes"]?.int,
                let blob = map["blob"]?.text.flatMap(ImageDigest.init(digits:)),
                let diff = map["diff"]?.text.flatMap(ImageDigest.init(digits:))
            else { return nil }
            return Layer(blob: blob, diff: diff, bytes: bytes)
        }
        guard layers.count == list.count else { return nil }
        self.init(
            digest: digest, source: source, configuration: configuration, layers: layers,
            config: ImageConfig(map: config))
    }
}
