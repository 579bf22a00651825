public import MMSGraph
public import Resources

/// Who asks, and what the way they came in proves about them.
public struct Caller: Hashable, Sendable {
    /// The name that stands in the log as author.
    public let identity: Identity
    /// What the way they came in lets them do.
    public let right: Right
    /// What resources of type `grant` let them do, as of when they came: for reading. What they
    /// write is held against the grants of exactly the state before it.
    public private(set) var grants: [Grant] = []

    /// What a caller may do by the way they came in.
    public enum Right: Hashable, Sendable {
        /// A local administrator, by peer credentials: everything people may do.
        case administrator
        /// The bearer of a token: what it says, and what is granted to `token:<name>`.
        case token(Grant)
        /// Somebody known, as a local user or a machine: what is granted to their identity.
        case proven
        /// A sensor, driver or handler of this node: the types it owns.
        case system
        /// Nobody known: nothing, whatever is granted to whom.
        case none
    }

    /// What a token allows.
    public enum TokenScope: String, Hashable, Sendable, CaseIterable {
        case read, write, run, admin

        /// The verbs of the scope: to write or run without reading is no use.
        public var verbs: Set<Grant.Verb> {
            switch self {
            case .read: [.read]
            case .write: [.read, .write]
            case .run: [.read, .run]
            case .admin: Set(Grant.Verb.allCases)
            }
        }
    }

    /// A caller of that identity and right.
    public init(identity: Identity, right: Right) {
        self.identity = identity
        self.right = right
    }

    /// A part of this node.
    public static func system(_ part: StaticString) -> Caller {
        Caller(identity: .system(part), right: .system)
    }

    /// The caller with what is granted to their identity on the state `graph` at `now`.
    public func granted(
        on graph: some GraphReader, now: WallTime
    ) throws(Refusal) -> Caller {
        var caller = self
        caller.grants = try grants(on: graph, now: now)
        return caller
    }

    /// The grants to this identity that hold. Those without a proven identity have none.
    func grants(on graph: some GraphReader, now: WallTime) throws(Refusal) -> [Grant] {
        switch right {
        case .administrator, .system, .none: return []
        case .token, .proven: break
        }
        let policies = try reading { () throws(GraphError) in try graph.policies(.grant) }
        if policies.isEmpty { return [] }
        return policies.compactMap { policy in
            guard policy.data["subject"]?.text == identity.text else { return nil }
            return Grant(policy.data).flatMap { $0.holds(at: now) ? $0 : nil }
        }
    }

    /// True when the caller may do that, as of when they came.
    public func may(_ verb: Grant.Verb, _ type: TypeName, in namespace: Namespace) -> Bool {
        switch right {
        case .administrator, .system: return true
        case .none: return false
        case .token(let own):
            if own.allows(verb, type, in: namespace) { return true }
        case .proven: break
        }
        return grants.contains { $0.allows(verb, type, in: namespace) }
    }

    /// True when the caller may read resources of that type in that namespace.
    public func mayRead(_ type: TypeName, _ namespace: Namespace) -> Bool {
        may(.read, type, in: namespace)
    }

    /// A namespace where the caller may read all types but those that are hidden, with all below
    /// it; nil for none. Of several the topmost, and of those the first by path.
    public var readable: Namespace? {
        switch right {
        case .administrator, .system: return .root
        case .none: return nil
        case .token, .proven: break
        }
        let places = rights.filter {
            $0.types.isEmpty && ($0.verbs.contains(.read) || $0.verbs.contains(.admin))
        }.map(\.prefix).sorted()
        return places.first { place in
            !places.contains { $0 != place && $0.contains(place) }
        }
    }

    /// True when the caller may read what lives in `namespace`, but for types that are hidden.
    public func mayRead(_ namespace: Namespace) -> Bool {
        switch right {
        case .administrator, .system: true
        case .none: false
        case .token, .proven:
            rights.contains {
                $0.types.isEmpty && $0.prefix.contains(namespace)
                    && ($0.verbs.contains(.read) || $0.verbs.contains(.admin))
            }
        }
    }

    /// Types that the caller may not read below `namespace` though they may read all others.
    public func hiddenTypes(below namespace: Namespace) -> Set<TypeName> {
        let secret = AppTypes.secret.name
        return mayRead(secret, namespace) ? [] : [secret]
    }

    private var rights: [Grant] {
        if case .token(let own) = right { [own] + grants } else { grants }
    }
}
