internal import Resources
internal import Testing
internal import Trust

@Suite struct MachineKeyTests {
    static func seeded(_ start: UInt8) throws -> MachineKey {
        try MachineKey(seed: SecretBytes(copying: (0..<64).map { start &+ UInt8($0) }))
    }

    /// `sealing` is 00…1f and `signing` 20…3f: the page Docs/Formats/sealed.md has these bytes.
    static let encoded: [UInt8] =
        [0xA3, 0x66] + Array("format".utf8) + [1, 0x67] + Array("sealing".utf8) + [0x58, 0x20]
        + Array(0..<32) + [0x67] + Array("signing".utf8) + [0x58, 0x20] + Array(32..<64)

    @Test func itsEncodingIsByteExactAndReadBack() throws {
        let key = try Self.seeded(0)
        #expect(key.encoded.withBytes { $0 } == Self.encoded)
        let read = try MachineKey(encoded: SecretBytes(copying: Self.encoded))
        #expect(read.sealingKey == key.sealingKey)
        #expect(read.signerKey == key.signerKey)
        #expect(MachineKey.fileMode == 0o600)
    }

    @Test func damagedEncodingsAreRefused() throws {
        for count in 0..<Self.encoded.count {
            #expect(throws: TrustError.self) {
                try MachineKey(encoded: SecretBytes(copying: Self.encoded.prefix(count)))
            }
        }
        var other = Self.encoded
        other[8] = 2
        for bytes in [other, Self.encoded + [0], []] {
            let error = #expect(throws: TrustError.self) {
                try MachineKey(encoded: SecretBytes(copying: bytes))
            }
            #expect(error?.kind == .badKey)
            #expect(error?.description.contains("remove it") == true)
        }
        #expect(throws: TrustError.self) {
            try MachineKey(seed: SecretBytes(copying: Array(0..<63)))
        }
    }

    @Test func noTextOfItShowsAPrivateKey() throws {
        let key = try Self.seeded(0)
        var text = "\(key) \(String(reflecting: key)) \(Optional(key) as Any)"
        dump(key, to: &text)
        #expect(text.contains("\(key.sealingKey.fingerprint)"))
        #expect(!text.contains("Base") && !text.contains("17, 18"))
        #expect(Mirror(reflecting: key).children.isEmpty)
    }

    @Test func newKeysDiffer() {
        let (one, two) = (MachineKey(), MachineKey())
        #expect(one.sealingKey != two.sealingKey)
        #expect(one.signerKey != two.signerKey)
    }

    @Test func publicKeysAndFingerprintsAreReadFromTheirText() throws {
        let key = try Self.seeded(1)
        #expect(try SealingKey(key.sealingKey.description) == key.sealingKey)
        #expect(try SignerKey(key.signerKey.description) == key.signerKey)
        let name = key.signerKey.fingerprint
        #expect(name.description.utf8.count == 50)
        #expect(Fingerprint(name.description) == name)
        #expect(name != key.sealingKey.fingerprint)
    }

    @Test(arguments: [
        "", "ed25519:", "ed25519:AA", "x25519:AAAA", "ed25519:****",
        "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ])
    func otherTextsAreNoKeys(text: String) {
        let error = #expect(throws: TrustError.self) { try SignerKey(text) }
        #expect(error?.kind == .badKey)
        #expect(Fingerprint(text) == nil)
        #expect(Fingerprint("SHA256:" + text) == nil)
    }
}
