public import Resources

/// Which resources are meant: type, place, tags, a predicate, an order and a page.
public struct Selection: Hashable, Sendable {
    /// The type; nil for all.
    public var type: TypeName?
    /// Where they live.
    public var scope = Scope.subtree(.root)
    /// Tags they have.
    public var tags = SortedMap<String>()
    /// What holds for them.
    public var predicate: Predicate?
    /// The order; without one, that of the index used.
    public var sort: [Order] = []
    /// The most of them; nil for all.
    public var limit: Int?
    /// Where the page before ended.
    public var resume: String?

    /// A namespace alone, or with all below it.
    public enum Scope: Hashable, Sendable {
        case namespace(Namespace)
        case subtree(Namespace)

        /// The namespace at the top.
        public var namespace: Namespace {
            switch self {
            case .namespace(let namespace), .subtree(let namespace): namespace
            }
        }

        /// True when resources of that namespace are meant.
        public func contains(_ other: Namespace) -> Bool {
            switch self {
            case .namespace(let namespace): namespace.path.utf8.elementsEqual(other.path.utf8)
            case .subtree(let namespace): namespace.contains(other)
            }
        }
    }

    /// One part of an order.
    public struct Order: Hashable, Sendable {
        /// What to sort by.
        public var operand: Operand
        /// True for the greatest first; what has no value comes last either way.
        public var descending: Bool

        /// An order by `operand`.
        public init(_ operand: Operand, descending: Bool = false) {
            self.operand = operand
            self.descending = descending
        }
    }

    /// All resources, or those of a type.
    public init(_ type: TypeName? = nil, scope: Scope = .subtree(.root)) {
        self.type = type
        self.scope = scope
    }

    /// True when a resource is meant, whatever the page.
    public func contains(_ resource: Resource) -> Bool {
        if let type, type != resource.type { return false }
        guard scope.contains(resource.namespace) else { return false }
        for (key, value) in tags.entries {
            guard let tag = resource.tags[key], tag.utf8.elementsEqual(value.utf8) else {
                return false
            }
        }
        return predicate?.holds(for: resource) ?? true
    }
}

/// A part of a resource that predicates and orders speak of.
public enum Operand: Hashable, Sendable {
    case id, type, name, namespace, owner, revision
    /// The value of a tag.
    case tag(String)
    /// A field, or what is below it: `limits.memory` is two keys.
    case field([String])
    /// What a query calls that: a field, or else what every resource has under that name. Only
    /// texts have a value here.
    case property(String)

    /// The value of that part; nil when the resource has none.
    public func value(of resource: Resource) -> Value? {
        switch self {
        case .id: return .text(resource.id.description)
        case .type: return .text(resource.type.text)
        case .name: return .text(resource.name.text)
        case .namespace: return .text(resource.namespace.path)
        case .owner: return resource.owner.map { .text($0.description) }
        case .revision: return .int(Int64(clamping: resource.revision.rawValue))
        case .tag(let key): return resource.tags[key].map(Value.text)
        case .field(let path):
            var value: Value? = .map(resource.data)
            for key in path { value = value?.map?[key] }
            return value == .null ? nil : value
        case .property(let key):
            if let value = resource.data[key] { return value.text == nil ? nil : value }
            return Self.common.first { $0.word == key }?.operand.value(of: resource)
        }
    }

    /// The words people write.
    public var text: String {
        switch self {
        case .id: "id"
        case .type: "type"
        case .name: "name"
        case .namespace: "namespace"
        case .owner: "owner"
        case .revision: "revision"
        case .tag(let key): "tag.\(key)"
        case .field(let path): path.joined(separator: ".")
        case .property(let key): key
        }
    }

    /// The words of the parts every resource has.
    static let common: [(word: String, operand: Operand)] = [
        ("id", .id), ("type", .type), ("name", .name), ("namespace", .namespace),
        ("owner", .owner), ("revision", .revision),
    ]
}
