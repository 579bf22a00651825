public import Resources

/// Brings the tasks of each component to what the component asks for: scaling, rolling and
/// blue-green updates, and the way back when one fails. A pure function of what there is.
///
/// Nothing is deleted because a machine is silent: what is not known of a replica makes it not
/// ready, and no more (law 1).
public struct Rollout: Sendable {
    /// The rollout.
    public init() {}

    /// What there is.
    public struct Existing: Sendable {
        /// The resources of type `component`.
        public var components: [Resource]
        /// The resources of type `taskgroup`.
        public var groups: [Resource]
        /// The resources of type `task`.
        public var tasks: [Resource]
        /// The resources of type `assignment`.
        public var assignments: [Resource]
        /// The resources of type `instance` of all machines known here. `restarts` counts from 0
        /// for each `taskRevision`.
        public var instances: [Resource]

        /// What there is of the five types.
        public init(
            components: [Resource] = [], groups: [Resource] = [], tasks: [Resource] = [],
            assignments: [Resource] = [], instances: [Resource] = []
        ) {
            self.components = components
            self.groups = groups
            self.tasks = tasks
            self.assignments = assignments
            self.instances = instances
        }
    }

    /// A replica whose fields are asked for.
    public struct Wanted: Hashable, Sendable {
        /// Where its component lives.
        public var namespace: Namespace
        /// The app.
        public var app: String
        /// The component.
        public var component: String
        /// Its index, from 0.
        public var replica: Int
        /// The name of its group.
        public var group: String
        /// The version of its group.
        public var version: String
        /// The component of the app file in canonical form, as its group has it.
        public var spec: ValueMap
        /// The app's folder.
        public var directory: String?
    }

    /// Why a replica cannot be made of what the app says.
    public struct Unmade: Error, Hashable, Sendable {
        /// The reason, for people.
        public var reason: String

        /// A refusal with its reason.
        public init(reason: String) { self.reason = reason }
    }

    /// Gives the fields of a task. `app`, `component`, `replica`, `group` and `version` are set
    /// by the rollout.
    public typealias Make = (Wanted) -> Result<ValueMap, Unmade>

    /// The fields of a replica as the nouns of apps have them.
    public static func task(_ wanted: Wanted) -> Result<ValueMap, Unmade> {
        do throws(AppError) {
            let component = try App.Component(name: wanted.component, spec: wanted.spec)
            return .success(
                try component.task(
                    wanted.replica, app: wanted.app, version: wanted.version,
                    directory: wanted.directory, group: wanted.group
                ).data)
        } catch {
            return .failure(Unmade(reason: "\(error)"))
        }
    }

    /// One batch for each component that is not what it asks for.
    public func plan(
        _ existing: Existing, now: WallTime, make: Make = Rollout.task,
        identify: () -> Identifier
    ) -> HandlerPlan {
        var plan = HandlerPlan()
        let instances = Instances(
            assignments: existing.assignments, instances: existing.instances)
        let tasks = Dictionary(grouping: existing.tasks, by: TaskKey.init)
        let groups = Dictionary(grouping: existing.groups, by: TaskKey.init)
        var known: Set<TaskKey> = []
        for resource in existing.components.sorted(by: { $0.id < $1.id }) {
            if let key = TaskKey(resource) { known.insert(key) }
            guard let component = RolloutComponent(resource, now: now) else {
                plan.fail(resource, "has no template or no spec")
                continue
            }
            let replicas = (tasks[component.key] ?? []).compactMap {
                Replica($0, instances, now: now)
            }
            let decision = RolloutDecision(
                component, groups: (groups[component.key] ?? []).compactMap(TaskGroup.init),
                replicas: replicas)
            var turn = RolloutTurn(decision)
            turn.run(make, identify)
            plan.waiting += turn.decision.waiting
            plan.look(at: turn.decision.due)
            plan.add(resource, turn.commands, turn.decision.notes.joined(separator: "; "))
        }
        endOrphans(existing.tasks, known, &plan)
        return plan
    }

    /// Tasks whose component is gone end; those that no rollout made are left alone.
    private func endOrphans(
        _ tasks: [Resource], _ known: Set<TaskKey>, _ plan: inout HandlerPlan
    ) {
        var room = BatchRoom()
        var commands: [Command] = []
        var events: [Identifier: HandlerEvent] = [:]
        for task in tasks.sorted(by: { $0.id < $1.id }) where task.data["group"]?.text != nil {
            guard let key = TaskKey(task), !known.contains(key), room.takes([:]) else { continue }
            commands.append(.delete(id: task.id, expect: task.revision))
            events[task.id] = HandlerEvent(task)
        }
        plan.add(
            "tasks without a component", commands, "their component is gone", events: events)
    }
}
