public import Cypher
public import Resources

extension CypherValue {
    /// A value of a resource as queries see it.
    public init(_ value: Value) {
        self =
            switch value {
            case .null: .null
            case .bool(let bool): .boolean(bool)
            case .int(let int): .integer(int)
            case .float(let float): .float(float)
            case .text(let text): .string(text)
            case .bytes(let bytes): .bytes(bytes)
            case .list(let list): .list(list.map { CypherValue($0) })
            case .map(let map): .map(CypherMap(map.entries.map { ($0.key, CypherValue($0.value)) }))
            }
    }

    /// The value in the form that indexes hold; nil for what no field holds.
    var indexable: Value? {
        switch self {
        case .boolean(let bool): .bool(bool)
        case .integer(let int): .int(int)
        case .float(let float): .float(float)
        case .string(let text): .text(text)
        case .bytes(let bytes): .bytes(bytes)
        default: nil
        }
    }
}

extension Resource {
    /// What queries read of a resource besides the fields of its type; a field of the same name
    /// comes first.
    static let queryKeys = [
        "name", "namespace", "type", "id", "owner", "revision", "created", "changed", "tags",
        "cost",
    ]

    /// A property as queries see it; null when there is none.
    func property(_ key: String) -> CypherValue {
        if let value = data[key] { return CypherValue(value) }
        switch key {
        case "name": return .string(name.text)
        case "namespace": return .string(namespace.path)
        case "type": return .string(type.text)
        case "id": return .string(id.description)
        case "owner": return owner.map { .string($0.description) } ?? .null
        case "revision": return .integer(Int64(clamping: revision.rawValue))
        case "created": return .dateTime(CypherDateTime(created.time))
        case "changed": return .dateTime(CypherDateTime(changed.time))
        case "tags":
            return .map(CypherMap(tags.entries.map { ($0.key, .string($0.value)) }))
        default: return .null
        }
    }

    /// All properties: the fields, then what every resource has.
    var properties: CypherMap {
        var map = CypherMap(data.entries.map { ($0.key, CypherValue($0.value)) })
        for key in Self.queryKeys where map[key] == nil {
            let value = property(key)
            if !value.isNull { map[key] = value }
        }
        return map
    }
}

extension CypherDateTime {
    /// An instant told in UTC.
    init(_ time: WallTime) {
        let (seconds, rest) = time.milliseconds.quotientAndRemainder(dividingBy: 1000)
        let borrow: Int64 = rest < 0 ? 1 : 0
        self.init(
            seconds: seconds - borrow, nanoseconds: Int32((rest + borrow * 1000) * 1_000_000),
            offset: 0, zone: nil)
    }
}
