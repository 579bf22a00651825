public import Resources

/// Decides the next step towards the members of etcd that there shall be: a pure function of what
/// is seen. It is asked again after each step and keeps nothing, so that a kill anywhere leads to
/// the same end.
///
/// Each machine cares for its own process and data; only the machine that may change the cluster
/// adds, promotes and removes. One change at a time, each only while a majority is well.
public struct MemberPlan: Sendable {
    let scene: MemberScene

    /// The plan of a scene.
    public init(_ scene: MemberScene) { self.scene = scene }

    /// The next step.
    public func next() -> MemberStep {
        if let refusal = MemberPlan.refusal(of: scene.desired) {
            return wait(refusal, Limits.memberRetryMost.value)
        }
        if let own = ownStep() { return own }
        if let adrift = adrift() { return adrift }
        if scene.mayChange, let cluster = scene.cluster {
            if let change = MemberChange(scene, cluster).next() { return patient(change) }
        }
        if let restart = restart() { return restart }
        return MemberStep(.rest, "all members are as they shall be")
    }

    /// Why nobody should want those members; nil when one may.
    public static func refusal(of desired: [MemberSeat]) -> String? {
        let voters = desired.filter { $0.role == .voter }.count
        if voters == 2 {
            return "two voters stop when either is lost; take one and a learner, or three"
        }
        let most = Limits.memberVoters.value
        guard [1, 3, 5].contains(voters), voters <= most else {
            return "\(voters) voters are asked for; there may be 1, 3 or \(most)"
        }
        if desired.count - voters > 1 {
            return "\(desired.count - voters) learners are asked for; etcd has one at a time"
        }
        let machines = Set(desired.map(\.machine))
        if machines.count < desired.count { return "a machine is named twice" }
        return nil
    }

    private var own: MachineReport { scene.machines[scene.local] ?? MachineReport() }

    private var seat: MemberSeat? { scene.desired.first { $0.machine == scene.local } }

    private func wait(_ reason: String, _ milliseconds: Int = Limits.memberLook.value) -> MemberStep
    {
        MemberStep(.wait(UInt64(milliseconds)), reason)
    }

    /// A change of the cluster, unless it was refused a moment ago.
    private func patient(_ step: MemberStep) -> MemberStep {
        guard step.changesCluster, scene.now < scene.notBefore else { return step }
        let left = scene.notBefore.nanoseconds(since: scene.now) / 1_000_000 + 1
        return MemberStep(
            .wait(left), "the cluster refused a change a moment ago; then: \(step.reason)")
    }
}

/// What a machine does with its own member.
extension MemberPlan {
    /// The step that this machine's process and data call for; nil when they are well.
    private func ownStep() -> MemberStep? {
        switch own.data {
        case .none: return seat == nil && sitting == nil ? nil : begin()
        case .other: return leave()
        case .member(let id):
            if let cluster = scene.cluster, isRemoved(id, cluster) {
                return own.isRunning
                    ? MemberStep(.stop, "it was removed from the cluster")
                    : MemberStep(.discard, "it was removed from the cluster")
            }
            guard !own.isRunning else { return nil }
            if let missing = unusable() { return wait(missing, Limits.memberRetryMost.value) }
            return MemberStep(.start, "its data is here, and it does not run")
        }
    }

    /// What is done with data of a cluster that was given up, once another one is certain.
    private func leave() -> MemberStep {
        let reason = "its data is of a cluster that was given up"
        if scene.cluster == nil, scene.founding != .open(on: scene.local) {
            return wait("\(reason), and the present one does not answer")
        }
        return MemberStep(own.isRunning ? .stop : .discard, reason)
    }

    /// The member of this machine that the cluster knows.
    private var sitting: MemberCluster.Member? {
        guard let cluster = scene.cluster else { return nil }
        if case .member(let id?) = own.data { return cluster.members.first { $0.id == id } }
        return cluster.members.first { member in
            member.name == scene.local || seat.map(member.sits) ?? false
        }
    }

