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
    /// writes (design/01). Who keeps one stays. While etcd's authority is replaced (`isReplacing`) the
    /// log rests on the files of a voter that is the only one: its member would stop all writes
    /// whenever it is started again, which a move of the log does not.
    public init(
        _ nodes: [(name: ResourceName, role: NodeRole)], now: [ResourceName],
        learner: ResourceName? = nil, machine: ResourceName, isReplacing: Bool = false
    ) {
        let voters = nodes.filter { $0.role == .voter }.map(\.name).sorted()
        guard nodes.count > 1, !voters.isEmpty else {
            self.init(alone: voters.first ?? machine, "is alone")
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
        let voting = seats.filter { $0.role == .voter }.map(\.machine)
        if isReplacing, voting.count == 1 {
            self.init(alone: voting[0], "alone votes, and the authority of etcd is replaced")
            return
        }
        let learner = seats.first { $0.role == .learner }?.machine
        self.init(
            isCluster: true, members: voting, learner: learner,
            reason: learner != nil
                ? target.reason
                : "\(nodes.count) nodes, \(voters.count) of them voters: \(voting.count) keep "
                    + "members of etcd")
    }

    private init(
        isCluster: Bool, members: [ResourceName], learner: ResourceName?, reason: String
    ) {
        self.isCluster = isCluster
        self.members = members
        self.learner = learner
        self.reason = reason
    }

    private init(alone machine: ResourceName, _ reason: String) {
        self.init(
            isCluster: false, members: [machine], learner: nil, reason: "\(machine) \(reason)")
    }
}
