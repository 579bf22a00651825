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
