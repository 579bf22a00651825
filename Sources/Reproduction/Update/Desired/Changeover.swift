public import MMSGraph
public import Resources
public import Trust

/// What an update changes of apps and configuration: the difference of what two systems were
/// described with. What people changed on the machine and the update does not stays theirs.
///
/// All of it is one batch, together with the record by which it is undone: one position of the log
/// has the desired state of the new system, and one has that of the old one again.
public struct Changeover: Hashable, Sendable {
    /// The generation whose desired state it brings.
    public let generation: ContentDigest
    /// The sequence of that.
    public let sequence: Int64
    /// What the new system was described with and the old one was not, or otherwise.
    public let sets: [Description.Heritable]
    /// What only the old system was described with.
    public let removes: [Description.Heritable]

    /// From one system to another.
    public init(from old: Description, to new: Description) {
        generation = new.digest
        sequence = new.sequence
        let before = Set(old.resources)
        sets = new.resources.filter { !before.contains($0) }
        let after = Set(new.resources.map(\.key))
        removes = old.resources.filter { !after.contains($0.key) }
    }

    /// True when apps and configuration stay as they are.
    public var isEmpty: Bool { sets.isEmpty && removes.isEmpty }

    /// The apps that it sets.
    public var apps: [Description.Heritable] { sets.filter { $0.type == AppTypes.app.name } }

    /// The names of all apps that it touches: their tasks are others afterwards.
    public var appNames: Set<String> {
        Set((sets + removes).filter { $0.type == AppTypes.app.name }.map(\.name.text))
    }

    /// The name of the record of a generation.
    public static func recordName(
        of generation: ContentDigest
    ) throws(NameError) -> ResourceName {
        try ResourceName("c-" + generation.hex.prefix(16))
    }

    /// The definitions of types that are not there yet. They come before the batch, for a command
    /// is held against the types that precede it, and stay, for they change nothing.
    public func newTypes(
        on graph: some GraphReader, identify: () -> Identifier
    ) throws(GraphError) -> [Command] {
        var commands: [Command] = []
        for heir in sets where heir.type == CoreTypes.type.name {
            let known = try graph.resource(heir.type, heir.name, in: heir.namespace)
            guard known == nil else { continue }
            commands.append(.create(DesiredState(heir, heir.data).draft(as: identify())))
        }
        return commands
    }

    /// The commands that make it on a graph as it is, and its record last. `apps` is where the
    /// machine unpacks bundles.
    public func commands(
        on graph: some GraphReader, appsAt apps: String, at time: WallTime,
        identify: () -> Identifier
    ) throws(GraphError) -> [Command] {
        var commands: [Command] = []
        var before: [Value] = []
        for heir in sets {
            let wanted = DesiredState(heir, heir.data(appsAt: apps))
            let known = try graph.resource(heir.type, heir.name, in: heir.namespace)
            guard let known else {
                commands.append(.create(wanted.draft(as: identify())))
                before.append(ChangedResource(wanted, before: nil, after: wanted.digest).value)
                continue
            }
            let local = try graph.localFields(of: heir.type)
            let present = DesiredState(known, but: local)
            if present == wanted { continue }
            commands.append(.update(wanted.update(of: known, but: local)))
            before.append(ChangedResource(wanted, before: present, after: wanted.digest).value)
        }
        for heir in removes {
            let known = try graph.resource(heir.type, heir.name, in: heir.namespace)
            guard let known else { continue }
            let present = DesiredState(known, but: try graph.localFields(of: heir.type))
            commands.append(.delete(id: known.id, expect: known.revision))
            before.append(ChangedResource(present, before: present, after: nil).value)
        }
        commands.append(try record(before, on: graph, at: time, identify))
        return commands
    }

    private func record(
        _ before: [Value], on graph: some GraphReader, at time: WallTime,
        _ identify: () -> Identifier
    ) throws(GraphError) -> Command {
        let type = ReproductionTypes.changeover.name
        let name: ResourceName
        do throws(NameError) { name = try Self.recordName(of: generation) } catch {
            throw GraphError(operation: "name", subject: error.text, cause: error.reason)
        }
        let data: ValueMap = [
            "generation": .text(generation.description), "sequence": .int(sequence),
            "state": "applied", "changed": .int(Int64(before.count)), "before": .list(before),
            "since": .int(time.milliseconds), "kept": .null,
        ]
        if let known = try graph.resource(type, name, in: .root) {
            return .update(Update(id: known.id, expect: known.revision, data: data))
        }
        let fields = data.entries.filter { $0.value != .null }.map { ($0.key, $0.value) }
        return .create(
            Draft(
                id: identify(), type: type, namespace: .root, name: name, data: ValueMap(fields)))
    }
}

extension GraphReader {
    /// The fields of a type that say something of one machine: no update touches them.
    func localFields(of type: TypeName) throws(GraphError) -> Set<String> {
        Set(try self.type(type)?.fields.filter(\.local).map(\.name) ?? [])
    }
}
