public import MMSGraph
public import Resources

/// Who may belong to the fleet: decides on exactly the state it is given, and says what to commit.
///
/// That an invitation is used once rests on the revision in the commands: of two who use it at the
/// same time, the second finds it changed.
public struct Admission: Sendable {
    /// The decisions of every fleet.
    public init() {}

    /// What becomes of `applicant`, on `graph` as of `position`, at the time `now`.
    ///
    /// Refused: an invitation that is unknown or forged (`unauthenticated`), of another fleet
    /// (`forbidden`, field `authority`), used (`conflict`), revoked or expired (`gone`); a name
    /// that another machine has (`alreadyExists`, field `name`); a key that belongs already
    /// (`alreadyExists`, field `key`) or was removed (`forbidden`, field `key`).
    public func judge(
        _ applicant: Applicant, on graph: some GraphReader, at position: Position, now: WallTime
    ) throws(Refusal) -> AdmissionVerdict {
        try checkAuthority(applicant, on: graph)
        guard let shown = applicant.invitation else {
            return .certify(try renewal(applicant, on: graph, at: position))
        }
        let invitation = try checkSecret(shown, on: graph)
        let nodes = try reading { () throws(GraphError) in
            try graph.resources(of: FleetTypes.node.name, below: .root)
        }
        let same = nodes.first { $0.data["key"]?.bytes == applicant.key }
        if let same, same.data["invitation"]?.text == shown.id.description,
            same.name == applicant.name
        {
            return try again(same, at: position)
        }
        let role = try checkOpen(invitation, now: now)
        try checkKey(applicant, same, nodes)
        var terms = AdmissionTerms(role: role, position: position)
        terms.invitationRevision = invitation.revision
        if let old = nodes.first(where: { $0.name == applicant.name }) {
            try replace(old, applicant, &terms)
        }
        guard invitation.data["automatic"]?.bool ?? true else { return .enrol(terms) }
        terms.approved = "invitation:\(shown.id)"
        return .certify(terms)
    }

    /// Refuses an invitation that is forged, used, revoked or expired; it is not used up by this.
    public func checkInvitation(
        _ shown: Applicant.Invitation, on graph: some GraphReader, now: WallTime
    ) throws(Refusal) {
        _ = try checkOpen(try checkSecret(shown, on: graph), now: now)
    }

    private func checkAuthority(
        _ applicant: Applicant, on graph: some GraphReader
    ) throws(Refusal) {
        let found = try fleetResource(FleetTypes.authority.name, on: graph)
        let own = found?.data["fingerprint"]?.text
        guard let own else {
            throw refusal(
                .notFound, "the fleet", "this node has none yet",
                "make one with pisces node invite on it")
        }
        guard own == applicant.authority else {
            throw refusal(
                .forbidden, "the invitation",
                "is of a fleet with the authority \(printable(applicant.authority)); this one "
                    + "has \(own)", "use an invitation of this fleet", field: "authority")
        }
    }

    private func checkSecret(
        _ shown: Applicant.Invitation, on graph: some GraphReader
    ) throws(Refusal) -> Resource {
        let found = try reading { () throws(GraphError) in try graph.resource(shown.id) }
        guard let found, found.type == FleetTypes.invitation.name,
            sameInConstantTime(found.data["digest"]?.bytes ?? [], shown.digest)
        else {
            throw refusal(
                .unauthenticated, "the invitation",
                "is not one of this fleet's: it was never made, deleted, or forged",
                "make one with pisces node invite")
        }
        return found
    }

    private func checkOpen(
        _ invitation: Resource, now: WallTime
    ) throws(Refusal) -> NodeRole {
        let remedy = "make another with pisces node invite"
        switch invitation.data["state"]?.text {
        case "open": break
        case "used":
            let node = invitation.data["node"]?.text ?? "another machine"
            throw refusal(
                .conflict, "the invitation", "was used by \(printable(node))", remedy,
                field: "state")
        default:
            throw refusal(.gone, "the invitation", "was revoked", remedy, field: "state")
        }
        let expires = WallTime(milliseconds: invitation.data["expires"]?.int ?? 0)
        guard now < expires else {
            throw refusal(
                .gone, "the invitation", "expired at \(expires.text), now it is \(now.text)",
                remedy, field: "expires")
        }
        guard let role = invitation.data["role"]?.text.flatMap(NodeRole.init(rawValue:)) else {
            throw refusal(
                .invalidValue, "the invitation", "has no role", remedy, field: "role")
        }
        return role
    }

