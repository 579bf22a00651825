internal import Synchronization
public import Trust

/// Content that waits on the disk it is built on, in the slot that the new system leaves empty: a
/// machine that lost its power while it fetched goes on where it was, and needs no memory for it.
/// The constructor empties that slot when all else is written. Format: Docs/Formats/birth.md.
public final class StagedBlobs<Target: ImageTarget>: BlobSource {
    private let target: Target
    private let range: Range<Int64>
    private let state = Mutex(State())

    private struct State {
        var blobs: [ContentDigest: Staged] = [:]
        /// Where the next piece goes.
        var end: Int64 = 0
    }

    /// What is here of one blob: pieces that follow each other from its first byte on.
    private struct Staged {
        let size: Int64
        var pieces: [Piece] = []
        var count: Int64 { pieces.last.map { $0.offset + Int64($0.count) } ?? 0 }
    }

    private struct Piece {
        let offset: Int64
        let count: Int
        /// Where its bytes are on the target.
        let place: Int64
    }

    private static var magic: [UInt8] { Array("PISCESP1".utf8) }
    private static var head: Int64 { 512 }
    /// Bytes of a head that count, without the digest behind them.
    private static var words: Int { 64 }

    /// The content that is staged in `range` of `target`: all pieces up to the first that is not
    /// whole.
    public init(on target: Target, in range: Range<Int64>) throws(ReproductionError) {
        self.target = target
        self.range = range
        var found = State()
        found.end = range.lowerBound
        while let (digest, size, piece) = try read(at: found.end) {
            var staged = found.blobs[digest] ?? Staged(size: size)
            guard staged.size == size, staged.count == piece.offset else { break }
            staged.pieces.append(piece)
            found.blobs[digest] = staged
            found.end = piece.place + Int64(piece.count).rounded(upTo: Self.head)
        }
        state.withLock { [found] in $0 = found }
    }

    /// How many bytes of a blob are here, from its first on; nil when nothing was staged of it.
    public func count(of digest: ContentDigest) -> Int64? {
        state.withLock { $0.blobs[digest]?.count }
    }

    /// True when all of a blob is here.
    public func has(_ blob: Blob) -> Bool { count(of: blob.digest) == blob.size }

    /// Adds the next bytes of a blob. Durable after ``sync()``.
    public func add(_ bytes: [UInt8], to blob: Blob) throws(ReproductionError) {
        let (offset, end) = state.withLock { ($0.blobs[blob.digest]?.count ?? 0, $0.end) }
        let place = end + Self.head
        let next = place + Int64(bytes.count).rounded(upTo: Self.head)
        guard next <= range.upperBound else {
            throw ReproductionError(
                .noSpace, operation: "stage", subject: blob.digest.description,
                cause: "the slot has \(range.count) bytes, and this takes it past them",
                remedy: "describe the system with larger slots")
        }
        var record = Self.magic + blob.digest.bytes
        record.append(little: UInt64(blob.size))
        record.append(little: UInt64(offset))
        record.append(little: UInt64(bytes.count))
        record += Self.digest(record, bytes)
        record.pad(to: Int(Self.head))
        record += bytes
        record.pad(to: Int(next - end))
        try target.write(record[...], at: end)
        state.withLock { state in
            var staged = state.blobs[blob.digest] ?? Staged(size: blob.size)
            staged.pieces.append(Piece(offset: offset, count: bytes.count, place: place))
            state.blobs[blob.digest] = staged
            state.end = next
        }
    }

    /// Makes all that was added durable.
    public func sync() throws(ReproductionError) { try target.sync() }

    /// Forgets everything: the next one begins anew.
    public func forget() throws(ReproductionError) {
        try target.write(Rope.zeros[..<Int(Self.head)], at: range.lowerBound)
        try target.sync()
        state.withLock { $0 = State(blobs: [:], end: range.lowerBound) }
    }

    public func open(_ digest: ContentDigest) throws(ReproductionError) -> BlobReader {
        guard let staged = state.withLock({ $0.blobs[digest] }), staged.count == staged.size else {
            throw ReproductionError(
                .missing, operation: "open", subject: digest.description,
                cause: "it is not staged whole", remedy: "fetch the rest of it")
        }
        let target = target
        return BlobReader(size: staged.size) { (buffer, offset) throws(ReproductionError) in
            var (filled, place) = (0, offset)
            for piece in staged.pieces where filled < buffer.count {
                let within = place - piece.offset
                guard (0..<Int64(piece.count)).contains(within) else { continue }
                let count = min(buffer.count - filled, piece.count - Int(within))
                let bytes = try target.read(at: piece.place + within, count: count)
                buffer.set(filled, bytes)
                filled += bytes.count
                place += Int64(bytes.count)
            }
            return filled
        }
    }

    /// The piece whose head is at `place`; nil when there is none that is whole.
    private func read(
        at place: Int64
    ) throws(ReproductionError) -> (ContentDigest, size: Int64, Piece)? {
        guard place + Self.head <= range.upperBound else { return nil }
        let head = try target.read(at: place, count: Int(Self.head))
        guard head.count == Int(Self.head), head.starts(with: Self.magic),
            let digest = ContentDigest(bytes: Array(head[8..<40]))
        else { return nil }
        let room = range.upperBound - place - Self.head
        let (size, offset, count) = (head.long(40), head.long(48), head.long(56))
        guard size >= 0, offset >= 0, (0...room).contains(count),
            count <= Int64(BirthGathering.pieceBytes)
        else { return nil }
        let bytes = try target.read(at: place + Self.head, count: Int(count))
        guard bytes.count == Int(count),
            Self.digest(Array(head[..<Self.words]), bytes) == Array(head[Self.words..<96])
        else { return nil }
        let piece = Piece(offset: offset, count: Int(count), place: place + Self.head)
        return (digest, size, piece)
    }

    private static func digest(_ words: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        var hasher = ContentHasher()
        hasher.update(words)
        hasher.update(bytes)
        return hasher.finish().bytes
    }
}

extension [UInt8] {
    /// The 64 bits at `offset`, as a number with a sign.
    fileprivate func long(_ offset: Int) -> Int64 {
        (0..<8).reduce(Int64(0)) { $0 | Int64(self[offset + $1]) << (8 * $1) }
    }
}
