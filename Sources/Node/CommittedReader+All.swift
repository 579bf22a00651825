public import MMSGraph
public import Resources

extension CommittedReader {
    /// All resources of a type, in all namespaces. For types of which there are few.
    public func all(_ type: StaticString) throws(GraphError) -> [Resource] {
        var found: [Resource] = []
        do throws(Refusal) {
            try forEach(Selection(CoreTypes.known(type))) { (resource) throws(Refusal) in
                found.append(resource)
                return true
            }
        } catch {
            throw GraphError(operation: "list", subject: "\(type)", cause: error.message)
        }
        return found
    }
}
