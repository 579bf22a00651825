public import Resources

/// Entries of one log that become visible together. It reads its own changes first, then the
/// committed state, and `apply` on it is the last filter: a pure function of (state, entry).
public struct Transaction<Store: OrderedStore>: Sendable {
    let graph: Graph<Store>
    /// The log it writes.
    public let log: Namespace
    /// The committed position it began after.
    public let base: Position
    /// The last position applied in it.
    public private(set) var applied: Position

    /// A resource this transaction touched: as committed, as it is now, and as it was before the
    /// attempt numbered `attempt`.
    struct Pending {
        let base: Version?
        var now: Version?
        var before: Version?
        var attempt: Int
    }

    /// A version that an entry ended, and whether the resource ended with it.
    struct Ended {
        let version: Version
        let position: Position
        let deleted: Bool
    }

    /// Which log a namespace belongs to, behind the last entry applied.
    var mounts: Mounts
    /// The log that its last entry mounted.
    var fork: Fork?
    /// Logs that the state it takes over has mounted.
    var known: [Fork] = []
    var pending: [Identifier: Pending] = [:]
    /// True when it takes the log's resources as they are elsewhere.
    private(set) var isAdopted = false
    /// Identities in order of first touch, so that a commit writes in a fixed order.
    var order: [Identifier] = []
    var ended: [Ended] = []
    var changes: [Change] = []
    var moments: [Resource.Moment] = []
    var sessions: [Identifier: (sequence: UInt64, position: Position)] = [:]
    var cursors: [(key: [UInt8], position: Position)] = []
    /// Types that a resource of type `type` may have changed here.
    var touchedTypes: Set<TypeName> = []
    /// Kinds of policies that may have changed here.
    var touchedPolicies: Set<Policy> = []
    private var names: [[UInt8]: Identifier] = [:]
    /// Resources that may have gained a link or an owner under the key; verified when read.
    private var candidates: [[UInt8]: [Identifier]] = [:]
    private var attempt = 0
    private var touched: [Identifier] = []
    private var renamed: [(key: [UInt8], before: Identifier?)] = []

    init(graph: Graph<Store>, log: Namespace, state: LogState) {
        self.graph = graph
        self.log = log
        base = state.applied
        applied = state.applied
        mounts = graph.mounts
    }

    /// True when nothing was applied in it.
    public var isEmpty: Bool { applied == base && !isAdopted }

    /// Passes over an entry that carries no commands for the graph.
    public mutating func pass(_ header: EntryHeader) throws(Refusal) {
        try check(header)
        applied = header.position
        moments.append(header.moment)
    }

    /// Applies an entry whole, or leaves no trace of it. A repeat of a session's request changes
    /// nothing and takes no position. Throws the refusal of the first command that cannot be.
    public mutating func apply(
        _ header: EntryHeader, _ batch: Batch
    ) throws(Refusal) -> AppliedBatch {
        try check(header)
        if let session = batch.session, let position = try repeated(session) {
            return .repeated(position)
        }
        attempt += 1
        touched.removeAll(keepingCapacity: true)
        renamed.removeAll(keepingCapacity: true)
        for (index, command) in batch.commands.enumerated() {
            do throws(Refusal) { try apply(command, header.moment) } catch {
                undo()
                var refusal = error
                refusal.command = index
                throw refusal
            }
        }
        return .applied(finish(header, batch))
    }

    /// Makes the log's resources those that another machine has, whose stored forms are `image`, as
    /// of the entry of `header`, which may lie anywhere. Gives what that changed. `requests` are
    /// the last ones of its clients.
    public mutating func adopt(
        _ image: [[UInt8]], requests: [LogSession] = [], at header: EntryHeader
    ) throws(GraphError) -> [Change] {
        attempt += 1
        touched.removeAll(keepingCapacity: true)
        isAdopted = true
        let versions = try image.map { (bytes) throws(GraphError) in try Version(stored: bytes) }
        try mountKnown(versions.map(\.resource))
        var gone = try graph.identifiers(of: log, mounts)
        for (found, bytes) in zip(versions, image) {
            let version = Version(found.resource)
            guard version.bytes == bytes, mounts.log(of: version.resource.namespace) == log
            else {
                throw GraphError(
                    operation: "adopt", subject: version.resource.address,
                    cause: "it is no resource of the log \(log)")
            }
            gone.remove(version.resource.id)
            let known = try self.version(version.resource.id)
            if known?.bytes == bytes { continue }
            set(version.resource.id, version, before: known)
        }
        for id in gone.sorted() { set(id, nil, before: try version(id)) }
        for request in requests { sessions[request.client] = (request.sequence, request.position) }
        return finish(header, Batch([], reason: "taken over"))
    }

    private func check(_ header: EntryHeader) throws(Refusal) {
        if isEnded {
            throw Refusal(
                .conflict, filter: "apply", subject: "entry \(header.position) of \(log)",
                reason: "follows one that mounted a log, in one transaction",
                remedy: "commit, then begin another one", current: applied)
        }
        guard header.log == log else {
            throw Refusal(
                .wrongLog, filter: "apply", subject: "entry \(header.position) of \(header.log)",
                reason: "is applied to the log \(log)", remedy: "open a transaction on its log")
        }
        guard header.position == applied.next else {
            throw Refusal(
                .conflict, filter: "apply", subject: "entry \(header.position) of \(log)",
                reason: "does not follow position \(applied)",
                remedy: "apply entries in order, each once", current: applied)
        }
    }

