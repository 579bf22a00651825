internal import Cypher
internal import Resources

/// A resource as queries read it: its stored bytes, decoded where they are asked. A traversal looks
/// at thousands, and of most only at links or one field.
final class Card: Sendable {
    let id: Identifier
    let type: TypeName
    let namespace: Namespace
    let owner: Identifier?
    /// The position of its last change.
    let revision: Position
    private let bytes: [UInt8]
    private let name: Int
    private let links: Int
    private let data: Int

    /// Reads the outline of a stored resource (Docs/Formats/resources.md) and passes over the rest.
    init(stored bytes: [UInt8]) throws(GraphError) {
        self.bytes = bytes
        var reader = CBORReader(bytes)
        do throws(CBORError) {
            try reader.expectList(5)
            try reader.expectList(10)
            id = try reader.readIdentifier()
            type = try reader.readTypeName()
            namespace = try reader.readNamespace()
            name = reader.offset
            try reader.skip()
            try reader.skip()
            owner = reader.skipNull() ? nil : try reader.readIdentifier()
            try reader.skip()
            try reader.skip()
            links = reader.offset
            try reader.skip()
            data = reader.offset
            try reader.skip()
            try reader.skip()
            try reader.skip()
            revision = Position(try reader.readUnsigned())
            try reader.skip()
            try reader.finish()
        } catch { throw Self.damage(error) }
    }

    /// The card of a version that is not stored in this form, such as one of the past.
    convenience init(_ resource: Resource) throws(GraphError) {
        var writer = CBORWriter(capacity: 512)
        writer.write(resource)
        try self.init(stored: writer.bytes)
    }

    /// What it takes of memory, about.
    var weight: Int { bytes.count + 160 }

    /// All of it.
    func resource() throws(GraphError) -> Resource { try Version(stored: bytes).resource }

    /// The links of the relations that `wants` takes.
    func links(
        where wants: (String) -> Bool
    ) throws(CypherError) -> [(relation: String, targets: [Identifier])] {
        var found: [(relation: String, targets: [Identifier])] = []
        do throws(CBORError) {
            var reader = CBORReader(bytes, range: links..<data)
            for _ in 0..<(try reader.beginMap()) {
                let relation = try reader.readText()
                guard wants(relation) else {
                    try reader.skip()
                    continue
                }
                let targets = try reader.readList { (reader) throws(CBORError) in
                    try reader.readIdentifier()
                }
                found.append((relation, targets))
            }
        } catch { throw CypherError(Self.damage(error)) }
        return found
    }

    /// A property as queries see it; null when there is none.
    func property(_ key: String) throws(GraphError) -> CypherValue {
        do throws(CBORError) {
            var reader = CBORReader(bytes, range: data..<bytes.count)
            for _ in 0..<(try reader.beginMap()) {
                if try reader.readsText(key) { return CypherValue(try reader.readValue(depth: 1)) }
                try reader.skip()
            }
            switch key {
            case "name":
                var reader = CBORReader(bytes, range: name..<links)
                return .string(try reader.readText())
            case "namespace": return .string(namespace.path)
            case "type": return .string(type.text)
            case "id": return .string(id.description)
            case "owner": return owner.map { .string($0.description) } ?? .null
            default: break
            }
        } catch { throw Self.damage(error) }
        return Resource.queryKeys.contains(key) ? try resource().property(key) : .null
    }

    private static func damage(_ error: CBORError) -> GraphError {
        GraphError(
            operation: "decode", subject: "a stored resource",
            cause: "offset \(error.offset): \(error.reason.rawValue)")
    }
}
