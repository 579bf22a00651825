internal import MMSGraph
internal import Resources

/// One call of the sensor processor while it goes on.
struct SensorWork {
    /// What the resource of a subject is while the call goes on.
    private struct Known {
        var id: Identifier
        var identity: String?
        var data: ValueMap
        var links: SortedMap<[Identifier]>
    }

    /// Commands by the entry they belong into.
    private(set) var runs: [[Command]] = []
    /// The entry that the last command of a subject is in, and whether that leaves it alive.
    private var places: [Observation.Subject: (run: Int, isAlive: Bool)] = [:]
    private(set) var waits: LinkWaits
    private let processor: SensorProcessor
    /// Subjects touched in this call; nil for one that is gone.
    private var known: [Observation.Subject: Known?] = [:]
    /// Subjects that have come in this call.
    private var arrived: [Observation.Subject] = []

    init(_ processor: SensorProcessor, _ waits: LinkWaits) {
        self.processor = processor
        self.waits = waits
        self.waits.nextTurn()
    }

    /// Puts a command into the first entry it may be in. What is deleted stands in the entry before
    /// as it was last: an entry that changes and deletes a thing keeps no trace of the change.
    private mutating func add(_ command: Command, of subject: Observation.Subject) {
        var (run, isAlive) = places[subject] ?? (0, false)
        if case .delete = command {
            if isAlive { run += 1 }
            isAlive = false
        } else {
            isAlive = true
        }
        places[subject] = (run, isAlive)
        if runs.count <= run { runs.append([]) }
        runs[run].append(command)
    }

    // MARK: Subjects

    mutating func see(
        _ sighting: Observation.Sighting, on graph: some GraphReader,
        identify: () -> Identifier
    ) throws(GraphError) {
        var data = sighting.data
        data[SensorProcessor.identityField] = .text(sighting.identity)
        let foreign = processor.foreign[sighting.subject.type] ?? []
        waits.forget(sighting.subject) { !foreign.contains($0) }
        var links = try resolve(
            sighting.links, of: sighting.subject, sighting.identity, meant: sighting.meant,
            on: graph)
        let before = try find(sighting.subject, on: graph)
        if let before, before.identity == sighting.identity {
            for relation in foreign {
                links[relation] = before.links[relation]
            }
            update(before, data: data, links: links, subject: sighting.subject)
            return
        }
        if let before { try remove(sighting.subject, before, on: graph) }
        let draft = Draft(
            id: identify(), type: sighting.subject.type, namespace: processor.machine,
            name: sighting.subject.name, data: data, links: links)
        add(.create(draft), of: sighting.subject)
        arrived.append(sighting.subject)
        known[sighting.subject] = .some(
            Known(id: draft.id, identity: sighting.identity, data: data, links: links))
    }

    mutating func miss(
        _ subject: Observation.Subject, on graph: some GraphReader
    ) throws(GraphError) {
        guard let before = try find(subject, on: graph) else { return }
        try remove(subject, before, on: graph)
    }

    /// Deletes a resource; who is linked to it gets the link again if the subject comes back.
    private mutating func remove(
        _ subject: Observation.Subject, _ before: Known, on graph: some GraphReader
    ) throws(GraphError) {
        add(.delete(id: before.id, expect: nil), of: subject)
        known[subject] = .some(nil)
        waits.forget(subject) { _ in true }
        guard !processor.ephemeral.contains(subject.type) else { return }
        for relation in processor.incoming[subject.type] ?? [] {
            for id in try graph.sources(of: before.id, by: relation) {
                guard let source = try graph.resource(id),
                    source.namespace == processor.machine,
                    let identity = source.data[SensorProcessor.identityField]?.text
                else { continue }
                let want = LinkWaits.Want(
                    source: Observation.Subject(type: source.type, name: source.name),
                    identity: identity, relation: relation.text, target: subject,
                    turn: waits.turn, replaces: before.id)
                waits.add(want, until: subject)
            }
        }
    }

    // MARK: Links

    /// Sets the links of another sensor's subject, or lets them wait for it.
    mutating func join(
        _ edges: Observation.Edges, on graph: some GraphReader
    ) throws(GraphError) {
        waits.forget(edges.subject) { edges.links[$0] != nil }
        let wanted = try resolve(edges.links, of: edges.subject, edges.identity, on: graph)
        guard let before = try find(edges.subject, on: graph) else {
            // Its own sensor has not told of it yet.
            for (relation, targets) in edges.links.entries {
                for target in targets {
                    let want = LinkWaits.Want(
                        source: edges.subject, identity: edges.identity, relation: relation,
                        target: target, turn: waits.turn)
                    waits.add(want, until: edges.subject)
                }
            }
            return
        }
        guard before.identity == edges.identity else { return }
        var links = before.links
        for relation in edges.links.keys { links[relation] = wanted[relation] }
        update(before, data: before.data, links: links, subject: edges.subject)
    }

