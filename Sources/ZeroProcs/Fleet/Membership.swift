public import MMSGraph
public import Resources

/// What people and nodes do with the members of a fleet, as commands on the state they are decided
/// on. Each holds from the next position on, on every node that has read it.
public struct Membership: Sendable {
    /// The rules of every fleet.
    public init() {}

    // MARK: Who belongs

    /// The node of that name and key when it belongs to the fleet: what stands behind every
    /// request of another node. Refused: `notFound` for a name that is not known here,
    /// `unauthenticated` for another key, `forbidden` (field `state`) for one that was removed
    /// or is not approved.
    @discardableResult
    public func belonging(
        _ name: ResourceName, key: [UInt8], on graph: some GraphReader
    ) throws(Refusal) -> Resource {
        let node = try node(name, on: graph)
        guard node.data["key"]?.bytes == key else {
            let isFormer = node.data["former"]?.list?.contains(.bytes(key)) ?? false
            throw refusal(
                isFormer ? .forbidden : .unauthenticated, "node/\(printable(name.text))",
                isFormer ? "this key of it was revoked" : "has another key",
                "join with an invitation", field: "key")
        }
        switch try state(of: node) {
        case .active, .draining: return node
        case .waiting:
            throw refusal(
                .forbidden, "node/\(printable(name.text))", "is not approved yet",
                "approve it with pisces node approve", field: "state")
        case .removed:
            throw refusal(
                .forbidden, "node/\(printable(name.text))", "was removed from the fleet",
                "invite it again after it has made a new key", field: "state")
        }
    }

    // MARK: Invitations

    /// Makes an invitation for one machine that will have that role.
    public func invite(
        _ id: Identifier, digest: [UInt8], role: NodeRole, isAutomatic: Bool, expires: WallTime,
        maker: Identity, now: WallTime
    ) throws(Refusal) -> [Command] {
        guard digest.count == 32 else {
            throw refusal(
                .invalidValue, "the invitation", "its digest has \(digest.count) bytes, not 32",
                "give the SHA-256 of its secret", field: "digest")
        }
        let longest = Int64(Limits.invitationSeconds.range.upperBound) * 1000
        guard expires > now, expires <= now.advanced(byMilliseconds: longest) else {
            throw refusal(
                .invalidValue, "the invitation", "it would end at \(expires.text)",
                "let it be valid for at most \(longest / 86_400_000) days", field: "expires")
        }
        let name: ResourceName
        do throws(NameError) { name = try ResourceName(id.description) } catch {
            preconditionFailure("an identifier is a name: \(error.reason)")
        }
        return [
            .create(
                Draft(
                    id: id, type: FleetTypes.invitation.name, namespace: .root, name: name,
                    data: [
                        "digest": .bytes(digest), "expires": .int(expires.milliseconds),
                        "state": "open", "role": .text(role.rawValue),
                        "automatic": .bool(isAutomatic), "maker": .text(maker.text),
                    ]))
        ]
    }

    /// Takes an invitation back that nobody has used.
    public func revoke(
        invitation name: ResourceName, on graph: some GraphReader
    ) throws(Refusal) -> [Command] {
        let found = try reading { () throws(GraphError) in
            try graph.resource(FleetTypes.invitation.name, name, in: .root)
        }
        guard let found else {
            throw refusal(
                .notFound, "invitation/\(printable(name.text))", "there is no such invitation",
                "see pisces list invitation")
        }
        guard found.data["state"]?.text == "open" else {
            throw refusal(
                .conflict, "invitation/\(printable(name.text))",
                "is \(found.data["state"]?.text ?? "damaged") already",
                "remove the node that used it", field: "state")
        }
        return [
            .update(Update(id: found.id, expect: found.revision, data: ["state": "revoked"]))
        ]
    }

    // MARK: Nodes

    /// Lets a machine in that waits.
    public func approve(
        _ name: ResourceName, by approver: Identity, on graph: some GraphReader
    ) throws(Refusal) -> [Command] {
        try move(name, from: [.waiting], to: .active, on: graph) { data in
            data["approved"] = .text(approver.text)
        }
    }

    /// Gives a node no new tasks, so that it can be removed.
    public func drain(
        _ name: ResourceName, on graph: some GraphReader
    ) throws(Refusal) -> [Command] {
        try move(name, from: [.active], to: .draining, on: graph) { _ in }
    }

