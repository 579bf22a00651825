import Resources
import Testing
import Trust

@testable import Reproduction

/// Certificates of several births: as text, as resources, and up to the founder.
@Suite struct LineageChainTests {
    /// Births from key 0 to key `count`.
    private func chain(_ count: Int) throws -> [Lineage] {
        try (1...count).map { number in
            try Lineage(
                child: try LineageTests.key(UInt8(number)).signerKey,
                generation: ContentDigest(of: [UInt8(number)]), number: Int64(number),
                parent: try LineageTests.key(UInt8(number - 1)))
        }
    }

    @Test func textAndResourcesGiveThemBack() throws {
        let chain = try chain(3)
        #expect(try Lineage.chain(Lineage.text(of: chain)) == chain)
        for link in chain { #expect(try Lineage(data: link.data) == link) }
    }

    @Test("F7: a lineage verifies up to the founder")
    func theChainToAKeyIsFoundAmongAll() throws {
        let chain = try chain(3)
        let key = try LineageTests.key(2).signerKey
        #expect(try Lineage.chain(to: key, among: chain.reversed()) == Array(chain.prefix(2)))
        let founder = try LineageTests.key(0).signerKey
        #expect(try Lineage.chain(to: founder, among: chain).isEmpty)
        // Without the first birth, the second has no founder that is known.
        let gap = Sample.refusal { _ = try Lineage.chain(to: key, among: Array(chain.dropFirst())) }
        #expect(gap?.kind == .untrusted)
    }

    @Test func aCircleIsRefused() throws {
        let (one, two) = (try LineageTests.key(1), try LineageTests.key(2))
        let links = [
            try Lineage(
                child: two.signerKey, generation: ContentDigest(of: [1]), number: 1, parent: one),
            try Lineage(
                child: one.signerKey, generation: ContentDigest(of: [1]), number: 2, parent: two),
        ]
        let error = Sample.refusal { _ = try Lineage.chain(to: one.signerKey, among: links) }
        #expect(error?.kind == .untrusted)
    }

    @Test(arguments: ["", "zz", "abc", "00", "+1+1"]) func otherTextIsRefused(text: String) {
        #expect(Sample.refusal { _ = try Lineage.chain(text) } != nil)
    }

    @Test func oneFlippedDigitIsRefused() throws {
        let text = Lineage.text(of: try chain(2))
        for place in stride(from: 0, to: text.utf8.count, by: 37) {
            var bytes = Array(text.utf8)
            if bytes[place] == 10 { continue }
            bytes[place] = bytes[place] == 0x30 ? 0x31 : 0x30
            let changed = String(decoding: bytes, as: UTF8.self)
            #expect(Sample.refusal { _ = try Lineage.chain(changed) } != nil, "\(place)")
        }
    }
}
