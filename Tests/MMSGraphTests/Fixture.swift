import FoundationEssentials
import Host
import MMSGraph
import Resources

let fleet = Namespace.root

func namespace(_ path: String) throws -> Namespace { try Namespace(path) }

/// Identifiers that count: the same in every run.
func id(_ number: UInt64) -> Identifier { Identifier(high: 1, low: number) }

func draft(
    _ number: UInt64, _ type: String = "app", _ name: String? = nil, in path: String = "/",
    data: ValueMap = [:], owner: Identifier? = nil
) throws -> Draft {
    Draft(
        id: id(number), type: try TypeName(type), namespace: try Namespace(path),
        name: try ResourceName(name ?? "n\(number)"), data: data, owner: owner)
}

/// A log and its graph: entries go in one by one, and can be replayed.
struct Node<Store: OrderedStore> {
    let graph: Graph<Store>
    var entries: [(header: EntryHeader, batch: Batch)] = []

    init(_ store: Store, mounts: [Namespace] = [.root]) throws {
        graph = try Graph(store: store, mounts: mounts)
    }

    func header(_ log: Namespace = .root) -> EntryHeader {
        let position = graph.applied(log).next
        return EntryHeader(
            log: log, position: position, author: .local(uid: 0),
            time: WallTime(milliseconds: 1000 * Int64(position.rawValue)))
    }

    /// Applies and commits one entry, as a sequencer does.
    @discardableResult
    mutating func run(_ batch: Batch, log: Namespace = .root) throws -> [Change] {
        let header = header(log)
        var transaction = try graph.begin(log)
        guard case .applied = try transaction.apply(header, batch) else { return [] }
        entries.append((header, batch))
        return try graph.commit(transaction, chain: [UInt8(truncatingIfNeeded: entries.count)])
    }

    @discardableResult
    mutating func run(_ commands: Command..., log: Namespace = .root) throws -> [Change] {
        try run(Batch(commands), log: log)
    }

    /// The refusal of a batch; nil when it is taken.
    mutating func refusal(_ commands: Command..., log: Namespace = .root) throws -> Refusal? {
        do {
            try run(Batch(commands), log: log)
            return nil
        } catch let refusal as Refusal {
            return refusal
        }
    }
}

/// The resource that defines a type.
func definition(_ type: TypeDefinition, number: UInt64) throws -> Draft {
    try draft(number, "type", type.name.text, data: type.data)
}

/// A folder of its own for `body`, removed afterwards.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.path + "/pisces-graph-\(UUID())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder + "/store")
}
