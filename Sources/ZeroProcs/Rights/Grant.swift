internal import MMSGraph
public import Resources

/// A right to do something somewhere: what a resource of type `grant` gives, or a token carries.
public struct Grant: Hashable, Sendable {
    /// What may be done.
    public var verbs: Set<Verb>
    /// Where, with all below.
    public var prefix: Namespace
    /// To resources of which types; empty: all but secrets.
    public var types: Set<TypeName> = []
    /// Until when; nil: while it exists.
    public var expires: WallTime?

    /// What one may do.
    public enum Verb: String, Hashable, Sendable, CaseIterable {
        /// See resources.
        case read
        /// Create, change and delete what people write.
        case write
        /// Call operations of apps: create what has the type `invocation`.
        case run
        /// All of it, and to read secrets, to grant and to set budgets.
        case admin
    }

    /// A right to all types, for as long as it exists.
    public init(
        _ verbs: Set<Verb>, prefix: Namespace, types: Set<TypeName> = [], expires: WallTime? = nil
    ) {
        self.verbs = verbs
        self.prefix = prefix
        self.types = types
        self.expires = expires
    }

    /// What the fields of a resource of type `grant` give. Nil when they are damaged: then they
    /// give nothing.
    public init?(_ data: ValueMap) {
        guard let listed = data["verbs"]?.list else { return nil }
        let verbs = listed.compactMap { $0.text.flatMap(Verb.init(rawValue:)) }
        guard verbs.count == listed.count else { return nil }
        self.init(Set(verbs), data)
    }

    /// What the fields of a token give, besides its scope.
    init?(_ verbs: Set<Verb>, _ data: ValueMap) {
        guard let prefix = try? Namespace(data["prefix"]?.text ?? "/") else { return nil }
        let listed = data["types"]?.list ?? []
        let types = listed.compactMap { $0.text.flatMap { try? TypeName($0) } }
        // Types that cannot be read must not turn into all types.
        guard types.count == listed.count else { return nil }
        self.init(
            verbs, prefix: prefix, types: Set(types),
            expires: (data["expires"]?.int).map(WallTime.init(milliseconds:)))
    }

    /// True while it holds.
    public func holds(at now: WallTime) -> Bool { expires.map { $0 > now } ?? true }

    /// True when it lets somebody do `verb` to resources of `type` in `namespace`. A secret is
    /// read only with `admin`, or where its type is named.
    public func allows(_ verb: Verb, _ type: TypeName, in namespace: Namespace) -> Bool {
        guard verbs.contains(verb) || verbs.contains(.admin) else { return false }
        guard types.isEmpty || types.contains(type), prefix.contains(namespace) else {
            return false
        }
        return verb != .read || type != AppTypes.secret.name || verbs.contains(.admin)
            || types.contains(type)
    }

    /// True when whoever has this may pass `other` on: it gives nothing more and holds no longer.
    public func covers(_ other: Grant) -> Bool {
        let mayAll = verbs.contains(.admin) || other.verbs.isSubset(of: verbs)
        let isNarrower = types.isEmpty || (!other.types.isEmpty && other.types.isSubset(of: types))
        guard mayAll, isNarrower, prefix.contains(other.prefix) else { return false }
        guard let expires else { return true }
        return other.expires.map { $0 <= expires } ?? false
    }
}

extension Grant.Verb {
    /// The verb one needs to change resources of a type that people write.
    static func changing(_ type: TypeName) -> Grant.Verb {
        if type == AppTypes.invocation.name { return .run }
        let isPower =
            type == CoreTypes.token.name || Policy.types.contains(type)
            || FleetTypes.members.contains { $0.name == type } || type == MountedLog.type.name
        return isPower ? .admin : .write
    }
}
