public import Resources

/// The resources of one log at one position, read page by page while the log goes on: what another
/// machine needs that cannot read the entries behind it.
public struct LogImage<Store: OrderedStore>: Sendable {
    /// The log.
    public let log: Namespace
    /// Where it stood, with the digest of the resources.
    public let state: LogState
    private let snapshot: Store.Snapshot
    private let mounts: Mounts

    init(_ graph: Graph<Store>, _ log: Namespace) throws(GraphError) {
        self.log = log
        mounts = graph.mounts
        snapshot = graph.store.snapshot()
        guard let state = try graph.states(in: snapshot)[log] else {
            throw GraphError(
                operation: "copy", subject: "log \(log)", cause: "no log is mounted there")
        }
        self.state = state
    }

    /// The latest time of any entry up to there.
    public var time: WallTime { state.clock }

    /// The stored forms of the next resources behind `last` in order of identity, of so many bytes
    /// together, but at least one; `last` is nil when these are all.
    public func page(
        behind last: Identifier?, bytes: Int
    ) throws(GraphError) -> (resources: [[UInt8]], last: Identifier?) {
        let lower = last.map { Keys.id($0).successor ?? [] } ?? []
        return try GraphError.translating("copy") { () throws(StoreError) in
            var found: [[UInt8]] = []
            var rest = bytes
            var cursor = snapshot.scan(
                .resources, KeyRange(lower: lower, upper: nil), reverse: false)
            while try cursor.advance() {
                guard mounts.logOfStored(cursor.value) == log else { continue }
                found.append(cursor.value)
                rest -= cursor.value.count
                if rest <= 0 { return (found, cursor.key.trailingIdentifier) }
            }
            return (found, nil)
        }
    }
}

extension LogImage {
    /// The digest that resources of these stored forms have together.
    public static func digest(of resources: [[UInt8]]) -> StateHash {
        var sum = StateHash.empty
        for resource in resources { sum += StateHash(of: resource) }
        return sum
    }
}

extension Graph {
    /// The resources of a log as of now.
    public func image(of log: Namespace) throws(GraphError) -> LogImage<Store> {
        try LogImage(self, log)
    }
}
