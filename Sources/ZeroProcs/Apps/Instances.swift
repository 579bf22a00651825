internal import Resources

/// What is known of tasks: where each is assigned, and what its instance there does.
struct Instances {
    private let assignments: [Identifier: Resource]
    private let instances: [Identifier: [Resource]]

    /// The assignments of the fleet, and the instances of all machines that are known here.
    init(assignments: [Resource], instances: [Resource]) {
        self.assignments = Dictionary(
            assignments.compactMap { resource in
                resource.links["OF"]?.first.map { ($0, resource) }
            }, uniquingKeysWith: { $0.id < $1.id ? $0 : $1 })
        self.instances = Dictionary(grouping: instances) { $0.links["OF"]?.first ?? $0.id }
    }

    /// The assignment of a task.
    func assignment(of task: Resource) -> Resource? { assignments[task.id] }

    /// The instance on the machine that the task is assigned to.
    func instance(of task: Resource) -> Resource? {
        guard let machine = assignments[task.id]?.data["machine"]?.text else { return nil }
        return instances[task.id]?.first { $0.namespace.path == "/machines/" + machine }
    }

    /// The instance that runs what the task now says and may be sent requests: where it is
    /// assigned, else where it was before, as long as it is kept there.
    func serving(_ task: Resource) -> Resource? {
        if let instance = instance(of: task), serves(instance, task) { return instance }
        for machine in assignments[task.id]?.former ?? [] {
            let kept = instances[task.id]?.first {
                $0.namespace.path == "/machines/" + machine
            }
            if let kept, serves(kept, task) { return kept }
        }
        return nil
    }

    private func serves(_ instance: Resource, _ task: Resource) -> Bool {
        runs(instance, task) && instance.data["state"]?.text == "running" && isWell(instance, task)
    }

    /// True when the task runs and is well on the machine it is assigned to, or has ended well
    /// there and may.
    func hasSettled(_ task: Resource) -> Bool {
        guard let instance = instance(of: task) else { return false }
        if serves(instance, task) { return true }
        return runs(instance, task) && Replica.isDone(task, instance)
    }

    private func runs(_ instance: Resource, _ task: Resource) -> Bool {
        instance.data["taskRevision"]?.int == Int64(clamping: task.revision.rawValue)
    }

    /// An executor that knows no health says nothing of readiness: then running is enough.
    private func isWell(_ instance: Resource, _ task: Resource) -> Bool {
        instance.data["ready"]?.bool ?? (task.data["health"]?.map?.isEmpty ?? true)
    }
}

/// One task, as far as a rollout cares.
struct Replica {
    let task: Resource
    let index: Int
    /// The name of its group; nil when it is in none.
    let group: String?
    /// True when the scheduler gave it a machine.
    let isAssigned: Bool
    /// Runs and is well, or has ended well and may.
    let isReady: Bool
    /// Ready for long enough to build on it.
    let isSteady: Bool
    /// When a replica that is ready becomes steady by itself.
    let steadyAt: WallTime?
    /// Restarts of what the task now says.
    let restarts: Int
    /// Why it is not ready, in words.
    let trouble: String

    /// What is known of a task at `now`; nil when it has no index.
    init?(_ task: Resource, _ instances: Instances, now: WallTime) {
        guard let index = task.data["replica"]?.int else { return nil }
        self.task = task
        self.index = Int(clamping: index)
        group = task.data["group"]?.text
        isAssigned = instances.assignment(of: task) != nil
        let instance = instances.instance(of: task)
        let isNewest =
            instance?.data["taskRevision"]?.int == Int64(clamping: task.revision.rawValue)
        restarts = isNewest ? Int(clamping: instance?.data["restarts"]?.int ?? 0) : 0
        let isDone = isNewest && Self.isDone(task, instance)
        isReady = isDone || instances.serving(task) != nil
        let since = instance?.data["since"]?.int.map { WallTime(milliseconds: $0) }
        let isChecked = !(task.data["health"]?.map?.isEmpty ?? true)
        // Another machine's clock may be ahead; then how long it runs cannot be told.
        if let since, isReady, !isDone, !isChecked, since <= now {
            let settled = since.advanced(byMilliseconds: Int64(Limits.rolloutSettle.value))
            isSteady = settled <= now
            steadyAt = isSteady ? nil : settled
        } else {
            isSteady = isReady
            steadyAt = nil
        }
        trouble = Self.trouble(instance, isAssigned: isAssigned, isNewest: isNewest)
    }

    static func isDone(_ task: Resource, _ instance: Resource?) -> Bool {
        task.data["restart"]?.text ?? "always" != "always"
            && instance?.data["state"]?.text == "ended" && instance?.data["exit"]?.text == "exit 0"
    }

    private static func trouble(
        _ instance: Resource?, isAssigned: Bool, isNewest: Bool
    ) -> String {
        guard isAssigned else { return "has no machine yet" }
        guard let data = instance?.data else { return "nothing is known of it on its machine" }
        guard isNewest else { return "its machine has not taken up the change yet" }
        let state = data["state"]?.text ?? "unknown"
        let why = ["healthReason", "exit"].compactMap { data[$0]?.text }.first { !$0.isEmpty }
        let restarts = data["restarts"]?.int ?? 0
        return [
            state == "running" ? "runs but is not ready" : state, why,
            restarts > 0 ? "restarted \(restarts) times" : nil,
        ].compactMap(\.self).joined(separator: ", ")
    }
}
