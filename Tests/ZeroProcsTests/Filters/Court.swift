import Host
import MMSGraph
import Resources
import Testing
import ZeroProcs

/// A graph with the types of applications, and the verdicts of the filters on it.
struct Court {
    let graph: Graph<SimulatedStore>
    private let ids = SimulatedEntropy(seed: 11)

    init() throws {
        graph = try Graph(store: SimulatedStore(), mounts: [.root])
        try commit(
            try (CoreTypes.all + AppTypes.all).map { type in
                try create(CoreTypes.type.name, type.name.text, type.data)
            })
    }

    func create(
        _ type: TypeName, _ name: String, in namespace: String = "/", _ data: ValueMap
    ) throws -> Command {
        .create(
            Draft(
                id: ids.identifier(at: WallTime(milliseconds: 1)), type: type,
                namespace: try Namespace(namespace), name: try ResourceName(name), data: data))
    }

    /// An app of `count` replicas of a core and a GiB each.
    func app(
        _ name: String, in namespace: String = "/", count: Int = 1
    ) throws -> Command {
        let data: ValueMap = ["version": "1", "components": .map(components(count))]
        return try create(AppTypes.app.name, name, in: namespace, data)
    }

    func components(_ count: Int) -> ValueMap {
        [
            "web": [
                "run": ["host": "/bin/true"], "count": .int(Int64(count)),
                "needs": ["cpu": 1.0, "memory": .int(1 << 30)],
            ]
        ]
    }

    func commit(_ commands: [Command]) throws {
        var transaction = try graph.begin(.root)
        let header = EntryHeader(
            log: .root, position: graph.applied(.root).next, author: .system("test"),
            time: WallTime(milliseconds: 0))
        _ = try transaction.apply(header, Batch(commands))
        _ = try graph.commit(transaction, chain: [])
    }

    func resource(_ type: TypeName, _ name: String, in namespace: String = "/") throws -> Resource {
        try #require(
            try graph.resource(type, try ResourceName(name), in: try Namespace(namespace)))
    }

    func refusal(
        _ commands: [Command], by caller: Caller? = nil, now: WallTime = WallTime(milliseconds: 0)
    ) throws -> Refusal? {
        let caller = caller ?? Caller(identity: .local(uid: 0), right: .administrator)
        let transaction = try graph.begin(.root)
        do throws(Refusal) {
            try FilterChain().check(Batch(commands), by: caller, on: transaction, now: now)
            return nil
        } catch { return error }
    }
}
