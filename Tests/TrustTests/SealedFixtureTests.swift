internal import Resources
internal import Testing

@testable internal import Trust

/// Bytes that were made elsewhere or once, and must open for ever.
@Suite struct SealedFixtureTests {
    static func hex(_ text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }

    /// RFC 9180, appendix A.2.1 (base mode, X25519, HKDF-SHA256, ChaCha20-Poly1305), message 0.
    @Test func theVectorOfRFC9180Opens() throws {
        let seed =
            Self.hex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb")
            + [UInt8](repeating: 1, count: 32)
        let key = try MachineKey(seed: SecretBytes(copying: seed))
        #expect(
            key.sealingKey.bytes
                == Self.hex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a"))
        let sealed = Self.hex(
            "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db"
                + "21993c62ce81883d2dd1b51a28")
        let opened = SealedBox.open(
            encapsulated: Self.hex(
                "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"),
            sealed, with: key, info: Array("Ode on a Grecian Urn".utf8),
            authenticating: Array("Count-0".utf8))
        #expect(opened == SecretBytes(copying: "Beauty is truth, truth beauty".utf8))
    }

    /// The public key of seed 9d61…7f60 and the signature of nothing: RFC 8032, section 7.1, test 1.
    @Test func theVectorOfRFC8032GivesItsPublicKey() throws {
        let seed =
            [UInt8](repeating: 1, count: 32)
            + Self.hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
        let key = try MachineKey(seed: SecretBytes(copying: seed))
        #expect(
            key.signerKey.bytes
                == Self.hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))
    }

    /// Made once by this room; Docs/Formats/sealed.md has the same bytes.
    @Test func aValueSealedBeforeOpens() throws {
        let value = try CBORReader.decode(Self.hex(Self.sealed))
        let sealed = try SealedValue(value, of: SealedValueTests.name())
        #expect(sealed.boxes.map(\.machine) == ["pi-0"])
        let opened = try sealed.open(
            with: MachineKeyTests.seeded(0), as: SealedValueTests.name(), version: 3)
        #expect(opened == SealedValueTests.planted)
        var writer = CBORWriter()
        writer.write(sealed.value)
        #expect(writer.bytes == Self.hex(Self.sealed))
    }

    static let sealed = """
        81a663626f7858504eff5be1ec380502b01373a4a97ffba954d4fd9560c1b3d1d664047ca7ae0630eb236ba2a26e
        a8298d35276bc05a4b898bab3d74cc8084849349fa4b2dfb8a1911fbb54fd06e3b7b9fb5d1023920265d636b6579
        58206f3c32814f6df22c4425d112f452ab29c861f398677d4219fab61948c55ffb2966736563726574781a2f7072
        6f642f7365637265742f6775657374626f6f6b2d6b6579676d616368696e656470692d306776657273696f6e0369
        726563697069656e7478325348413235363a586b6f73493667466573627a4c34514531346436636358506145516a
        5a366951476c663231302b524a4f77
        """

    /// The signature of seed 00…3f over the digest of "content" as a bundle.
    @Test func aSignatureMadeBeforeVerifies() throws {
        let key = try MachineKeyTests.seeded(0)
        let digest = ContentDigest(of: Array("content".utf8))
        let bytes = Self.hex(
            "4ac0fee0ff721391878b40377b382a6ccd8aa385735ff90f33a335b727883687"
                + "208921c316e61ae764d66ae29aa3ed156609dd0cb1501db89bd144c38f6b2209")
        try key.signerKey.verify(Signature(bytes: bytes), of: digest, as: .bundle)
        #expect(try key.sign(digest, as: .bundle).bytes == bytes)
        #expect(
            key.sealingKey.fingerprint.description
                == "SHA256:XkosI6gFesbzL4QE14d6ccXPaEQjZ6iQGlf210+RJOw")
        #expect(key.signerKey.description == "ed25519:Kay64UG8yvCyLhqU000LxzYeUm0L_hLIl5S8kyKWbdc")
    }
}
