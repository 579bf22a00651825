internal import MMSGraph
internal import Resources

/// Lets only the holder of the pen give up a machine, and only while it holds it: asked of exactly
/// the state before the entry, so that a holder that was replaced meanwhile is refused.
struct LapseCheck: Sendable {
    private let pen = CoreTypes.known("pen")

    /// Refuses a lapse by anyone but the holder of the pen, and of the holder itself.
    func check(
        _ command: Command, on subject: CommandSubject, _ graph: some GraphReader
    ) throws(Refusal) {
        guard case .create(let draft) = command, draft.type == Lapse.type.name else { return }
        let pens = try reading { () throws(GraphError) in
            try graph.resources(of: pen, below: .root)
        }
        let by = draft.data["by"]?.text ?? ""
        guard let held = pens.first?.data, held["holder"]?.text == by,
            held["epoch"]?.int == draft.data["epoch"]?.int
        else {
            let holder = pens.first?.data["holder"]?.text ?? "nobody"
            throw Refusal(
                .conflict, filter: "fleet", subject: subject.address,
                reason: "\(printable(by)) does not hold the pen any more; it is \(holder)'s",
                remedy: "the holder of the pen gives up machines that it does not hear")
        }
        guard draft.data["machine"]?.text == draft.name.text, by != draft.name.text else {
            throw Refusal(
                .invalidValue, filter: "fleet", subject: subject.address,
                reason: "a lapse has the name of its machine, which is not the holder of the pen",
                field: "machine")
        }
    }
}
