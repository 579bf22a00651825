internal import Crypto
internal import FoundationEssentials
internal import Resources

/// The two private keys of a machine: X25519, to which values are sealed, and Ed25519, which signs.
///
/// Made on the machine and never sent anywhere. Whoever keeps the encoding keeps it readable by its
/// owner alone (`fileMode`) and refuses it otherwise.
public struct MachineKey: Sendable {
    let sealing: Curve25519.KeyAgreement.PrivateKey
    let signing: Curve25519.Signing.PrivateKey

    /// The permissions of a file that holds the encoding; more are refused.
    public static let fileMode: UInt32 = 0o600

    /// New keys from the kernel's random source.
    public init() {
        sealing = Curve25519.KeyAgreement.PrivateKey()
        signing = Curve25519.Signing.PrivateKey()
    }

    /// The keys of a seed of 64 random bytes: 32 for sealing, 32 for signing.
    public init(seed: SecretBytes) throws(TrustError) {
        guard seed.count == 64 else { throw Self.refusal("a seed has 64 bytes, not \(seed.count)") }
        let keys = seed.withBytes { bytes in
            (
                sealing: try? Curve25519.KeyAgreement.PrivateKey(
                    rawRepresentation: bytes[..<32]),
                signing: try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes[32...])
            )
        }
        guard let sealing = keys.sealing, let signing = keys.signing else {
            throw Self.refusal("its bytes are no keys")
        }
        self.sealing = sealing
        self.signing = signing
    }

    /// The private keys by their names, for who looks whether they leaked.
    public var secrets: [(name: String, key: SecretBytes)] {
        [
            ("sealing", SecretBytes(copying: sealing.rawRepresentation)),
            ("signing", SecretBytes(copying: signing.rawRepresentation)),
        ]
    }

    /// What others seal to.
    public var sealingKey: SealingKey { SealingKey(sealing.publicKey) }

    /// What others check signatures with.
    public var signerKey: SignerKey { SignerKey(signing.publicKey) }
}

extension MachineKey {
    /// The number of the encoding.
    private static let format: Int64 = 1

    /// Its encoding: a CBOR map of `format`, `sealing` and `signing`, the private keys of 32 bytes.
    public var encoded: SecretBytes {
        var writer = CBORWriter()
        writer.beginMap(3)
        writer.write("format")
        writer.write(Self.format)
        writer.write("sealing")
        writer.write(bytes: Array(sealing.rawRepresentation))
        writer.write("signing")
        writer.write(bytes: Array(signing.rawRepresentation))
        return SecretBytes(copying: writer.bytes)
    }

    /// Reads the encoding.
    public init(encoded: SecretBytes) throws(TrustError) {
        let seed = try encoded.withBytes { (bytes) throws(TrustError) -> SecretBytes? in
            do throws(CBORError) { return try Self.seed(bytes) } catch {
                throw Self.refusal("at byte \(error.offset) \(error.reason.rawValue)")
            }
        }
        guard let seed else { throw Self.refusal("it is no key of format \(Self.format)") }
        try self.init(seed: seed)
    }

    private static func seed(_ bytes: [UInt8]) throws(CBORError) -> SecretBytes? {
        var reader = CBORReader(bytes)
        var seed: [UInt8] = []
        let count = try reader.beginMap()
        guard count == 3, try reader.readsText("format"), try reader.readInt() == format,
            try reader.readsText("sealing")
        else { return nil }
        seed += try reader.readBytes()
        guard seed.count == 32, try reader.readsText("signing") else { return nil }
        seed += try reader.readBytes()
        try reader.finish()
        return SecretBytes(taking: &seed)
    }

    private static func refusal(_ cause: String) -> TrustError {
        TrustError(
            .badKey, operation: "read", subject: "the key of this machine", cause: cause,
            remedy: "restore the file from a copy; without one, remove it, and seal and sign anew")
    }
}

extension MachineKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The fingerprints of the public halves.
    public var description: String {
        "machine key (sealing \(sealingKey.fingerprint), signing \(signerKey.fingerprint))"
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}
