public import Resources
public import Trust

/// Lets machines in and renews their certificates: the services `/bus/join` and `/bus/renew`.
///
/// What it asks of the node around it are functions, so that it can be tried on any state.
public struct JoinService: Sendable {
    /// Decides on the state of the log (`Admission.judge`).
    public var judge: @Sendable (Applicant) throws(BusError) -> AdmissionVerdict
    /// Commits what was decided (`Admission.commands`); throws when the state has changed since.
    /// The certificate is nil for who must be approved.
    public var commit: @Sendable (Applicant, AdmissionTerms, Certificate?) throws(BusError) -> Void
    /// The authority, where this node holds its key.
    public var authority: @Sendable () throws(BusError) -> CertificateAuthority?
    /// The fleet as it is now.
    public var roll: @Sendable () throws(BusError) -> FleetRoll
    /// The wall clock.
    public var now: @Sendable () -> WallTime
    /// A number for a new certificate.
    public var serial: @Sendable () -> Identifier

    /// A service over those functions.
    public init(
        judge: @escaping @Sendable (Applicant) throws(BusError) -> AdmissionVerdict,
        commit:
            @escaping @Sendable (Applicant, AdmissionTerms, Certificate?) throws(BusError)
            -> Void,
        authority: @escaping @Sendable () throws(BusError) -> CertificateAuthority?,
        roll: @escaping @Sendable () throws(BusError) -> FleetRoll,
        now: @escaping @Sendable () -> WallTime, serial: @escaping @Sendable () -> Identifier
    ) {
        self.judge = judge
        self.commit = commit
        self.authority = authority
        self.roll = roll
        self.now = now
        self.serial = serial
    }

    /// Answers a request to `/bus/join`.
    public func join(_ request: PeerRequest) -> Result<PeerAnswer, BusError> {
        answering { () throws(BusError) in
            let (secret, asked) = try JoinMessage.read(request.body)
            guard let id = asked.invitation else {
                throw Self.refused(asked.name, "it shows no invitation")
            }
            let shown = Applicant.Invitation(id: id, digest: Trust.Invitation.digest(of: secret))
            return try admit(asked, invitation: shown)
        }
    }

    /// Answers a request to `/bus/renew` of a node that showed its certificate, or one that has
    /// ended: its key says who it is.
    public func renew(_ request: PeerRequest, of peer: Passport) -> Result<PeerAnswer, BusError> {
        answering { () throws(BusError) in
            let asked = try JoinMessage.readRequest(request.body)
            guard asked.key == peer.key, asked.name == peer.name else {
                throw Self.refused(asked.name, "the connection is of \(peer.name) with another key")
            }
            return try admit(asked, invitation: nil)
        }
    }

    private func answering(
        _ body: () throws(BusError) -> JoinAnswer
    ) -> Result<PeerAnswer, BusError> {
        do throws(BusError) {
            return .success(PeerAnswer(body: try body().bytes))
        } catch { return .failure(error) }
    }

    private func admit(
        _ asked: JoinRequest, invitation: Applicant.Invitation?
    ) throws(BusError) -> JoinAnswer {
        let name: ResourceName
        do throws(NameError) { name = try ResourceName(asked.name) } catch {
            throw Self.refused(asked.name, error.reason)
        }
        let applicant = Applicant(
            name: name, key: asked.key.bytes, sealing: asked.sealing.bytes,
            addresses: asked.addresses, authority: asked.authority.description,
            invitation: invitation)
        switch try judge(applicant) {
        case .waiting: return .waiting
        case .enrol(let terms):
            try commit(applicant, terms, nil)
            return .waiting
        case .certified(let bytes): return .member(try Self.read(bytes, asked.name), try roll())
        case .certify(let terms):
            guard let authority = try authority() else { return try elsewhere() }
            let certificate = try certify(asked, terms, authority)
            try commit(applicant, terms, certificate)
            return .member(certificate, try roll())
        }
    }

    private func certify(
        _ asked: JoinRequest, _ terms: AdmissionTerms, _ authority: CertificateAuthority
    ) throws(BusError) -> Certificate {
        do throws(TrustError) {
            return try authority.issue(
                to: asked.name, key: asked.key, as: terms.role, serial: serial(), now: now(),
                at: terms.position)
        } catch { throw Self.refused(asked.name, error.description) }
    }

    private static func read(
        _ bytes: [UInt8], _ name: String
    ) throws(BusError) -> Certificate {
        do throws(TrustError) { return try Certificate(bytes: bytes) } catch {
            throw refused(name, error.description)
        }
    }

    /// Voters can vouch; of this node nothing was written.
    private func elsewhere() throws(BusError) -> JoinAnswer {
        let voters = try roll().nodes.filter { $0.role == .voter }
        return .elsewhere(
            Array(voters.flatMap(\.addresses).prefix(2 * Limits.nodeAddresses.value)))
    }

    private static func refused(_ name: String, _ cause: String) -> BusError {
        BusError(
            .refused, operation: "admit", subject: printable(name), cause: cause,
            remedy: "use a new invitation of pisces node invite")
    }
}

/// What a machine sends to join: the secret of its invitation and its signed request.
enum JoinMessage {
    static func bytes(secret: SecretBytes, _ request: JoinRequest) -> [UInt8] {
        var writer = CBORWriter()
        writer.beginList(2)
        writer.write(bytes: secret.withBytes { $0 })
        writer.write(bytes: request.bytes)
        return writer.bytes
    }

    static func read(_ bytes: [UInt8]) throws(BusError) -> (SecretBytes, JoinRequest) {
        var parts: (secret: [UInt8], request: [UInt8])?
        do throws(CBORError) { parts = try split(bytes) } catch {
            throw .malformed("read", "a request to join", error.reason.rawValue)
        }
        guard var secret = parts?.secret, let request = parts?.request else {
            throw .malformed("read", "a request to join", "it is no list of two")
        }
        parts = nil
        return (SecretBytes(taking: &secret), try readRequest(request))
    }

    private static func split(
        _ bytes: [UInt8]
    ) throws(CBORError) -> (secret: [UInt8], request: [UInt8])? {
        var reader = CBORReader(bytes)
        guard try reader.beginList() == 2 else { return nil }
        let secret = try reader.readBytes()
        let request = try reader.readBytes()
        try reader.finish()
        return (secret, request)
    }

    static func readRequest(_ bytes: [UInt8]) throws(BusError) -> JoinRequest {
        do throws(TrustError) { return try JoinRequest(bytes: bytes) } catch {
            throw .malformed("read", "a request to join", error.cause)
        }
    }
}
