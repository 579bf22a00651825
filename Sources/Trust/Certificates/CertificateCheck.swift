public import Resources

/// Whether a certificate says the truth here and now: a pure function of what is given.
///
/// In order: form, use, fleet, authority, signature, revocation, begin, end by the calendar, end by
/// the log. Each has a kind of its own in ``TrustError/Kind``.
public struct CertificateCheck: Sendable {
    /// The certificates of the authorities that are accepted: the present one and former ones.
    public var authorities: [Certificate]
    /// The wall clock, never before the last entry that was read of the log; nil where there is
    /// neither: the calendar is not judged then.
    public var now: WallTime?
    /// How far the log was read; nil before joining: what needs the log is not judged then.
    public var position: Position?
    /// Keys that are accepted no more.
    public var revoked: Set<Fingerprint> = []

    /// A check against those authorities.
    public init(
        authorities: [Certificate], now: WallTime?, position: Position?,
        revoked: Set<Fingerprint> = []
    ) {
        self.authorities = authorities
        self.now = now
        self.position = position
        self.revoked = revoked
    }

    /// Accepts the certificate of a machine in one of `roles`, or says why not.
    public func accept(
        _ certificate: Certificate, as roles: Set<NodeRole> = Set(NodeRole.allCases)
    ) throws(TrustError) {
        let passport = certificate.passport
        guard let role = passport.role, roles.contains(role) else {
            let wanted = roles.map(\.rawValue).sorted().joined(separator: ", ")
            throw refusal(
                .wrongRole, passport, "its role is \(passport.use.text), not \(wanted)",
                "ask as a node of such a role, or promote this one")
        }
        try checkAuthority(of: certificate)
        try stillAccept(certificate)
    }

    /// Accepts a certificate again that was accepted with the same authorities: looks at what can
    /// have changed since, which is revocation and time.
    public func stillAccept(_ certificate: Certificate) throws(TrustError) {
        let passport = certificate.passport
        if revoked.contains(passport.key.fingerprint) {
            throw refusal(
                .revoked, passport, "its key \(passport.key.fingerprint) was revoked",
                "invite the machine again after it has made a new key")
        }
        try checkTimes(of: passport)
    }

    private func checkAuthority(of certificate: Certificate) throws(TrustError) {
        let passport = certificate.passport
        let issuer = authorities.first { authority in
            authority.passport.use == .authority
                && authority.passport.cluster == passport.cluster
                && authority.passport.key.fingerprint == passport.authority
        }
        guard let issuer else {
            let known = authorities.map { $0.passport.key.fingerprint.description }
            throw refusal(
                .otherAuthority, passport,
                "the authority \(passport.authority) is not that of this fleet "
                    + "(\(known.joined(separator: ", ")))",
                "join this fleet with an invitation of one of its nodes")
        }
        guard issuer.passport.key.hasSigned(certificate.signed, certificate.signature) else {
            throw refusal(
                .damaged, passport, "the authority \(passport.authority) has not signed it",
                "join this fleet with an invitation of one of its nodes")
        }
    }

    private func checkTimes(of passport: Passport) throws(TrustError) {
        if let now, now < passport.begin {
            throw refusal(
                .notYetValid, passport,
                "it is valid from \(passport.begin.text) on, now it is "
                    + now.text, "set the clock of this machine")
        }
        if let now, now > passport.end {
            throw refusal(
                .expired, passport, "it ended at \(passport.end.text), now it is \(now.text)",
                "renew it: the key is still accepted for that")
        }
        if let position, let until = passport.until, position > until {
            throw refusal(
                .expired, passport, "it ended at @\(until), the log is at @\(position)",
                "renew it: the key is still accepted for that")
        }
    }

    private func refusal(
        _ kind: TrustError.Kind, _ passport: Passport, _ cause: String, _ remedy: String
    ) -> TrustError {
        TrustError(
            kind, operation: "accept", subject: "the certificate of \(printable(passport.name))",
            cause: cause, remedy: remedy)
    }
}
