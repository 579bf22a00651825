import Resources
import Testing
import Trust

@testable import Reproduction

@Suite struct ReleaseTests {
    private let issued = WallTime(milliseconds: 1_800_000_000_000)
    private let expires = WallTime(milliseconds: 1_900_000_000_000)

    private func release(sequence: Int64 = 7, by keys: [UInt8] = [0, 1]) throws -> Release {
        var release = Release(
            of: try Sample.description(sequence: sequence), issued: issued, expires: expires)
        for key in keys { try release.sign(by: LineageTests.key(key)) }
        return release
    }

    private func trust(_ keys: [UInt8] = [0, 1, 2], threshold: Int = 2) throws -> ReleaseTrust {
        try ReleaseTrust(
            keys: keys.map { try LineageTests.key($0).signerKey }, threshold: threshold)
    }

    private func present(
        sequence: Int64 = 6, generation: ContentDigest? = nil, now: Int64 = 1_850_000_000_000,
        floor: Int64 = 0
    ) -> ReleaseTrust.Present {
        .init(
            generation: generation, sequence: sequence, now: WallTime(milliseconds: now),
            floor: WallTime(milliseconds: floor))
    }

    private func refusal(
        _ release: Release, sequence: Int64 = 7, at present: ReleaseTrust.Present? = nil,
        _ trust: ReleaseTrust? = nil
    ) throws -> ReproductionError.Kind? {
        let (trust, present) = (try trust ?? self.trust(), present ?? self.present())
        let description = try Sample.description(sequence: sequence)
        return Sample.refusal {
            try trust.check(release, of: description, at: present)
        }?.kind
    }

    @Test func enoughKeysMakeARelease() throws {
        #expect(try refusal(release()) == nil)
        #expect(try refusal(release(by: [2, 0, 1])) == nil)
        #expect(try Release(release().encoded) == release())
        #expect(ContentDigest(of: try release().encoded).hex == Fixture.releaseDigest)
    }

    @Test func theOrderOfSigningDoesNotChangeTheBytes() throws {
        #expect(try release(by: [0, 1]).encoded == release(by: [1, 0, 1]).encoded)
    }

    @Test func tooFewKnownKeysAreRefused() throws {
        #expect(try refusal(release(by: [])) == .untrusted)
        #expect(try refusal(release(by: [0])) == .untrusted)
        #expect(try refusal(release(by: [0, 0])) == .untrusted)
        #expect(try refusal(release(by: [0, 8, 9])) == .untrusted)
    }

    @Test func aForgedVoteIsRefused() throws {
        let (honest, bytes) = (try release(), try release().encoded)
        var changed = 0
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1
            guard let read = try? Release(damaged) else { continue }
            changed += 1
            #expect(read != honest)
            #expect(try refusal(read) != nil, "byte \(index)")
        }
        #expect(changed > 100)
    }

    @Test func itIsOfOneDescriptionOnly() throws {
        #expect(try refusal(release(sequence: 8), sequence: 7) == .damaged)
    }

    @Test func theSequenceOnlyGrows() throws {
        #expect(try refusal(release(), at: present(sequence: 7)) == .outdated)
        #expect(try refusal(release(), at: present(sequence: 8)) == .outdated)
        let own = try Sample.description().digest
        #expect(try refusal(release(), at: present(sequence: 7, generation: own)) == nil)
        #expect(try refusal(release(), at: present(sequence: 0)) == nil)
    }

    @Test func itsTimeEnds() throws {
        let over = expires.milliseconds
        #expect(try refusal(release(), at: present(now: over - 1)) == nil)
        #expect(try refusal(release(), at: present(now: over)) == .expired)
    }

    @Test func aClockIn1970NeitherRefusesAGoodOneNorTakesAnExpiredOne() throws {
        #expect(try refusal(release(), at: present(now: 0)) == nil)
        let seen = present(now: 0, floor: expires.milliseconds)
        #expect(try refusal(release(), at: seen) == .expired)
    }

    @Test func aThresholdIsReachable() throws {
        for (keys, threshold) in [([], 1), ([0], 0), ([0], 2), ([0, 0], 2)] as [([UInt8], Int)] {
            #expect(Sample.refusal { _ = try trust(keys, threshold: threshold) }?.kind == .badForm)
        }
        let many = (0...UInt8(Limits.descriptionKeys.value)).map { $0 }
        #expect(Sample.refusal { _ = try trust(many, threshold: 1) } != nil)
    }

    @Test func otherFormsAreRefused() throws {
        let bytes = try release().encoded
        for count in bytes.indices {
            #expect(Sample.refusal { _ = try Release(Array(bytes[..<count])) }?.kind == .badForm)
        }
        let much = [UInt8](repeating: 0, count: 65_537)
        #expect(Sample.refusal { _ = try Release(much) }?.kind == .badForm)
    }
}
