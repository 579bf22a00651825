import Resources
import Testing
import Trust

@testable import Reproduction

/// What a machine refuses to become; each refusal is of its own kind.
@Suite struct UpdateOfferTests {
    private static let now: Int64 = 1_850_000_000_000
    private static let expires: Int64 = 1_900_000_000_000

    private func offer(
        _ description: Description, by keys: [UInt8] = [0, 1]
    ) throws -> UpdateOffer {
        var release = Release(
            of: description, issued: WallTime(milliseconds: 1_800_000_000_000),
            expires: WallTime(milliseconds: Self.expires))
        for key in keys { try release.sign(by: LineageTests.key(key)) }
        return UpdateOffer(description, release)
    }

    private func policy(_ keys: [UInt8] = [0, 1, 2], threshold: Int64 = 2) throws -> ValueMap {
        let texts = try keys.map {
            Value.text(try LineageTests.key($0).signerKey.description)
        }
        return ["keys": .list(texts), "threshold": .int(threshold)]
    }

    private func refusal(
        _ offer: UpdateOffer, running: Description? = nil, now: Int64 = UpdateOfferTests.now,
        quarantined: Set<ContentDigest> = [], policies: [ValueMap]? = nil
    ) throws -> ReproductionError? {
        let policy = try UpdatePolicy(try policies ?? [self.policy()])
        let machine = UpdateOffer.Machine(
            running: try running ?? UpdateSample.old, architecture: .x86_64,
            now: WallTime(milliseconds: now), quarantined: quarantined)
        return Sample.refusal { try offer.check(on: machine, policy: policy) }
    }

    @Test func whatEnoughKeysSignedIsTaken() throws {
        #expect(try refusal(offer(UpdateSample.new)) == nil)
    }

    @Test func whatNobodySignedIsRefused() throws {
        let unsigned = UpdateOffer(try UpdateSample.new, nil)
        #expect(try refusal(unsigned)?.kind == .untrusted)
        #expect(try refusal(offer(UpdateSample.new, by: []))?.kind == .untrusted)
    }

    @Test func keysThatDoNotCountAreRefused() throws {
        #expect(try refusal(offer(UpdateSample.new, by: [7, 8]))?.kind == .untrusted)
        #expect(try refusal(offer(UpdateSample.new, by: [0, 8]))?.kind == .untrusted)
    }

    @Test func aMachineWithoutPolicyTakesNothing() throws {
        let refused = try refusal(offer(UpdateSample.new), policies: [])
        #expect(refused?.kind == .untrusted)
        #expect(refused?.remedy.contains("updatepolicy") == true)
    }

    @Test func everyPolicyHasToBeSatisfied() throws {
        let both = [try policy(), try policy([5], threshold: 1)]
        #expect(try refusal(offer(UpdateSample.new), policies: both)?.kind == .untrusted)
        #expect(try refusal(offer(UpdateSample.new, by: [0, 1, 5]), policies: both) == nil)
    }

    @Test func anOlderSystemIsRefused() throws {
        let older = try UpdateSample.description(2, [])
        #expect(try refusal(offer(older))?.kind == .outdated)
        let same = try UpdateSample.description(3, [])
        #expect(try refusal(offer(same))?.kind == .outdated)
    }

    @Test func anExpiredReleaseIsRefused() throws {
        #expect(try refusal(offer(UpdateSample.new), now: Self.expires)?.kind == .expired)
    }

    @Test func aSystemForAnotherProcessorIsRefused() throws {
        let other = try UpdateSample.description(4, [], .aarch64)
        let refused = try refusal(offer(other))
        #expect(refused?.kind == .refused)
        #expect(refused?.cause == "it is for aarch64, and this machine is x86_64")
    }

    @Test func aSystemThatWasGivenUpIsRefused() throws {
        let digest = try UpdateSample.new.digest
        let refused = try refusal(offer(UpdateSample.new), quarantined: [digest])
        #expect(refused?.cause.contains("quarantine") == true)
        let other = try ContentDigest(of: UpdateSample.old.encoded)
        #expect(try refusal(offer(UpdateSample.new), quarantined: [other]) == nil)
    }

    @Test func whatRunsAndWhatDoesNotBootAreRefused() throws {
        #expect(try refusal(offer(UpdateSample.old))?.cause == "this machine runs it already")
        let hosted = try UpdateSample.description(4, [], boots: false)
        #expect(try refusal(offer(hosted))?.cause.contains("nothing in it boots") == true)
    }

    @Test func anotherLinuxIsNoImage() throws {
        let hosted = try UpdateSample.description(1, [], boots: false)
        let refused = try refusal(offer(UpdateSample.new), running: hosted)
        #expect(refused?.cause == "this machine does not run from an image")
    }

    @Test func theStrictestOfAllPoliciesCounts() throws {
        var (first, second) = (try policy(), try policy())
        first["patience"] = 60_000
        first["soak"] = 10_000
        second["soak"] = 90_000
        second["restart"] = false
        let policy = try UpdatePolicy([first, second])
        #expect(policy.patience == 60_000)
        #expect(policy.soak == 90_000)
        #expect(!policy.restarts)
        #expect(try UpdatePolicy([]).soak == UInt64(Limits.updateSoak.value))
    }

    @Test(
        arguments: [
            [:], ["keys": []], ["keys": ["ed25519:zz"]], ["keys": [7]],
        ] as [ValueMap]) func aPolicyWithoutKeysThatCountIsRefused(policy: ValueMap)
    {
        #expect(Sample.refusal { _ = try UpdatePolicy([policy]) } != nil)
    }

    @Test func theFewestAtOnceCount() throws {
        #expect(try UpdatePolicy([]).atOnce == 1)
        let key = Value.text(try LineageTests.key(0).signerKey.description)
        let policies: [ValueMap] = [
            ["keys": [key], "atOnce": 5], ["keys": [key], "atOnce": 3], ["keys": [key]],
        ]
        #expect(try UpdatePolicy(policies).atOnce == 3)
        #expect(try UpdatePolicy([["keys": [key], "atOnce": 0]]).atOnce == 1)
    }
}
