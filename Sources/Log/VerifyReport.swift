public import Resources

/// What a verification of a log found.
public struct VerifyReport: Equatable, Sendable {
    /// Entries that are proven: no edit, no gap, no reorder among them.
    public internal(set) var entries: UInt64 = 0
    /// The first position that is kept; 1 unless the log was trimmed.
    public internal(set) var first = Position(1)
    /// The last position that is proven.
    public internal(set) var last = Position.zero
    /// The chain hash there.
    public internal(set) var hash = ChainHash.zero
    /// Segments read.
    public internal(set) var segments = 0
    /// Bytes of accepted batches and headers.
    public internal(set) var bytes = 0
    /// The first place that is not what was written.
    public internal(set) var defect: Defect?
    /// An unfinished write at the end, which the next opening cuts off; nothing acknowledged.
    public internal(set) var torn: Defect?

    /// True when there is nothing to report.
    public var isSound: Bool { defect == nil && torn == nil }
}