    /// Links to subjects that are not in the graph wait for them: a link to nothing tells nothing.
    private mutating func resolve(
        _ links: SortedMap<[Observation.Subject]>, of source: Observation.Subject,
        _ identity: String, meant: [Observation.Subject: String] = [:],
        on graph: some GraphReader
    ) throws(GraphError) -> SortedMap<[Identifier]> {
        var resolved = SortedMap<[Identifier]>()
        for (relation, subjects) in links.entries {
            var targets: [Identifier] = []
            for subject in subjects {
                let target = try find(subject, on: graph)
                if let target, Self.isMeant(target, meant[subject]) {
                    targets.append(target.id)
                } else {
                    let want = LinkWaits.Want(
                        source: source, identity: identity, relation: relation, target: subject,
                        meant: meant[subject], turn: waits.turn)
                    waits.add(want, until: subject)
                }
            }
            if !targets.isEmpty { resolved[relation] = targets }
        }
        return resolved
    }

    private static func isMeant(_ target: Known, _ meant: String?) -> Bool {
        meant == nil || target.identity == meant
    }

    /// Makes the links that waited for what has come in this call.
    mutating func linkLate(on graph: some GraphReader) throws(GraphError) {
        for subject in arrived {
            for want in waits.take(subject) {
                // A number of a process that waited for long is another process's by now.
                let isStale = want.turn + 64 < waits.turn
                if isStale, processor.ephemeral.contains(subject.type) { continue }
                guard let source = try find(want.source, on: graph),
                    source.identity == want.identity
                else { continue }
                guard let target = try find(want.target, on: graph),
                    Self.isMeant(target, want.meant)
                else {
                    waits.add(want, until: want.target)
                    continue
                }
                var links = source.links
                var targets = links[want.relation] ?? []
                guard !targets.contains(target.id) else { continue }
                targets.removeAll { $0 == want.replaces }
                targets.append(target.id)
                links[want.relation] = targets
                update(source, data: source.data, links: links, subject: want.source)
            }
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
        for (relation, targets) in links.entries
        where Set(before.links[relation] ?? []) != Set(targets) {
            update.links[relation] = targets
        }
        for relation in before.links.keys where links[relation] == nil {
            update.links[relation] = []
        }
        guard !update.data.isEmpty || !update.links.isEmpty else { return }
        add(.update(update), of: subject)
        known[subject] = .some(
            Known(id: before.id, identity: before.identity, data: data, links: links))
    }

    private mutating func find(
        _ subject: Observation.Subject, on graph: some GraphReader
    ) throws(GraphError) -> Known? {
        if let known = known[subject] { return known }
        let resource = try graph.resource(subject.type, subject.name, in: processor.machine)
        let found = resource.map { resource in
            Known(
                id: resource.id, identity: resource.data[SensorProcessor.identityField]?.text,
                data: resource.data, links: resource.links)
        }
        known[subject] = .some(found)
        return found
    }

    // MARK: Gaps

    mutating func open(
        _ source: String, cause: String, since: WallTime, identify: () -> Identifier
    ) {
        guard let subject = gapSubject(source) else { return }
        let data: ValueMap = [
            "source": .text(source), "cause": .text(cause), "since": .int(since.milliseconds),
        ]
        if case .some(.some) = known[subject] { return }
        let draft = Draft(
            id: identify(), type: subject.type, namespace: processor.machine, name: subject.name,
            data: data)
        add(.create(draft), of: subject)
        known[subject] = .some(Known(id: draft.id, identity: nil, data: data, links: [:]))
    }

    mutating func close(
        _ source: String, at: WallTime, on graph: some GraphReader
    ) throws(GraphError) {
        guard let subject = gapSubject(source), let gap = try find(subject, on: graph) else {
            return
        }
        add(
            .update(Update(id: gap.id, data: ["closed": .int(at.milliseconds)])), of: subject)
        add(.delete(id: gap.id, expect: nil), of: subject)
        known[subject] = .some(nil)
    }

    private func gapSubject(_ source: String) -> Observation.Subject? {
        do throws(NameError) {
            return Observation.Subject(
                type: CoreTypes.known("gap"), name: try ResourceName(source))
        } catch { return nil }
    }
}
