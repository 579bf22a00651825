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
        var sketch = Sketch(snapshot.resources, at: snapshot.position)
        let app = sketch.find(AppTypes.app, name, in: namespace)
        let command = try command(for: intent, app, name, namespace)
        var rehearsal = Rehearsal(
            sketch, machines: snapshot.machines, volumes: snapshot.volumes, now: now)
        rehearsal.run([command])
        sketch = rehearsal.sketch
        let story = PlanStory(
            before: Sketch(snapshot.resources, at: snapshot.position), after: sketch,
            app: name.text, namespace: namespace)
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
            waiting: rehearsal.waiting)
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
