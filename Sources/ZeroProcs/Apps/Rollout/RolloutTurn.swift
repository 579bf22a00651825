internal import Resources

/// The commands of one look at one component.
struct RolloutTurn {
    var decision: RolloutDecision
    private(set) var commands: [Command] = []
    private var room = BatchRoom()
    private var changes: [Command] = []

    init(_ decision: RolloutDecision) { self.decision = decision }

    /// Decides and writes the commands: new groups, then tasks, then what the groups say of them,
    /// so that one batch leaves all of it in agreement.
    mutating func run(_ make: Rollout.Make, _ identify: () -> Identifier) {
        decision.decide(identify)
        writeTasks(make, identify)
        decision.assign()
        let groups = groupCommands()
        commands = groups.created + changes + groups.others
    }

    private mutating func writeTasks(_ make: Rollout.Make, _ identify: () -> Identifier) {
        var standing: [Int: Replica] = [:]
        for replica in decision.replicas {
            standing[replica.index] = replica
            if decision.wanted[replica.index] == nil { end(replica) }
        }
        for (index, group) in decision.wanted.sorted(by: { $0.key < $1.key }) {
            let replica = standing[index]
            if replica != nil, replica?.group ?? "" == group {
                if let replica { place(replica) }
            } else if !write(index, group, over: replica, make, identify) {
                // It stays what it was, and its group's: the next look tries again.
                decision.wanted[index] = replica.map { $0.group ?? "" }
            }
        }
    }

    private mutating func end(_ replica: Replica) {
        if decision.isDraining(replica) { return }
        guard room.takes([:]) else { return }
        decision.notes.append("index \(replica.index) ends")
        changes.append(.delete(id: replica.task.id, expect: replica.task.revision))
    }

    /// Where a replica may run changes without a restart: a task that has a machine keeps it and
    /// its revision, one that waits for a machine gets the new wish at once.
    private mutating func place(_ replica: Replica) {
        guard !replica.isAssigned, let group = group(replica.group) else { return }
        let place = group.spec.place
        guard replica.task.data["place"]?.map ?? [:] != place else { return }
        var update = Update(id: replica.task.id, expect: replica.task.revision)
        update.data["place"] = place.isEmpty ? .null : .map(place)
        decision.notes.append("index \(replica.index) waits for another place")
        if room.takes(update.data) { changes.append(.update(update)) }
    }

    private func group(_ name: String?) -> TaskGroup? {
        decision.groups.first { $0.name.text == name }
    }

    /// False when the replica cannot be made, or the batch is full.
    private mutating func write(
        _ index: Int, _ name: String, over replica: Replica?, _ make: Rollout.Make,
        _ identify: () -> Identifier
    ) -> Bool {
        let component = decision.component
        guard let group = group(name), let app = component.app,
            let task = ResourceName(joining: component.resource.name.text, String(index))
        else { return false }
        let wanted = Rollout.Wanted(
            namespace: component.key.namespace, app: component.key.app,
            component: component.key.component, replica: index, group: name,
            version: group.version, spec: group.spec.map, directory: group.directory)
        var data: ValueMap
        switch make(wanted) {
        case .success(let fields): data = fields
        case .failure(let unmade):
            decision.waiting.append("\(task): \(unmade.reason)")
            return false
        }
        (data["app"], data["component"]) = (.text(wanted.app), .text(wanted.component))
        (data["group"], data["version"]) = (.text(name), .text(wanted.version))
        data["replica"] = .int(Int64(index))
        guard room.takes(data) else { return false }
        let links: SortedMap<[Identifier]> = ["OF": [app], "IN": [group.id]]
        if let replica {
            changes.append(.update(update(replica.task, data, links, owner: app)))
        } else {
            changes.append(.create(draft(task, data, links, owner: app, id: identify())))
        }
        return true
    }

    private func draft(
        _ name: ResourceName, _ data: ValueMap, _ links: SortedMap<[Identifier]>,
        owner: Identifier, id: Identifier
    ) -> Draft {
        var draft = Draft(
            id: id, type: CoreTypes.known("task"), namespace: decision.component.key.namespace,
            name: name, data: data, links: links, owner: owner)
        draft.tags["app"] = decision.component.key.app
        draft.cost = cost(data)
        return draft
    }

    private func update(
        _ task: Resource, _ data: ValueMap, _ links: SortedMap<[Identifier]>, owner: Identifier
    ) -> Update {
        var update = Update(id: task.id, expect: task.revision, data: data)
        update.replaces = true
        update.links = links
        update.owner = owner
        update.cost = cost(data)
        for (key, value) in task.tags.entries { update.tags[key] = .some(value) }
        return update
    }

    private func cost(_ data: ValueMap) -> Cost {
        var cost = Cost.zero
        cost.cpu = data["cpu"]?.number ?? 0
        cost.memory = data["memory"]?.number ?? 0
        cost.storage = data["storage"]?.number ?? 0
        return cost
    }
}

extension RolloutTurn {
    private mutating func groupCommands() -> (created: [Command], others: [Command]) {
        var created: [Command] = []
        var others: [Command] = []
        for group in decision.groups {
            let data = group.data(of: decision.component)
            guard let resource = group.resource else {
                created.append(.create(draft(group, data)))
                continue
            }
            if decision.dropped.contains(group.id) {
                decision.notes.append("\(group.name) is history")
                others.append(.delete(id: group.id, expect: resource.revision))
            } else if resource.data != data {
                if decision.notes.isEmpty {
                    decision.notes.append("what \(group.name) says of itself")
                }
                var update = Update(id: group.id, expect: resource.revision, data: data)
                update.replaces = true
                update.links = resource.links
                for (key, value) in resource.tags.entries { update.tags[key] = .some(value) }
                others.append(.update(update))
            }
        }
        return (created, others)
    }

    private func draft(_ group: TaskGroup, _ data: ValueMap) -> Draft {
        let component = decision.component.resource
        var draft = Draft(
            id: group.id, type: CoreTypes.known("taskgroup"), namespace: component.namespace,
            name: group.name, data: data, links: ["OF": [component.id]], owner: component.id)
        draft.tags["app"] = decision.component.key.app
        return draft
    }
}
