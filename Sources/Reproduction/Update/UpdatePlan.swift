public import Trust

/// What an update of this machine would do, and what it would move.
public struct UpdatePlan: Hashable, Sendable {
    /// The generation it would become.
    public let generation: ContentDigest
    /// The sequence of that.
    public let sequence: Int64
    /// The slot that would be written.
    public let slot: SlotTable.Letter
    /// Systems that the loader loses, for their slot is written.
    public let removed: [LoaderEntry]
    /// The entry that the loader gets.
    public let entry: LoaderEntry
    /// Bytes of content that the running system does not have.
    public let changed: Int64
    /// Content that has to be copied here first.
    public let missing: [Blob]
    /// Bytes written to the slot.
    public let written: Int64
    /// True when the disk keeps its loader although the description has another: only a new image
    /// has that.
    public let keepsLoader: Bool

    /// Bytes of content that has to be copied here first.
    public var missingBytes: Int64 { missing.reduce(0) { $0 + $1.size } }
}
