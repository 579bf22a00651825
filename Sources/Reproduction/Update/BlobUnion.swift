public import Trust

/// Content of several sources as of one: the first that has it gives it.
public struct BlobUnion: BlobSource {
    private let sources: [any BlobSource]

    /// These sources, in this order.
    public init(_ sources: [any BlobSource]) { self.sources = sources }

    public func open(_ digest: ContentDigest) throws(ReproductionError) -> BlobReader {
        for source in sources {
            do throws(ReproductionError) { return try source.open(digest) } catch {
                guard error.kind == .missing else { throw error }
            }
        }
        throw ReproductionError(
            .missing, operation: "read", subject: digest.description,
            cause: "no source has it", remedy: "copy it from a node or medium that has it")
    }

    /// True when content of that digest and size is there.
    public func has(_ blob: Blob) throws(ReproductionError) -> Bool {
        do throws(ReproductionError) { return try open(blob.digest).size == blob.size } catch {
            if error.kind == .missing { return false }
            throw error
        }
    }
}
