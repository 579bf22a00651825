internal import Resources

/// The numbers of certificates that are accepted no more, signed by their authority: version 2 of
/// RFC 5280 section 5, for programs that read such lists. Format: Docs/Formats/certificates.md.
public struct RevocationList: Hashable, Sendable {
    /// Its bytes, DER.
    public let bytes: [UInt8]

    /// A list of those numbers, in order and each once. `number` grows with each list.
    init(
        _ serials: [Identifier], number: UInt64, authority: Passport, now: WallTime,
        signedBy key: MachineKey
    ) throws(TrustError) {
        let begin = Passport.time(now)
        let revoked = Set(serials).sorted().map { DER.list(DER.number($0.bytes), begin) }
        let big = (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        let extensions = DER.list(
            DER.list(
                OID.known(35),
                DER.value(
                    DER.octets,
                    DER.list(DER.value(0x80, authority.key.fingerprint.identifier)))),
            DER.list(OID.known(20), DER.value(DER.octets, DER.number(big))))
        let body = DER.list(
            DER.number([1]), OID.ed25519, authority.subject, begin, Passport.time(authority.end),
            // A list of nothing must not be there at all.
            revoked.isEmpty ? [] : DER.value(DER.sequence, revoked.flatMap(\.self)),
            DER.tagged(0, extensions))
        bytes = DER.list(body, OID.ed25519, DER.bitString(try key.sign(body)))
    }
}
