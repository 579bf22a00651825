import Bus
import Resources
import Testing
import Trust

@testable import Node

@Suite struct BundleFormTests {
    private let digest = ContentDigest(of: [1, 2, 3])

    @Test func questionsAndPiecesAreReadAsWritten() throws {
        let question = BundleForm.Question(digest: digest, offset: 7, count: 9)
        #expect(try BundleForm.question(BundleForm.encode(question)) == question)
        #expect(try BundleForm.bytes(BundleForm.encode([4, 5])) == [4, 5])
    }

    @Test func moreThanOnePieceIsNotGivenAtOnce() throws {
        let question = BundleForm.Question(digest: digest, offset: 0, count: .max)
        let read = try BundleForm.question(BundleForm.encode(question))
        #expect(read.count == Limits.entriesBytes.value)
    }

    @Test(arguments: [[0x80], [0x84, 1, 0x41, 0, 0, 0], [0x84, 2, 0x40, 0, 0], []] as [[UInt8]])
    func whatIsNoQuestionIsRefused(bytes: [UInt8]) {
        #expect(throws: BusError.self) { try BundleForm.question(bytes) }
    }

    @Test func theFolderOfABundleIsKnownByItsDigest() throws {
        let found = try #require(
            BundleCourier.bundle(in: "/var/lib/pisces/apps/\(digest.hex)/bin/x"))
        #expect(found.0 == digest)
        #expect(found.rest == "/bin/x")
        #expect(BundleCourier.bundle(in: "/srv/apps/shop") == nil)
        #expect(BundleCourier.bundle(in: "/srv/\(digest.hex)") == nil)
    }
}
