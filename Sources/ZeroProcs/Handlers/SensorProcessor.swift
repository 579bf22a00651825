public import MMSGraph
public import Resources

/// Turns what sensors say into commands on observed resources: one owner per fact, no command
/// when nothing changed, a new resource when a name is reused by another thing.
///
/// A pure function of the graph and the observations; identifiers arrive through `identify`.
public struct SensorProcessor: Sendable {
    /// The namespace of the machine whose sensors these are.
    public let machine: Namespace
    /// The field that holds what stays the same while it is the same thing.
    public static let identityField = "identity"

    /// The processor of a machine's sensors.
    public init(machine: Namespace) { self.machine = machine }

    /// The commands that bring the observed resources in `graph` to what `observations` say.
    /// Later observations of a subject supersede earlier ones within the call only where nothing
    /// is lost: creation, end and reuse of a name each get their own command.
    public func commands(
        for observations: [Observation], on graph: some GraphReader,
        identify: () -> Identifier
    ) throws(GraphError) -> [Command] {
        var work = Work(machine: machine)
        for observation in observations {
            switch observation {
            case .present(let sighting):
                try work.see(sighting, on: graph, identify: identify)
            case .absent(let subject, _, _):
                try work.miss(subject, on: graph)
            case .gap(let source, let cause, let since):
                work.open(source, cause: cause, since: since, identify: identify)
            case .gapClosed(let source, let at):
                try work.close(source, at: at, on: graph)
            }
        }
        try work.linkLate(on: graph)
        return work.commands
    }
}

extension SensorProcessor {
    /// What the resource of a subject is while a call goes on.
    private struct Known {
        var id: Identifier
        var identity: String?
        var data: ValueMap
        var links: SortedMap<[Identifier]>
    }

    private struct Work {
        let machine: Namespace
        var commands: [Command] = []
        /// Subjects touched in this call; nil for one that is gone.
        private var known: [Observation.Subject: Known?] = [:]
        /// Sightings with a link to a subject not seen yet: a child before its parent.
        private var unresolved: [Observation.Sighting] = []

        init(machine: Namespace) { self.machine = machine }

        mutating func see(
            _ sighting: Observation.Sighting, on graph: some GraphReader,
            identify: () -> Identifier
        ) throws(GraphError) {
            var data = sighting.data
            data[identityField] = .text(sighting.identity)
            let links = try resolve(sighting.links, on: graph)
            if links.targetCount < sighting.links.targetCount { unresolved.append(sighting) }
            let before = try find(sighting.subject, on: graph)
            if let before, before.identity == sighting.identity {
                update(before, data: data, links: links, subject: sighting.subject)
                return
            }
            if let before { commands.append(.delete(id: before.id, expect: nil)) }
            let draft = Draft(
                id: identify(), type: sighting.subject.type, namespace: machine,
                name: sighting.subject.name, data: data, links: links)
            commands.append(.create(draft))
            known[sighting.subject] = .some(
                Known(id: draft.id, identity: sighting.identity, data: data, links: links))
        }

        mutating func miss(
            _ subject: Observation.Subject, on graph: some GraphReader
        ) throws(GraphError) {
            guard let before = try find(subject, on: graph) else { return }
            commands.append(.delete(id: before.id, expect: nil))
            known[subject] = .some(nil)
        }

        mutating func open(
            _ source: String, cause: String, since: WallTime, identify: () -> Identifier
        ) {
            guard let subject = gapSubject(source) else { return }
            let data: ValueMap = [
                "source": .text(source), "cause": .text(cause),
                "since": .int(since.milliseconds),
            ]
            if case .some(.some) = known[subject] { return }
            let draft = Draft(
                id: identify(), type: subject.type, namespace: machine, name: subject.name,
                data: data)
            commands.append(.create(draft))
            known[subject] = .some(Known(id: draft.id, identity: nil, data: data, links: [:]))
        }

        mutating func close(
            _ source: String, at: WallTime, on graph: some GraphReader
        ) throws(GraphError) {
            guard let subject = gapSubject(source), let gap = try find(subject, on: graph) else {
                return
            }
            commands.append(
                .update(Update(id: gap.id, data: ["closed": .int(at.milliseconds)])))
            commands.append(.delete(id: gap.id, expect: nil))
            known[subject] = .some(nil)
        }

        /// Tries again, at the end of the call, the links whose target came after their source.
        mutating func linkLate(on graph: some GraphReader) throws(GraphError) {
            for sighting in unresolved {
                guard let now = try find(sighting.subject, on: graph),
                    now.identity == sighting.identity
                else { continue }
                let links = try resolve(sighting.links, on: graph)
                update(now, data: now.data, links: links, subject: sighting.subject)
            }
        }

        private mutating func update(
            _ before: Known, data: ValueMap, links: SortedMap<[Identifier]>,
            subject: Observation.Subject
        ) {
            var update = Update(id: before.id)
            for (key, value) in data.entries where before.data[key] != value {
                update.data[key] = value
            }
            for key in before.data.keys where data[key] == nil { update.data[key] = .null }
            for (relation, targets) in links.entries where before.links[relation] != targets {
                update.links[relation] = targets
            }
            for relation in before.links.keys where links[relation] == nil {
                update.links[relation] = []
            }
            guard !update.data.isEmpty || !update.links.isEmpty else { return }
            commands.append(.update(update))
            known[subject] = .some(
                Known(id: before.id, identity: before.identity, data: data, links: links))
        }

        private mutating func find(
            _ subject: Observation.Subject, on graph: some GraphReader
        ) throws(GraphError) -> Known? {
            if let known = known[subject] { return known }
            let resource = try graph.resource(subject.type, subject.name, in: machine)
            let found = resource.map { resource in
                Known(
                    id: resource.id, identity: resource.data[identityField]?.text,
                    data: resource.data, links: resource.links)
            }
            known[subject] = .some(found)
            return found
        }

        /// Links to subjects that are not in the graph are left out: they come with the next
        /// sighting, and a link to nothing tells nothing.
        private mutating func resolve(
            _ links: SortedMap<[Observation.Subject]>, on graph: some GraphReader
        ) throws(GraphError) -> SortedMap<[Identifier]> {
            var resolved = SortedMap<[Identifier]>()
            for (relation, subjects) in links.entries {
                var targets: [Identifier] = []
                for subject in subjects {
                    if let target = try find(subject, on: graph) { targets.append(target.id) }
                }
                if !targets.isEmpty { resolved[relation] = targets }
            }
            return resolved
        }

        private func gapSubject(_ source: String) -> Observation.Subject? {
            do throws(NameError) {
                return Observation.Subject(
                    type: CoreTypes.known("gap"), name: try ResourceName(source))
            } catch { return nil }
        }
    }
}

extension SortedMap where Element: Collection {
    /// The number of targets over all relations.
    fileprivate var targetCount: Int { entries.reduce(0) { $0 + $1.value.count } }
}
