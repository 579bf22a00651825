/// What is wrong with a map that should define a type.
public struct TypeDefinitionError: Error, Equatable, Sendable {
    /// The field at fault, as a path: `fields.2.kind`.
    public let field: String
    /// What is wrong with it.
    public let reason: String
}

extension TypeDefinition {
    /// The fields of the resource of type `type` that defines this type.
    public var data: ValueMap {
        var map: ValueMap = [
            "summary": .text(summary), "role": .text(role.rawValue), "writer": .text(writer),
            "fields": .list(fields.map { .map($0.data) }),
            "relations": .list(relations.map { .map($0.data) }),
            "columns": .list(columns.map(Value.text)),
        ]
        map["ephemeral"] = ephemeral.map(Value.int)
        map["health"] = health.map(Value.text)
        if heritable { map["heritable"] = true }
        return map
    }

    /// Reads the fields of a resource of type `type`.
    public init(name: TypeName, data: ValueMap) throws(TypeDefinitionError) {
        let reader = FieldReader(data, path: "")
        self.init(
            name: name,
            summary: try reader.text("summary"),
            role: try reader.word("role", Role.self),
            writer: try reader.text("writer"),
            fields: try reader.maps("fields") { (reader) throws(TypeDefinitionError) in
                try Field(reader)
            },
            relations: try reader.maps("relations") { (reader) throws(TypeDefinitionError) in
                try RelationDefinition(reader)
            },
            ephemeral: data["ephemeral"]?.int,
            columns: try reader.texts("columns"),
            health: data["health"]?.text, heritable: data["heritable"]?.bool ?? false)
        for column in columns where field(column) == nil {
            throw TypeDefinitionError(field: "columns", reason: "names no field: \(column)")
        }
        if let twice = fields.first(where: { one in fields.count { $0.name == one.name } > 1 }) {
            throw TypeDefinitionError(field: "fields", reason: "has \(twice.name) twice")
        }
    }
}

extension TypeDefinition.Field {
    fileprivate var data: ValueMap {
        var map: ValueMap = [
            "name": .text(name), "kind": .text(kind.rawValue), "summary": .text(summary),
        ]
        map["unit"] = unit.map(Value.text)
        if indexed { map["indexed"] = true }
        if required { map["required"] = true }
        map["standard"] = standard
        if !oneOf.isEmpty { map["oneOf"] = .list(oneOf.map(Value.text)) }
        if local { map["local"] = true }
        return map
    }

    fileprivate init(_ reader: FieldReader) throws(TypeDefinitionError) {
        self.init(
            try reader.text("name"), try reader.word("kind", TypeDefinition.Kind.self),
            try reader.text("summary"), unit: reader.map["unit"]?.text,
            indexed: reader.map["indexed"]?.bool ?? false,
            required: reader.map["required"]?.bool ?? false, standard: reader.map["standard"],
            oneOf: try reader.texts("oneOf"), local: reader.map["local"]?.bool ?? false)
    }
}

extension TypeDefinition.RelationDefinition {
    fileprivate var data: ValueMap {
        var map: ValueMap = [
            "name": .text(name.text), "summary": .text(summary),
            "targets": .list(targets.map { .text($0.text) }),
        ]
        if single { map["single"] = true }
        map["writer"] = writer.map(Value.text)
        return map
    }

    fileprivate init(_ reader: FieldReader) throws(TypeDefinitionError) {
        let name = try reader.named("name", try reader.text("name")) { (text) throws(NameError) in
            try Relation(text)
        }
        var targets: [TypeName] = []
        for target in try reader.texts("targets") {
            targets.append(
                try reader.named("targets", target) { (text) throws(NameError) in
                    try TypeName(text)
                })
        }
        self.init(
            name, to: targets, try reader.text("summary"),
            single: reader.map["single"]?.bool ?? false, writer: reader.map["writer"]?.text)
    }
}

/// Reads typed fields of a map and names the path of what is wrong.
private struct FieldReader {
    let map: ValueMap
    let path: String

    init(_ map: ValueMap, path: String) {
        self.map = map
        self.path = path
    }

    func text(_ key: String) throws(TypeDefinitionError) -> String {
        guard let text = map[key]?.text else { throw wrong(key, "must be a text") }
        return text
    }

    func word<Word: RawRepresentable<String> & CaseIterable>(
        _ key: String, _: Word.Type
    ) throws(TypeDefinitionError) -> Word {
        guard let word = Word(rawValue: try text(key)) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw wrong(key, "must be one of \(words)")
        }
        return word
    }

    func texts(_ key: String) throws(TypeDefinitionError) -> [String] {
        guard let value = map[key] else { return [] }
        guard let list = value.list else { throw wrong(key, "must be a list of texts") }
        let texts = list.compactMap(\.text)
        guard texts.count == list.count else { throw wrong(key, "must be a list of texts") }
        return texts
    }

    func maps<Element>(
        _ key: String, _ make: (FieldReader) throws(TypeDefinitionError) -> Element
    ) throws(TypeDefinitionError) -> [Element] {
        guard let value = map[key] else { return [] }
        guard let list = value.list else { throw wrong(key, "must be a list of maps") }
        var elements: [Element] = []
        for (index, element) in list.enumerated() {
            guard let map = element.map else { throw wrong("\(key).\(index)", "must be a map") }
            elements.append(try make(FieldReader(map, path: "\(path)\(key).\(index).")))
        }
        return elements
    }

    func named<Name>(
        _ key: String, _ text: String, _ make: (String) throws(NameError) -> Name
    ) throws(TypeDefinitionError) -> Name {
        do throws(NameError) { return try make(text) } catch { throw wrong(key, error.reason) }
    }

    private func wrong(_ key: String, _ reason: String) -> TypeDefinitionError {
        TypeDefinitionError(field: path + key, reason: reason)
    }
}
