import Resources
import Testing

@testable import Trust

@Suite struct CertificateTests {
    @Test func aCertificateIsReadAsItWasMade() throws {
        let fleet = try FleetKeys()
        let made = try fleet.certificate(
            .voter, hosts: [.name("pi-2.home"), .address([192, 0, 2, 7])])
        let read = try Certificate(bytes: made.bytes)
        #expect(read == made)
        #expect(read.passport.name == "pi-2")
        #expect(read.passport.role == .voter)
        #expect(read.passport.key == fleet.key.signerKey)
        try fleet.check().accept(read)
        #expect(fleet.authority.certificate.isSelfSigned)
        #expect(!made.isSelfSigned)
    }

    @Test(arguments: Array(NodeRole.allCases)) func rolesAreHeldAgainstThoseAskedFor(
        role: NodeRole
    ) throws {
        let fleet = try FleetKeys()
        let certificate = try fleet.certificate(role)
        try fleet.check().accept(certificate, as: [role])
        let others = Set(NodeRole.allCases).subtracting([role])
        #expect(refusal { try fleet.check().accept(certificate, as: others) } == .wrongRole)
    }

    @Test func theAuthorityIsNoNode() throws {
        let fleet = try FleetKeys()
        #expect(refusal { try fleet.check().accept(fleet.authority.certificate) } == .wrongRole)
    }

    @Test func anotherAuthorityIsRefused() throws {
        let (ours, theirs) = (try FleetKeys(1), try FleetKeys(2))
        #expect(refusal { try ours.check().accept(try theirs.certificate()) } == .otherAuthority)
        let nobody = CertificateCheck(authorities: [], now: nil, position: nil)
        #expect(refusal { try nobody.accept(try ours.certificate()) } == .otherAuthority)
    }

    @Test func aFormerAuthorityIsAcceptedWhileItIsListed() throws {
        let (new, old) = (try FleetKeys(1), try FleetKeys(2))
        var check = new.check()
        check.authorities.append(old.authority.certificate)
        try check.accept(try old.certificate())
    }

    @Test func aForgedSignatureIsRefused() throws {
        let fleet = try FleetKeys()
        // Signed by another, who claims to be the authority.
        let passport = try fleet.certificate().passport
        let forged = try Certificate(passport, signedBy: try FleetKeys.machine(9))
        #expect(refusal { try fleet.check().accept(forged) } == .damaged)
    }

    @Test(arguments: [
        (Int64(-2), UInt64(20), TrustError.Kind.notYetValid as TrustError.Kind?),
        (-1, 20, nil), (399, 20, nil), (400, 20, nil), (401, 20, .expired),
        (0, 10_000_010, nil), (0, 10_000_011, .expired),
    ])
    func validityEndsByTheCalendarAndByTheLog(
        days: Int64, position: UInt64, expected: TrustError.Kind?
    ) throws {
        let fleet = try FleetKeys()
        let certificate = try fleet.certificate()
        let check = fleet.check(days: days, position: position)
        #expect(refusal { try check.accept(certificate) } == expected)
        #expect(refusal { try check.stillAccept(certificate) } == expected)
    }

    @Test func withoutAClockOnlyTheLogCounts() throws {
        let fleet = try FleetKeys()
        var check = fleet.check(days: 4000)
        check.now = nil
        try check.accept(try fleet.certificate())
        check.position = Position(20_000_000)
        #expect(refusal { try check.accept(try fleet.certificate()) } == .expired)
    }

    @Test func aRevokedKeyIsRefusedWhateverItsCertificateSays() throws {
        let fleet = try FleetKeys()
        var check = fleet.check()
        check.revoked = [fleet.key.signerKey.fingerprint]
        let certificate = try fleet.certificate()
        #expect(refusal { try check.accept(certificate) } == .revoked)
        #expect(refusal { try check.stillAccept(certificate) } == .revoked)
    }

    @Test func everyChangedByteIsSeen() throws {
        let fleet = try FleetKeys()
        let certificate = try fleet.certificate()
        for index in certificate.bytes.indices {
            var bytes = certificate.bytes
            bytes[index] ^= 0x01
            #expect(
                refusal { try fleet.check().accept(try Certificate(bytes: bytes)) } != nil,
                "byte \(index)")
        }
    }

    @Test func everyCutIsSeen() throws {
        let bytes = try FleetKeys().certificate().bytes
        for count in bytes.indices {
            #expect(
                refusal { _ = try Certificate(bytes: Array(bytes.prefix(count))) } == .badForm)
        }
        #expect(refusal { _ = try Certificate(bytes: bytes + [0]) } == .badForm)
        let large = [UInt8](repeating: 0x30, count: Limits.certificateBytes.value + 1)
        #expect(refusal { _ = try Certificate(bytes: large) } == .tooLarge)
    }

    @Test(arguments: ["", "a/b", "..", String(repeating: "x", count: 65), "\u{202E}pi"])
    func aBadNameIsNotCertified(name: String) throws {
        let fleet = try FleetKeys()
        #expect(
            refusal {
                _ = try fleet.authority.issue(
                    to: name, key: fleet.key.signerKey, as: .client,
                    serial: Identifier(high: 0, low: 1), now: FleetKeys.start, at: Position(1))
            } == .badForm)
    }

    @Test func theKeyOfTheAuthorityOpensOnlyForWhomItIsSealed() throws {
        let fleet = try FleetKeys()
        let voter = try FleetKeys.machine(7)
        let sealed = try fleet.authority.sealed(
            version: 3, for: [.init(machine: "pi-1", key: voter.sealingKey)],
            name: ResourceName("fleet"))
        let value = try CertificateAuthority.sealed(
            from: sealed.value, name: ResourceName("fleet"))
        let opened = try CertificateAuthority(
            opening: value, version: 3, certificate: fleet.authority.certificate,
            name: ResourceName("fleet"), with: voter)
        #expect(opened.fingerprint == fleet.authority.fingerprint)
        let certificate = try opened.issue(
            to: "pi-3", key: fleet.key.signerKey, as: .client,
            serial: Identifier(high: 0, low: 9), now: FleetKeys.start, at: Position(2))
        try fleet.check().accept(certificate)
        #expect(
            refusal {
                _ = try CertificateAuthority(
                    opening: value, version: 3, certificate: fleet.authority.certificate,
                    name: ResourceName("fleet"), with: try FleetKeys.machine(8))
            } == .notForThisMachine)
    }

    @Test func aBoxOfTheAuthorityIsNoSecretOfATask() throws {
        let fleet = try FleetKeys()
        let voter = try FleetKeys.machine(7)
        let sealed = try fleet.authority.sealed(
            version: 1, for: [.init(machine: "pi-1", key: voter.sealingKey)],
            name: ResourceName("fleet"))
        let name = SecretName(namespace: .root, name: try ResourceName("authority/fleet"))
        #expect(refusal { _ = try sealed.open(with: voter, as: name, version: 1) } == .damaged)
    }

    @Test func aKeyThatIsNotTheCertificatesIsRefused() throws {
        let fleet = try FleetKeys()
        #expect(
            refusal {
                _ = try CertificateAuthority(
                    certificate: fleet.authority.certificate, key: try FleetKeys.machine(55))
            } == .badKey)
    }
}
