internal import Host
internal import Resources
public import Trust

/// What a sweep of a store gave back.
public struct Swept: Hashable, Sendable {
    /// Blobs, whole and in part.
    public var blobs = 0
    /// Their bytes.
    public var bytes: Int64 = 0
}

extension BlobStore {
    /// Removes content that is not in `kept`, and what interrupted copies left of any. What is
    /// being copied right now stays. Who calls knows all that descriptions, apps and copies under
    /// way need.
    @discardableResult
    public func sweep(keeping kept: Set<ContentDigest>) throws(ReproductionError) -> Swept {
        var swept = Swept()
        for (digest, isPartial) in try names() where isPartial || !kept.contains(digest) {
            let name = isPartial ? partial(digest) : place(digest)
            do throws(DiskError) {
                let file = try disk.lock(name)
                defer { file.close() }
                swept.bytes += Int64(try file.size())
                try disk.remove(name)
                swept.blobs += 1
            } catch {
                if error.errno == DiskError.wouldBlock { continue }
                throw ReproductionError(error, digest)
            }
            note(unsynced: folder(digest))
        }
        forgetUsed()
        try sync()
        return swept
    }

    /// Reads all content again and gives what is damaged; with `removing` that is removed, so that
    /// the next copy brings it back.
    public func damaged(removing: Bool = false) throws(ReproductionError) -> [ContentDigest] {
        var found: [ContentDigest] = []
        for blob in try list() {
            do throws(ReproductionError) { try read(blob) { _ in } } catch {
                guard error.kind == .damaged else { throw error }
                found.append(blob.digest)
            }
        }
        guard removing else { return found }
        for digest in found {
            do throws(DiskError) { try disk.remove(place(digest)) } catch {
                throw ReproductionError(error, digest)
            }
            note(unsynced: folder(digest))
        }
        forgetUsed()
        try sync()
        return found
    }
}
