import Resources

/// One log in memory, with the rules of the graph that handlers rely on: names are unique, an
/// expected revision must hold, an owner takes what it owns along, a batch is whole or nothing.
struct AppStore {
    private(set) var resources: [Identifier: Resource] = [:]
    private var byName: [Name: Identifier] = [:]
    /// Identities by type, in order.
    private var byType: [String: [Identifier]] = [:]
    private var ids: UInt64 = 0
    private(set) var position = Position.zero
    var now = WallTime(milliseconds: 1_000_000)

    struct Name: Hashable {
        let type: String
        let namespace: Namespace
        let name: ResourceName
    }

    enum Refused: Error { case revision, name, gone }

    mutating func identify() -> Identifier {
        ids += 1
        return Identifier(high: 1, low: ids)
    }

    /// Identities that the next batch may use.
    func identities() -> () -> Identifier {
        var next = ids
        return {
            next += 1
            return Identifier(high: 2 + position.rawValue, low: next)
        }
    }

    func all(_ type: String) -> [Resource] {
        (byType[type] ?? []).compactMap { resources[$0] }
    }

    func find(
        _ type: String, _ name: String, in namespace: Namespace = AppWorld.namespace
    ) -> Resource? {
        let key = Name(type: type, namespace: namespace, name: AppWorld.name(name))
        return byName[key].flatMap { resources[$0] }
    }

    /// Applies a batch; false when it is refused.
    @discardableResult
    mutating func apply(_ commands: [Command]) -> Bool {
        let before = self
        position = position.next
        do {
            for command in commands { try apply(command) }
            return true
        } catch {
            self = before
            return false
        }
    }

    private mutating func apply(_ command: Command) throws {
        let moment = Resource.Moment(position: position, time: now)
        switch command {
        case .create(let draft):
            let name = Name(type: draft.type.text, namespace: draft.namespace, name: draft.name)
            guard byName[name] == nil, resources[draft.id] == nil else { throw Refused.name }
            byName[name] = draft.id
            let ids = byType[name.type] ?? []
            let place = ids.firstIndex { draft.id < $0 } ?? ids.count
            byType[name.type, default: []].insert(draft.id, at: place)
            resources[draft.id] = Resource(draft: draft, created: moment, changed: moment)
        case .update(let update):
            let old = try require(update.id, update.expect)
            let draft = update.applied(over: old.draft)
            if draft == old.draft { return }
            resources[update.id] = Resource(draft: draft, created: old.created, changed: moment)
        case .delete(let id, let expect):
            _ = try require(id, expect)
            remove(id)
        }
    }

    private func require(_ id: Identifier, _ expect: Position?) throws -> Resource {
        guard let resource = resources[id] else { throw Refused.gone }
        guard expect == nil || expect == resource.revision else { throw Refused.revision }
        return resource
    }

    private mutating func remove(_ id: Identifier) {
        guard let gone = resources.removeValue(forKey: id) else { return }
        byName[Name(type: gone.type.text, namespace: gone.namespace, name: gone.name)] = nil
        byType[gone.type.text]?.removeAll { $0 == id }
        for owned in resources.values where owned.owner == id { remove(owned.id) }
    }
}

extension Update {
    fileprivate func applied(over old: Draft) -> Draft {
        var draft = old
        if let owner { draft.owner = owner }
        if let cost { draft.cost = cost }
        if replaces { (draft.tags, draft.links, draft.data) = ([:], [:], [:]) }
        for (key, value) in tags.entries { draft.tags[key] = value }
        for (relation, targets) in links.entries {
            draft.links[relation] = targets.isEmpty ? nil : targets
        }
        for (field, value) in data.entries { draft.data[field] = value == .null ? nil : value }
        return draft
    }
}
