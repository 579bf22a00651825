internal import MMSGraph
internal import Resources

/// The resource a command is about, looked up once for all filters. Its address is made only for
/// refusals: most commands pass.
struct CommandSubject {
    /// The resource as it is; nil when the command makes it, or when there is none.
    let resource: Resource?
    private let draft: Draft?

    init(_ command: Command, on graph: some GraphReader) throws(Refusal) {
        switch command {
        case .create(let draft):
            resource = nil
            self.draft = draft
        case .update, .delete:
            let id = command.id
            resource = try reading { () throws(GraphError) in try graph.resource(id) }
            draft = resource?.draft
        }
    }

    /// False when the command is about a resource that is not there: apply will say so.
    var isKnown: Bool { draft != nil }
    var type: TypeName? { draft?.type }
    var namespace: Namespace? { draft?.namespace }
    /// How refusals name it.
    var address: String {
        resource?.address ?? draft.map { "\($0.type)/\($0.name)" } ?? "resource"
    }
}
