import Host
import Synchronization
import Testing
import Trust

@testable import Reproduction

/// A machine that fetches its system while its power and its network are cut.
@Suite struct BirthGatheringTests {
    private let sample = ImageSample()

    /// A parent, which says what it was asked.
    final class Parent: Sendable {
        let description: Description
        let source: MemorySource
        let left = Mutex<Int>(.max)
        let asked = Mutex<[Question]>([])

        struct Question: Hashable {
            let digest: ContentDigest
            let offset: Int64
        }

        init(_ description: Description, _ source: MemorySource) {
            self.description = description
            self.source = source
        }

        func answer(
            _ digest: ContentDigest, _ offset: Int64, _ count: Int
        ) throws(ReproductionError) -> [UInt8] {
            let isGone = left.withLock { left in
                left -= 1
                return left < 0
            }
            if isGone {
                throw ReproductionError(
                    .failed, operation: "ask", subject: "the parent", cause: "gone", remedy: "")
            }
            if digest == description.digest {
                return Array(description.encoded.dropFirst(Int(offset)).prefix(count))
            }
            asked.withLock { $0.append(Question(digest: digest, offset: offset)) }
            var bytes = [UInt8](repeating: 0, count: count)
            let read = try source.open(digest).read(into: &bytes, at: offset)
            return Array(bytes.prefix(read))
        }

        var gathering: BirthGathering {
            BirthGathering(description.digest, clock: LinuxClock()) {
                (digest, offset, count) throws(ReproductionError) in
                try self.answer(digest, offset, count)
            }
        }
    }

    private func parent() throws -> Parent { Parent(try sample.description(), sample.source) }

    private func target() throws -> (MemoryTarget, Range<Int64>) {
        let layout = try ImageLayout(sample.description())
        return (MemoryTarget(size: layout.diskBytes), layout.range(of: .rootB))
    }

    @Test("F10: what is built of what was fetched is the image, bit for bit")
    func whatIsBuiltOfItIsTheImageBitForBit() throws {
        let parent = try parent()
        let (disk, slot) = try target()
        let description = try parent.gathering.description()
        let staged = try StagedBlobs(on: disk, in: slot)
        try parent.gathering.gather(description, into: staged) { (_) in }
        _ = try Constructor(description, blobs: staged).construct(on: Used(disk))
        let expected = MemoryTarget(size: disk.size)
        let built = try sample.constructor().construct(on: expected)
        #expect(try disk.digest(of: built.bytes) == expected.digest(of: built.bytes))
    }

    @Test("F10: a cut at any question costs no piece twice")
    func aCutAtAnyQuestionCostsNoPieceTwice() throws {
        let parent = try parent()
        let description = try parent.gathering.description()
        let (disk, slot) = try target()
        for _ in 0..<200 {
            parent.left.withLock { $0 = 7 }
            let staged = try StagedBlobs(on: disk, in: slot)
            let error = Sample.refusal {
                try parent.gathering.gather(description, into: staged) { (_) in }
            }
            if error == nil { break }
            #expect(error?.kind == .failed)
        }
        let asked = parent.asked.withLock { $0 }
        #expect(Set(asked).count == asked.count)
        #expect(asked.count > 20)
        let staged = try StagedBlobs(on: disk, in: slot)
        #expect(description.blobs.allSatisfy { staged.has($0) })
    }

    @Test func anotherDescriptionIsRefused() throws {
        let parent = try parent()
        let other = ContentDigest(of: [1, 2])
        let gathering = BirthGathering(other, clock: LinuxClock()) {
            (_, offset, count) throws(ReproductionError) in
            try parent.answer(parent.description.digest, offset, count)
        }
        let error = Sample.refusal { _ = try gathering.description() }
        #expect(error?.kind == .damaged)
    }

    @Test func aParentThatGivesLessOrOthersIsFoundOut() throws {
        let description = try sample.description()
        let kernel = sample.boot.kernel
        let (disk, slot) = try target()
        let short = Parent(
            description, MemorySource(lying: kernel.digest, [1, 2, 3]))
        let staged = try StagedBlobs(on: disk, in: slot)
        let cut = Sample.refusal {
            try short.gathering.gather(description, into: staged) { (_) in }
        }
        #expect(cut?.kind == .damaged || cut?.kind == .missing)
        // Bytes of the right count that are others: they are staged, and found before they are used.
        var bytes = sample.contents[0]
        bytes[4000] ^= 1
        try staged.forget()
        try staged.add(bytes, to: kernel)
        let error = Sample.refusal { try staged.read(kernel) { (_) in } }
        #expect(error?.kind == .damaged)
    }
}

/// A disk that holds something: what shall be zeros has to be written.
private struct Used: ImageTarget {
    let disk: MemoryTarget
    let isBlank = false
    var name: String { disk.name }
    var size: Int64 { disk.size }

    init(_ disk: MemoryTarget) { self.disk = disk }

    func write(_ bytes: ArraySlice<UInt8>, at offset: Int64) throws(ReproductionError) {
        try disk.write(bytes, at: offset)
    }

    func read(at offset: Int64, count: Int) throws(ReproductionError) -> [UInt8] {
        try disk.read(at: offset, count: count)
    }

    func sync() throws(ReproductionError) {}
}
