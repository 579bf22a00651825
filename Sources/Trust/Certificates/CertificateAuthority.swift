public import Resources

/// What vouches for the machines of a fleet: a certificate of its own and the key to it.
///
/// The key is made on the founding node, and kept in the log sealed to the nodes that may use it.
public struct CertificateAuthority: Sendable {
    /// Its certificate, which its own key has signed.
    public let certificate: Certificate
    private let key: MachineKey

    /// A new authority with that key, for the fleet `cluster`.
    public init(
        founding cluster: Identifier, key: MachineKey, serial: Identifier, now: WallTime,
        at position: Position
    ) throws(TrustError) {
        let fingerprint = key.signerKey.fingerprint
        let passport = Passport(
            cluster: cluster, name: "fleet", use: .authority, key: key.signerKey,
            authority: fingerprint, serial: serial, issued: position, until: nil,
            begin: now.inSeconds(movedByMilliseconds: -Int64(Limits.clockSkew.value)),
            end: now.inSeconds(days: Limits.authorityDays.value))
        self.key = key
        certificate = try Certificate(passport, signedBy: key)
    }

    /// The authority of that certificate, by the key to it.
    public init(certificate: Certificate, key: MachineKey) throws(TrustError) {
        guard certificate.passport.use == .authority, certificate.passport.key == key.signerKey
        else {
            throw TrustError(
                .badKey, operation: "use", subject: "the fleet's authority",
                cause: "the key is not that of its certificate",
                remedy: "take the certificate and the key of one version of the authority")
        }
        self.certificate = certificate
        self.key = key
    }

    /// Its name for people, and for invitations.
    public var fingerprint: Fingerprint { certificate.passport.key.fingerprint }

    /// Vouches for a machine of the fleet as of `position`, for as many positions and days as
    /// certificates are valid.
    public func issue(
        to name: String, key holder: SignerKey, as role: NodeRole, serial: Identifier,
        now: WallTime, at position: Position, hosts: [Passport.Host] = []
    ) throws(TrustError) -> Certificate {
        guard Passport.isName(name) else {
            throw TrustError(
                .badForm, operation: "certify", subject: printable(name),
                cause: "a certificate takes names of machines of at most "
                    + "\(Limits.nodeNameBytes.value) \(Limits.nodeNameBytes.unit)",
                remedy: "give the machine a shorter name")
        }
        let until = position.rawValue + UInt64(Limits.certificatePositions.value)
        return try Certificate(
            Passport(
                cluster: certificate.passport.cluster, name: name, use: .node(role), key: holder,
                authority: fingerprint, serial: serial, issued: position, until: Position(until),
                begin: now.inSeconds(movedByMilliseconds: -Int64(Limits.clockSkew.value)),
                end: now.inSeconds(days: Limits.certificateDays.value), hosts: hosts),
            signedBy: key)
    }
}

extension CertificateAuthority {
    /// A list of certificates of this authority that are accepted no more.
    public func revoking(
        _ serials: [Identifier], number: UInt64, now: WallTime
    ) throws(TrustError) -> RevocationList {
        try RevocationList(
            serials, number: number, authority: certificate.passport, now: now, signedBy: key)
    }

    /// The resource `authority/NAME`, as what is sealed for it is known.
    private static func secret(_ name: ResourceName) -> SecretName {
        do throws(NameError) {
            return SecretName(namespace: .root, name: try ResourceName("authority/\(name)"))
        } catch { preconditionFailure("two names joined are a name: \(error.reason)") }
    }

    /// Its key, sealed to each of the nodes as that version of the resource `authority/NAME`.
    public func sealed(
        version: Int64, for nodes: [SealedValue.Recipient], name: ResourceName
    ) throws(TrustError) -> SealedValue {
        try SealedValue(
            sealing: key.encoded, as: Self.secret(name), version: version, for: nodes,
            purpose: .authority)
    }

    /// Opens the authority of that name with the key of a node that it is sealed to.
    public init(
        opening sealed: SealedValue, version: Int64, certificate: Certificate,
        name: ResourceName, with machine: MachineKey
    ) throws(TrustError) {
        let content = try sealed.open(
            with: machine, as: Self.secret(name), version: version, purpose: .authority)
        try self.init(certificate: certificate, key: try MachineKey(encoded: content))
    }

    /// Reads the field `sealed` of the resource `authority/NAME`.
    public static func sealed(
        from value: Value, name: ResourceName
    ) throws(TrustError) -> SealedValue {
        try SealedValue(value, of: secret(name))
    }
}

extension WallTime {
    fileprivate func inSeconds(movedByMilliseconds delta: Int64) -> WallTime {
        // Certificates know years 1970 to 9999; a clock before that says it has not been set.
        let moved = max(0, advanced(byMilliseconds: delta).milliseconds)
        return WallTime(milliseconds: moved / 1000 * 1000)
    }

    fileprivate func inSeconds(days: Int) -> WallTime {
        inSeconds(movedByMilliseconds: Int64(days) * 86_400_000)
    }
}
