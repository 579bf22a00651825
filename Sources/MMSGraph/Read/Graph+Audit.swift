internal import Resources

extension Graph {
    /// Reads every resource and holds the digest of each log's resources against the one that
    /// apply kept. Throws for the first log that differs, or when the store cannot be read.
    public func audit() throws(GraphError) {
        let snapshot = store.snapshot()
        var counted: [Namespace: StateHash] = [:]
        var cursor = snapshot.scan(
            .resources, KeyRange(lower: [], upper: nil), reverse: false)
        while try GraphError.translating("audit", { () throws(StoreError) in try cursor.advance() })
        {
            let version = try Version(stored: cursor.value)
            guard let log = mounts.log(of: version.resource.namespace) else { continue }
            counted[log, default: .empty] += version.digest
        }
        for (log, state) in try states(in: snapshot).sorted(by: { $0.key < $1.key }) {
            let hash = counted[log] ?? .empty
            guard hash == state.hash else {
                throw GraphError(
                    operation: "audit", subject: "log \(log) at position \(state.applied)",
                    cause: "its resources hash to \(hash), but apply kept \(state.hash)")
            }
        }
    }
}
