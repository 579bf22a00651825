public import Resources

/// Keeps the tasks of apps: one per component and replica. A pure function of what each app asks
/// for and the tasks there are.
public struct Expander: Sendable {
    /// The expander.
    public init() {}

    /// A task that an app asks for.
    public struct Wanted: Hashable, Sendable {
        /// Its name, `app-component-replica`.
        public var name: ResourceName
        /// Its fields.
        public var data: ValueMap

        /// A task of that name and fields.
        public init(name: ResourceName, data: ValueMap) {
            self.name = name
            self.data = data
        }
    }

    /// The commands that make the tasks what the apps ask for. Tasks without an app are none of
    /// its business: deleting an app deletes what it owns.
    public func commands(
        apps: [(app: Resource, wanted: [Wanted])], tasks: [Resource], identify: () -> Identifier
    ) -> [Command] {
        var commands: [Command] = []
        for (app, wanted) in apps {
            let mine = tasks.filter { $0.owner == app.id }
            var known = Dictionary(grouping: mine, by: \.name).compactMapValues(\.first)
            for want in wanted {
                if let task = known.removeValue(forKey: want.name) {
                    if task.data != want.data { commands.append(.update(replacement(task, want))) }
                } else {
                    commands.append(.create(draft(want, of: app, id: identify())))
                }
            }
            for task in known.values.sorted(by: { $0.name < $1.name }) {
                commands.append(.delete(id: task.id, expect: task.revision))
            }
        }
        return commands
    }

    private func draft(_ want: Wanted, of app: Resource, id: Identifier) -> Draft {
        var draft = Draft(
            id: id, type: CoreTypes.known("task"), namespace: app.namespace, name: want.name,
            data: want.data, links: ["OF": [app.id]], owner: app.id)
        draft.tags["app"] = app.name.text
        draft.cost = cost(want)
        return draft
    }

    private func replacement(_ task: Resource, _ want: Wanted) -> Update {
        var update = Update(id: task.id, expect: task.revision, data: want.data)
        update.replaces = true
        update.links = task.links
        update.cost = cost(want)
        for (key, value) in task.tags.entries { update.tags[key] = .some(value) }
        return update
    }

    private func cost(_ want: Wanted) -> Cost {
        var cost = Cost.zero
        cost.cpu = want.data["cpu"]?.number ?? 0
        cost.memory = want.data["memory"]?.number ?? 0
        return cost
    }
}
