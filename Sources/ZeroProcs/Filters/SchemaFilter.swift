internal import MMSGraph
internal import Resources

/// Holds commands against the types: known type, fields, kinds, relations, required fields.
struct SchemaFilter: Sendable {
    /// Refuses `command` when it breaks the type of its subject as of the state `graph`.
    func check(
        _ command: Command, on subject: CommandSubject, _ graph: some GraphReader
    ) throws(Refusal) {
        switch command {
        case .create(let draft):
            let type = try type(draft.type, of: subject, on: graph)
            try check(draft.data, against: type, subject)
            try check(draft.links, against: type, subject)
            for field in type.fields where field.required && draft.data[field.name] == nil {
                throw missing(field, subject.address)
            }
            if draft.type == CoreTypes.type.name { try checkDefinition(draft.name, draft.data) }
        case .update(let update):
            guard let resource = subject.resource else { return }
            let type = try type(resource.type, of: subject, on: graph)
            try check(update.data, against: type, subject)
            try check(update.links, against: type, subject)
            try checkRequired(update, of: type, subject)
            if resource.type == CoreTypes.type.name {
                let merged = update.replaces ? update.data : resource.data.merging(update.data)
                try checkDefinition(resource.name, merged)
            }
        case .delete: break
        }
    }

    private func type(
        _ name: TypeName, of subject: CommandSubject, on graph: some GraphReader
    ) throws(Refusal) -> TypeDefinition {
        // The type of types is this program's own: a log that an older one began knows fewer of its
        // fields, and the first command of all defines it by itself.
        if name == CoreTypes.type.name { return CoreTypes.type }
        if let type = try reading({ () throws(GraphError) in try graph.type(name) }) { return type }
        throw Refusal(
            .unknownType, filter: "schema", subject: subject.address,
            reason: "there is no type \(name)", remedy: "see pisces types", field: "type")
    }

    private func check(
        _ data: ValueMap, against type: TypeDefinition, _ subject: CommandSubject
    ) throws(Refusal) {
        for (name, value) in data.entries {
            guard let field = type.field(name) else {
                let near = nearest(to: name, among: type.fields.map(\.name))
                throw Refusal(
                    .unknownField, filter: "schema", subject: subject.address,
                    reason: "type \(type.name) has no field \(printable(name))",
                    remedy: near.map { "did you mean \($0)?" }
                        ?? "see pisces describe type/\(type.name)",
                    field: name)
            }
            if value != .null { try check(value, of: field, subject) }
        }
    }

    private func check(
        _ value: Value, of field: TypeDefinition.Field, _ subject: CommandSubject
    ) throws(Refusal) {
        guard field.kind.takes(value) else {
            throw invalid(
                field, subject.address,
                "\(field.name) must be \(field.kind.rawValue), not \(value.kindName)")
        }
        guard value.isFinite else {
            throw invalid(field, subject.address, "\(field.name) must be a finite number")
        }
        if !field.oneOf.isEmpty, let text = value.text, !field.oneOf.contains(text) {
            throw invalid(
                field, subject.address,
                "\(field.name) must be one of \(field.oneOf.joined(separator: ", ")), "
                    + "not \(printable(text))")
        }
    }

    private func check(
        _ links: SortedMap<[Identifier]>, against type: TypeDefinition, _ subject: CommandSubject
    ) throws(Refusal) {
        for (relation, targets) in links.entries {
            guard let known = type.relation(relation) else {
                let near = nearest(to: relation, among: type.relations.map(\.name.text))
                throw Refusal(
                    .unknownRelation, filter: "schema", subject: subject.address,
                    reason: "type \(type.name) has no relation \(printable(relation))",
                    remedy: near.map { "did you mean \($0)?" }
                        ?? "see pisces describe type/\(type.name)",
                    field: relation)
            }
            // The targets that a command names become all there are.
            if known.single, targets.count > 1 {
                throw .cardinality(
                    filter: "schema", subject.address, relation, count: targets.count)
            }
        }
    }

    private func checkRequired(
        _ update: Update, of type: TypeDefinition, _ subject: CommandSubject
    ) throws(Refusal) {
        for field in type.fields where field.required {
            let value = update.data[field.name]
            if value == .null || (update.replaces && value == nil) {
                throw missing(field, subject.address)
            }
        }
    }

    private func checkDefinition(_ name: ResourceName, _ data: ValueMap) throws(Refusal) {
        let typeName: TypeName
        do throws(NameError) { typeName = try TypeName(name.text) } catch {
            throw Refusal(
                .invalidName, filter: "schema", subject: "type/\(name)", reason: error.reason)
        }
        do throws(TypeDefinitionError) {
            _ = try TypeDefinition(name: typeName, data: data)
        } catch {
            throw Refusal(
                .invalidValue, filter: "schema", subject: "type/\(name)",
                reason: "\(error.field) \(error.reason)", field: error.field)
        }
    }

    private func missing(_ field: TypeDefinition.Field, _ subject: String) -> Refusal {
        Refusal(
            .missingField, filter: "schema", subject: subject,
            reason: "\(field.name) (\(field.kind.rawValue)) is required", field: field.name)
    }

    private func invalid(
        _ field: TypeDefinition.Field, _ subject: String, _ reason: String
    ) -> Refusal {
        Refusal(
            .invalidValue, filter: "schema", subject: subject, reason: reason, field: field.name)
    }
}

extension TypeDefinition.Kind {
    /// True when a field of this kind takes `value`.
    func takes(_ value: Value) -> Bool {
        switch (self, value) {
        case (.any, _), (.bool, .bool), (.int, .int), (.float, .float), (.float, .int),
            (.text, .text), (.bytes, .bytes), (.list, .list), (.map, .map):
            true
        default: false
        }
    }
}

extension Value {
    /// False when a float anywhere inside is NaN or infinite: JSON has no form for it.
    var isFinite: Bool {
        switch self {
        case .float(let float): float.isFinite
        case .list(let list): list.allSatisfy(\.isFinite)
        case .map(let map): map.entries.allSatisfy(\.value.isFinite)
        case .null, .bool, .int, .text, .bytes: true
        }
    }
}

extension ValueMap {
    /// This map with the pairs of `patch` set, and those that are null in it removed.
    func merging(_ patch: ValueMap) -> ValueMap {
        var merged = self
        for (key, value) in patch.entries { merged[key] = value == .null ? nil : value }
        return merged
    }
}
