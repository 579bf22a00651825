public import Trust

/// Where content is had by its digest.
public protocol BlobSource: Sendable {
    /// Opens content for reading; `missing` when it is not there. Nothing is verified yet.
    func open(_ digest: ContentDigest) throws(ReproductionError) -> BlobReader
}

/// Open content. What it gives is not verified: who reads all of it does (`BlobSource.read`).
public struct BlobReader: Sendable {
    /// Its bytes.
    public let size: Int64
    private let fill:
        @Sendable (_ buffer: inout [UInt8], _ offset: Int64) throws(ReproductionError) -> Int

    /// Content of that size. `fill` writes to the start of the buffer what is at an offset and says
    /// how much: all that fits, fewer only at the end.
    public init(
        size: Int64,
        fill:
            @escaping @Sendable (
                _ buffer: inout [UInt8], _ offset: Int64
            ) throws(ReproductionError) -> Int
    ) {
        self.size = size
        self.fill = fill
    }

    /// Fills `buffer` with what is at `offset`; how many bytes came, fewer than fit only at the
    /// end.
    public func read(
        into buffer: inout [UInt8], at offset: Int64
    ) throws(ReproductionError) -> Int {
        try fill(&buffer, offset)
    }
}

extension BlobSource {
    /// Gives all of a blob piece by piece and proves it: after the last piece it throws when
    /// digest or size is another, so whoever made something of the pieces lets it go then.
    public func read(
        _ blob: Blob, _ take: (ArraySlice<UInt8>) throws(ReproductionError) -> Void
    ) throws(ReproductionError) {
        let reader = try open(blob.digest)
        guard reader.size == blob.size else {
            throw damaged(blob, "it has \(reader.size) bytes instead of \(blob.size)")
        }
        var hasher = ContentHasher()
        var buffer = [UInt8](repeating: 0, count: Int(min(blob.size, 256 << 10)))
        var offset: Int64 = 0
        while offset < blob.size {
            let count = try reader.read(into: &buffer, at: offset)
            guard count > 0, Int64(count) <= blob.size - offset else {
                throw damaged(blob, "it ends at byte \(offset)")
            }
            hasher.update(buffer[..<count])
            try take(buffer[..<count])
            offset += Int64(count)
        }
        guard hasher.finish() == blob.digest else { throw damaged(blob, "a bit of it differs") }
    }

    private func damaged(_ blob: Blob, _ cause: String) -> ReproductionError {
        ReproductionError(
            .damaged, operation: "read", subject: blob.digest.description, cause: cause,
            remedy: "copy it again from another node or medium")
    }
}
