import Resources
import Testing
import Trust

@testable import Reproduction

@Suite struct LineageTests {
    static func key(_ start: UInt8) throws -> MachineKey {
        try MachineKey(seed: SecretBytes(copying: (0..<64).map { start &+ UInt8($0) }))
    }

    private func certificate(
        _ child: UInt8, of parent: UInt8, number: Int64
    ) throws -> Lineage {
        try Lineage(
            child: Self.key(child).signerKey, generation: ContentDigest(of: [7]), number: number,
            parent: Self.key(parent))
    }

    @Test func aCertificateIsWrittenAndRead() throws {
        let lineage = try certificate(1, of: 0, number: 1)
        #expect(try Lineage(lineage.encoded) == lineage)
        #expect(ContentDigest(of: lineage.encoded).hex == Fixture.lineageDigest)
    }

    @Test func everyFlippedBitIsRefused() throws {
        let bytes = try certificate(1, of: 0, number: 1).encoded
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << UInt8(bit)
                #expect(Sample.refusal { _ = try Lineage(damaged) } != nil, "\(index) \(bit)")
            }
        }
        #expect(Sample.refusal { _ = try Lineage(bytes + [0]) }?.kind == .badForm)
        #expect(Sample.refusal { _ = try Lineage(Array(bytes.dropLast())) }?.kind == .badForm)
    }

    @Test func aChainLeadsToTheFounder() throws {
        let founder = try Self.key(0).signerKey
        let chain = try (1...4).map {
            try certificate(UInt8($0), of: UInt8($0 - 1), number: Int64($0))
        }
        try Lineage.verify(chain, founder: founder)
        try Lineage.verify([], founder: founder)
        let stranger = try Self.key(9).signerKey
        #expect(Sample.refusal { try Lineage.verify(chain, founder: stranger) } != nil)
        for gone in 0..<3 {
            var broken = chain
            broken.remove(at: gone)
            let refusal = Sample.refusal { try Lineage.verify(broken, founder: founder) }
            #expect(refusal?.kind == .untrusted)
        }
        let jump = [chain[0], try certificate(2, of: 1, number: 3)]
        #expect(Sample.refusal { try Lineage.verify(jump, founder: founder) }?.kind == .untrusted)
    }

    @Test func birthsCountFromOneWithinTheLimit() throws {
        #expect(Sample.refusal { _ = try certificate(1, of: 0, number: 0) }?.kind == .tooLarge)
        let far = Int64(Limits.lineageDepth.value) + 1
        #expect(Sample.refusal { _ = try certificate(1, of: 0, number: far) }?.kind == .tooLarge)
        #expect(Sample.refusal { _ = try certificate(1, of: 1, number: 1) }?.kind == .untrusted)
    }
}
