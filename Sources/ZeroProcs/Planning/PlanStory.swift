internal import Resources

/// What a change of an app comes to, told from the states before and after.
struct PlanStory {
    let before: Sketch
    let after: Sketch
    let app: String
    let namespace: Namespace

    private static let types = [
        AppTypes.app, AppTypes.component, AppTypes.service, AppTypes.volume, AppTypes.taskgroup,
        AppTypes.task,
    ]
    /// Fields that say how far an update is, not what is asked for.
    private static let quiet: Set<String> = ["since", "reason"]

    /// The names of the app's tasks.
    var tasks: Set<ResourceName> { Set(mine(AppTypes.task, in: after).map(\.name)) }

    var changes: [Plan.Change] {
        Self.types.flatMap { type in
            let old = Dictionary(
                mine(type, in: before).map { ($0.name, $0) }, uniquingKeysWith: { $1 })
            let new = Dictionary(
                mine(type, in: after).map { ($0.name, $0) }, uniquingKeysWith: { $1 })
            return Set(old.keys).union(new.keys).sorted().compactMap { name in
                change(type.name, name, old[name], new[name])
            }
        }
    }

    var placements: [Plan.Placement] {
        mine(AppTypes.task, in: after).compactMap { task in
            guard let place = assignment(of: task, in: after) else { return nil }
            let old = before.find(AppTypes.task, task.name, in: namespace)
                .flatMap { assignment(of: $0, in: before) }
            var ports = SortedMap<Int>()
            for (name, port) in place.data["ports"]?.map?.entries ?? [] {
                ports[name] = port.int.map { Int(clamping: $0) }
            }
            return Plan.Placement(
                task: task.name, component: task.data["component"]?.text ?? "",
                machine: place.data["machine"]?.text ?? "", before: old?.data["machine"]?.text,
                ports: ports, reason: place.data["reason"]?.text ?? "")
        }
    }

    /// What of the end people and programs depend on: what there is, and where it runs.
    var end: End {
        End(
            names: changes.filter { $0.action != .change },
            places: placements.map { place in
                End.Place(task: place.task, machine: place.machine, ports: place.ports)
            })
    }

    /// An end, to be compared with another.
    struct End: Hashable {
        let names: [Plan.Change]
        let places: [Place]

        /// Where a task runs.
        struct Place: Hashable {
            let task: ResourceName
            let machine: String
            let ports: SortedMap<Int>
        }
    }

    var services: [Plan.Service] {
        mine(AppTypes.service, in: after).map { service in
            Plan.Service(
                name: service.name, listen: service.data["listen"]?.text ?? "",
                host: service.data["host"]?.text ?? "")
        }
    }

    /// The shortest time, in milliseconds, in which one of the app's components has to be ready.
    var deadline: Int64 {
        mine(AppTypes.component, in: after).compactMap { component in
            component.data["spec"]?.map.map { ComponentSpec(map: $0).update.deadline }
        }.min() ?? .max
    }

    private func mine(_ type: TypeDefinition, in sketch: Sketch) -> [Resource] {
        sketch.all(type).filter { resource in
            guard resource.namespace == namespace else { return false }
            if type.name == AppTypes.app.name { return resource.name.text == app }
            return resource.data["app"]?.text == app
        }.sorted { $0.name < $1.name }
    }

    private func assignment(of task: Resource, in sketch: Sketch) -> Resource? {
        sketch.find(AppTypes.assignment, task.name, in: namespace)
    }

    private func change(
        _ type: TypeName, _ name: ResourceName, _ old: Resource?, _ new: Resource?
    ) -> Plan.Change? {
        guard let old else {
            return Plan.Change(action: .create, type: type, name: name, fields: [])
        }
        guard let new else {
            return Plan.Change(action: .delete, type: type, name: name, fields: [])
        }
        let fields = Set(old.data.keys).union(new.data.keys).subtracting(Self.quiet).sorted()
            .filter { old.data[$0] != new.data[$0] }
        guard !fields.isEmpty || old.id != new.id else { return nil }
        return Plan.Change(action: .change, type: type, name: name, fields: fields)
    }
}
