internal import MMSGraph
internal import Resources

/// Decides whether a caller may change a resource of a type in a namespace. Everything that is
/// not allowed is refused.
struct PermissionFilter: Sendable {
    /// Refuses a command about `subject` when `caller` may not propose it on the state `graph`.
    func check(
        _ subject: CommandSubject, by caller: Caller, on graph: some GraphReader
    ) throws(Refusal) {
        guard let name = subject.type, let namespace = subject.namespace else { return }
        switch caller.right {
        case .system: return
        case .none: throw refusal(subject.address, "\(caller.identity) has no rights here")
        case .administrator: break
        case .token(let scope, let prefix):
            guard scope == .write else {
                throw refusal(subject.address, "the token only allows reading")
            }
            guard prefix.contains(namespace) else {
                throw refusal(subject.address, "the token is for \(prefix) and below")
            }
        }
        let type = try reading { () throws(GraphError) in try graph.type(name) }
        if let type, type.writer != "people" {
            throw refusal(
                subject.address, "resources of type \(type.name) are written by \(type.writer)",
                remedy: type.role == .observed
                    ? "change what it observes" : "change the desired resource behind it")
        }
    }

    private func refusal(_ subject: String, _ reason: String, remedy: String? = nil) -> Refusal {
        Refusal(
            .forbidden, filter: "permission", subject: subject, reason: reason, remedy: remedy)
    }
}

/// Runs a read of the graph and turns its failure into a refusal.
func reading<Answer>(_ read: () throws(GraphError) -> Answer) throws(Refusal) -> Answer {
    do throws(GraphError) { return try read() } catch {
        throw Refusal(
            .unavailable, filter: "graph", subject: error.subject,
            reason: "\(error.operation) failed: \(error.cause)", remedy: "look at pisces status")
    }
}
