internal import Host
internal import Resources
internal import Trust

extension BlobStore {
    /// Takes the next piece of content that somebody sends, from the offset up to which it is here;
    /// answers up to where it is here then. A piece of another offset changes nothing: the sender
    /// goes on from the answer. The last piece is taken only when all of it has its digest.
    public func append(
        _ bytes: [UInt8], to blob: Blob, at offset: Int64
    ) throws(ReproductionError) -> Int64 {
        if try has(blob) { return blob.size }
        try makeFolders(blob.digest)
        try checkRoom(for: blob)
        let end = try onDisk(blob) { () throws(DiskError) in
            let file = try disk.lock(partial(blob.digest))
            defer { file.close() }
            let here = Int64(try file.size())
            guard here == offset, Int64(bytes.count) <= blob.size - here else { return here }
            try unsafe file.write(bytes.span.bytes, at: Int(here))
            return here + Int64(bytes.count)
        }
        guard end >= blob.size else { return end }
        // All that is read comes from what was sent: the source has nothing more to give.
        _ = try put(blob, from: BlobReader(size: blob.size) { (_, _) in 0 })
        try sync()
        return blob.size
    }
}
