public import Resources

/// What the fleet log shall rest on, as follows from who belongs to the fleet.
public struct ReplicationWish: Hashable, Sendable {
    /// Whether it rests on a cluster; else on the files of one machine.
    public let isCluster: Bool
    /// The machines that keep members of the cluster, or the one whose files it is.
    public let members: [ResourceName]
    /// Why, in words.
    public let reason: String

    /// The wish of a fleet of `nodes` whose log rests on `now`; `machine` decides.
    ///
    /// One node alone needs no cluster. Of more, one, three or five voters keep members: never two,
    /// because with two the loss of either stops all writes (design/01). Who keeps one stays.
    public init(
        _ nodes: [(name: ResourceName, role: NodeRole)], now: [ResourceName],
        machine: ResourceName
    ) {
        let voters = nodes.filter { $0.role == .voter }.map(\.name).sorted()
        guard nodes.count > 1, !voters.isEmpty else {
            isCluster = false
            members = [voters.first ?? machine]
            reason = "\(members[0]) is alone"
            return
        }
        let order = voters.filter { now.contains($0) } + voters.filter { !now.contains($0) }
        let most = min(order.count, Limits.memberVoters.value)
        let count = most.isMultiple(of: 2) ? most - 1 : most
        isCluster = true
        members = Array(order.prefix(count)).sorted()
        reason =
            "\(nodes.count) nodes, \(voters.count) of them voters: \(count) keep members of etcd"
    }
}
