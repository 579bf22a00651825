public import Resources

/// Where each service sends its requests: a pure function of groups, tasks and what is known of
/// their instances.
public struct Routes: Sendable {
    private let groups: [TaskKey: [TaskGroup]]
    private let tasks: [TaskKey: [Resource]]
    private let instances: Instances

    /// One task that takes requests of a service.
    public struct Backend: Hashable, Sendable {
        /// The task.
        public var task: ResourceName
        /// Its index.
        public var replica: Int
        /// The name of its group.
        public var group: String
        /// The name of its machine.
        public var machine: String
        /// Where it listens: an address without a port.
        public var address: String
        /// The port of the service's name.
        public var port: Int
    }

    /// The routes of what there is: resources of the types `taskgroup`, `task`, `assignment` and
    /// `instance`.
    public init(
        groups: [Resource], tasks: [Resource], assignments: [Resource], instances: [Resource]
    ) {
        self.groups = Dictionary(grouping: groups, by: TaskKey.init)
            .reduce(into: [:]) { table, pair in
                if let key = pair.key { table[key] = pair.value.compactMap(TaskGroup.init) }
            }
        self.tasks = Dictionary(grouping: tasks, by: TaskKey.init)
            .reduce(into: [:]) { table, pair in
                if let key = pair.key { table[key] = pair.value }
            }
        self.instances = Instances(assignments: assignments, instances: instances)
    }

    /// The tasks a resource of type `service` routes to now, in order of their indexes: they are
    /// ready, their address is known, and their group takes requests.
    ///
    /// In a rolling update those of the old and the new group do. In a blue-green update only
    /// those of the current group do, until the new one becomes current.
    public func backends(of service: Resource) -> [Backend] {
        guard let key = TaskKey(service) else { return [] }
        let port = service.data["port"]?.text
        let groups = Dictionary(
            (self.groups[key] ?? []).map { ($0.name.text, $0) }, uniquingKeysWith: { $1 })
        return (tasks[key] ?? []).compactMap { backend($0, port: port, groups) }
            .sorted { ($0.replica, $0.task) < ($1.replica, $1.task) }
    }

    private func backend(
        _ task: Resource, port: String?, _ groups: [String: TaskGroup]
    ) -> Backend? {
        guard let name = task.data["group"]?.text, let group = groups[name],
            let index = task.data["replica"]?.int.map({ Int(clamping: $0) }),
            group.replicas.contains(index), !group.isBeside,
            let instance = instances.serving(task),
            let assignment = instances.assignment(of: task),
            let machine = instance.namespace.path.split(separator: "/").last.map(String.init),
            let address = instance.data["address"]?.text
        else { return nil }
        let tables = [instance.data["ports"], assignment.data["ports"], task.data["ports"]]
        let ports = tables.compactMap { table in port.flatMap { table?.map?[$0]?.int } }
        guard let number = ports.first(where: { $0 > 0 }) else { return nil }
        return Backend(
            task: task.name, replica: index, group: name, machine: machine, address: address,
            port: Int(clamping: number))
    }
}