    /// A list without a member whose data is here: it was in the list before it could have any.
    private func isRemoved(_ id: UInt64?, _ cluster: MemberCluster) -> Bool {
        if let id { return !cluster.members.contains { $0.id == id } }
        // The first member of all has no name in the list before it has run for a moment.
        return sitting == nil && cluster.members.allSatisfy { $0.name != nil }
    }

    private func unusable() -> String? {
        guard let installed = own.installed else {
            return "etcd is not installed; install etcd-server \(EtcdVersion.oldest) or newer"
        }
        let others = scene.cluster?.members.compactMap(\.version) ?? []
        guard let highest = others.max() else {
            return installed.refusal(beside: installed)
        }
        return installed.refusal(beside: highest)
    }

    /// The first step of a machine without data.
    private func begin() -> MemberStep? {
        if let missing = unusable() { return wait(missing, Limits.memberRetryMost.value) }
        guard let cluster = scene.cluster else {
            if case .open(let founder) = scene.founding, founder == scene.local, seat != nil {
                return MemberStep(.found, "there is no cluster yet, and it begins here")
            }
            return wait("the cluster does not answer, and a second one must not be made")
        }
        guard let member = sitting else {
            // Whoever may change the cluster adds it.
            return scene.mayChange ? nil : wait("it waits to be added")
        }
        guard member.name == nil else {
            let reason = "its data is lost; it is removed, then added as a new member"
            return scene.mayChange ? nil : wait(reason)
        }
        return MemberStep(
            .join(id: member.id, cluster: peers(of: cluster, besides: member)),
            "it was added and has not started yet")
    }

    private func peers(
        of cluster: MemberCluster, besides own: MemberCluster.Member
    ) -> [MemberStep.Peer] {
        cluster.members.flatMap { member in
            member.peers.map { address in
                let name = member.id == own.id ? scene.local : member.name ?? scene.local
                return MemberStep.Peer(name: name, address: address)
            }
        }
    }

    /// A member that listens or dials where nobody is takes part in nothing: it is started again at
    /// once, unless it is well all the same.
    private func adrift() -> MemberStep? {
        guard let reason = own.isAdrift, own.isRunning, sitting?.isHealthy != true,
            unusable() == nil
        else { return nil }
        return MemberStep(.restart, reason)
    }

    /// Starts the member again as another version or with other settings: one machine at a time,
    /// in order of their names, and only when all are well and the others can go on alone.
    private func restart() -> MemberStep? {
        guard let reason = own.wantsRestart, own.isRunning, let cluster = scene.cluster,
            let member = sitting
        else { return nil }
        if let missing = unusable() { return wait(missing, Limits.memberRetryMost.value) }
        if let ill = cluster.members.first(where: { !$0.isHealthy }) {
            return wait("\(reason); but \(ill.label) is not well")
        }
        if let leaver = cluster.members.first(where: { one in
            !scene.desired.contains { one.name == $0.machine }
        }) {
            return wait("\(reason); but \(leaver.label) is about to leave")
        }
        if scene.isLeaving { return wait("\(reason); but the log leaves it for files") }
        if seat?.role == .learner, !member.isLearner {
            return wait("\(reason); but it joins again as a learner")
        }
        if cluster.voters.count == 2 {
            return wait("\(reason); but one of two voters cannot go on alone")
        }
        for other in cluster.members.compactMap(\.name).sorted() where other < scene.local {
            guard let report = scene.machines[other] else {
                return wait("\(reason); but \(other) has not said whether it comes first")
            }
            if let theirs = report.wantsRestart {
                return wait("\(reason); but \(other) comes first: \(theirs)")
            }
        }
        let heirs = cluster.voters.filter { $0.id != member.id }
        if member.isLeader, let heir = heirs.first {
            return patient(
                MemberStep(.yieldLead(to: heir.id), "\(reason); another one leads meanwhile"))
        }
        return MemberStep(.restart, reason)
    }
}

extension MemberCluster.Member {
    /// How people know it.
    var label: String { name?.text ?? peers.first ?? String(id, radix: 16) }
}
