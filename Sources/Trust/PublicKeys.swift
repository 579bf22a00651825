internal import Crypto
internal import FoundationEssentials
public import Resources

/// The short name of a public key, for people to compare: `SHA256:` and 43 characters of base 64,
/// as OpenSSH writes its own. It is the SHA-256 of the kind of key, a zero byte and the key.
public struct Fingerprint: Hashable, Sendable, CustomStringConvertible {
    /// The text.
    public let description: String

    init(kind: String, key: [UInt8]) {
        let digest = ContentDigest(of: Array("pisces \(kind) key".utf8) + [0] + key)
        let text = Base64.encode(digest.bytes)
        description = "SHA256:" + text.prefix { $0 != "=" }
    }

    /// The 32 bytes that the text shows.
    var digest: [UInt8] {
        // The text is checked wherever one is made: it always decodes.
        Base64.decode(description.dropFirst(7) + "=") ?? []
    }

    /// The number of certificates that all have one for a key: 16 bytes of the digest.
    public var serial: Identifier {
        Identifier(bytes: digest.prefix(16)) ?? Identifier(high: 0, low: 0)
    }

    /// Reads the text; nil when it is none.
    public init?(_ text: String) {
        guard text.hasPrefix("SHA256:"), let bytes = Base64.decode(text.dropFirst(7) + "="),
            bytes.count == 32
        else { return nil }
        description = text
    }
}

/// The public half of the key that values are sealed to (X25519, RFC 7748).
public struct SealingKey: Hashable, Sendable, CustomStringConvertible {
    /// Its 32 bytes.
    public let bytes: [UInt8]

    /// Takes the 32 bytes of a key.
    public init(bytes: [UInt8]) throws(TrustError) {
        guard (try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: bytes)) != nil else {
            throw badKey("a public sealing key", bytes.count)
        }
        self.bytes = bytes
    }

    init(_ key: Curve25519.KeyAgreement.PublicKey) { bytes = Array(key.rawRepresentation) }

    /// Its short name.
    public var fingerprint: Fingerprint { Fingerprint(kind: "sealing", key: bytes) }

    /// `x25519:` and the key in URL-safe base 64.
    public var description: String { "x25519:" + Base64.encodeURL(bytes) }

    /// Reads the text of `description`.
    public init(_ text: String) throws(TrustError) {
        try self.init(bytes: keyBytes(text, prefix: "x25519:", what: "a public sealing key"))
    }
}

/// The public half of the key that signs (Ed25519, RFC 8032).
public struct SignerKey: Hashable, Sendable, CustomStringConvertible {
    /// Its 32 bytes.
    public let bytes: [UInt8]

    /// Takes the 32 bytes of a key.
    public init(bytes: [UInt8]) throws(TrustError) {
        guard (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)) != nil else {
            throw badKey("a public signing key", bytes.count)
        }
        self.bytes = bytes
    }

    init(_ key: Curve25519.Signing.PublicKey) { bytes = Array(key.rawRepresentation) }

    /// Its short name.
    public var fingerprint: Fingerprint { Fingerprint(kind: "signing", key: bytes) }

    /// `ed25519:` and the key in URL-safe base 64.
    public var description: String { "ed25519:" + Base64.encodeURL(bytes) }

    /// Reads the text of `description`.
    public init(_ text: String) throws(TrustError) {
        try self.init(bytes: keyBytes(text, prefix: "ed25519:", what: "a public signing key"))
    }
}

private func keyBytes(_ text: String, prefix: String, what: String) throws(TrustError) -> [UInt8] {
    guard text.hasPrefix(prefix), let bytes = Base64.decodeURL(String(text.dropFirst(prefix.count)))
    else {
        throw TrustError(
            .badKey, operation: "read", subject: printable(text),
            cause: "it is not \(what) in its text form",
            remedy: "write \(prefix) and 43 characters of URL-safe base 64")
    }
    return bytes
}

private func badKey(_ what: String, _ count: Int) -> TrustError {
    TrustError(
        .badKey, operation: "read", subject: what, cause: "\(count) bytes are no such key",
        remedy: "give the 32 bytes that the machine publishes")
}
