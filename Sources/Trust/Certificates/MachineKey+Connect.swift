internal import Crypto
internal import FoundationEssentials

extension MachineKey {
    /// Signs bytes that say themselves what they are, as a certificate does (RFC 8032).
    func sign(_ message: [UInt8]) throws(TrustError) -> [UInt8] {
        guard let signature = try? signing.signature(for: message) else {
            throw TrustError(
                .badKey, operation: "sign", subject: "a certificate",
                cause: "the library refuses the key", remedy: "restore the key of this machine")
        }
        return Array(signature)
    }

    /// The key that signs, as libraries for TLS take it: PKCS #8 (RFC 8410 section 7), DER.
    public var forTLS: SecretBytes {
        var raw = Array(signing.rawRepresentation)
        var bytes = DER.list(
            DER.number([0]), OID.ed25519,
            DER.value(DER.octets, DER.value(DER.octets, raw)))
        wipe(&raw)
        return SecretBytes(taking: &bytes)
    }
}

extension SignerKey {
    /// True when the holder of this key signed those bytes.
    func hasSigned(_ message: [UInt8], _ signature: [UInt8]) -> Bool {
        // A key whose bytes are no point of the curve has signed nothing.
        let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        return key?.isValidSignature(signature, for: message) == true
    }
}
