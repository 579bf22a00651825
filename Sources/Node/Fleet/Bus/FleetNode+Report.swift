internal import Bus
internal import Host
internal import Log
internal import MMSGraph
public import Resources
internal import Synchronization
internal import Trust
internal import ZeroProcs

/// What people are told of the fleet, and what they change in it.
extension FleetNode {
    /// The nodes, and where the fleet log rests.
    public func report() throws(Refusal) -> ValueMap {
        let view = try currentView()
        let pen = try reading { () throws(GraphError) in try Pen(on: circle.graph.reader()) }
        let sight = state.withLock { $0.keeping }?.keeper.latest?.sight
        let members = sight?.cluster.members ?? []
        let items = view.nodes.map { node -> Value in
            let member = members.first { $0.name == node.name }
            var map: ValueMap = [
                "name": .text(node.name.text), "role": .text(node.role.rawValue),
                "state": .text(node.state.rawValue),
                "addresses": .list(node.addresses.map(Value.text)),
                "pen": .bool(pen?.holder == node.name), "here": .bool(node.name == name),
            ]
            if let member {
                map["member"] = .text(member.isHealthy ? "healthy" : "not heard")
                map["votes"] = .bool(!member.isLearner)
            }
            map["renew"] = node.resource.data["renew"]
            map["mirror"] = mirrorReport(node.name)
            return .map(map)
        }
        return ["items": .list(items), "log": .map(logReport(view))]
    }

    /// How far the log of another machine is known here, and when it was heard last.
    private func mirrorReport(_ machine: ResourceName) -> Value? {
        guard let status = mirrors.status(of: machine),
            let mount = try? Namespace.machine(machine.text)
        else { return nil }
        var map: ValueMap = [
            "position": .int(Int64(clamping: circle.graph.applied(mount).rawValue)),
            "entries": .int(Int64(clamping: status.entries)),
            "transfers": .int(Int64(clamping: status.transfers)),
        ]
        map["silent"] = status.heard.map {
            .int(Int64(clamping: clock.ticks.nanoseconds(since: $0) / 1_000_000))
        }
        map["failure"] = status.failure.map(Value.text)
        return .map(map)
    }

    private func logReport(_ view: FleetView) -> ValueMap {
        let (mover, follower, keeping) = state.withLock { ($0.mover, $0.follower, $0.keeping) }
        let (taken, tail) = state.withLock { ($0.transfer?.status, $0.tails[.root] ?? Trimmed()) }
        let replicated = state.withLock { $0.replication?.isComplete }
        var log: ValueMap = [
            "rests": .text(Self.words(shared?.place)), "decides": .bool(decides),
            "position": .int(Int64(clamping: circle.graph.applied(.root).rawValue)),
        ]
        log["first"] = (shared?.copy.first).map { .int(Int64(clamping: $0.rawValue)) }
        if decides, tail.first > .zero {
            log["orderedFirst"] = .int(Int64(clamping: tail.first.rawValue))
        }
        log["replicated"] = replicated.map(Value.bool)
        if let last = taken?.last {
            log["taken"] = .text("the state at \(last.position) from \(last.source)")
        }
        log["cluster"] = shared?.cluster.map(Value.text)
        log["chain"] = shared?.chain.map { .int(Int64(clamping: $0.version)) }
        log["wanted"] = view.replication?.data["mode"]
        log["members"] = view.replication?.data["members"]
        log["learner"] = view.replication?.data["learner"]
        log["reason"] = view.replication?.data["reason"]
        log["authority"] = replacementWords.map(Value.text)
        log["authorityStep"] = .int(view.etcdStep)
        if let status = mover?.status {
            log["move"] = .text("\(status.step)")
            log["moveFailure"] = status.failure.map(Value.text)
        }
        log["followFailure"] = (follower?.status.failure).map(Value.text)
        if let checks = state.withLock({ $0.checks })?.results {
            let passed = checks.count(where: \.isPassed)
            log["checks"] = .text("\(passed) of \(checks.count) are kept")
            log["checksFailed"] = .list(memberFindings.map(Value.text))
        }
        if let latest = keeping?.keeper.latest {
            log["member"] = .text(latest.step.reason)
            log["memberFailure"] = (latest.failure?.description).map(Value.text)
        }
        return log
    }

    static func words(_ place: SharedLog<LinuxDisk>.Place?) -> String {
        switch place {
        case nil, .here: "files of this machine"
        case .shared: "etcd"
        case .at(let machine): "files of \(machine)"
        case .unsettled: "unsettled"
        }
    }

    /// What a person does with a node.
    public enum Change: String, Sendable, CaseIterable {
        /// Lets a machine in that waits.
        case approve
        /// Gives it no new tasks.
        case drain
        /// Gives it tasks again.
        case resume
        /// Refuses its key from now on.
        case remove
        /// Makes it a voter.
        case promote
        /// Makes it a client.
        case demote
    }

    /// Changes the node `target` for `person` and waits until the log has it. What a person asks for
    /// holds whatever else was written of the node meanwhile: it is decided anew on that.
    public func change(
        _ target: ResourceName, _ change: Change, by person: Identity
    ) throws(Refusal) {
        try Self.decidingAnew { () throws(Refusal) in
            try decide(on: target, change, by: person)
        } reaching: { (position) throws(Refusal) in
            try circle.graph.reach(
                Bookmark([.root: position]), milliseconds: Limits.penCall.value
            ) { LinuxSystem.pause(milliseconds: UInt32(clamping: $0)) }
        }
    }

    /// Calls `body` again while it is refused because the resource has another revision by then,
    /// once that is reached here; so often at the most.
    static func decidingAnew(
        _ body: () throws(Refusal) -> Void, reaching: (Position) throws(Refusal) -> Void
    ) throws(Refusal) {
        for _ in 1..<Limits.decisions.value {
            do throws(Refusal) { return try body() } catch {
                guard error.code == .revisionMismatch, let current = error.current else {
                    throw error
                }
                try reaching(current)
            }
        }
        try body()
    }

    private func decide(
        on target: ResourceName, _ change: Change, by person: Identity
    ) throws(Refusal) {
        let reader = try reading { () throws(GraphError) in try circle.graph.reader() }
        let membership = Membership()
        let commands =
            switch change {
            case .approve: try membership.approve(target, by: person, on: reader)
            case .drain: try membership.drain(target, on: reader)
            case .resume: try membership.resume(target, on: reader)
            case .remove: try membership.remove(target, on: reader)
            case .promote: try membership.assign(.voter, to: target, on: reader)
            case .demote: try membership.assign(.client, to: target, on: reader)
            }
        try propose(commands, reason: "\(person): \(change.rawValue) \(target)")
    }
}
