internal import Resources
internal import Trust

/// Builds a system from its description and blobs (von Neumann's A).
///
/// Pure: the bytes of an image depend on the description and the size of the disk, on no clock,
/// randomness, environment, locale or order of a directory. Blobs are read once or twice, piece by
/// piece, and proven; an image that throws half-way has no partition table. Memory: a few hundred
/// bytes for each file, 32 bytes for each block of the root, buffers.
/// Docs/Formats/image.md.
public struct Constructor<Blobs: BlobSource>: Sendable {
    /// What is built.
    public let description: Description
    /// Where its content is.
    public let blobs: Blobs
    let root: RootFileSystem
    let digest: ContentDigest

    /// A constructor of that system. Refused when the description lists what is made here.
    public init(_ description: Description, blobs: Blobs) throws(ReproductionError) {
        self.description = description
        self.blobs = blobs
        digest = description.digest
        root = RootFileSystem(
            try RootTree(description), identity: Array(digest.bytes.prefix(16)),
            timestamp: description.parameters.timestamp)
        try Self.check(root, description)
    }

    private static func check(
        _ root: RootFileSystem, _ description: Description
    ) throws(ReproductionError) {
        let sizes = [
            ("root", root.blocks * RootFileSystem.block, description.parameters.rootBytes),
            (
                "verity", VerityTree.bytes(over: root.blocks),
                description.parameters.verityBytes
            ),
        ]
        for (name, needed, room) in sizes where needed > room {
            throw ReproductionError(
                .tooLarge, operation: "construct", subject: "the \(name) partition",
                cause: "it needs \(needed) bytes and has \(room)",
                remedy: "describe less, or larger partitions")
        }
    }

    /// Writes the root and gives what proves it.
    func writeRoot(
        to target: some ImageTarget, _ meter: inout ProgressMeter, _ report: Report
    ) throws(ReproductionError) -> VerityTree {
        var writer = TargetWriter(target)
        return try makeRoot(&meter, report) { (bytes) throws(ReproductionError) in
            try writer.take(bytes)
        }
    }

    /// Makes the bytes of the root and its tree.
    private func makeRoot(
        _ meter: inout ProgressMeter, _ report: Report,
        _ take: (ArraySlice<UInt8>) throws(ReproductionError) -> Void
    ) throws(ReproductionError) -> VerityTree {
        var hasher = VerityHasher(salt: description.parameters.salt, expecting: root.blocks)
        try root.content().write(from: blobs) { (bytes) throws(ReproductionError) in
            try take(bytes)
            hasher.take(bytes)
            try meter.add(bytes.count, report)
        }
        return hasher.finish(identity: Array(digest.bytes.prefix(16)))
    }

    /// What proves the root, without writing it; reads all blobs of it.
    public func seal() throws(ReproductionError) -> RootSeal {
        var meter = ProgressMeter(total: root.blocks * RootFileSystem.block)
        return try makeRoot(&meter, { _ in }) { _ in }.seal
    }

    /// Is told how far a construction is; what it throws ends the construction.
    public typealias Report = (ConstructionProgress) throws(ReproductionError) -> Void
}
