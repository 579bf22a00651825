/// A machine that asks to belong to a fleet, as far as its request is checked without the fleet's
/// state: its key has signed it.
public struct Applicant: Hashable, Sendable {
    /// The name it wants, or has.
    public var name: ResourceName
    /// The key it signs and connects with.
    public var key: [UInt8]
    /// The key that values are sealed to for it.
    public var sealing: [UInt8]
    /// Where it may be reached, as `host:port`.
    public var addresses: [String]
    /// The fingerprint of the authority it asks.
    public var authority: String
    /// The invitation it has; nil when it renews its certificate.
    public var invitation: Invitation?

    /// An invitation as it was shown.
    public struct Invitation: Hashable, Sendable {
        /// The resource.
        public var id: Identifier
        /// SHA-256 of the secret that was shown.
        public var digest: [UInt8]

        /// The invitation of that identifier and digest.
        public init(id: Identifier, digest: [UInt8]) {
            self.id = id
            self.digest = digest
        }
    }

    /// A machine of that name and keys.
    public init(
        name: ResourceName, key: [UInt8], sealing: [UInt8], addresses: [String],
        authority: String, invitation: Invitation?
    ) {
        self.name = name
        self.key = key
        self.sealing = sealing
        self.addresses = addresses
        self.authority = authority
        self.invitation = invitation
    }
}

/// What the fleet's state says to an applicant.
public enum AdmissionVerdict: Hashable, Sendable {
    /// It is let in: make a certificate on these terms, and commit both together.
    case certify(AdmissionTerms)
    /// It is written down and must be approved: commit that it waits.
    case enrol(AdmissionTerms)
    /// It has asked before and nobody has approved it yet.
    case waiting
    /// It has asked before and was given this certificate (DER).
    case certified([UInt8])
}

/// On which terms a machine is let in.
public struct AdmissionTerms: Hashable, Sendable {
    /// What it will be.
    public var role: NodeRole
    /// The position of the log that was decided on.
    public var position: Position
    /// Its resource, when there is one already.
    public var node: Identifier?
    /// The revision that resource must still have.
    public var nodeRevision: Position?
    /// The revision the invitation must still have; nil when it is used up already.
    public var invitationRevision: Position?
    /// Who let it in; nil while nobody has.
    public var approved: String?
    /// Keys of the same name that are refused for ever.
    public var former: [[UInt8]] = []

    /// Terms for a machine of that role, decided at that position.
    public init(role: NodeRole, position: Position) {
        self.role = role
        self.position = position
    }
}
