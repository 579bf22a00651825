internal import Resources

extension Ledger {
    /// Refuses an app of `namespace` when a budget above it is exceeded, and was less so `before`.
    func judge(
        since before: Ledger, at namespace: Namespace, of subject: String
    ) throws(Refusal) {
        for excess in excesses(at: namespace) {
            let known = before.sum(excess.budget.namespace).part(excess.part)
            guard excess.sum > known + abs(known) * 1e-9 else { continue }
            throw refusal(excess, subject)
        }
        for budget in budgets where budget.namespace.contains(namespace) {
            guard let most = budget.quota[AppTypes.task.name.text] else { continue }
            let new = replicas(below: budget.namespace)
            guard new > most, new > before.replicas(below: budget.namespace) else { continue }
            throw Refusal(
                .tooMany, filter: "budget", subject: subject,
                reason: "\(budget.address) allows \(most) tasks; this would make \(new)",
                remedy: "lower a count, or raise quota.task of \(budget.address)", field: "quota")
        }
    }

    private func refusal(_ excess: Excess, _ subject: String) -> Refusal {
        let (part, budget) = (excess.part, excess.budget)
        func words(_ amount: Double) -> String { Cost.words(amount, of: part) }
        let held = excess.held > 0 ? ", \(words(excess.held)) are reserved for others" : ""
        return Refusal(
            .forbidden, filter: "budget", subject: subject,
            reason: "would exceed \(budget.address) in \(part) by "
                + "\(words(excess.sum + excess.held - excess.most)): it allows "
                + "\(words(excess.most)), this would make \(words(excess.sum))\(held)",
            remedy: "ask for less, remove another app, or raise \(part) of \(budget.address)",
            field: part)
    }
}
