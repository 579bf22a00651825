public import MMSGraph
public import Resources

/// What stands before the log: admission, permission, schema, fleet, budget, in that order. Pure:
/// the same batch on the same state gets the same verdict. Revisions, uniqueness and ownership are
/// checked by apply itself.
public struct FilterChain: Sendable {
    private let permission = PermissionFilter()
    private let schema = SchemaFilter()
    private let policy = PolicyCheck()
    private let lapse = LapseCheck()
    private let overlay = OverlayCheck()
    private let budget = BudgetFilter()

    /// The chain.
    public init() {}

    /// Refuses the batch, naming the command at fault, or lets it pass to apply. `now` is the
    /// proposer's clock: rights may end.
    public func check(
        _ batch: Batch, by caller: Caller, on graph: some GraphReader, now: WallTime
    ) throws(Refusal) {
        if batch.commands.count > Limits.batchCommands.value {
            throw Refusal(
                .tooMany, filter: "admission", subject: "batch",
                reason: "\(batch.commands.count) commands; the limit is "
                    + "\(Limits.batchCommands.value)",
                remedy: "split it")
        }
        var created: Set<Identifier> = []
        for (index, command) in batch.commands.enumerated() {
            do throws(Refusal) {
                let subject = try CommandSubject(command, on: graph)
                try permission.check(command, on: subject, by: caller, graph, now: now)
                try schema.check(command, on: subject, graph)
                try policy.check(command, on: subject)
                try lapse.check(command, on: subject, graph)
                try overlay.check(command, on: subject)
                try checkOwner(of: command, on: graph, created: &created)
            } catch {
                var refusal = error
                refusal.command = index
                throw refusal
            }
        }
        try budget.check(batch, by: caller, on: graph)
    }

    /// Refuses an owner that is not there and not made by the same batch: nothing would ever
    /// delete what it owns.
    private func checkOwner(
        of command: Command, on graph: some GraphReader, created: inout Set<Identifier>
    ) throws(Refusal) {
        let owner: Identifier?
        switch command {
        case .create(let draft):
            created.insert(draft.id)
            owner = draft.owner
        case .update(let update): owner = update.owner
        case .delete: owner = nil
        }
        guard let owner, !created.contains(owner) else { return }
        let found = try reading { () throws(GraphError) in try graph.resource(owner) }
        if found == nil {
            throw Refusal(
                .notFound, filter: "schema", subject: "owner \(owner)",
                reason: "there is no such resource", remedy: "create the owner first",
                field: "owner")
        }
    }

    /// Refuses an encoded batch that is too large for the log.
    public func check(encodedBytes: Int) throws(Refusal) {
        guard encodedBytes > Limits.commandBytes.value else { return }
        throw Refusal(
            .tooLarge, filter: "admission", subject: "batch",
            reason: "\(encodedBytes) bytes; the limit is \(Limits.commandBytes.value)",
            remedy: "put large bytes into the object store and its digest into the command")
    }
}
