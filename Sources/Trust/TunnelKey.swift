internal import Crypto
internal import Resources

/// The private key of a machine's end of WireGuard tunnels (X25519). Made on the machine and never
/// sent anywhere; whoever keeps it keeps it readable by its owner alone.
public struct TunnelKey: Sendable {
    private let key: Curve25519.KeyAgreement.PrivateKey

    /// A new key from the kernel's random source.
    public init() { key = Curve25519.KeyAgreement.PrivateKey() }

    /// Reads a key as `wg genkey` writes it: base64 of 32 bytes, with or without the end of a line.
    public init(text: SecretBytes) throws(TrustError) {
        let decoded = text.withBytes { bytes -> Curve25519.KeyAgreement.PrivateKey? in
            var line = bytes
            defer { wipe(&line) }
            if line.last == 0x0A { line.removeLast() }
            guard line.count == 44,
                var raw = Base64.decode(String(decoding: line, as: UTF8.self))
            else { return nil }
            defer { wipe(&raw) }
            return try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: raw)
        }
        guard let decoded else {
            throw TrustError(
                .badKey, operation: "read", subject: "the key of this machine's tunnels",
                cause: "it is no base64 of 32 bytes",
                remedy: "remove the file; another key is made")
        }
        key = decoded
    }

    /// The key as `wg genkey` writes it.
    public var text: SecretBytes {
        secret.withBytes { SecretBytes(copying: Array(Base64.encode($0).utf8) + [0x0A]) }
    }

    /// Its 32 bytes.
    public var secret: SecretBytes { SecretBytes(copying: key.rawRepresentation) }

    /// What other machines know it by, 32 bytes.
    public var publicKey: [UInt8] { Array(key.publicKey.rawRepresentation) }
}
