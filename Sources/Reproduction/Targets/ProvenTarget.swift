internal import Synchronization
internal import Trust

/// A target that remembers what was written where, so that it can be read back past all caches
/// and compared. Holds 48 bytes for each piece of at most 256 KiB.
final class ProvenTarget<Target: ImageTarget>: ImageTarget {
    private let target: Target
    private let pieces = Mutex<[Int64: Piece]>([:])

    private struct Piece {
        let count: Int
        let digest: ContentDigest
    }

    init(_ target: Target) { self.target = target }

    var name: String { target.name }
    var size: Int64 { get throws(ReproductionError) { try target.size } }
    var isBlank: Bool { target.isBlank }

    func write(_ bytes: ArraySlice<UInt8>, at offset: Int64) throws(ReproductionError) {
        try target.write(bytes, at: offset)
        let piece = Piece(count: bytes.count, digest: Self.digest(bytes))
        pieces.withLock { $0[offset] = piece }
    }

    func read(at offset: Int64, count: Int) throws(ReproductionError) -> [UInt8] {
        try target.read(at: offset, count: count)
    }

    func readBack(at offset: Int64, count: Int) throws(ReproductionError) -> [UInt8] {
        try target.readBack(at: offset, count: count)
    }

    func clear(_ range: Range<Int64>) throws(ReproductionError) { try target.clear(range) }

    func sync() throws(ReproductionError) { try target.sync() }

    /// The digest of all that was written and where.
    var written: ContentDigest {
        let pieces = pieces.withLock { $0 }
        var hasher = ContentHasher()
        for (offset, piece) in pieces.sorted(by: { $0.key < $1.key }) {
            Self.add(offset, piece.count, piece.digest, to: &hasher)
        }
        return hasher.finish()
    }

    /// The same of what the medium gives back; `report` is told of the bytes of each piece.
    func readBack(
        _ report: (Int) throws(ReproductionError) -> Void
    ) throws(ReproductionError) -> ContentDigest {
        let pieces = pieces.withLock { $0 }
        var hasher = ContentHasher()
        for (offset, piece) in pieces.sorted(by: { $0.key < $1.key }) {
            let bytes = try target.readBack(at: offset, count: piece.count)
            Self.add(offset, bytes.count, Self.digest(bytes[...]), to: &hasher)
            try report(bytes.count)
        }
        return hasher.finish()
    }

    private static func digest(_ bytes: ArraySlice<UInt8>) -> ContentDigest {
        var hasher = ContentHasher()
        hasher.update(bytes)
        return hasher.finish()
    }

    private static func add(
        _ offset: Int64, _ count: Int, _ digest: ContentDigest, to hasher: inout ContentHasher
    ) {
        var line: [UInt8] = []
        line.append(little: UInt64(offset))
        line.append(little: UInt64(count))
        hasher.update(line + digest.bytes)
    }
}
