public import Resources
internal import Synchronization

/// One committed state of the whole graph, or a past one: what it says does not change while
/// writers go on.
public struct CommittedReader<Store: OrderedStore>: Sendable {
    let snapshot: Store.Snapshot
    let mounts: Mounts
    /// Where each log stood.
    public let bookmark: Bookmark
    /// True when the state is a past one, so that history is consulted.
    public let isPast: Bool
    let catalog = Catalog()
    /// The graph whose newest state this is or was, with the number of its last commit; nil for a
    /// state that was read while a commit was under way.
    var origin: Graph<Store>?
    var generation: UInt64?

    /// The version that a resource which lives today had. Nil when this life of its identity
    /// began later, though an earlier life may have stood: that one has a grave.
    func livingVersion(_ id: Identifier) throws(GraphError) -> Resource? {
        guard let current = try stored(.resources, Keys.id(id)) else { return nil }
        guard isPast else { return current }
        guard let log = mounts.log(of: current.namespace), let position = bookmark[log],
            current.created.position <= position
        else { return nil }
        return try version(id, current)
    }

    /// The version a resource had.
    func version(_ id: Identifier) throws(GraphError) -> Resource? {
        let current = try stored(.resources, Keys.id(id))
        return isPast ? try version(id, current) : current
    }

    private func version(
        _ id: Identifier, _ current: Resource?
    ) throws(GraphError) -> Resource? {
        let log: Namespace?
        if let current {
            log = mounts.log(of: current.namespace)
        } else {
            log = try ended(id, after: .zero).flatMap { mounts.log(of: $0.namespace) }
        }
        guard let log, let position = bookmark[log] else { return nil }
        if let current, current.revision <= position { return current }
        // The first version that ended later is the one that stood, if it had begun.
        guard let version = try ended(id, after: position), version.revision <= position else {
            return nil
        }
        return version
    }

    /// The first version of a resource that ended after `position`.
    private func ended(
        _ id: Identifier, after position: Position
    ) throws(GraphError) -> Resource? {
        let range = KeyRange(
            lower: Keys.history(id, endedAt: position.next), upper: Keys.id(id).successor)
        return try first(.history, range).map { (_, value) throws(GraphError) in
            try Version(stored: value).resource
        }
    }

    func stored(_ table: StoreTable, _ key: [UInt8]) throws(GraphError) -> Resource? {
        let bytes = try GraphError.translating("get") { () throws(StoreError) in
            try snapshot.get(table, key)
        }
        guard let bytes else { return nil }
        return try Version(stored: bytes).resource
    }

    func first(
        _ table: StoreTable, _ range: KeyRange, reverse: Bool = false
    ) throws(GraphError) -> (key: [UInt8], value: [UInt8])? {
        try GraphError.translating("scan") { () throws(StoreError) in
            var cursor = snapshot.scan(table, range, reverse: reverse)
            return try cursor.advance() ? (cursor.key, cursor.value) : nil
        }
    }
}

extension CommittedReader {
    /// A resource as queries read it. With `keeps` what had to be read from the store is kept for
    /// the queries that follow.
    func card(_ id: Identifier, keeps: Bool = true) throws(GraphError) -> Card? {
        if isPast { return try version(id).map { (found) throws(GraphError) in try Card(found) } }
        if let known = cached(id) { return known }
        let bytes = try GraphError.translating("get") { () throws(StoreError) in
            try snapshot.get(.resources, Keys.id(id))
        }
        guard let bytes else { return nil }
        let card = try Card(stored: bytes)
        if keeps, let origin, let generation { origin.cards.insert(card, at: generation) }
        return card
    }

    /// The newest version, when it stood in this state already.
    private func cached(_ id: Identifier) -> Card? {
        guard let origin, let generation, let found = origin.cards.card(id, at: generation) else {
            return nil
        }
        if found.isNewest { return found.card }
        guard let log = mounts.log(of: found.card.namespace), let position = bookmark[log],
            found.card.revision <= position
        else { return nil }
        return found.card
    }
}

extension CommittedReader: GraphReader {
    public func resource(_ id: Identifier) throws(GraphError) -> Resource? { try version(id) }