    /// Gives a node that drains tasks again.
    public func resume(
        _ name: ResourceName, on graph: some GraphReader
    ) throws(Refusal) -> [Command] {
        try move(name, from: [.draining], to: .active, on: graph) { _ in }
    }

    /// Removes a node: its key is refused from the next position on. The last voter stays, because
    /// nobody could write the log without it.
    public func remove(
        _ name: ResourceName, on graph: some GraphReader
    ) throws(Refusal) -> [Command] {
        let node = try node(name, on: graph)
        if try role(of: node) == .voter, try voters(on: graph) == [node.id] {
            throw refusal(
                .conflict, "node/\(printable(name.text))", "is the only voter",
                "promote another node first", field: "role")
        }
        return try move(
            name, from: [.waiting, .active, .draining], to: .removed, on: graph
        ) { data in
            data["certificate"] = .null
            data["serial"] = .null
            data["renew"] = .null
        }
    }

    /// Changes what a node is; it asks for a certificate of that role by itself. How many voters
    /// there may be is for what moves the log to say; here the last one stays.
    public func assign(
        _ role: NodeRole, to name: ResourceName, on graph: some GraphReader
    ) throws(Refusal) -> [Command] {
        let node = try node(name, on: graph)
        guard try state(of: node) == .active else {
            throw refusal(
                .conflict, "node/\(printable(name.text))",
                "is \(node.data["state"]?.text ?? "damaged"), not active",
                "approve or resume it first", field: "state")
        }
        guard try self.role(of: node) != role else {
            throw refusal(
                .conflict, "node/\(printable(name.text))", "is a \(role.rawValue) already",
                "nothing is to do", field: "role")
        }
        let voters = try voters(on: graph)
        if role != .voter, voters == [node.id] {
            throw refusal(
                .conflict, "node/\(printable(name.text))", "is the only voter",
                "promote another node first", field: "role")
        }
        return [
            .update(
                Update(
                    id: node.id, expect: node.revision,
                    // Due at once: the certificate names the role.
                    data: ["role": .text(role.rawValue), "renew": 0]))
        ]
    }

    // MARK: Reading

    /// The node of that name.
    public func node(
        _ name: ResourceName, on graph: some GraphReader
    ) throws(Refusal) -> Resource {
        let found = try reading { () throws(GraphError) in
            try graph.resource(FleetTypes.node.name, name, in: .root)
        }
        guard let found else {
            throw refusal(
                .notFound, "node/\(printable(name.text))", "the fleet has no such node",
                "see pisces node list")
        }
        return found
    }

    func state(of node: Resource) throws(Refusal) -> NodeState {
        guard let state = node.data["state"]?.text.flatMap(NodeState.init(rawValue:)) else {
            throw damaged(node, "state")
        }
        return state
    }

    func role(of node: Resource) throws(Refusal) -> NodeRole {
        guard let role = node.data["role"]?.text.flatMap(NodeRole.init(rawValue:)) else {
            throw damaged(node, "role")
        }
        return role
    }

    private func damaged(_ node: Resource, _ field: String) -> Refusal {
        refusal(
            .invalidValue, "node/\(printable(node.name.text))", "has no \(field)",
            "remove the node and invite it again", field: field)
    }

    private func voters(on graph: some GraphReader) throws(Refusal) -> [Identifier] {
        try reading { () throws(GraphError) in
            try graph.resources(of: FleetTypes.node.name, below: .root)
        }.filter { node in
            node.data["role"]?.text == NodeRole.voter.rawValue
                && node.data["state"]?.text != NodeState.removed.rawValue
                && node.data["state"]?.text != NodeState.waiting.rawValue
        }.map(\.id)
    }

    private func move(
        _ name: ResourceName, from states: [NodeState], to state: NodeState,
        on graph: some GraphReader, _ change: (inout ValueMap) -> Void
    ) throws(Refusal) -> [Command] {
        let node = try node(name, on: graph)
        let present = try self.state(of: node)
        guard states.contains(present) else {
            throw refusal(
                .conflict, "node/\(printable(name.text))",
                "is \(present.rawValue) and cannot become \(state.rawValue)",
                "see pisces node list", field: "state")
        }
        var data: ValueMap = ["state": .text(state.rawValue)]
        change(&data)
        return [.update(Update(id: node.id, expect: node.revision, data: data))]
    }
}
