public import Resources

/// What a filter sees: exactly the state that precedes the next entry.
extension Transaction: GraphReader {
    public func resource(_ id: Identifier) throws(GraphError) -> Resource? {
        try version(id)?.resource
    }

    public func resource(
        _ type: TypeName, _ name: ResourceName, in namespace: Namespace
    ) throws(GraphError) -> Resource? {
        guard let id = try holder(of: Keys.name(type, name, in: namespace)) else { return nil }
        return try version(id)?.resource
    }

    public func sources(
        of target: Identifier, by relation: Relation
    ) throws(GraphError) -> [Identifier] {
        try holders(of: Keys.sources(of: target, by: relation.text)) { resource in
            resource.links[relation.text]?.contains(target) ?? false
        }
    }

    public func type(_ name: TypeName) throws(GraphError) -> TypeDefinition? {
        try shape(name)?.definition
    }

    public func policies(_ kind: Policy) throws(GraphError) -> [Resource] {
        guard touchedPolicies.contains(kind) else { return try graph.policies(kind) }
        return try resources(of: kind.type, below: .root)
    }

    public func resources(
        of type: TypeName, below namespace: Namespace
    ) throws(GraphError) -> [Resource] {
        var found = try graph.resources(of: type, below: namespace).filter {
            pending[$0.id] == nil
        }
        for id in order {
            guard let now = pending[id]?.now?.resource, now.type == type,
                namespace.contains(now.namespace)
            else { continue }
            found.append(now)
        }
        return found.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
    }

    public func count(of type: TypeName, below namespace: Namespace) throws(GraphError) -> Int {
        var count = try graph.count(of: type, below: namespace)
        for (_, entry) in pending {
            if entry.base?.resource.counts(as: type, below: namespace) ?? false { count -= 1 }
            if entry.now?.resource.counts(as: type, below: namespace) ?? false { count += 1 }
        }
        return count
    }

    func shape(_ name: TypeName) throws(GraphError) -> TypeShape? {
        guard touchedTypes.contains(name), let resourceName = try? ResourceName(name.text) else {
            return try graph.shape(name)
        }
        return try resource(.type, resourceName, in: .root).flatMap(TypeShape.read)
    }
}

extension Resource {
    fileprivate func counts(as type: TypeName, below namespace: Namespace) -> Bool {
        self.type == type && namespace.contains(self.namespace)
    }
}
