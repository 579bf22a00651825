internal import Host
public import Resources
internal import Synchronization

/// A file of a log: what a trim can let go of at once.
public struct LogExtent: Hashable, Sendable {
    /// Its first entry.
    public let first: Position
    /// Its size on disk.
    public let bytes: Int

    /// A file of `bytes` that begins with entry `first`.
    public init(first: Position, bytes: Int) {
        self.first = first
        self.bytes = bytes
    }
}

extension CommandLog {
    /// The files that hold entries, oldest first; never empty. Spare segments are not counted.
    public var extents: [LogExtent] {
        parts.withLock(\.loglets).flatMap { loglet in
            loglet.published.withLock { published in
                published.segments.map { LogExtent(first: $0.first, bytes: $0.bytes) }
            }
        }
    }
}
