/// What is to be done next to make a node of a host: pure, from what is seen there and what the
/// fleet knows. Each step may be taken again after a crash, because nothing is kept but what can
/// be seen again.
public enum HostPlan: Hashable, Sendable {
    /// Bring the system there.
    case copy
    /// Make its state that of a node of the fleet.
    case join
    /// Start its node.
    case start
    /// It is as it should be.
    case runs(pid: Int64)
    /// Only people can go on; why, and the remedy.
    case stuck(String)

    /// The next step. `wasRemoved` says that the fleet removed the node of that name: its key is
    /// refused for ever.
    public static func next(_ sight: HostNode.Sight, wasRemoved: Bool) -> HostPlan {
        if wasRemoved, sight.life != .none {
            return .stuck(
                "the fleet removed the node that is there, and refuses its key; erase its state, "
                    + "or name another state directory")
        }
        switch sight.life {
        case .runs(let pid): return .runs(pid: pid)
        case .none, .rests:
            if sight.generation == nil { return .copy }
            return sight.life == .none ? .join : .start
        }
    }
}
