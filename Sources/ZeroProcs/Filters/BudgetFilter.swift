internal import MMSGraph
internal import Resources

/// Holds what people ask for against the budgets and quotas of its namespace and those above.
///
/// Cost is counted where people decide it: at resources of type `app`, from what their components
/// need. What zero-procs make of an app costs nothing more, and their commands are not checked. A
/// batch is judged as a whole: what it gives back counts too. What already exceeds a budget may
/// stay and shrink, but not grow. Reservations are kept against budgets above them.
struct BudgetFilter: Sendable {
    /// Refuses a batch that would exceed a budget or a quota on the state `graph`.
    func check(
        _ batch: Batch, by caller: Caller, on graph: some GraphReader
    ) throws(Refusal) {
        if case .system = caller.right { return }
        let policies = try reading { () throws(GraphError) in try graph.policies(.budget) }
        // Nearly always: nobody has a budget.
        if policies.isEmpty { return }
        var state = BudgetState(budgets: policies.map(Budget.init))
        for (index, command) in batch.commands.enumerated() {
            do throws(Refusal) {
                try state.note(command, at: index, on: graph)
            } catch {
                var refusal = error
                refusal.command = index
                throw refusal
            }
        }
        try state.judge()
    }
}

/// What a batch changes under the budgets.
private struct BudgetState {
    private let budgets: [Budget]
    private var before: Ledger?
    private var after: Ledger?
    /// The first command on an app of each namespace that asks for more.
    private var asking: [(namespace: Namespace, command: Int, subject: String)] = []
    /// How many resources there are under each quota.
    private var counts: [Counted: Int] = [:]

    struct Counted: Hashable {
        let type: TypeName
        let namespace: Namespace
    }

    /// What the commands so far made; nil for what they deleted.
    private var drafts: [Identifier: Draft?] = [:]

    init(budgets: [Budget]) { self.budgets = budgets }

    /// Takes a command into account, on top of those before it.
    mutating func note(
        _ command: Command, at index: Int, on graph: some GraphReader
    ) throws(Refusal) {
        guard let (old, new) = try change(command, on: graph), let either = new ?? old,
            budgets.contains(where: { $0.namespace.contains(either.namespace) })
        else { return }
        if old == nil { try count(either, 1, graph) }
        if new == nil { try count(either, -1, graph) }
        guard either.type == AppTypes.app.name else { return }
        if after == nil { try read(graph) }
        if let old { after?.add(old.data, old.cost, in: old.namespace, times: -1) }
        guard let new else { return }
        after?.add(new.data, new.cost, in: new.namespace, times: 1)
        asking.append((new.namespace, index, "\(new.type)/\(new.name)"))
    }

    /// What a command makes of what; nil when it is about nothing that is there.
    private mutating func change(
        _ command: Command, on graph: some GraphReader
    ) throws(Refusal) -> (old: Draft?, new: Draft?)? {
        if case .create(let draft) = command {
            drafts[draft.id] = .some(draft)
            return (nil, draft)
        }
        let old: Draft?
        if let known = drafts[command.id] {
            old = known
        } else {
            old = try reading { () throws(GraphError) in try graph.resource(command.id)?.draft }
        }
        guard let old else { return nil }
        var new: Draft? = old
        switch command {
        case .update(let update):
            new?.data = update.replaces ? update.data : old.data.merging(update.data)
            if let cost = update.cost { new?.cost = cost }
        case .create, .delete: new = nil
        }
        drafts[command.id] = .some(new)
        return (old, new)
    }

    private mutating func read(_ graph: some GraphReader) throws(Refusal) {
        let found = try reading { () throws(GraphError) in
            (
                try graph.policies(.price),
                try graph.resources(of: AppTypes.app.name, below: .root)
            )
        }
        let ledger = Ledger(budgets: budgets, prices: PriceList(found.0), apps: found.1)
        (before, after) = (ledger, ledger)
    }

    /// Counts a resource that comes or goes, and refuses one too many.
    private mutating func count(
        _ draft: Draft, _ step: Int, _ graph: some GraphReader
    ) throws(Refusal) {
        let type = draft.type
        for budget in budgets where budget.namespace.contains(draft.namespace) {
            guard let most = budget.quota[type.text], type != AppTypes.task.name else { continue }
            let key = Counted(type: type, namespace: budget.namespace)
            let known: Int
            if let counted = counts[key] {
                known = counted
            } else {
                known = try reading { () throws(GraphError) in
                    try graph.count(of: type, below: budget.namespace)
                }
            }
            counts[key] = known + step
            guard step > 0, known + step > most else { continue }
            throw Refusal(
                .tooMany, filter: "budget", subject: "\(type)/\(draft.name)",
                reason: "\(budget.address) allows \(most) resources of type \(type); there are "
                    + "\(known)",
                remedy: "delete one, or raise quota.\(type) of \(budget.address)", field: "quota")
        }
    }

    /// Refuses what exceeds a budget, or exceeds it more than before.
    func judge() throws(Refusal) {
        guard let before, let after else { return }
        for (namespace, command, subject) in asking {
            do throws(Refusal) {
                try after.judge(since: before, at: namespace, of: subject)
            } catch {
                var refusal = error
                refusal.command = command
                throw refusal
            }
        }
    }
}
