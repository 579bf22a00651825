internal import Cypher
internal import Resources
internal import Synchronization

/// The scratch graphs by name. One is made, empty, when a connection first names it, and is gone
/// when the last connection that named it closes. Nothing of it is kept or listed.
public final class ScratchDatabases: Sendable {
    /// What the names of scratch graphs begin with.
    public static let prefix = "scratch-"

    private struct Entry {
        let database: ScratchDatabase
        var holders: Int
    }

    private let entries = Mutex<[String: Entry]>([:])

    public init() {}

    /// How many there are.
    public var count: Int { entries.withLock { $0.count } }

    /// The graph of that name, for a connection that holds it from now on.
    fileprivate func hold(_ name: String) throws(BoltError) -> ScratchDatabase {
        let database: ScratchDatabase? = entries.withLock { entries in
            if var entry = entries[name] {
                entry.holders += 1
                entries[name] = entry
                return entry.database
            }
            guard entries.count < Limits.scratchGraphs.value else { return nil }
            let database = ScratchDatabase(name: name)
            entries[name] = Entry(database: database, holders: 1)
            return database
        }
        guard let database else {
            throw .beyond(Limits.scratchGraphs, "close connections that hold others")
        }
        return database
    }

    fileprivate func release(_ name: String) {
        entries.withLock { entries in
            guard var entry = entries[name] else { return }
            entry.holders -= 1
            entries[name] = entry.holders == 0 ? nil : entry
        }
    }
}

/// The scratch graphs that one connection named.
public struct ScratchHoldings {
    private let databases: ScratchDatabases
    private var held: [ScratchDatabase] = []

    public init(_ databases: ScratchDatabases) { self.databases = databases }

    /// The graph of that name, held until `release`.
    public mutating func database(named name: String) throws(BoltError) -> ScratchDatabase {
        if let known = held.first(where: { $0.name == name }) { return known }
        guard name.hasPrefix(ScratchDatabases.prefix),
            name.utf8.count > ScratchDatabases.prefix.utf8.count,
            name.utf8.count <= Limits.nameBytes.value
        else { throw .noDatabase(name) }
        let database = try databases.hold(name)
        held.append(database)
        return database
    }

    /// The connection is gone.
    public mutating func release() {
        for database in held { databases.release(database.name) }
        held = []
    }
}

/// One scratch graph. Statements see a snapshot; changes of a statement or transaction become
/// visible together, unless others changed the graph meanwhile.
public final class ScratchDatabase: Sendable {
    public let name: String
    private let state = Mutex(State(graph: ScratchGraph(), version: 0))

    private struct State {
        var graph: ScratchGraph
        var version: Int
    }

    fileprivate init(name: String) { self.name = name }

    /// The graph as it is now, and the version to commit upon.
    func snapshot() -> (graph: ScratchGraph, version: Int) {
        state.withLock { ($0.graph, $0.version) }
    }

    /// Replaces the graph that was seen at a version.
    func commit(_ graph: ScratchGraph, over version: Int) throws(BoltError) {
        guard graph.nodeCount + graph.relationshipCount <= Limits.scratchSize.value else {
            throw .beyond(Limits.scratchSize, "use several scratch graphs, or a node's own graph")
        }
        let isNewest = state.withLock { state in
            guard state.version == version else { return false }
            state = State(graph: graph, version: version + 1)
            return true
        }
        guard isNewest else {
            throw BoltError(
                code: "Neo.TransientError.Transaction.Outdated",
                message: "`\(name)` was changed by another connection meanwhile: send it again")
        }
    }
}
