/// A bound on a queue, loop, message, retry or name, with the reason it has that size.
public struct Limit: Sendable {
    /// What is bounded, as users see it in messages.
    public let name: String
    /// The unit of the numbers.
    public let unit: String
    /// The number in force.
    public let value: Int
    /// The least and the most an operator may set.
    public let range: ClosedRange<Int>
    /// Why it is this size.
    public let why: String
}

/// Every bound of Pisces, named once (design/00, law 5).
public enum Limits {
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
    /// Bytes of one group of batches that share a sync.
    public static let groupBytes = Limit(
        name: "group size", unit: "bytes", value: 4 << 20, range: 1 << 20...16 << 20,
        why: "recovery looks this far for a torn write")
    /// Commands that wait for the log.
    public static let pendingProposals = Limit(
        name: "pending proposals", unit: "batches", value: 16_384, range: 64...1 << 20,
        why: "beyond it a client is told to slow down rather than kept in memory")
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
    /// Rows of one page of a list.
    public static let listPage = Limit(
        name: "list page", unit: "resources", value: 1000, range: 1...10_000,
        why: "a page is rendered in memory")
    /// Bytes of one HTTP request body.
    public static let requestBytes = Limit(
        name: "request size", unit: "bytes", value: 4 << 20, range: 1 << 20...16 << 20,
        why: "JSON of the largest batch with escapes")
    /// Connections of the API at one time.
    public static let connections = Limit(
        name: "connections", unit: "connections", value: 1024, range: 16...65_536,
        why: "each holds buffers of some 20 KiB")
    /// Bytes not yet taken by one subscriber before its changes coalesce.
    public static let subscriberBytes = Limit(
        name: "subscriber backlog", unit: "bytes", value: 4 << 20, range: 1 << 16...64 << 20,
        why: "a slow subscriber must not hold the memory of its neighbours")
    /// Changes kept in memory for resuming subscribers before the log is read.
    public static let feedChanges = Limit(
        name: "change feed", unit: "changes", value: 16_384, range: 1024...1 << 20,
        why: "at 1 KiB a change this is 16 MiB at the most")
    /// Subscriptions at one time.
    public static let subscriptions = Limit(
        name: "subscriptions", unit: "subscriptions", value: 20_000, range: 16...100_000,
        why: "each costs about 1 KiB")
    /// Bytes of a log segment prepared in the background.
    public static let segmentBytes = Limit(
        name: "segment size", unit: "bytes", value: 64 << 20, range: 4 << 20...1 << 30,
        why: "a trim frees whole segments; opening reads the last one")
    /// Bytes of a log segment made while a caller waits, and of the reserve.
    public static let firstSegmentBytes = Limit(
        name: "first segment size", unit: "bytes", value: 4 << 20, range: 1 << 16...64 << 20,
        why: "zeros are written before the first answer")
    /// Loglets of one log.
    public static let chainLinks = Limit(
        name: "chain length", unit: "loglets", value: 64, range: 2...1024,
        why: "the register is read and replaced whole; trimming shortens it")

    /// All limits, for the page that shows them.
    public static let all = [
        commandBytes, batchCommands, batchBytes, groupBytes, pendingProposals, nameBytes,
        namespaceBytes, valueDepth, tags, links, listPage, requestBytes, connections,
        subscriberBytes, feedChanges, subscriptions, segmentBytes, firstSegmentBytes, chainLinks,
    ]
}
