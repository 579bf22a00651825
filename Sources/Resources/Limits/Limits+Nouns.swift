/// Bounds of nouns, messages and files of people.
extension Limits {
    /// Bytes of one encoded command.
    public static let commandBytes = Limit(
        name: "command size", unit: "bytes", value: 1 << 20, range: 1 << 16...1 << 20,
        why: "large bytes go to the object store; the log carries the digest")
    /// Commands in one batch.
    public static let batchCommands = Limit(
        name: "batch length", unit: "commands", value: 10_000, range: 1...100_000,
        why: "a batch is atomic and is held in memory whole")
    /// Bytes of one encoded batch; an etcd request of 1.5 MiB holds it in base64.
    public static let batchBytes = Limit(
        name: "batch size", unit: "bytes", value: (1 << 20) + 4096, range: 1 << 16...4 << 20,
        why: "one etcd request holds at most 1.5 MiB")
    /// Bytes of a resource's name or of one component of a namespace.
    public static let nameBytes = Limit(
        name: "name length", unit: "bytes", value: 1024, range: 64...4096,
        why: "names are parts of keys; a path of the machine must fit")
    /// Bytes of a namespace.
    public static let namespaceBytes = Limit(
        name: "namespace length", unit: "bytes", value: 2048, range: 256...8192,
        why: "namespaces are parts of keys")
    /// Levels of nesting of a value, in JSON, CBOR and YAML.
    public static let valueDepth = Limit(
        name: "value depth", unit: "levels", value: 32, range: 8...64,
        why: "decoders recurse; the stack of a thread is 512 KiB")
    /// Tags of one resource.
    public static let tags = Limit(
        name: "tags", unit: "tags", value: 64, range: 8...256, why: "each is an index entry")
    /// Links of one resource.
    public static let links = Limit(
        name: "links", unit: "links", value: 4096, range: 64...65_536,
        why: "each is two index entries; a wider fan-out belongs on the other end")
    /// Bytes of one encoded resource.
    public static let resourceBytes = Limit(
        name: "resource size", unit: "bytes", value: 1 << 20, range: 1 << 16...1 << 20,
        why: "merging updates must not grow a resource beyond what one command may carry")
    /// Bytes of one YAML stream.
    public static let yamlBytes = Limit(
        name: "YAML size", unit: "bytes", value: 1 << 20, range: 4096...4 << 20,
        why: "a file of desired state is written by people")
    /// Documents in one YAML stream.
    public static let yamlDocuments = Limit(
        name: "YAML documents", unit: "documents", value: 1000, range: 1...10_000,
        why: "each becomes a command of one batch")
    /// Replicas of one component.
    public static let replicas = Limit(
        name: "replicas", unit: "tasks", value: 10_000, range: 1...100_000,
        why: "one app expands into one batch")

    static let nouns = [
        commandBytes, batchCommands, batchBytes, nameBytes, namespaceBytes, valueDepth, tags, links,
        resourceBytes, yamlBytes, yamlDocuments, replicas,
    ]
}
