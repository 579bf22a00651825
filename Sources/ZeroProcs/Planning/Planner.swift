public import Resources

/// Plans changes of apps: runs expander, rollout and scheduler, those of the node, on a sketch of
/// the state, and lets every replica become ready at once.
public struct Planner: Sendable {
    /// The state it plans on.
    public let snapshot: PlanSnapshot

    /// What is to be done to an app.
    public enum Intent: Hashable, Sendable {
        /// It is to have these fields; it is made when it is not there, with that identity.
        case declare(ValueMap, id: Identifier)
        /// It is to go, with all that it owns.
        case remove
    }

    /// A planner on a state.
    public init(_ snapshot: PlanSnapshot) { self.snapshot = snapshot }

    /// The plan for an app. Refuses to remove one that is not there.
    public func plan(
        _ intent: Intent, app name: ResourceName, in namespace: Namespace, now: WallTime
    ) throws(Refusal) -> Plan {
        let standing = Sketch(snapshot.resources, at: snapshot.position)
        let app = standing.find(AppTypes.app, name, in: namespace)
        let command = try command(for: intent, app, name, namespace)
        func rehearse(readyAfter pace: Int64) -> (Rehearsal, PlanStory) {
            var rehearsal = Rehearsal(
                standing, machines: snapshot.machines, volumes: snapshot.volumes, now: now,
                readyAfter: pace)
            rehearsal.run([command])
            let story = PlanStory(
                before: standing, after: rehearsal.sketch, app: name.text, namespace: namespace)
            return (rehearsal, story)
        }
        let (rehearsal, story) = rehearse(readyAfter: 0)
        let sketch = rehearsal.sketch
        let before = ledger(snapshot.resources)
        let after = ledger(Array(sketch.resources.values))
        return Plan(
            parent: PlanParent(snapshot), command: command, changes: story.changes,
            placements: story.placements, services: story.services,
            costBefore: cost(of: app, before),
            costAfter: cost(of: sketch.find(AppTypes.app, name, in: namespace), after),
            verdicts: verdicts(after, at: namespace),
            refusal: refusal(before, after, at: namespace, of: "app/\(name)"),
            unavailable: rehearsal.unavailable(of: name.text, in: namespace),
            unplaced: rehearsal.unplaced.filter { story.tasks.contains($0.task) },
            waiting: rehearsal.waiting,
            variants: variants(of: story) { pace in rehearse(readyAfter: pace).1 })
    }

    /// How long replicas take in the rehearsals besides the first: less than a drain by so much
    /// that several steps fit into it, less by so much that one does, and more.
    private static let paces: [Int64] = {
        let drain = Int64(Limits.rolloutDrain.value)
        return [drain / 4, drain * 3 / 4, drain * 3 / 2]
    }()

    private func variants(
        of story: PlanStory, _ rehearse: (Int64) -> PlanStory
    ) -> [Plan.Variant] {
        var ends: Set = [story.end]
        var variants: [Plan.Variant] = []
        // Beyond its deadline an update fails, which is another story.
        for pace in Self.paces where pace < story.deadline {
            let other = rehearse(pace)
            guard ends.insert(other.end).inserted else { continue }
            variants.append(
                Plan.Variant(
                    readyAfter: pace, changes: other.changes, placements: other.placements))
        }
        return variants
    }

    private func command(
        for intent: Intent, _ app: Resource?, _ name: ResourceName, _ namespace: Namespace
    ) throws(Refusal) -> Command {
        switch (intent, app) {
        case (.declare(let data, let id), nil):
            return .create(
                Draft(
                    id: id, type: AppTypes.app.name, namespace: namespace, name: name, data: data))
        case (.declare(let data, _), let app?):
            var update = Update(id: app.id, expect: app.revision, data: data)
            update.replaces = true
            update.links = app.links
            for (key, value) in app.tags.entries { update.tags[key] = .some(value) }
            return .update(update)
        case (.remove, let app?): return .delete(id: app.id, expect: app.revision)
        case (.remove, nil):
            throw Refusal(
                .notFound, filter: "plan", subject: "app/\(name)",
                reason: "there is no such app in \(namespace)", remedy: "see pisces app list")
        }
    }

    private func ledger(_ resources: [Resource]) -> Ledger {
        func all(_ type: TypeDefinition) -> [Resource] {
            resources.filter { $0.type == type.name }.sorted { $0.id < $1.id }
        }
        return Ledger(
            budgets: all(AppTypes.budget).map(Budget.init),
            prices: PriceList(all(AppTypes.price)), apps: all(AppTypes.app))
    }

    private func cost(of app: Resource?, _ ledger: Ledger) -> Cost {
        guard let app else { return .zero }
        return ledger.prices.priced(AppCost.cost(of: app.data, declared: app.draft.cost))
    }

    private func verdicts(_ ledger: Ledger, at namespace: Namespace) -> [CostTree.Verdict] {
        ledger.budgets.filter { $0.namespace.contains(namespace) }.flatMap { budget in
            CostTree.verdicts(of: budget, ledger, for: namespace)
        }
    }

    /// What the budget filter will say.
    private func refusal(
        _ before: Ledger, _ after: Ledger, at namespace: Namespace, of subject: String
    ) -> Refusal? {
        do throws(Refusal) {
            try after.judge(since: before, at: namespace, of: subject)
            return nil
        } catch { return error }
    }
}
