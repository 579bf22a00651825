internal import MMSGraph
internal import Resources

/// Holds the network of tunnels against what machines can do with it.
struct OverlayCheck: Sendable {
    /// Refuses one that has another name, or data that mean nothing.
    func check(_ command: Command, on subject: CommandSubject) throws(Refusal) {
        guard subject.type == Overlay.type.name else { return }
        let data: ValueMap
        switch command {
        case .create(let draft):
            guard draft.name == Overlay.name, draft.namespace == .root else {
                throw Refusal(
                    .invalidName, filter: "fleet", subject: subject.address,
                    reason: "a fleet has one network of tunnels",
                    remedy: "name it \(Overlay.name), in /", field: "name")
            }
            data = draft.data
        case .update(let update):
            guard let resource = subject.resource else { return }
            data = update.replaces ? update.data : resource.data.merging(update.data)
        case .delete: return
        }
        _ = try Overlay(data, of: subject.address)
    }
}
