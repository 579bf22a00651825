internal import Resources
internal import Testing

@testable internal import Trust

@Suite struct SignatureTests {
    private let digest = ContentDigest(of: Array("content".utf8))

    @Test func aSignatureIsOfOneKeyOneContentAndOneDomain() throws {
        let (key, other) = (try MachineKeyTests.seeded(0), try MachineKeyTests.seeded(1))
        let signature = try key.sign(digest, as: .bundle)
        try key.signerKey.verify(signature, of: digest, as: .bundle)
        let error = #expect(throws: TrustError.self) {
            try other.signerKey.verify(signature, of: digest, as: .bundle)
        }
        #expect(error?.kind == .damaged)
        #expect(throws: TrustError.self) {
            try key.signerKey.verify(signature, of: digest, as: .machine)
        }
        #expect(throws: TrustError.self) {
            try key.signerKey.verify(signature, of: ContentDigest(of: []), as: .bundle)
        }
        for bit in 0..<512 {
            var bytes = signature.bytes
            bytes[bit / 8] ^= 1 << (bit % 8)
            let damaged = try Signature(bytes: bytes)
            #expect(throws: TrustError.self) {
                try key.signerKey.verify(damaged, of: digest, as: .bundle)
            }
        }
    }

    @Test(arguments: [0, 63, 65]) func otherCountsAreNoSignature(count: Int) {
        let error = #expect(throws: TrustError.self) {
            try Signature(bytes: [UInt8](repeating: 0, count: count))
        }
        #expect(error?.kind == .badForm)
    }

    @Test func whatIsSignedIsByteExact() {
        let message = Signature.message(digest, .bundle)
        #expect(message == Array("pisces signature 1\0bundle\0".utf8) + digest.bytes)
    }

    @Test func digestsAreReadFromTheirText() throws {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        #expect(ContentDigest(of: []).hex == empty)
        #expect(ContentDigest(empty) == ContentDigest(of: []))
        #expect(ContentDigest("sha256:" + empty) == ContentDigest(of: []))
        var hasher = ContentHasher()
        hasher.update(Array("con".utf8))
        hasher.update(Array("tent".utf8))
        #expect(hasher.finish() == digest)
        for text in ["", "sha256:", empty.uppercased(), empty + "0", "sha512:" + empty] {
            #expect(ContentDigest(text) == nil)
        }
        #expect(ContentDigest(bytes: [1]) == nil)
    }
}
