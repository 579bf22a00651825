internal import MMSGraph
internal import Resources

/// The resources that a plan tries its changes on, with the rules of the graph that matter there:
/// an owner takes what it owns along, a change that changes nothing makes no revision.
struct Sketch {
    private(set) var resources: [Identifier: Resource] = [:]
    private(set) var position: Position
    private var names: [Name: Identifier] = [:]
    private var given: UInt64 = 0

    private struct Name: Hashable {
        let type: TypeName
        let namespace: Namespace
        let name: ResourceName
    }

    init(_ resources: [Resource], at position: Position) {
        self.position = position
        for resource in resources { keep(resource) }
    }

    /// The resources of a type, in order of identity.
    func all(_ type: TypeDefinition) -> [Resource] {
        resources.values.filter { $0.type == type.name }.sorted { $0.id < $1.id }
    }

    func find(_ type: TypeDefinition, _ name: ResourceName, in namespace: Namespace) -> Resource? {
        names[Name(type: type.name, namespace: namespace, name: name)].flatMap { resources[$0] }
    }

    /// Identities of nothing that is.
    mutating func identities(_ count: Int) -> () -> Identifier {
        let first = given
        given += UInt64(count)
        var next = first
        return {
            next += 1
            return Identifier(high: .max, low: next)
        }
    }

    /// Applies a batch; gives what it changed.
    @discardableResult
    mutating func apply(
        _ commands: [Command], now: WallTime
    ) -> [(old: Resource?, new: Resource?)] {
        position = position.next
        let moment = Resource.Moment(position: position, time: now)
        var changes: [(old: Resource?, new: Resource?)] = []
        for command in commands {
            switch command {
            case .create(let draft):
                let new = Resource(draft: draft, created: moment, changed: moment)
                keep(new)
                changes.append((nil, new))
            case .update(let update):
                guard let old = resources[update.id] else { continue }
                let draft = update.applied(to: old.draft)
                if draft == old.draft { continue }
                let new = Resource(draft: draft, created: old.created, changed: moment)
                keep(new)
                changes.append((old, new))
            case .delete(let id, _): remove(id, &changes)
            }
        }
        return changes
    }

    private mutating func keep(_ resource: Resource) {
        resources[resource.id] = resource
        let name = Name(
            type: resource.type, namespace: resource.namespace, name: resource.name)
        names[name] = resource.id
    }

    private mutating func remove(
        _ id: Identifier, _ changes: inout [(old: Resource?, new: Resource?)]
    ) {
        guard let old = resources.removeValue(forKey: id) else { return }
        names[Name(type: old.type, namespace: old.namespace, name: old.name)] = nil
        changes.append((old, nil))
        let owned = resources.values.filter { $0.owner == id }.map(\.id).sorted()
        for id in owned { remove(id, &changes) }
    }
}
