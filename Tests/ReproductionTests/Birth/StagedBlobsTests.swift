import Testing
import Trust

@testable import Reproduction

/// Content that waits on the disk it is built on.
@Suite struct StagedBlobsTests {
    private let contents = [
        Content.bytes(70_000, seed: 1), [], Content.bytes(512, seed: 3),
        Content.bytes(1, seed: 4),
    ]
    private let range: Range<Int64> = 1 << 20..<2 << 20

    private func staged(on target: MemoryTarget) throws -> StagedBlobs<MemoryTarget> {
        let staged = try StagedBlobs(on: target, in: range)
        for content in contents {
            let blob = Blob(of: content)
            if content.isEmpty { try staged.add([], to: blob) }
            for start in stride(from: 0, to: content.count, by: 30_000) {
                try staged.add(
                    Array(content[start..<min(start + 30_000, content.count)]), to: blob)
            }
        }
        return staged
    }

    private func check(_ staged: StagedBlobs<MemoryTarget>, _ contents: [[UInt8]]) throws {
        for content in contents {
            let blob = Blob(of: content)
            #expect(staged.has(blob))
            var read: [UInt8] = []
            try staged.read(blob) { (bytes) in read += bytes }
            #expect(read == content)
        }
    }

    @Test func itIsThereAfterACutOfThePower() throws {
        let target = MemoryTarget(size: 4 << 20)
        try check(staged(on: target), contents)
        let again = try StagedBlobs(on: target, in: range)
        try check(again, contents)
        // And goes on behind what is there.
        let more = Content.bytes(9000, seed: 9)
        try again.add(more, to: Blob(of: more))
        try check(try StagedBlobs(on: target, in: range), contents + [more])
    }

    @Test func itStaysInItsRange() throws {
        let target = MemoryTarget(size: 4 << 20)
        let staged = try staged(on: target)
        let large = Content.bytes(900_000, seed: 8)
        try staged.add(large, to: Blob(of: large))
        let error = Sample.refusal { try staged.add(Content.bytes(200_000), to: Blob(of: [1])) }
        #expect(error?.kind == .noSpace)
        #expect(try target.read(at: 0, count: 1 << 20).allSatisfy { $0 == 0 })
        #expect(try target.read(at: 2 << 20, count: 1 << 20).allSatisfy { $0 == 0 })
        try check(staged, contents + [large])
    }

    @Test func aTornOrChangedPieceEndsIt() throws {
        let target = MemoryTarget(size: 4 << 20)
        _ = try staged(on: target)
        // The third piece of the first blob: heads and padding take whole blocks of 512 bytes.
        let third = range.lowerBound + 2 * Int64(512 + 30_208)
        for offset in [0, 8, 39, 40, 48, 56, 63, 64, 95, 512, 700, 512 + 9_999] as [Int64] {
            let byte = try target.read(at: third + offset, count: 1)[0]
            try target.write([byte ^ 0x10], at: third + offset)
            let found = try StagedBlobs(on: target, in: range)
            #expect(found.count(of: ContentDigest(of: contents[0])) == 60_000, "byte \(offset)")
            #expect(found.count(of: ContentDigest(of: contents[2])) == nil)
            try target.write([byte], at: third + offset)
        }
        try check(try StagedBlobs(on: target, in: range), contents)
    }

    @Test func whatIsNotWholeIsNotGiven() throws {
        let target = MemoryTarget(size: 4 << 20)
        let staged = try StagedBlobs(on: target, in: range)
        let blob = Blob(of: contents[0])
        try staged.add(Array(contents[0][..<30_000]), to: blob)
        let error = Sample.refusal { _ = try staged.open(blob.digest) }
        #expect(error?.kind == .missing)
    }

    @Test func forgettingBeginsAnew() throws {
        let target = MemoryTarget(size: 4 << 20)
        let staged = try staged(on: target)
        try staged.forget()
        #expect(staged.count(of: ContentDigest(of: contents[0])) == nil)
        let again = try StagedBlobs(on: target, in: range)
        #expect(again.count(of: ContentDigest(of: contents[0])) == nil)
    }
}
