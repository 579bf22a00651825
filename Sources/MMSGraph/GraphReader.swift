public import Resources

/// Reading one consistent state of the graph: committed, in flight, or as of a position.
public protocol GraphReader {
    /// The resource of that identity.
    func resource(_ id: Identifier) throws(GraphError) -> Resource?
    /// The resource at that address.
    func resource(
        _ type: TypeName, _ name: ResourceName, in namespace: Namespace
    ) throws(GraphError) -> Resource?
    /// The sources of the links of `relation` that lead to `target`, in order of identity.
    func sources(of target: Identifier, by relation: Relation) throws(GraphError) -> [Identifier]
    /// The definition of a type.
    func type(_ name: TypeName) throws(GraphError) -> TypeDefinition?
    /// All resources of a kind that says what others may do, in order of namespace and name. What
    /// filters ask of every batch: the answer is at hand.
    func policies(_ kind: Policy) throws(GraphError) -> [Resource]
    /// The resources of a type in a namespace and below, in order of namespace and name. Reads
    /// them all.
    func resources(
        of type: TypeName, below namespace: Namespace
    ) throws(GraphError) -> [Resource]
    /// How many resources of a type there are in a namespace and below.
    func count(of type: TypeName, below namespace: Namespace) throws(GraphError) -> Int
}

/// Resources that say what others may do. There are few of them and everybody asks, so the graph
/// keeps them read.
public enum Policy: Int, Hashable, Sendable, CaseIterable {
    /// What a namespace may cost.
    case budget
    /// What a unit of cost is worth.
    case price
    /// Who may do what.
    case grant

    /// The type of its resources.
    public var type: TypeName { Self.types[rawValue] }

    /// The types of them all.
    public static let types = [
        AppTypes.budget.name, AppTypes.price.name, AppTypes.grant.name,
    ]

    /// The policy whose resources are of a type; nil for all other types.
    init?(_ type: TypeName) {
        guard let index = Self.types.firstIndex(of: type) else { return nil }
        self.init(rawValue: index)
    }
}

/// What went wrong in the graph below the level of commands.
public struct GraphError: Error, Hashable, Sendable {
    /// What was being done: "get", "commit", "replay" …
    public let operation: String
    /// To what.
    public let subject: String
    /// Why it failed.
    public let cause: String

    /// The failure of `operation` on `subject`.
    public init(operation: String, subject: String, cause: String) {
        self.operation = operation
        self.subject = subject
        self.cause = cause
    }
}
