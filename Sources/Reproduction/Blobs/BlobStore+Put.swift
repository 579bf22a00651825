internal import Host
internal import Resources
internal import Trust

extension BlobStore {
    /// What putting content did.
    public struct Taken: Hashable, Sendable {
        /// Bytes that were copied.
        public var copied: Int64 = 0
        /// Bytes of an earlier attempt that were kept.
        public var resumed: Int64 = 0
        /// True when the content was there already.
        public var wasThere = false
    }

    /// Takes bytes at hand.
    @discardableResult
    public func put(_ bytes: [UInt8]) throws(ReproductionError) -> Blob {
        let blob = Blob(of: bytes)
        let reader = BlobReader(size: blob.size) { (buffer, offset) in
            let count = min(buffer.count, bytes.count - Int(offset))
            buffer.replaceSubrange(..<count, with: bytes[Int(offset)..<Int(offset) + count])
            return count
        }
        _ = try put(blob, from: reader)
        return blob
    }

    /// Content whose bytes are all there and proven, but not durable, and without its name.
    struct Waiting {
        fileprivate let file: D.File
        let blob: Blob
    }

    /// Copies content in, verified while it comes, going on where an earlier copy was cut off;
    /// `step` is told of every piece and ends the copy by throwing. Nothing is done when it is
    /// there. Durable only after `sync`.
    public func put(
        _ blob: Blob, from reader: BlobReader,
        step: (_ bytes: Int64) throws(ReproductionError) -> Void = { _ in }
    ) throws(ReproductionError) -> Taken {
        let (taken, waiting) = try take(blob, from: reader, step: step)
        if let waiting { try finish([waiting]) }
        return taken
    }

    /// As ``put(_:from:step:)``, but what was copied waits to be finished: many are synced
    /// together. Nil when the content was there.
    func take(
        _ blob: Blob, from reader: BlobReader,
        step: (_ bytes: Int64) throws(ReproductionError) -> Void
    ) throws(ReproductionError) -> (Taken, Waiting?) {
        if try has(blob) { return (wasThere(blob), nil) }
        guard reader.size == blob.size else {
            throw refusal(
                .damaged, blob, "its source has \(reader.size) bytes instead of \(blob.size)")
        }
        try makeFolders(blob.digest)
        let file = try onDisk(blob) { () throws(DiskError) in
            try disk.lock(partial(blob.digest))
        }
        do throws(ReproductionError) {
            // Who held the lock before may have finished it.
            if try has(blob) {
                file.close()
                return (wasThere(blob), nil)
            }
            try checkRoom(for: blob)
            return (try fill(file, blob, reader, step), Waiting(file: file, blob: blob))
        } catch {
            file.close()
            throw error
        }
    }

    /// Makes what waits durable and gives it its names.
    func finish(_ all: [Waiting]) throws(ReproductionError) {
        defer { for one in all { one.file.close() } }
        if all.count > 1 { disk.writeOut(path) }
        for one in all {
            let digest = one.blob.digest
            do throws(DiskError) {
                try one.file.syncData()
                try disk.rename(partial(digest), to: place(digest))
            } catch {
                forgetUsed()
                throw ReproductionError(error, digest)
            }
            noteUnsynced(digest)
        }
    }

    private func fill(
        _ file: D.File, _ blob: Blob, _ reader: BlobReader,
        _ step: (Int64) throws(ReproductionError) -> Void
    ) throws(ReproductionError) -> Taken {
        var copy = BlobCopy(file: file, blob: blob, piece: Self.piece)
        var taken = Taken()
        taken.resumed = try copy.resume()
        taken.copied = try copy.fill(from: reader, step)
        if !copy.isWhole && taken.resumed > 0 {
            // What an interrupted copy left may be damaged by a cut of the power: read all again.
            try copy.restart()
            taken.resumed = 0
            taken.copied += try copy.fill(from: reader, step)
        }
        guard copy.isWhole else {
            try onDisk(blob) { () throws(DiskError) in try file.truncate(to: 0) }
            throw refusal(.damaged, blob, "what was read has another digest")
        }
        noteUsed(blob.size)
        return taken
    }