    public func resource(
        _ type: TypeName, _ name: ResourceName, in namespace: Namespace
    ) throws(GraphError) -> Resource? {
        let key = Keys.name(type, name, in: namespace)
        let holder = try GraphError.translating("find") { () throws(StoreError) in
            try snapshot.get(.names, key)
        }
        if let id = holder?.trailingIdentifier, let found = try version(id), found.nameKey == key {
            return found
        }
        guard isPast, let log = mounts.log(of: namespace), let position = bookmark[log] else {
            return nil
        }
        // Lives under one name do not overlap: the first to end later is the one that stood.
        let graves = Keys.graves(named: key)
        var lower = graves
        lower.append(big: position.next.rawValue)
        guard
            let grave = try first(.graves, KeyRange(lower: lower, upper: graves.successor)),
            let id = grave.value.trailingIdentifier, let found = try version(id),
            found.nameKey == key
        else { return nil }
        return found
    }

    /// In a past state this reads every resource of that state: links are indexed as of now.
    public func sources(
        of target: Identifier, by relation: Relation
    ) throws(GraphError) -> [Identifier] {
        let prefix = Keys.sources(of: target, by: relation.text)
        guard isPast else { return try snapshot.identifiers(under: prefix) }
        var found: [Identifier] = []
        try forEachCandidate(in: .everything(past: bookmark)) { resource in
            if resource.links[relation.text]?.contains(target) ?? false {
                found.append(resource.id)
            }
            return true
        }
        return found.sorted()
    }

    public func type(_ name: TypeName) throws(GraphError) -> TypeDefinition? {
        try catalog.definition(name) { () throws(GraphError) in
            guard let resourceName = try? ResourceName(name.text) else { return nil }
            return try resource(.type, resourceName, in: .root).flatMap(TypeShape.read)?.definition
        }
    }
}

extension CommittedReader {
    public func policies(_ kind: Policy) throws(GraphError) -> [Resource] {
        try resources(of: kind.type, below: .root)
    }

    public func resources(
        of type: TypeName, below namespace: Namespace
    ) throws(GraphError) -> [Resource] {
        let selection = Selection(type, scope: .subtree(namespace))
        var found: [Resource] = []
        try forEachCandidate(in: try plan(selection)) { resource in
            if selection.contains(resource) { found.append(resource) }
            return true
        }
        return found.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
    }

    /// In a past state this reads the resources: counters are as of now.
    public func count(of type: TypeName, below namespace: Namespace) throws(GraphError) -> Int {
        if isPast { return try resources(of: type, below: namespace).count }
        return try counts(of: type).reduce(0) { sum, row in
            namespace.contains(row.namespace) ? sum + row.count : sum
        }
    }
}

extension Graph {
    /// The committed state as of now. All who ask between two commits share one snapshot.
    public func reader() throws(GraphError) -> CommittedReader<Store> {
        let (present, generation) = shared.withLock { ($0.present, $0.generation) }
        if var known = present {
            known.origin = self
            return known
        }
        let snapshot = store.snapshot()
        let positions = try states(in: snapshot).mapValues(\.applied)
        var reader = CommittedReader<Store>(
            snapshot: snapshot, mounts: mounts, bookmark: Bookmark(positions), isPast: false)
        let fresh = reader
        // A commit that is in the store and not yet published would make the snapshot newer than
        // what is cached of the resources.
        reader.generation = shared.withLock { (shared) -> UInt64? in
            guard shared.generation == generation,
                shared.logs.allSatisfy({ $0.value.applied == positions[$0.key] })
            else { return nil }
            shared.present = fresh
            shared.present?.generation = generation
            return generation
        }
        reader.origin = self
        return reader
    }

    /// The committed state that a snapshot of the store has.
    func reader(of snapshot: Store.Snapshot) throws(GraphError) -> CommittedReader<Store> {
        CommittedReader(
            snapshot: snapshot, mounts: mounts,
            bookmark: Bookmark(try states(in: snapshot).mapValues(\.applied)), isPast: false)
    }

    /// The states of all logs in a snapshot, which may be older than the shared ones.
    func states(in snapshot: Store.Snapshot) throws(GraphError) -> [Namespace: LogState] {
        var states: [Namespace: LogState] = [:]
        for log in mounts.points {
            let stored = try GraphError.translating("get") { () throws(StoreError) in
                try snapshot.get(.meta, Keys.log(log))
            }
            states[log] =
                try stored.map { (bytes) throws(GraphError) in
                    try LogState(stored: bytes, log: log)
                } ?? LogState()
        }
        return states
    }
}
