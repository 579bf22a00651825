import Host
import Resources
import Synchronization
import Trust

@testable import Reproduction

/// Content of tests, repeatable and of any size.
enum Content {
    static func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var random = SeededRandom(seed: seed)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            let word = random.next()
            for shift in stride(from: 0, to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        return Array(bytes.prefix(count))
    }
}

/// A source of content in memory, which counts what is read and fails on demand.
final class MemorySource: BlobSource {
    private let contents: [ContentDigest: [UInt8]]
    private let counted = Mutex(0)
    private let failing = Mutex<Int>(.max)

    init(_ contents: [[UInt8]]) {
        self.contents = Dictionary(
            contents.map { (ContentDigest(of: $0), $0) }, uniquingKeysWith: { $1 })
    }

    /// What gives other bytes than its digest says.
    init(lying digest: ContentDigest, _ bytes: [UInt8]) { contents = [digest: bytes] }

    /// Bytes that were read.
    var bytesRead: Int { counted.withLock { $0 } }

    /// Fails after so many more bytes, as a peer that goes away.
    func fail(after bytes: Int) { failing.withLock { $0 = bytes } }

    func open(_ digest: ContentDigest) throws(ReproductionError) -> BlobReader {
        guard let content = contents[digest] else {
            throw ReproductionError(
                .missing, operation: "open", subject: "\(digest)", cause: "not here", remedy: "")
        }
        return BlobReader(size: Int64(content.count)) {
            (buffer, offset) throws(ReproductionError) in
            let rest = content[min(content.count, Int(offset))...].prefix(buffer.count)
            let isOver = self.failing.withLock { left in
                left -= rest.count
                return left < 0
            }
            if isOver {
                throw ReproductionError(
                    .failed, operation: "read", subject: "\(digest)", cause: "peer", remedy: "")
            }
            buffer.replaceSubrange(..<rest.count, with: rest)
            self.counted.withLock { $0 += rest.count }
            return rest.count
        }
    }
}
