public import Resources

/// What becomes of a change of an app, before it is made: a value that does not change. It says
/// what happens when all replicas become ready at once, and what else may happen when they take
/// their time (``variants``). What fails on the way is not in it.
public struct Plan: Hashable, Sendable {
    /// The state it was made from; ``PlanParent/check(on:)`` before the commit.
    public let parent: PlanParent
    /// The command that carries it out.
    public let command: Command
    /// What is created, changed and deleted, in order of type and name.
    public let changes: [Change]
    /// Where each task of the app is at the end, in order of their names.
    public let placements: [Placement]
    /// Where each service of the app listens at the end, in order of their names.
    public let services: [Service]
    /// What the app costs before and after; `money` is that of an hour.
    public let costBefore: Cost
    public let costAfter: Cost
    /// What the budgets above the app say afterwards.
    public let verdicts: [CostTree.Verdict]
    /// Why the budgets refuse it; nil when they do not.
    public let refusal: Refusal?
    /// What becomes unavailable while it is carried out.
    public let unavailable: [Unavailable]
    /// Tasks that find no place, with each machine's reason.
    public let unplaced: [Scheduler.Unplaced]
    /// What is held up besides, and why.
    public let waiting: [String]
    /// How else it may end. On machines that are nearly full, the room that one replica leaves may
    /// come before or after another looks for a place, depending on how fast replicas become ready,
    /// which nobody knows beforehand. Empty when that makes no difference.
    public let variants: [Variant]

    /// Another end, of replicas that take that long to become ready.
    public struct Variant: Hashable, Sendable {
        /// Milliseconds from a replica's start until it is ready.
        public let readyAfter: Int64
        /// What is created, changed and deleted then.
        public let changes: [Change]
        /// Where each task is then.
        public let placements: [Placement]
    }

    /// A change of one resource.
    public struct Change: Hashable, Sendable {
        /// What happens to it.
        public enum Action: String, Hashable, Sendable { case create, change, delete }
        public let action: Action
        /// Its type.
        public let type: TypeName
        /// Its name.
        public let name: ResourceName
        /// The fields that change, by name; empty when it is created or deleted.
        public let fields: [String]
    }

    /// A task and its machine.
    public struct Placement: Hashable, Sendable {
        /// The task.
        public let task: ResourceName
        /// Its component.
        public let component: String
        /// Its machine.
        public let machine: String
        /// Its machine before; nil for a task that is new.
        public let before: String?
        /// All its ports.
        public let ports: SortedMap<Int>
        /// Why there.
        public let reason: String
    }

    /// A service and its address.
    public struct Service: Hashable, Sendable {
        /// The service.
        public let name: ResourceName
        /// Where it listens, `127.0.0.1:8000`.
        public let listen: String
        /// Its name in the DNS.
        public let host: String
    }

    /// Replicas that do not serve for a while.
    public struct Unavailable: Hashable, Sendable {
        /// The component.
        public let component: String
        /// How many at one time, at the most.
        public let most: Int
        /// Of how many that there were.
        public let replicas: Int
        /// True when they do not come back.
        public let isForGood: Bool

        /// `web: 1 of 3 replicas at a time`.
        public var words: String {
            "\(component): \(most) of \(replicas) replicas "
                + (isForGood ? "for good" : "at a time")
        }
    }

    /// What the app costs more, or less, an hour and otherwise.
    public var costDelta: Cost { costAfter - costBefore }
}
