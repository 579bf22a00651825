public import Resources
internal import Synchronization

/// The state machine: one live, versioned graph of resources over an ordered store.
///
/// A writer of a log opens a transaction with `begin`, applies entries to it and commits them with
/// one write of the store. Each log has one transaction at a time; transactions of different logs
/// may be open together. Readers never wait for writers.
public final class Graph<Store: OrderedStore>: Sendable {
    /// The store under the graph.
    public let store: Store
    let shared: Mutex<Shared>
    /// What queries read lately; as many commits old as `Shared.generation` says.
    let cards = CardCache(capacity: Limits.cardBytes.value)
    /// Held through a commit, so that index and counters of one commit are seen by the next.
    let commits = Mutex(())

    /// What readers and writers share, for nanoseconds at a time.
    struct Shared {
        var mounts: Mounts
        var logs: [Namespace: LogState]
        var cache: VersionCache
        var types: [TypeName: TypeShape?] = [:]
        /// By the number of their kind; nil where none were asked for since one changed.
        var policies = [[Resource]?](repeating: nil, count: Policy.allCases.count)
        /// The reader of this generation, once one was asked for.
        var present: CommittedReader<Store>?
        /// Rises with each commit: what was read from the store before it is not cached after it.
        var generation: UInt64 = 0
    }

    /// The graph in `store`, whose logs are mounted at `mounts` and where others were mounted
    /// before.
    public init(
        store: Store, mounts: [Namespace], cachedResources: Int = Limits.cachedResources.value
    ) throws(GraphError) {
        self.store = store
        var logs = try Self.storedLogs(store)
        for log in mounts where logs[log] == nil { logs[log] = LogState() }
        shared = Mutex(
            Shared(
                mounts: Mounts(logs.keys), logs: logs,
                cache: VersionCache(capacity: cachedResources)))
    }

    private static func storedLogs(_ store: Store) throws(GraphError) -> [Namespace: LogState] {
        var stored: [(path: [UInt8], state: [UInt8])] = []
        try GraphError.translating("open") { () throws(StoreError) in
            var cursor = store.snapshot().scan(
                .meta, KeyRange(prefix: Keys.logPrefix), reverse: false)
            while try cursor.advance() {
                stored.append((Array(cursor.key.dropFirst(Keys.logPrefix.count)), cursor.value))
            }
        }
        var logs: [Namespace: LogState] = [:]
        for (path, state) in stored {
            let path = String(decoding: path, as: UTF8.self)
            guard let log = try? Namespace(path) else {
                throw GraphError(
                    operation: "open", subject: "log \(printable(path))",
                    cause: "its stored name is damaged; restore a checkpoint")
            }
            logs[log] = try LogState(stored: state, log: log)
        }
        return logs
    }

    /// The logs and where they are mounted.
    public var mounts: Mounts { shared.withLock { $0.mounts } }

    /// How far `log` has been applied and what the graph is then; empty for an unknown log.
    public func state(of log: Namespace) -> LogState {
        shared.withLock { $0.logs[log] } ?? LogState()
    }

    /// The last entry of `log` that was applied.
    public func applied(_ log: Namespace) -> Position { state(of: log).applied }

    /// Where all logs stand.
    public var standing: Bookmark {
        Bookmark(shared.withLock { $0.logs }.mapValues(\.applied))
    }

    /// The digest of the resources of `log`.
    public func stateHash(_ log: Namespace) -> StateHash { state(of: log).hash }

    /// Makes all that was committed survive a crash.
    public func flush() throws(GraphError) {
        try GraphError.translating("flush") { () throws(StoreError) in try store.flush() }
    }

    /// Forgets what is kept in memory and was not asked for since the last time: called every
    /// some seconds, it lets a quiet machine have its memory back.
    public func forgetUnused() {
        shared.withLock { $0.cache.age() }
        cards.age()
    }

    /// A transaction on `log`, after its last committed entry.
    public func begin(_ log: Namespace) throws(GraphError) -> Transaction<Store> {
        guard mounts.points.contains(log) else {
            throw GraphError(
                operation: "begin", subject: "log \(log)", cause: "no log is mounted there")
        }
        return Transaction(graph: self, log: log, state: state(of: log))
    }
}

extension GraphError {
    /// Runs `body` and gives its failure the words of this room.
    static func translating<Result>(
        _ operation: String, _ body: () throws(StoreError) -> Result
    ) throws(GraphError) -> Result {
        do throws(StoreError) { return try body() } catch {
            throw GraphError(
                operation: operation, subject: "\(error.operation) of \(error.subject)",
                cause: error.cause)
        }
    }
}

/// What apply and the indexes need of a type, looked up once.
final class TypeShape: Sendable {
    let definition: TypeDefinition
    let indexed: [(field: String, prefix: [UInt8])]
    let single: [String]

    init(_ definition: TypeDefinition) {
        self.definition = definition
        indexed = definition.fields.filter(\.indexed).map { field in
            (field.name, Keys.field(definition.name, field.name))
        }
        single = definition.relations.filter(\.single).map(\.name.text)
    }

    /// The shape that a resource of type `type` describes; nil when it is no definition.
    static func read(_ resource: Resource) -> TypeShape? {
        guard let name = try? TypeName(resource.name.text),
            let definition = try? TypeDefinition(name: name, data: resource.data)
        else { return nil }
        return TypeShape(definition)
    }
}