    /// Who put it may have died before its name was durable.
    func wasThere(_ blob: Blob) -> Taken {
        noteUnsynced(blob.digest)
        return Taken(wasThere: true)
    }

    func makeFolders(_ digest: ContentDigest) throws(ReproductionError) {
        do throws(DiskError) {
            try disk.createDirectory(path)
            try disk.createDirectory(folder(digest))
        } catch { throw ReproductionError(error, nil) }
    }

    /// Refuses what exceeds the quota before anything is written.
    func checkRoom(for blob: Blob) throws(ReproductionError) {
        let used = try usedBytes
        guard blob.size <= quota - used else {
            throw ReproductionError(
                .noSpace, operation: "take", subject: blob.digest.description,
                cause: "the store has \(used) bytes of a quota of \(quota), and this has "
                    + "\(blob.size)", remedy: "sweep the store, or raise its quota")
        }
    }

    func onDisk<Result>(
        _ blob: Blob, _ body: () throws(DiskError) -> Result
    ) throws(ReproductionError) -> Result {
        do throws(DiskError) { return try body() } catch {
            throw ReproductionError(error, blob.digest)
        }
    }

    private func refusal(
        _ kind: ReproductionError.Kind, _ blob: Blob, _ cause: String
    ) -> ReproductionError {
        ReproductionError(
            kind, operation: "take", subject: blob.digest.description, cause: cause,
            remedy: "it was changed while it was read, or is damaged at its source; take another")
    }
}

/// Content on its way into a store: what is in the file so far, and its digest.
private struct BlobCopy<File: DiskFile> {
    let file: File
    let blob: Blob
    let piece: Int
    private var hasher = ContentHasher()
    private var offset: Int64 = 0

    init(file: File, blob: Blob, piece: Int) {
        self.file = file
        self.blob = blob
        self.piece = piece
    }

    var isWhole: Bool { offset == blob.size && hasher.finish() == blob.digest }

    /// Reads what an earlier copy left; how much that is.
    mutating func resume() throws(ReproductionError) -> Int64 {
        let left = try onDisk { () throws(DiskError) in Int64(try file.size()) }
        let end = min(left, blob.size)
        while offset < end {
            let (start, count) = (Int(offset), Int(min(Int64(piece), end - offset)))
            let bytes = try onDisk { () throws(DiskError) in
                try file.read(at: start, count: count)
            }
            if bytes.isEmpty { break }
            hasher.update(bytes)
            offset += Int64(bytes.count)
        }
        let kept = Int(offset)
        if left > offset { try onDisk { () throws(DiskError) in try file.truncate(to: kept) } }
        return offset
    }

    mutating func restart() throws(ReproductionError) {
        hasher = ContentHasher()
        offset = 0
        try onDisk { () throws(DiskError) in try file.truncate(to: 0) }
    }

    /// Copies the rest; how much that was.
    mutating func fill(
        from reader: BlobReader, _ step: (Int64) throws(ReproductionError) -> Void
    ) throws(ReproductionError) -> Int64 {
        let start = offset
        var buffer = [UInt8](repeating: 0, count: piece)
        while offset < blob.size {
            if blob.size - offset < Int64(buffer.count) {
                buffer.removeLast(buffer.count - Int(blob.size - offset))
            }
            let count = try reader.read(into: &buffer, at: offset)
            guard count > 0 else { break }
            hasher.update(buffer[..<count])
            do throws(DiskError) {
                try unsafe file.write(buffer.span.bytes.extracting(0..<count), at: Int(offset))
            } catch { throw ReproductionError(error, blob.digest) }
            offset += Int64(count)
            try step(Int64(count))
        }
        return offset - start
    }

    private func onDisk<Result>(
        _ body: () throws(DiskError) -> Result
    ) throws(ReproductionError) -> Result {
        do throws(DiskError) { return try body() } catch {
            throw ReproductionError(error, blob.digest)
        }
    }
}
