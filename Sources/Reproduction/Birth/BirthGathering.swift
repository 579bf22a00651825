public import Host
internal import Resources
public import Trust

/// Brings the content of a system to the disk of a blank machine, piece by piece from its parent.
public struct BirthGathering: Sendable {
    /// Asks the parent for at most so many bytes of a blob; fewer come only at its end.
    public typealias Ask =
        @Sendable (
            _ digest: ContentDigest, _ offset: Int64, _ count: Int
        ) throws(ReproductionError) -> [UInt8]

    /// Bytes of one question.
    public static let pieceBytes = Limits.entriesBytes.value
    /// Bytes that a cut of the power may cost.
    private static let syncBytes = 8 << 20
    private let generation: ContentDigest
    private let clock: any Clock
    private let ask: Ask

    /// Gathers the system of that description.
    public init(_ generation: ContentDigest, clock: any Clock, ask: @escaping Ask) {
        self.generation = generation
        self.clock = clock
        self.ask = ask
    }

    /// The description, proven by its digest.
    public func description() throws(ReproductionError) -> Description {
        var bytes: [UInt8] = []
        while true {
            let piece = try ask(generation, Int64(bytes.count), Self.pieceBytes)
            bytes += piece
            guard bytes.count <= Limits.descriptionBytes.value else {
                throw damaged("it has more than \(Limits.descriptionBytes.value) bytes")
            }
            if piece.count < Self.pieceBytes { break }
        }
        guard ContentDigest(of: bytes) == generation else {
            throw damaged("what came is another one")
        }
        return try Description(bytes)
    }

    private func damaged(_ cause: String) -> ReproductionError {
        ReproductionError(
            .damaged, operation: "fetch", subject: "the description \(generation)", cause: cause,
            remedy: "see the parent's store with pisces describe-self there")
    }

    /// Fetches what is not staged yet of the content of a description. What `report` or the parent
    /// throws ends it; the next one goes on there. Nothing is proven before it is used.
    public func gather(
        _ description: Description, into staged: StagedBlobs<some ImageTarget>,
        report: (CopyProgress) throws(ReproductionError) -> Void
    ) throws(ReproductionError) {
        var progress = CopyProgress(of: description.blobs, began: clock.ticks)
        var unsynced = 0
        for blob in description.blobs {
            let known = staged.count(of: blob.digest) ?? 0
            progress.skip(bytes: known)
            var isBegun = staged.count(of: blob.digest) != nil
            var offset = known
            while offset < blob.size || !isBegun {
                let count = Int(min(blob.size - offset, Int64(Self.pieceBytes)))
                let piece = count == 0 ? [] : try ask(blob.digest, offset, count)
                guard piece.count == count else {
                    throw ReproductionError(
                        .damaged, operation: "fetch", subject: blob.digest.description,
                        cause: "it ends at byte \(offset + Int64(piece.count)) of \(blob.size)",
                        remedy: "see the parent's store")
                }
                try staged.add(piece, to: blob)
                isBegun = true
                offset += Int64(count)
                unsynced += count
                if unsynced >= Self.syncBytes {
                    try staged.sync()
                    unsynced = 0
                }
                progress.add(Int64(count), now: clock.ticks)
                try report(progress)
            }
        }
        try staged.sync()
    }
}
