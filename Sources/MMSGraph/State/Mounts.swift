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

    /// The log of a namespace; nil when none is mounted above it. What is of a machine belongs to
    /// that machine's log alone, also where that is not mounted: so all machines agree on what
    /// the log at `/` may hold.
    public func log(of namespace: Namespace) -> Namespace? {
        let found = points.first { $0.contains(namespace) }
        return found == .root && namespace.isOfMachine ? nil : found
    }

    /// These mount points and one more.
    func adding(_ point: Namespace) -> Mounts { Mounts(points + [point]) }

    /// These mount points without one.
    func removing(_ point: Namespace) -> Mounts { Mounts(points.filter { $0 != point }) }
}

extension Namespace {
    /// True below `/machines/<name>`, and there.
    package var isOfMachine: Bool { path.utf8.starts(with: "/machines/".utf8) }
}
