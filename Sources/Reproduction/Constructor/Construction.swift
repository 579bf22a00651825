public import Trust

/// What was built, and how it is known again.
public struct Construction: Hashable, Sendable {
    /// The digest of the description.
    public let generation: ContentDigest
    /// What proves the root.
    public let seal: RootSeal
    /// Bytes from the start of the target that the image takes.
    public let bytes: Int64
}

/// How far a construction is. It is told and never asked: it has no influence on a byte.
public struct ConstructionProgress: Hashable, Sendable {
    /// Bytes that were made.
    public fileprivate(set) var done: Int64
    /// Bytes that are to be made; zeros do not count.
    public let total: Int64

    init(total: Int64) {
        done = 0
        self.total = total
    }
}

/// Takes bytes in order to a target and tells of each piece.
struct TargetWriter<Target: ImageTarget> {
    let target: Target
    private(set) var offset: Int64 = 0

    init(_ target: Target) { self.target = target }

    mutating func take(_ bytes: ArraySlice<UInt8>) throws(ReproductionError) {
        // What is zero on a blank target stays a hole in its file.
        let isHole = target.isBlank && bytes.elementsEqual(Rope.zeros.prefix(bytes.count))
        if !isHole { try target.write(bytes, at: offset) }
        offset += Int64(bytes.count)
    }
}

/// Counts bytes and tells who wants to know.
struct ProgressMeter {
    private var progress: ConstructionProgress

    init(total: Int64) { progress = ConstructionProgress(total: total) }

    /// Counts; what `report` throws ends the construction.
    mutating func add(
        _ count: Int, _ report: (ConstructionProgress) throws(ReproductionError) -> Void
    ) throws(ReproductionError) {
        progress.done += Int64(count)
        try report(progress)
    }
}
