public import Resources

/// A certificate as the graph keeps it.
public struct GrantedCertificate: Hashable, Sendable {
    /// Its bytes, DER.
    public var bytes: [UInt8]
    /// Its number.
    public var serial: Identifier
    /// The last position at which it is valid.
    public var until: Position

    /// A certificate of those bytes.
    public init(bytes: [UInt8], serial: Identifier, until: Position) {
        self.bytes = bytes
        self.serial = serial
        self.until = until
    }
}

extension Admission {
    /// The commands that let `applicant` in on `terms`: its node with the certificate, or without
    /// one when it must be approved, and the invitation used up. One batch. `id` is for a node
    /// that is new.
    public func commands(
        _ applicant: Applicant, _ terms: AdmissionTerms, certificate: GrantedCertificate?,
        id: Identifier
    ) -> [Command] {
        var data: ValueMap = [
            "key": .bytes(applicant.key), "sealing": .bytes(applicant.sealing),
            "addresses": .list(applicant.addresses.map(Value.text)),
            "role": .text(terms.role.rawValue),
        ]
        if let certificate {
            data["certificate"] = .bytes(certificate.bytes)
            data["serial"] = .text(certificate.serial.description)
            data["renew"] = .int(
                Int64(
                    clamping: Renewal.position(from: terms.position, to: certificate.until).rawValue
                ))
        }
        if let approved = terms.approved { data["approved"] = .text(approved) }
        if !terms.former.isEmpty { data["former"] = .list(terms.former.map(Value.bytes)) }
        // A certificate made anew, or after approval, leaves the node where it is in its life.
        if let invitation = applicant.invitation, terms.invitationRevision != nil {
            data["invitation"] = .text(invitation.id.description)
            data["since"] = .int(Int64(clamping: terms.position.rawValue))
            data["state"] = .text(
                (certificate == nil ? NodeState.waiting : .active).rawValue)
        }
        var commands = [node(applicant.name, terms, data, id)]
        if let revision = terms.invitationRevision, let invitation = applicant.invitation {
            commands.append(
                .update(
                    Update(
                        id: invitation.id, expect: revision,
                        data: ["state": "used", "node": .text(applicant.name.text)])))
        }
        return commands
    }

    private func node(
        _ name: ResourceName, _ terms: AdmissionTerms, _ data: ValueMap, _ id: Identifier
    ) -> Command {
        guard let node = terms.node else {
            return .create(
                Draft(
                    id: id, type: FleetTypes.node.name, namespace: .root, name: name, data: data))
        }
        return .update(Update(id: node, expect: terms.nodeRevision, data: data))
    }
}

/// When certificates are made anew: by the log, so that a board without a clock takes part.
public enum Renewal {
    /// The position by which a certificate is renewed: after two thirds of its validity.
    public static func position(from issued: Position, to until: Position) -> Position {
        let span = until > issued ? until.rawValue - issued.rawValue : 0
        return Position(issued.rawValue + span / 3 * 2)
    }

    /// True when the certificate of a node is to be renewed at `position`, or at the time `now`
    /// because the calendar will end it before the log does. `begin` and `end` are its own.
    public static func isDue(
        _ node: Resource, at position: Position, begin: WallTime, end: WallTime, now: WallTime
    ) -> Bool {
        guard let renew = node.data["renew"]?.int else { return false }
        if Int64(clamping: position.rawValue) >= renew { return true }
        let span = end.milliseconds - begin.milliseconds
        return now.milliseconds >= begin.milliseconds + span / 3 * 2
    }
}
