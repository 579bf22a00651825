internal import Resources

/// The next change of who is in the cluster.
struct MemberChange {
    private let scene: MemberScene
    private let cluster: MemberCluster

    init(_ scene: MemberScene, _ cluster: MemberCluster) {
        self.scene = scene
        self.cluster = cluster
    }

    /// Nil when the cluster is as it shall be.
    func next() -> MemberStep? {
        if let dead = dead() { return dead }
        if let moved = moved() { return moved }
        let missing = missing()
        let surplus = surplus()
        guard !missing.isEmpty || !surplus.isEmpty || !learning().isEmpty else { return nil }
        if let ill = cluster.members.first(where: { !$0.isHealthy && $0.name != nil }) {
            return wait("\(ill.label) is not well; who is in the cluster stays until it is")
        }
        return raise() ?? invite(missing.filter { $0.role == .voter }) ?? dismiss(surplus)
            ?? invite(missing.filter { $0.role == .learner })
    }

    private func seat(of member: MemberCluster.Member) -> MemberSeat? {
        scene.desired.first { member.sits(on: $0) }
    }

    private func wait(_ reason: String) -> MemberStep {
        MemberStep(.wait(UInt64(Limits.memberLook.value)), reason)
    }

    /// Members that do not answer and are not wanted, or have lost their data: they go first,
    /// because they count against the majority.
    private func dead() -> MemberStep? {
        for member in cluster.members where !member.isHealthy {
            guard cluster.lasts(without: member) else { continue }
            guard let seat = seat(of: member) else {
                let what = member.name == nil ? "never started" : "is not well"
                return MemberStep(.remove(member.id), "\(member.label) \(what) and is not wanted")
            }
            if member.name != nil, scene.machines[seat.machine]?.data == MachineReport.Data.none {
                return MemberStep(
                    .remove(member.id),
                    "\(member.label) lost its data; it is added again as a new member")
            }
        }
        return nil
    }

    /// A member that others dial where its machine is not any more. Whether it is well does not
    /// count: it cannot be before it is reached.
    private func moved() -> MemberStep? {
        var waiting: MemberStep?
        for member in cluster.members where member.name != nil {
            guard let seat = seat(of: member), member.peers != [seat.peer] else { continue }
            // etcd knows an address once: who has left it is moved first.
            let other = cluster.members.first { $0 != member && $0.peers.contains(seat.peer) }
            if let other {
                waiting = wait("\(member.label) is at \(seat.peer) now, where \(other.label) was")
                continue
            }
            return MemberStep(
                .move(member.id, to: seat.peer), "\(member.label) is at \(seat.peer) now")
        }
        return waiting
    }

    /// Seats that nobody sits on.
    private func missing() -> [MemberSeat] {
        scene.desired.filter { seat in !cluster.members.contains { $0.sits(on: seat) } }
    }

    /// Learners that shall vote.
    private func learning() -> [MemberCluster.Member] {
        cluster.members.filter { $0.isLearner && seat(of: $0)?.role == .voter }
    }

    /// Members that are not wanted, or vote and shall not.
    private func surplus() -> [MemberCluster.Member] {
        cluster.members.filter { member in
            guard let seat = seat(of: member) else { return true }
            return !member.isLearner && seat.role == .learner
        }
    }

    /// Makes a voter of a learner that has caught up.
    private func raise() -> MemberStep? {
        guard let learner = learning().first else { return nil }
        guard learner.name != nil, learner.isHealthy else {
            return wait("\(learner.label) has been added and starts")
        }
        let count = cluster.voters.count + 1
        if count % 2 == 0, !goesOn(beyond: learner) {
            return wait(
                "\(learner.label) stays a learner until a third machine is ready: with two voters "
                    + "the loss of either stops all writes")
        }
        return MemberStep(.promote(learner.id), "\(learner.label) shall vote")
    }

    /// True when an even number of voters is passed, not stayed at.
    private func goesOn(beyond learner: MemberCluster.Member) -> Bool {
        if surplus().contains(where: { !$0.isLearner }) { return true }
        return missing().contains { $0.role == .voter && isReady($0.machine) }
    }

    private func isReady(_ machine: ResourceName) -> Bool {
        guard let report = scene.machines[machine], let installed = report.installed else {
            return false
        }
        let highest = cluster.members.compactMap(\.version).max() ?? installed
        return report.data == .none && installed.refusal(beside: highest) == nil
    }

    /// Adds a member; etcd has one learner at a time.
    private func invite(_ seats: [MemberSeat]) -> MemberStep? {
        guard let first = seats.first else { return nil }
        if let learner = cluster.members.first(where: \.isLearner) {
            // One that will not vote makes room, and is added again when the voters are complete.
            if seat(of: learner)?.role != .voter {
                return MemberStep(
                    .remove(learner.id), "\(learner.label) makes room for \(first.machine)")
            }
            return wait("\(first.machine) waits until \(learner.label) votes")
        }
        guard let seat = seats.first(where: { isReady($0.machine) }) else {
            return wait("\(first.machine) is not ready: \(obstacle(first.machine))")
        }
        return MemberStep(.add(seat), "\(seat.machine) shall be a \(seat.role.rawValue)")
    }

    private func obstacle(_ machine: ResourceName) -> String {
        guard let report = scene.machines[machine] else { return "it has not said anything" }
        guard let installed = report.installed else { return "etcd is not installed there" }
        if report.data != .none { return "it has data of a member that was removed" }
        let highest = cluster.members.compactMap(\.version).max() ?? installed
        return installed.refusal(beside: highest) ?? "it has just become ready"
    }

    /// Removes what is too many, the leader last and not while it leads.
    private func dismiss(_ surplus: [MemberCluster.Member]) -> MemberStep? {
        guard let member = surplus.first(where: { !$0.isLeader }) ?? surplus.first else {
            return nil
        }
        let heir = cluster.voters.first { seat(of: $0)?.role == .voter && $0.isHealthy }
        guard let heir else { return wait("\(member.label) goes when another one can lead") }
        if member.isLeader {
            return MemberStep(
                .yieldLead(to: heir.id),
                "\(member.label) is not wanted and leads; \(heir.label) shall")
        }
        guard cluster.lasts(without: member) else {
            return wait("without \(member.label) there would be no majority")
        }
        return MemberStep(.remove(member.id), "\(member.label) is not wanted as it is")
    }
}
