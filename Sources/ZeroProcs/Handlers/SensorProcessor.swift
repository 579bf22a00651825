public import MMSGraph
public import Resources

/// Turns what sensors say into commands on observed resources: one writer per fact, no command
/// when nothing changed, a new resource when a name is reused by another thing.
///
/// A pure function of the graph, the observations and the links that wait; identifiers arrive
/// through `identify`.
public struct SensorProcessor: Sendable {
    /// The namespace of the machine whose sensors these are.
    public let machine: Namespace
    /// The field that holds what stays the same while it is the same thing.
    public static let identityField = "identity"
    /// Relations of a type that another writer than the type's own keeps.
    let foreign: [TypeName: Set<String>]
    /// Relations that may lead to a type.
    let incoming: [TypeName: [Relation]]
    /// Types whose names soon belong to something else.
    let ephemeral: Set<TypeName>

    /// The processor of a machine's sensors, for resources of these types.
    public init(machine: Namespace, types: [TypeDefinition]) {
        self.machine = machine
        var foreign: [TypeName: Set<String>] = [:]
        var incoming: [TypeName: [Relation]] = [:]
        for type in types {
            for relation in type.relations {
                if let writer = relation.writer, writer != type.writer {
                    foreign[type.name, default: []].insert(relation.name.text)
                }
                for target in relation.targets
                where incoming[target]?.contains(relation.name) != true {
                    incoming[target, default: []].append(relation.name)
                }
            }
        }
        self.foreign = foreign
        self.incoming = incoming
        ephemeral = Set(types.filter { $0.ephemeral != nil }.map(\.name))
    }

    /// The commands that bring the observed resources in `graph` to what `observations` say, in
    /// runs of which each is to be an entry of its own.
    /// Later observations of a subject supersede earlier ones within the call only where nothing
    /// is lost: creation, end and reuse of a name each get their own command.
    public func runs(
        for observations: [Observation], on graph: some GraphReader, waits: inout LinkWaits,
        identify: () -> Identifier
    ) throws(GraphError) -> [[Command]] {
        var work = SensorWork(self, waits)
        for observation in observations {
            switch observation {
            case .present(let sighting):
                try work.see(sighting, on: graph, identify: identify)
            case .edges(let edges):
                try work.join(edges, on: graph)
            case .absent(let subject, _, _):
                try work.miss(subject, on: graph)
            case .gap(let source, let cause, let since):
                work.open(source, cause: cause, since: since, identify: identify)
            case .gapClosed(let source, let at):
                try work.close(source, at: at, on: graph)
            }
        }
        try work.linkLate(on: graph)
        waits = work.waits
        return work.runs
    }
}
