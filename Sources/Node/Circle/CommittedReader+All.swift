public import MMSGraph
public import Resources

extension CommittedReader {
    /// All resources of a type, in all namespaces. For types of which there are few.
    public func all(_ type: StaticString) throws(GraphError) -> [Resource] {
        try all(Selection(CoreTypes.known(type)))
    }

    /// The resources of a type for which a predicate holds, in all namespaces.
    func all(
        _ type: StaticString, where predicate: Predicate
    ) throws(GraphError) -> [Resource] {
        var selection = Selection(CoreTypes.known(type))
        selection.predicate = predicate
        return try all(selection)
    }

    /// All resources of a type in a namespace.
    func all(_ type: TypeName, in namespace: Namespace) throws(GraphError) -> [Resource] {
        try all(Selection(type, scope: .namespace(namespace)))
    }

    private func all(_ selection: Selection) throws(GraphError) -> [Resource] {
        var found: [Resource] = []
        do throws(Refusal) {
            try forEach(selection) { (resource) throws(Refusal) in
                found.append(resource)
                return true
            }
        } catch {
            throw GraphError(
                operation: "list", subject: selection.type?.text ?? "all", cause: error.message)
        }
        return found
    }
}
