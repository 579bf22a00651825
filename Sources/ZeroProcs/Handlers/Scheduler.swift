public import Resources

/// Places tasks on machines. With one machine every task that fits goes there; what does not fit
/// waits, and says why. A pure function of tasks, assignments and machines.
public struct Scheduler: Sendable {
    /// The scheduler.
    public init() {}

    /// A machine that takes tasks, with what it has.
    public struct Machine: Hashable, Sendable {
        /// The resource of type `machine`.
        public var id: Identifier
        /// Its name.
        public var name: ResourceName
        /// Cores.
        public var cpu: Double
        /// Bytes of memory.
        public var memory: Double

        /// A machine of so many cores and bytes.
        public init(id: Identifier, name: ResourceName, cpu: Double, memory: Double) {
            self.id = id
            self.name = name
            self.cpu = cpu
            self.memory = memory
        }
    }

    /// A task that found no place.
    public struct Unplaced: Hashable, Sendable {
        /// The task.
        public var task: ResourceName
        /// Why each machine refused it.
        public var reasons: [String]
    }

    /// Commands that assign every unassigned task that fits somewhere, and those that do not fit.
    public func place(
        tasks: [Resource], assignments: [Resource], machines: [Machine],
        identify: () -> Identifier
    ) -> (commands: [Command], unplaced: [Unplaced]) {
        var free = machines
        let byTask = Dictionary(grouping: assignments) { $0.links["OF"]?.first }
        for task in tasks {
            for assignment in byTask[task.id] ?? [] { occupy(task, assignment, &free) }
        }
        var commands: [Command] = []
        var unplaced: [Unplaced] = []
        for task in tasks where byTask[task.id] == nil {
            if let index = best(task, free) {
                free[index].cpu -= task.draft.cost.cpu
                free[index].memory -= task.draft.cost.memory
                commands.append(.create(draft(task, on: free[index], id: identify())))
            } else {
                unplaced.append(
                    Unplaced(task: task.name, reasons: free.map { refusal(task, $0) }))
            }
        }
        return (commands, unplaced)
    }

    private func occupy(_ task: Resource, _ assignment: Resource, _ free: inout [Machine]) {
        let machine = assignment.data["machine"]?.text
        guard let index = free.firstIndex(where: { $0.name.text == machine }) else { return }
        free[index].cpu -= task.draft.cost.cpu
        free[index].memory -= task.draft.cost.memory
    }

    /// The machine with the most memory left among those where the task fits.
    private func best(_ task: Resource, _ free: [Machine]) -> Int? {
        free.indices.filter { fits(task, free[$0]) }.max { free[$0].memory < free[$1].memory }
    }

    private func fits(_ task: Resource, _ machine: Machine) -> Bool {
        task.draft.cost.cpu <= machine.cpu && task.draft.cost.memory <= machine.memory
    }

    private func refusal(_ task: Resource, _ machine: Machine) -> String {
        let cost = task.draft.cost
        return cost.cpu > machine.cpu
            ? "\(machine.name): needs \(cost.cpu) cores, \(max(0, machine.cpu)) are free"
            : "\(machine.name): needs \(cost.memory) bytes, \(max(0, machine.memory)) are free"
    }

    private func draft(_ task: Resource, on machine: Machine, id: Identifier) -> Draft {
        Draft(
            id: id, type: CoreTypes.known("assignment"), namespace: task.namespace,
            name: task.name,
            data: ["task": .text(task.name.text), "machine": .text(machine.name.text)],
            links: ["OF": [task.id], "ON": [machine.id]], owner: task.id)
    }
}
