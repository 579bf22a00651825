internal import Host
internal import Resources

/// Images that come from another machine's store, and pieces of those that are here for others.
extension ImageStore {
    /// Gives bytes of a blob from an offset on, at most a count; none at its end.
    public typealias BlobReader =
        @Sendable (_ blob: ImageDigest, _ offset: Int, _ count: Int) throws(DriverError) -> [UInt8]

    /// Bytes that are asked for at once.
    static var pieceBytes: Int { Limits.entriesBytes.value }

    /// Brings the image of that digest here, blob by blob, from `machine`, which `read` asks. Every
    /// blob is held against its digest, so that it does not matter who gave it. Blobs that came
    /// whole stay when a later one does not, and are not asked for again.
    public func fetchImage(
        _ digest: ImageDigest, of machine: String, read: @escaping BlobReader
    ) throws(DriverError) -> Image {
        let held = try lock()
        defer { _ = held }
        if let known = try image(digest) { return known }
        try drop("incoming", keeping: [])
        let document = Limits.imageDocument.value
        if files.kind(blob(digest)) == nil { try pull(digest, atMost: document, read) }
        let bytes = try translating { () throws(ProcessError) in
            try files.read(blob(digest), atMost: document)
        }
        let manifest = ImageDescriptor(digest, size: bytes?.count ?? 0)
        return try take(.machine(manifest, read), "machine \(machine)", nil)
    }

    /// Bytes of a blob that is here, from `offset` on; none behind its end.
    public func piece(
        of digest: ImageDigest, at offset: Int, atMost count: Int
    ) throws(DriverError) -> [UInt8] {
        guard files.kind(blob(digest)) != nil else {
            throw DriverError(
                .unknownImage, operation: "read blob", subject: "\(digest)",
                cause: "this machine has no such blob")
        }
        return try translating { () throws(ProcessError) in
            try OpenFile.reading(blob(digest)).read(
                at: Int64(offset), atMost: min(count, Self.pieceBytes))
        }
    }

    /// Has a blob in the store that another machine gives.
    func pull(
        _ digest: ImageDigest, atMost limit: Int, _ read: BlobReader
    ) throws(DriverError) {
        var blob = try IncomingBlob(in: self)
        while true {
            let piece = try read(digest, blob.bytes, Self.pieceBytes)
            if piece.isEmpty { break }
            guard blob.bytes + piece.count <= limit else {
                throw .image("\(digest)", "has more than the \(limit) bytes it may have")
            }
            try blob.add(piece[...])
        }
        try blob.keep(as: digest)
    }
}
