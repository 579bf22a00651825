import Host
import Resources
import Synchronization
import Testing
import Trust

@testable import Reproduction

@Suite struct CopierTests {
    private let disk = SimulatedDisk(seed: 1)
    private let clock = SimulatedClock()
    private let contents = (1...5).map { Content.bytes(300_000, seed: UInt64($0)) }

    private var blobs: [Blob] { contents.map { Blob(of: $0) } }
    private var copier: Copier<SimulatedDisk> {
        Copier(into: BlobStore(disk: disk, path: "/blobs", quota: .max), clock: clock)
    }

    @Test func onlyWhatIsMissingIsCopied() throws {
        try copier.store.put(contents[2])
        #expect(try copier.missing(blobs).count == 4)
        let source = MemorySource(contents)
        let progress = try copier.copy(blobs, from: [source])
        #expect(source.bytesRead == 4 * 300_000)
        #expect(progress.copied == 4 * 300_000)
        #expect(progress.done == progress.total)
        #expect(progress.blobsDone == 5)
        #expect(try copier.missing(blobs).isEmpty)
        let again = try copier.copy(blobs, from: [source])
        #expect(again.copied == 0)
        #expect(again.done == again.total)
    }

    @Test func progressSaysBytesRateAndEstimate() throws {
        var seen: [CopyProgress] = []
        let clock = clock
        _ = try copier.copy(blobs, from: [MemorySource(contents)]) { progress in
            clock.advance(milliseconds: 100)
            seen.append(progress)
        }
        #expect(seen.map(\.done) == seen.map(\.done).sorted())
        #expect(seen.last?.done == 1_500_000)
        let middle = try #require(seen.first { $0.done == 600_000 })
        #expect(middle.rate > 0)
        let estimate = try #require(middle.estimate)
        #expect(abs(estimate * middle.rate - 900_000) < 1)
    }

    @Test func aCopyThatIsEndedGoesOn() throws {
        let source = MemorySource(contents)
        let refusal = Sample.refusal {
            _ = try copier.copy(blobs, from: [source]) {
                (progress) throws(ReproductionError) in
                guard progress.done < 800_000 else {
                    throw ReproductionError(
                        .cancelled, operation: "copy", subject: "it", cause: "enough", remedy: "")
                }
            }
        }
        #expect(refusal?.kind == .cancelled)
        let before = source.bytesRead
        let progress = try copier.copy(blobs, from: [source])
        #expect(progress.done == 1_500_000)
        #expect(source.bytesRead - before <= 1_500_000 - 800_000 + 1)
    }

    @Test func whatOneSourceLacksOrDamagedComesFromTheNext() throws {
        var damaged = contents[0]
        damaged[7] ^= 1
        let liar = MemorySource(lying: blobs[0].digest, damaged)
        try copier.copy(blobs, from: [liar, MemorySource(contents)])
        #expect(try copier.missing(blobs).isEmpty)
        #expect(try copier.store.damaged().isEmpty)
    }

    @Test func withoutAWholeSourceTheCauseIsNamed() throws {
        let none = Sample.refusal { try copier.copy(blobs, from: []) }
        #expect(none?.kind == .missing)
        let lacking = Sample.refusal {
            try copier.copy(blobs, from: [MemorySource(Array(contents.dropFirst()))])
        }
        #expect(lacking?.kind == .missing)
        var damaged = contents[0]
        damaged[7] ^= 1
        let liar = MemorySource(lying: blobs[0].digest, damaged)
        #expect(Sample.refusal { try copier.copy([blobs[0]], from: [liar]) }?.kind == .damaged)
    }

    @Test func aFullDiskEndsTheCopyWhateverTheSource() throws {
        disk.set(capacity: 700_000)
        let source = MemorySource(contents)
        let refusal = Sample.refusal { try copier.copy(blobs, from: [source, source]) }
        #expect(refusal?.kind == .noSpace)
    }

    @Test func anotherStoreIsASource() throws {
        let other = BlobStore(disk: SimulatedDisk(seed: 2), path: "/stick", quota: .max)
        for content in contents { try other.put(content) }
        try copier.copy(try other.list(), from: [other])
        #expect(try copier.store.list() == other.list())
    }
}
