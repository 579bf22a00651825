public import Resources

/// What the fleet log shall rest on, as follows from who belongs to the fleet.
public struct ReplicationWish: Hashable, Sendable {
    /// Whether it rests on a cluster; else on the files of one machine.
    public let isCluster: Bool
    /// The machines that keep members of the cluster, or the one whose files it is.
    public let members: [ResourceName]
    /// The machine whose member follows and does not vote; nil where there is none.
    public let learner: ResourceName?
    /// Why, in words.
    public let reason: String

    /// The wish of a fleet of `nodes` whose log rests on the voters `now`, followed by `learner`;
    /// `machine` decides.
    ///
    /// One node alone needs no cluster. Of more, one, three or five voters keep members; of two that
    /// may vote one follows as a learner, because with two voters the loss of either stops all
    /// writes (design/01). Who keeps one stays.
    public init(
        _ nodes: [(name: ResourceName, role: NodeRole)], now: [ResourceName],
        learner: ResourceName? = nil, machine: ResourceName
    ) {
        let voters = nodes.filter { $0.role == .voter }.map(\.name).sorted()
        guard nodes.count > 1, !voters.isEmpty else {
            isCluster = false
            members = [voters.first ?? machine]
            self.learner = nil
            reason = "\(members[0]) is alone"
            return
        }
        // Where a member is reached is looked up by each machine.
        let target = MemberTarget.choose(
            from: voters.map { voter in
                MemberTarget.Candidate(
                    machine: voter, peer: "",
                    sits: now.contains(voter) ? .voter : learner == voter ? .learner : nil)
            })
        let seats = target.seats
        isCluster = true
        members = seats.filter { $0.role == .voter }.map(\.machine)
        self.learner = seats.first { $0.role == .learner }?.machine
        reason =
            self.learner != nil
            ? target.reason
            : "\(nodes.count) nodes, \(voters.count) of them voters: \(members.count) keep "
                + "members of etcd"
    }
}
