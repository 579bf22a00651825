public import Host
internal import Resources
internal import Trust

/// Brings content into a store by its digest: from a store on this disk or a stick, from another
/// node, or from several, one after the other. It verifies while it copies, goes on where it was
/// cut off, copies nothing twice, and never looks at what it copies.
public struct Copier<D: Disk>: Sendable {
    /// Where content goes.
    public let store: BlobStore<D>
    let clock: any Clock

    /// A copier into `store`; the clock is for rates only.
    public init(into store: BlobStore<D>, clock: any Clock) {
        self.store = store
        self.clock = clock
    }

    /// Which of the content is not in the store yet.
    public func missing(_ blobs: [Blob]) throws(ReproductionError) -> [Blob] {
        var missing: [Blob] = []
        for blob in blobs where try !store.has(blob) { missing.append(blob) }
        return missing
    }

    /// Brings all of `blobs`, each from the first source that has it whole. `report` is told of
    /// every piece, and ends the copy by throwing; the next one goes on there.
    @discardableResult
    public func copy(
        _ blobs: [Blob], from sources: [any BlobSource],
        report: (CopyProgress) throws(ReproductionError) -> Void = { _ in }
    ) throws(ReproductionError) -> CopyProgress {
        var progress = CopyProgress(of: blobs, began: clock.ticks)
        var batch = Batch()
        do throws(ReproductionError) {
            for blob in blobs {
                if try store.has(blob) {
                    _ = store.wasThere(blob)
                    progress.skip(blob, now: clock.ticks)
                    try report(progress)
                    continue
                }
                try copy(blob, from: sources, &batch, &progress, report)
                if batch.isFull { try store.finish(batch.clear()) }
            }
        } catch {
            // What came whole is kept, also when the copy ends here.
            try? store.finish(batch.clear())
            throw error
        }
        try store.finish(batch.clear())
        try store.sync()
        return progress
    }

    /// Content that is synced and gets its names together.
    private struct Batch {
        private var waiting: [BlobStore<D>.Waiting] = []
        private var bytes: Int64 = 0

        var isFull: Bool {
            waiting.count >= Limits.copyBatch.value || bytes >= Limits.copyBatchBytes.value
        }

        mutating func add(_ one: BlobStore<D>.Waiting) {
            waiting.append(one)
            bytes += one.blob.size
        }

        mutating func clear() -> [BlobStore<D>.Waiting] {
            defer { self = Batch() }
            return waiting
        }
    }

    private func copy(
        _ blob: Blob, from sources: [any BlobSource], _ batch: inout Batch,
        _ progress: inout CopyProgress,
        _ report: (CopyProgress) throws(ReproductionError) -> Void
    ) throws(ReproductionError) {
        var last = ReproductionError(
            .missing, operation: "copy", subject: blob.digest.description,
            cause: "no source was given", remedy: "name a node or medium that has it")
        for source in sources {
            var attempt = progress
            attempt.resume(try store.partialSize(of: blob.digest))
            do throws(ReproductionError) {
                let reader = try source.open(blob.digest)
                let (_, waiting) = try store.take(blob, from: reader) {
                    (count) throws(ReproductionError) in
                    attempt.add(count, now: clock.ticks)
                    try report(attempt)
                }
                if let waiting { batch.add(waiting) }
                progress.finish(blob, copied: attempt.copied, now: clock.ticks)
                return try report(progress)
            } catch {
                // Another source may have what this one lacks; a full disk is full for all.
                guard [.missing, .damaged].contains(error.kind) else { throw error }
                last = error
            }
        }
        throw last
    }
}

/// How far a copy is: bytes, rate, and what is left.
public struct CopyProgress: Hashable, Sendable {
    /// Bytes of all content.
    public let total: Int64
    /// Blobs of all content.
    public let blobs: Int
    /// Bytes that are in the store, or in what is being copied.
    public private(set) var done: Int64 = 0
    /// Bytes that were copied, not counting what was there.
    public private(set) var copied: Int64 = 0
    /// Blobs that are in the store.
    public private(set) var blobsDone = 0
    /// Nanoseconds since it began.
    public private(set) var elapsed: UInt64 = 0
    private let began: Ticks
    /// Bytes of whole blobs among `done`.
    private var whole: Int64 = 0

    init(of blobs: [Blob], began: Ticks) {
        total = blobs.reduce(0) { $0 + $1.size }
        self.blobs = blobs.count
        self.began = began
    }

    /// So many bytes that are read or made.
    init(bytes: Int64, blobs: Int, began: Ticks) {
        total = bytes
        self.blobs = blobs
        self.began = began
    }

    /// Bytes a second of what was copied; 0 before there is any.
    public var rate: Double { elapsed == 0 ? 0 : Double(copied) * 1e9 / Double(elapsed) }

    /// Seconds that what is left takes at this rate; nil before there is one.
    public var estimate: Double? { rate > 0 ? Double(total - done) / rate : nil }

    mutating func skip(_ blob: Blob, now: Ticks) {
        finish(blob, copied: copied, now: now)
    }

    mutating func resume(_ bytes: Int64) { done = min(total, whole + bytes) }

    /// So many bytes are there already.
    mutating func skip(bytes: Int64) { done = min(total, done + bytes) }

    mutating func add(_ bytes: Int64, now: Ticks) {
        copied += bytes
        done = min(total, done + bytes)
        elapsed = now.nanoseconds(since: began)
    }

    mutating func finish(_ blob: Blob, copied: Int64, now: Ticks) {
        whole += blob.size
        done = whole
        blobsDone += 1
        self.copied = copied
        elapsed = now.nanoseconds(since: began)
    }
}
