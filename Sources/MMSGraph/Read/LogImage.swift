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

    /// The last requests of clients behind `last` in order of identity, at most so many; `last` is
    /// nil when these are all. Whoever decides next must know them: a retried request happens once.
    public func sessions(
        behind last: Identifier?, count: Int
    ) throws(GraphError) -> (sessions: [LogSession], last: Identifier?) {
        let prefix = Keys.sessions(of: log)
        let lower = last.map { Keys.session($0, in: log).successor ?? [] } ?? prefix
        return try GraphError.translating("copy") { () throws(StoreError) in
            var found: [LogSession] = []
            var cursor = snapshot.scan(
                .sessions, KeyRange(lower: lower, upper: prefix.successor), reverse: false)
            while try cursor.advance() {
                guard let client = cursor.key.trailingIdentifier else { continue }
                found.append(
                    LogSession(
                        client: client, sequence: cursor.value.word(at: 0),
                        position: Position(cursor.value.word(at: 8))))
                if found.count >= count { return (found, client) }
            }
            return (found, nil)
        }
    }
}

/// The last request of a client that a log has taken.
public struct LogSession: Hashable, Sendable {
    /// The client.
    public var client: Identifier
    /// The number of its request.
    public var sequence: UInt64
    /// The entry it was taken with.
    public var position: Position

    /// A client's last request.
    public init(client: Identifier, sequence: UInt64, position: Position) {
        self.client = client
        self.sequence = sequence
        self.position = position
    }
}

extension Graph {
    /// The digest that the resources of a log had at a position. Throws `notFound` for one that is
    /// not reached yet and `gone` for one whose history was trimmed. Reads all resources, unless
    /// the log stands there now.
    public func digest(of log: Namespace, at position: Position) throws(Refusal) -> StateHash {
        let state = state(of: log)
        if state.applied == position { return state.hash }
        let reader = try reader(at: .bookmark(Bookmark([log: position])))
        var sum = StateHash.empty
        // Namespaces that have had a log of their own since belonged to the log at `/`.
        let homes = mounts.points.filter { home in
            home == log || (log == .root && position < self.state(of: home).origin)
        }
        try refusing { () throws(GraphError) in
            try reader.forEachCandidate(in: .everything(past: reader.bookmark)) { resource in
                if let home = mounts.log(of: resource.namespace), homes.contains(home) {
                    sum += Version(resource).digest
                }
                return true
            }
        }
        return sum
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
