internal import Crypto
internal import FoundationEssentials

/// That the holder of a key vouches for content of some digest (Ed25519, RFC 8032).
///
/// Signed is `pisces signature 1`, a zero byte, the domain's name, a zero byte and the 32 bytes of
/// the digest: a signature of one domain says nothing in another.
public struct Signature: Hashable, Sendable {
    /// Its 64 bytes.
    public let bytes: [UInt8]

    /// What is vouched for.
    public enum Domain: String, Sendable, CaseIterable {
        /// A bundle, by the digest of its manifest.
        case bundle
        /// What a machine says of itself.
        case machine
        /// What a machine asks of a fleet.
        case join
    }

    /// Takes the 64 bytes of a signature.
    public init(bytes: [UInt8]) throws(TrustError) {
        guard bytes.count == 64 else {
            throw TrustError(
                .badForm, operation: "read", subject: "a signature",
                cause: "it has \(bytes.count) bytes", remedy: "give the 64 bytes of an Ed25519 one")
        }
        self.bytes = bytes
    }

    /// The bytes that are signed.
    static func message(_ digest: ContentDigest, _ domain: Domain) -> [UInt8] {
        Array("pisces signature 1".utf8) + [0] + Array(domain.rawValue.utf8) + [0] + digest.bytes
    }
}

extension MachineKey {
    /// Vouches for content of that digest.
    public func sign(
        _ digest: ContentDigest, as domain: Signature.Domain
    ) throws(TrustError) -> Signature {
        guard let data = try? signing.signature(for: Signature.message(digest, domain)) else {
            throw TrustError(
                .badKey, operation: "sign", subject: digest.description,
                cause: "the library refuses the key", remedy: "restore the key of this machine")
        }
        return try Signature(bytes: Array(data))
    }
}

extension SignerKey {
    /// Checks that the holder of this key vouched for content of that digest.
    public func verify(
        _ signature: Signature, of digest: ContentDigest, as domain: Signature.Domain
    ) throws(TrustError) {
        let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        let message = Signature.message(digest, domain)
        guard key?.isValidSignature(signature.bytes, for: message) == true else {
            throw TrustError(
                .damaged, operation: "verify", subject: digest.description,
                cause: "the signature is not of \(fingerprint) over it as a \(domain.rawValue)",
                remedy: "get it again from who signed it")
        }
    }
}
