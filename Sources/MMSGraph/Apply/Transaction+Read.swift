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

    func shape(_ name: TypeName) throws(GraphError) -> TypeShape? {
        guard touchedTypes.contains(name), let resourceName = try? ResourceName(name.text) else {
            return try graph.shape(name)
        }
        return try resource(.type, resourceName, in: .root).flatMap(TypeShape.read)
    }
}
