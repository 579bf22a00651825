internal import Host
internal import MMSGraph
internal import Node
internal import Resources
internal import Trust
internal import ZeroProcs

/// The machines of the fleet.
extension API {
    /// The nodes, and where the fleet log rests.
    func nodes(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        guard request.caller.may(.read, FleetTypes.node.name, in: .root) else {
            throw forbidden(request.caller, "read", "node")
        }
        let report = try node.fleet.report()
        return .json { $0.write(.map(report)) }
    }

    /// Invites a machine; the invitation is shown once.
    func invite(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        try checkFleet(request)
        let text = request["role"] ?? NodeRole.voter.rawValue
        guard let role = NodeRole(rawValue: text) else {
            let roles = NodeRole.allCases.map(\.rawValue).joined(separator: ", ")
            throw malformed("role \(printable(text))", "must be one of \(roles)")
        }
        let milliseconds = try invitationLifetime(request)
        let invitation = try node.fleet.invite(
            by: request.caller.identity, as: role, milliseconds: milliseconds,
            automatic: !request.flag("approve"))
        return .json { writer in
            writer.object { writer in
                writer.member("invitation", invitation.text)
                writer.member("expires", invitation.expires.text)
            }
        }
    }

    /// How long an invitation shall hold, in milliseconds.
    func invitationLifetime(_ request: HTTPRequest) throws(Refusal) -> Int64 {
        guard let lifetime = request["lifetime"] else {
            return Int64(Limits.invitationSeconds.value) * 1000
        }
        let longest = Int64(Limits.invitationSeconds.range.upperBound) * 1000
        guard let age = Age(lifetime), age.milliseconds > 0, age.milliseconds <= longest else {
            throw malformed(
                "lifetime \(printable(lifetime))",
                "must be an age of at most \(longest / 86_400_000) days, as 1h or 2d")
        }
        return age.milliseconds
    }

    /// Changes a node: approve, drain, resume, remove, promote, demote.
    func changeNode(
        _ request: HTTPRequest, name text: String, _ change: FleetNode.Change
    ) throws(Refusal) -> HTTPReply {
        try checkFleet(request)
        let name = try resourceName(text)
        try node.fleet.change(name, change, by: request.caller.identity)
        return try nodes(request)
    }

    /// Takes a person's word for where a node is; it is found by its key there, or not at all.
    func tellAddress(
        _ request: HTTPRequest, name text: String, address: String
    ) throws(Refusal) -> HTTPReply {
        try checkFleet(request)
        try node.fleet.tell(try resourceName(text), at: address)
        return try nodes(request)
    }

    /// Founds the fleet log anew from the copy here, for a person who confirms where that ends.
    func refound(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        try checkFleet(request)
        var from: Position?
        if let text = request["from"] {
            guard let number = UInt64(text) else {
                throw malformed("from \(printable(text))", "must be a position, as 4711")
            }
            from = Position(number)
        }
        try node.fleet.refound(from: from, by: request.caller.identity)
        return try nodes(request)
    }

    private func checkFleet(_ request: HTTPRequest) throws(Refusal) {
        guard request.caller.may(.admin, FleetTypes.node.name, in: .root) else {
            throw forbidden(request.caller, "administer", "node")
        }
    }
}
