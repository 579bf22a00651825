public import Trust

/// Several sources as one: the first that has something gives it.
public struct BlobSources: BlobSource {
    private let sources: [any BlobSource]

    /// These sources, in order.
    public init(_ sources: [any BlobSource]) { self.sources = sources }

    public func open(_ digest: ContentDigest) throws(ReproductionError) -> BlobReader {
        for source in sources {
            do throws(ReproductionError) { return try source.open(digest) } catch {
                guard error.kind == .missing else { throw error }
            }
        }
        throw ReproductionError(
            .missing, operation: "open", subject: digest.description,
            cause: "none of \(sources.count) sources has it",
            remedy: "bring it from a node or medium that has")
    }
}

extension BlobSources {
    /// True when content of that digest and size is in one of them.
    func has(_ blob: Blob) throws(ReproductionError) -> Bool {
        do throws(ReproductionError) { return try open(blob.digest).size == blob.size } catch {
            if error.kind == .missing { return false }
            throw error
        }
    }
}

/// Content at hand, for what the program itself carries.
public struct HeldBlobs: BlobSource {
    private let contents: [ContentDigest: [UInt8]]

    /// These bytes.
    public init(_ contents: [[UInt8]]) {
        self.contents = Dictionary(
            contents.map { (ContentDigest(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
    }

    public func open(_ digest: ContentDigest) throws(ReproductionError) -> BlobReader {
        guard let bytes = contents[digest] else {
            throw ReproductionError(
                .missing, operation: "open", subject: digest.description,
                cause: "it is not at hand", remedy: "bring it from a node that has it")
        }
        return BlobReader(size: Int64(bytes.count)) { (buffer, offset) in
            let count = max(0, min(buffer.count, bytes.count - Int(offset)))
            buffer.replaceSubrange(..<count, with: bytes[Int(offset)..<Int(offset) + count])
            return count
        }
    }
}
