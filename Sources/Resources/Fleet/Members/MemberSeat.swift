/// A machine that shall keep a member of etcd.
public struct MemberSeat: Hashable, Sendable {
    /// The machine; its member has the same name.
    public var machine: ResourceName
    /// What the member is.
    public var role: Role
    /// Where other members reach it: `https://host:port`.
    public var peer: String

    /// What a member is to the others.
    public enum Role: String, Hashable, Sendable, CaseIterable {
        /// It counts for a majority.
        case voter
        /// It follows, and counts for nothing until somebody promotes it.
        case learner
    }

    /// A seat of `machine`.
    public init(machine: ResourceName, role: Role, peer: String) {
        self.machine = machine
        self.role = role
        self.peer = peer
    }
}

/// Which machines keep members, and why.
public struct MemberTarget: Hashable, Sendable {
    /// The seats, in order of the machines' names.
    public var seats: [MemberSeat]
    /// Why these, in words.
    public var reason: String

    /// Seats with their reason.
    public init(seats: [MemberSeat], reason: String) {
        self.seats = seats
        self.reason = reason
    }

    /// A machine that could keep a member.
    public struct Candidate: Hashable, Sendable {
        /// The machine.
        public var machine: ResourceName
        /// Where other members would reach it: `https://host:port`.
        public var peer: String
        /// What its member is now; nil when it keeps none.
        public var sits: MemberSeat.Role?

        /// A machine that could keep a member.
        public init(machine: ResourceName, peer: String, sits: MemberSeat.Role? = nil) {
            self.machine = machine
            self.peer = peer
            self.sits = sits
        }
    }

    /// Seats for `candidates`: one, three or `most` voters, never two. Who sits stays; voters come
    /// before learners, and equal ones in order of their names.
    ///
    /// Two machines have one voter and one learner: with two voters the loss of either would stop
    /// all writes, which is worse than one machine alone.
    public static func choose(
        from candidates: [Candidate], most: Int = Limits.memberVoters.value
    ) -> MemberTarget {
        let order = candidates.sorted { left, right in
            (left.rank, left.machine) < (right.rank, right.machine)
        }
        let voters = order.count >= most ? most : order.count >= 3 ? 3 : min(order.count, 1)
        var seats = order.prefix(voters).map {
            MemberSeat(machine: $0.machine, role: .voter, peer: $0.peer)
        }
        if order.count == 2, let second = order.last {
            seats.append(MemberSeat(machine: second.machine, role: .learner, peer: second.peer))
        }
        seats.sort { $0.machine < $1.machine }
        return MemberTarget(seats: seats, reason: reason(order, voters))
    }

    private static func reason(_ order: [Candidate], _ voters: Int) -> String {
        guard let first = order.first else { return "no machine can keep a member" }
        guard order.count > 1 else { return "one machine: \(first.machine) is the only voter" }
        guard order.count == 2 else { return "\(order.count) machines: \(voters) voters" }
        return LoneVoter(voter: first.machine, learner: order[1].machine).meaning
    }
}

extension MemberTarget.Candidate {
    fileprivate var rank: Int {
        switch sits {
        case .voter: 0
        case .learner: 1
        case nil: 2
        }
    }
}