    private func checkKey(
        _ applicant: Applicant, _ same: Resource?, _ nodes: [Resource]
    ) throws(Refusal) {
        let isFormer = nodes.contains { node in
            node.data["former"]?.list?.contains(.bytes(applicant.key)) ?? false
        }
        guard isFormer || same != nil else { return }
        if isFormer || same?.data["state"]?.text == NodeState.removed.rawValue {
            throw refusal(
                .forbidden, "the key of \(printable(applicant.name.text))",
                "was removed from the fleet",
                "remove machine.key on that machine, so that it makes a new one", field: "key")
        }
        throw refusal(
            .alreadyExists, "the key of \(printable(applicant.name.text))",
            "belongs to the node \(printable(same?.name.text ?? "")) already",
            "use that node; a copied state directory needs a key of its own", field: "key")
    }

    /// A removed machine that comes back with another key takes its old place.
    private func replace(
        _ old: Resource, _ applicant: Applicant, _ terms: inout AdmissionTerms
    ) throws(Refusal) {
        guard old.data["state"]?.text == NodeState.removed.rawValue else {
            throw refusal(
                .alreadyExists, "node/\(printable(old.name.text))",
                "is another machine of this fleet",
                "give this machine another --name, or remove that node first", field: "name")
        }
        terms.node = old.id
        terms.nodeRevision = old.revision
        let former = old.data["former"]?.list?.compactMap(\.bytes) ?? []
        terms.former = former + [old.data["key"]?.bytes].compactMap(\.self)
    }

    /// A machine that asks again because no answer reached it, or to see whether it is approved.
    private func again(
        _ node: Resource, at position: Position
    ) throws(Refusal) -> AdmissionVerdict {
        guard let state = node.data["state"]?.text.flatMap(NodeState.init(rawValue:)),
            let role = node.data["role"]?.text.flatMap(NodeRole.init(rawValue:))
        else {
            throw refusal(
                .invalidValue, "node/\(node.name)", "has no state or role", "remove and invite it")
        }
        switch state {
        case .waiting: return .waiting
        case .removed:
            throw refusal(
                .forbidden, "node/\(node.name)", "was removed from the fleet",
                "remove machine.key on that machine, so that it makes a new one", field: "key")
        case .active, .draining:
            if let certificate = node.data["certificate"]?.bytes {
                return .certified(certificate)
            }
            var terms = AdmissionTerms(role: role, position: position)
            terms.node = node.id
            terms.nodeRevision = node.revision
            terms.approved = node.data["approved"]?.text
            return .certify(terms)
        }
    }

    private func renewal(
        _ applicant: Applicant, on graph: some GraphReader, at position: Position
    ) throws(Refusal) -> AdmissionTerms {
        let node = try Membership().belonging(applicant.name, key: applicant.key, on: graph)
        var terms = AdmissionTerms(role: try Membership().role(of: node), position: position)
        terms.node = node.id
        terms.nodeRevision = node.revision
        terms.approved = node.data["approved"]?.text
        return terms
    }
}

/// The one resource of a kind that is of the whole fleet.
func fleetResource(
    _ type: TypeName, _ name: ResourceName = FleetLogTypes.only, on graph: some GraphReader
) throws(Refusal) -> Resource? {
    try reading { () throws(GraphError) in
        try graph.resource(type, name, in: .root)
    }
}

func refusal(
    _ code: Refusal.Code, _ subject: String, _ reason: String, _ remedy: String,
    field: String? = nil
) -> Refusal {
    Refusal(
        code, filter: "fleet", subject: subject, reason: reason, remedy: remedy, field: field)
}

/// Compares in a time that depends on the counts only.
private func sameInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && !left.isEmpty
        && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
}