    /// The position of the session's last request, when this one is not newer.
    private func repeated(_ session: Batch.Session) throws(Refusal) -> Position? {
        var last = sessions[session.client]
        if last == nil {
            last = try attempting { () throws(GraphError) in
                try graph.lastRequest(of: session.client, in: log)
            }
        }
        guard let last, session.sequence <= last.sequence else { return nil }
        return last.position
    }

    /// Turns what the batch touched into changes, ended versions and moments.
    private mutating func finish(_ header: EntryHeader, _ batch: Batch) -> [Change] {
        applied = header.position
        moments.append(header.moment)
        if let session = batch.session {
            sessions[session.client] = (session.sequence, header.position)
        }
        for cursor in batch.cursors {
            cursors.append((Keys.cursor(cursor.handler, in: cursor.log), cursor.position))
        }
        let first = changes.count
        for id in touched {
            guard let entry = pending[id], entry.before !== entry.now else { continue }
            if let before = entry.before { end(before, entry.now, at: header.position) }
            changes.append(
                Change(
                    header: header, origin: batch.origin, sensed: batch.sensed,
                    old: entry.before?.resource, new: entry.now?.resource))
        }
        return Array(changes[first...])
    }

    private mutating func end(_ before: Version, _ now: Version?, at position: Position) {
        let reborn = now.map { $0.resource.created != before.resource.created } ?? true
        ended.append(Ended(version: before, position: position, deleted: reborn))
    }

    private mutating func undo() {
        unmount()
        for id in touched.reversed() {
            guard let entry = pending[id] else { continue }
            if order.last == id, entry.base === entry.before {
                pending[id] = nil
                order.removeLast()
            } else {
                pending[id]?.now = entry.before
            }
        }
        for (key, before) in renamed.reversed() { names[key] = before }
    }
}

/// What came of an entry.
public enum AppliedBatch: Sendable {
    /// It was applied, with these changes, at most one a resource.
    case applied([Change])
    /// The session's request was applied before, at that position at the latest.
    case repeated(Position)
}

extension Transaction {
    /// The version a resource has now, in this transaction or before it.
    func version(_ id: Identifier) throws(GraphError) -> Version? {
        if let found = pending[id] { return found.now }
        return try graph.version(id)
    }

    /// Who has a name now.
    func holder(of nameKey: [UInt8]) throws(GraphError) -> Identifier? {
        if let id = names[nameKey], let now = pending[id]?.now, now.resource.nameKey == nameKey {
            return id
        }
        guard let committed = try graph.identifier(nameKey: nameKey) else { return nil }
        guard let found = pending[committed] else { return committed }
        return found.now?.resource.nameKey == nameKey ? committed : nil
    }

    /// Gives a resource a new version, or none. `before` is the version it has.
    mutating func set(_ id: Identifier, _ version: Version?, before: Version?) {
        if var entry = pending[id] {
            if entry.attempt != attempt {
                entry.before = before
                entry.attempt = attempt
                touched.append(id)
            }
            entry.now = version
            pending[id] = entry
        } else {
            pending[id] = Pending(base: before, now: version, before: before, attempt: attempt)
            order.append(id)
            touched.append(id)
        }
        if before == nil, let version { take(version.resource.nameKey, for: id) }
        if let resource = version?.resource { note(resource) }
        if let either = (version ?? before)?.resource, either.definesType {
            if let name = try? TypeName(either.name.text) { touchedTypes.insert(name) }
        }
        if let policy = (version ?? before).flatMap({ Policy($0.resource.type) }) {
            touchedPolicies.insert(policy)
        }
    }

    private mutating func take(_ nameKey: [UInt8], for id: Identifier) {
        renamed.append((nameKey, names.updateValue(id, forKey: nameKey)))
    }

    private mutating func note(_ resource: Resource) {
        if let owner = resource.owner {
            candidates[Keys.owned(by: owner), default: []].append(resource.id)
        }
        for (relation, targets) in resource.links.entries {
            for target in targets {
                candidates[Keys.sources(of: target, by: relation), default: []].append(resource.id)
            }
        }
    }

    /// The resources of which `key` is a link or owner key now, in order of identity.
    func holders(
        of key: [UInt8], where holds: (Resource) -> Bool
    ) throws(GraphError) -> [Identifier] {
        let committed = try graph.identifiers(under: key)
        let untouched = committed.filter { pending[$0] == nil }
        // A touched resource may have lost the link; one of a refused batch is not pending.
        let touched = (committed + (candidates[key] ?? [])).filter { id in
            pending[id]?.now.map { holds($0.resource) } ?? false
        }
        return Set(untouched + touched).sorted()
    }
}

extension Resource {
    var nameKey: [UInt8] { Keys.name(type, name, in: namespace) }
    var definesType: Bool { type == .type && namespace == .root }
}
