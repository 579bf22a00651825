/// What a machine is in its fleet.
public enum NodeRole: String, Hashable, Sendable, CaseIterable {
    /// Keeps the fleet log with the others of its kind; a majority of them decides.
    case voter
    /// Follows a voter's log and can be promoted to one.
    case learner
    /// Follows the log and runs tasks.
    case client
}

/// Where a machine is in its life in the fleet.
public enum NodeState: String, Hashable, Sendable, CaseIterable {
    /// Has asked to join by an invitation that somebody must approve. → active, removed
    case waiting
    /// Belongs to the fleet. → draining, removed
    case active
    /// Belongs to the fleet and gets no new tasks. → active, removed
    case draining
    /// Belongs no more: its key is refused for ever.
    case removed
}
