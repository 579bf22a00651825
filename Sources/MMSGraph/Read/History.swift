public import Resources
internal import Synchronization

/// The versions of a resource that are still known.
public struct History: Hashable, Sendable {
    /// The versions, the latest first. Each begins at `changed`; the author and reason of that
    /// entry are in the log.
    public var versions: [Version]
    /// History up to and with this position was trimmed; zero when none was.
    public var trimmed: Position

    /// One version.
    public struct Version: Hashable, Sendable {
        /// The resource as it was.
        public let resource: Resource
        /// The entry that ended it; nil for the one that stands.
        public let ended: Position?
        /// True when that entry deleted the resource.
        public let deleted: Bool
    }
}

extension Graph {
    /// The versions of a resource, the latest first, at most `limit`.
    public func history(_ id: Identifier, limit: Int = .max) throws(GraphError) -> History {
        let reader = try reader()
        var history = History(versions: [], trimmed: .zero)
        var next = try reader.stored(.resources, Keys.id(id))
        if let next { history.versions.append(.init(resource: next, ended: nil, deleted: false)) }
        let range = KeyRange(prefix: Keys.id(id))
        var cursor = reader.snapshot.scan(.history, range, reverse: true)
        while history.versions.count < limit,
            try GraphError.translating("history", { () throws(StoreError) in try cursor.advance() })
        {
            let resource = try Version(stored: cursor.value).resource
            history.versions.append(
                .init(
                    resource: resource, ended: Position(cursor.key.word(at: 16)),
                    deleted: next?.created != resource.created))
            next = resource
        }
        if let log = next.flatMap({ mounts.log(of: $0.namespace) }) {
            history.trimmed = state(of: log).trimmed
        }
        return history
    }

    /// The last version of the resource that had a name last and was deleted; nil when none is
    /// known.
    public func lastOf(
        _ type: TypeName, _ name: ResourceName, in namespace: Namespace
    ) throws(GraphError) -> Resource? {
        let reader = try reader()
        let graves = KeyRange(prefix: Keys.graves(named: Keys.name(type, name, in: namespace)))
        guard let grave = try reader.first(.graves, graves, reverse: true),
            let id = grave.value.trailingIdentifier
        else { return nil }
        let end = Position(grave.key.word(at: grave.key.count - 8))
        return try reader.stored(.history, Keys.history(id, endedAt: end))
    }

    /// The command that makes a resource again what it was at a position of its log: an update of
    /// one that lives, a creation of one that was deleted, a deletion of one that was not there.
    /// It expects the present revision, so what happens in between is not undone unseen. An owner
    /// that was given since cannot be taken away by an update and is refused as `conflict`.
    public func undo(_ id: Identifier, to position: Position) throws(Refusal) -> Command {
        let current = try refusing { () throws(GraphError) in try resource(id) }
        let known = try refusing { () throws(GraphError) in try history(id, limit: 1) }
        guard let latest = known.versions.first,
            let log = mounts.log(of: latest.resource.namespace)
        else {
            throw Refusal(
                .notFound, filter: "undo", subject: "\(id)",
                reason: "there is no such resource and no history of one")
        }
        let past = try reader(at: .position(log, position))
        let then = try refusing { () throws(GraphError) in try past.resource(id) }
        switch (then, current) {
        case (.none, .some(let now)): return .delete(id: id, expect: now.revision)
        case (.some(let then), .none): return .create(then.draft)
        case (.some(let then), .some(let now)): return .update(try restoring(then, from: now))
        case (.none, .none):
            throw Refusal(
                .notFound, filter: "undo", subject: latest.resource.address,
                reason: "is deleted and was not there at position \(position) either")
        }
    }

    private func restoring(_ then: Resource, from now: Resource) throws(Refusal) -> Update {
        if then.owner == nil, now.owner != nil {
            throw Refusal(
                .conflict, filter: "undo", subject: now.address,
                reason: "had no owner then, and an update cannot take the owner away",
                remedy: "delete it and create it anew", field: "owner")
        }
        var update = Update(id: now.id, expect: now.revision, data: then.data)
        update.replaces = true
        update.owner = then.owner
        update.cost = then.draft.cost
        update.tags = SortedMap(then.tags.entries.map { ($0.key, .some($0.value)) })
        update.links = then.links
        return update
    }
}
