/// A long run of bytes made of short ones, blobs and zeros (a rope: Boehm, Atkinson, Plass 1995).
///
/// A writer lays out a whole file system as a rope without reading one blob, so that it is a pure
/// function of names and sizes, and memory does not grow with content. Reading, and the proof of
/// what is read, happen in one place: `write`.
public struct Rope: Sendable {
    /// A part of a rope.
    enum Piece: Sendable {
        case bytes([UInt8])
        case blob(Blob)
        case zeros(Int64)
    }

    /// What is done, except for what is in `open`.
    private var closed: [Piece] = []
    /// Short runs that follow each other become one piece.
    private var open: [UInt8] = []
    /// Its bytes.
    public private(set) var size: Int64 = 0

    /// Runs longer than this are not joined.
    private static let joinedMost = 64 << 10

    /// No bytes.
    init() {}

    /// Those bytes.
    init(_ bytes: [UInt8]) { append(bytes) }

    /// The content of a blob.
    init(_ blob: Blob) { append(blob) }

    var pieces: [Piece] { open.isEmpty ? closed : closed + [.bytes(open)] }

    mutating func append(_ bytes: [UInt8]) {
        if open.count + bytes.count > Self.joinedMost { close() }
        open += bytes
        size += Int64(bytes.count)
    }

    mutating func append(_ blob: Blob) {
        guard blob.size > 0 else { return }
        close()
        closed.append(.blob(blob))
        size += blob.size
    }

    mutating func append(zeros count: Int64) {
        if count <= 0 { return }
        if count <= 4096 { return append([UInt8](repeating: 0, count: Int(count))) }
        close()
        closed.append(.zeros(count))
        size += count
    }

    mutating func append(_ rope: Rope) {
        close()
        closed += rope.pieces
        size += rope.size
    }

    /// Appends zeros up to the next multiple of `unit`.
    mutating func pad(toMultipleOf unit: Int64) { append(zeros: size.rounded(upTo: unit) - size) }

    /// Appends zeros up to that many bytes.
    mutating func pad(to end: Int64) { append(zeros: end - size) }

    private mutating func close() {
        if open.isEmpty { return }
        closed.append(.bytes(open))
        open = []
    }
}

extension Rope {
    /// Gives all bytes in order, in slices of at most 256 KiB. Each blob is proven by its digest
    /// after its last byte was given: when this throws, what was made of the bytes is worth nothing.
    public func write(
        from blobs: some BlobSource,
        _ take: (ArraySlice<UInt8>) throws(ReproductionError) -> Void
    ) throws(ReproductionError) {
        for piece in pieces {
            switch piece {
            case .bytes(let bytes): try take(bytes[...])
            case .blob(let blob): try blobs.read(blob, take)
            case .zeros(let count):
                var rest = count
                while rest > 0 {
                    let part = Int(min(rest, Int64(Self.zeros.count)))
                    try take(Self.zeros[..<part])
                    rest -= Int64(part)
                }
            }
        }
    }

    static let zeros = [UInt8](repeating: 0, count: 256 << 10)
}
