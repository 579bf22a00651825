internal import Crypto
internal import FoundationEssentials

/// One HPKE message (RFC 9180): base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
/// ChaCha20-Poly1305, single shot. The ephemeral key comes from the kernel's random source.
enum SealedBox {
    /// Seals to a key; nil when the library refuses it, as for a point of small order.
    static func seal(
        _ content: [UInt8], to key: SealingKey, info: [UInt8], authenticating data: [UInt8]
    ) -> (encapsulated: [UInt8], ciphertext: [UInt8])? {
        guard
            let recipient = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: key.bytes),
            var sender = try? HPKE.Sender(
                recipientKey: recipient, ciphersuite: .Curve25519_SHA256_ChachaPoly,
                info: Data(info)),
            let ciphertext = try? sender.seal(content, authenticating: data)
        else { return nil }
        return (Array(sender.encapsulatedKey), Array(ciphertext))
    }

    /// Opens with a key; nil when any of key, bytes, `info` and `data` is another.
    static func open(
        encapsulated: [UInt8], _ ciphertext: [UInt8], with key: MachineKey, info: [UInt8],
        authenticating data: [UInt8]
    ) -> SecretBytes? {
        guard
            var recipient = try? HPKE.Recipient(
                privateKey: key.sealing, ciphersuite: .Curve25519_SHA256_ChachaPoly,
                info: Data(info), encapsulatedKey: Data(encapsulated)),
            var content = try? recipient.open(ciphertext, authenticating: data)
        else { return nil }
        let secret = SecretBytes(copying: content)
        unsafe content.withUnsafeMutableBytes { unsafe wipe($0) }
        return secret
    }
}
