public import Resources

/// Which log a namespace belongs to: the one with the longest mount point above it.
public struct Mounts: Hashable, Sendable {
    /// The mount points, the longest first.
    public let points: [Namespace]

    /// The given mount points, each once.
    public init(_ points: some Sequence<Namespace>) {
        self.points = Set(points).sorted { left, right in
            (left.path.utf8.count, right.path) > (right.path.utf8.count, left.path)
        }
    }

    /// The log of a namespace; nil when none is mounted above it.
    public func log(of namespace: Namespace) -> Namespace? {
        points.first { $0.contains(namespace) }
    }
}
