public import Resources

/// Who asks, and what the way they came in proves about them.
public struct Caller: Hashable, Sendable {
    /// The name that stands in the log as author.
    public let identity: Identity
    /// What they may do.
    public let right: Right

    /// What a caller may do.
    public enum Right: Hashable, Sendable {
        /// A local administrator, by peer credentials: everything people may do.
        case administrator
        /// The bearer of a token: what it says.
        case token(scope: TokenScope, prefix: Namespace)
        /// A sensor, driver or handler of this node: the types it owns.
        case system
        /// Nobody known: nothing.
        case none
    }

    /// What a token allows.
    public enum TokenScope: String, Hashable, Sendable { case read, write }

    /// A caller of that identity and right.
    public init(identity: Identity, right: Right) {
        self.identity = identity
        self.right = right
    }

    /// A part of this node.
    public static func system(_ part: StaticString) -> Caller {
        Caller(identity: .system(part), right: .system)
    }

    /// The namespace that the caller may read, with all below it; nil for none.
    public var readable: Namespace? {
        switch right {
        case .administrator, .system: .root
        case .token(_, let prefix): prefix
        case .none: nil
        }
    }

    /// True when the caller may read what lives in `namespace`.
    public func mayRead(_ namespace: Namespace) -> Bool {
        readable?.contains(namespace) ?? false
    }
}
