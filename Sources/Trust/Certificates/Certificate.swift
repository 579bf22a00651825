internal import Resources

/// A certificate of the fleet: a passport that its authority has signed, in the form of X.509
/// version 3 (RFC 5280) with Ed25519 (RFC 8410). Format: Docs/Formats/certificates.md.
///
/// There is one encoding of a passport. What is not exactly that is refused, so that no two readers
/// can see different things in it.
public struct Certificate: Hashable, Sendable {
    /// What it says. Signed by somebody, which ``CertificateCheck`` looks into.
    public let passport: Passport
    /// Its bytes, DER.
    public let bytes: [UInt8]
    /// The signature over `signed`.
    let signature: [UInt8]

    /// The part that is signed.
    var signed: [UInt8] { passport.certificateBody }

    /// True for one that its own key has signed, as that of an authority is.
    public var isSelfSigned: Bool {
        passport.authority == passport.key.fingerprint
            && passport.key.hasSigned(signed, signature)
    }

    /// Signs `passport` with the key of the authority.
    init(_ passport: Passport, signedBy key: MachineKey) throws(TrustError) {
        let body = passport.certificateBody
        let signature = try key.sign(body)
        self.passport = passport
        self.signature = signature
        bytes = DER.list(body, OID.ed25519, DER.bitString(signature))
    }

    /// Reads the bytes of a certificate.
    public init(bytes: [UInt8]) throws(TrustError) {
        guard bytes.count <= Limits.certificateBytes.value else {
            throw TrustError(
                .tooLarge, operation: "read", subject: "a certificate",
                cause: "it has \(bytes.count) bytes; the limit is "
                    + "\(Limits.certificateBytes.value) \(Limits.certificateBytes.unit)",
                remedy: "present the one that the fleet gave this machine")
        }
        guard let (passport, signature) = Self.parts(bytes) else {
            throw TrustError(
                .badForm, operation: "read", subject: "a certificate",
                cause: "it is not in the form of a fleet's certificate",
                remedy: "present the one that the fleet gave this machine")
        }
        self.passport = passport
        self.signature = signature
        self.bytes = bytes
    }

    /// The passport stands in an extension of its own; all else must be what follows from it.
    private static func parts(_ bytes: [UInt8]) -> (Passport, [UInt8])? {
        var whole = DERReader(bytes)
        guard let outer = whole.next(DER.sequence), whole.isAtEnd else { return nil }
        var reader = DERReader(outer)
        guard let body = reader.next(), body.tag == DER.sequence, let algorithm = reader.next(),
            Array(algorithm.whole) == OID.ed25519, let bits = reader.next(DER.bits),
            reader.isAtEnd, bits.count == 65, bits.first == 0,
            let encoded = passportBytes(body.content), let passport = Passport(encoded: encoded),
            passport.certificateBody == Array(body.whole)
        else { return nil }
        return (passport, Array(bits.dropFirst()))
    }

    private static func passportBytes(_ body: ArraySlice<UInt8>) -> [UInt8]? {
        var reader = DERReader(body)
        for _ in 0..<7 where reader.next() == nil { return nil }
        guard let tagged = reader.next(0xA3) else { return nil }
        var inner = DERReader(tagged)
        guard let list = inner.next(DER.sequence) else { return nil }
        var extensions = DERReader(list)
        while let one = extensions.next(DER.sequence) {
            var parts = DERReader(one)
            guard let name = parts.next(), Array(name.whole) == OID.passport else { continue }
            return parts.next(DER.octets).map(Array.init)
        }
        return nil
    }
}
