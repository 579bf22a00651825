public import Resources

extension Transaction {
    /// The version of a resource that keeps all limits and relations.
    func checked(_ resource: Resource) throws(Refusal) -> Version {
        try check(resource.tags.count, Limits.tags, of: resource)
        try check(
            resource.links.entries.reduce(0) { $0 + $1.value.count }, Limits.links, of: resource)
        if resource.owner == resource.id {
            throw Refusal(
                .invalidValue, filter: "apply", subject: resource.address,
                reason: "must not own itself", remedy: "leave the owner out", field: "owner")
        }
        if resource.definesType { try checkDefinition(resource) }
        try checkSingle(resource)
        let version = Version(resource)
        if version.bytes.count > Limits.resourceBytes.value {
            throw Refusal(
                .tooLarge, filter: "apply", subject: resource.address,
                reason: "would have \(version.bytes.count) bytes; the limit of "
                    + "\(Limits.resourceBytes.name) is \(Limits.resourceBytes.value)",
                remedy: "store large bytes as objects and name their digest")
        }
        return version
    }

    private func check(_ count: Int, _ limit: Limit, of resource: Resource) throws(Refusal) {
        if count <= limit.value { return }
        throw Refusal(
            .tooMany, filter: "apply", subject: resource.address,
            reason: "would have \(count) \(limit.unit); the limit is \(limit.value)",
            remedy: limit.why)
    }

    private func checkDefinition(_ resource: Resource) throws(Refusal) {
        do throws(NameError) { _ = try TypeName(resource.name.text) } catch {
            throw Refusal(
                .invalidName, filter: "apply", subject: resource.address, reason: error.reason,
                field: "name")
        }
        guard let name = try? TypeName(resource.name.text) else { return }
        do throws(TypeDefinitionError) {
            _ = try TypeDefinition(name: name, data: resource.data)
        } catch {
            throw Refusal(
                .invalidValue, filter: "apply", subject: resource.address,
                reason: "\(error.field) \(error.reason)", field: error.field)
        }
    }

    /// A relation marked `single` leads to one resource. Only the log that holds the types checks
    /// it here: for the others the order of a type's change and an entry is not in any log, so a
    /// replay could decide otherwise. The schema filter checks it for them.
    private func checkSingle(_ resource: Resource) throws(Refusal) {
        guard !resource.links.isEmpty, mounts.log(of: .root) == log else { return }
        guard let shape = try attempting({ () throws(GraphError) in try shape(resource.type) })
        else { return }
        for relation in shape.single where (resource.links[relation]?.count ?? 0) > 1 {
            throw .cardinality(
                filter: "apply", resource.address, relation,
                count: resource.links[relation]?.count ?? 0)
        }
    }
}

extension Update {
    /// What a draft becomes: given parts merge into it, or replace data, tags and links whole.
    public func applied(to old: Draft) -> Draft {
        var draft = old
        if let owner { draft.owner = owner }
        if let cost { draft.cost = cost }
        if replaces {
            draft.tags = SortedMap()
            draft.links = SortedMap()
            draft.data = ValueMap()
        }
        for (key, value) in tags.entries { draft.tags[key] = value }
        for (relation, targets) in links.entries {
            draft.links[relation] = targets.isEmpty ? nil : targets
        }
        for (field, value) in data.entries { draft.data[field] = value == .null ? nil : value }
        return draft
    }
}
