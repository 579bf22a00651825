public import Resources
internal import Synchronization

extension Graph {
    /// Mounts a log that is kept elsewhere, empty at first; nothing is done when it is mounted.
    public func mount(_ log: Namespace) throws(GraphError) {
        try commits.withLock { (_) throws(GraphError) in
            if mounts.points.contains(log) { return }
            var batch = store.batch()
            batch.put(.meta, Keys.log(log), LogState().bytes)
            try remount("mount", batch) { shared in
                shared.logs[log] = LogState()
                shared.mounts = shared.mounts.adding(log)
            }
        }
    }

    /// Forgets a log that is kept elsewhere, with all its resources and their history. Gives the
    /// deletions. Not with a transaction of it open.
    public func unmount(_ log: Namespace, time: WallTime) throws(GraphError) -> [Change] {
        guard mounts.points.contains(log) else { return [] }
        var transaction = try begin(log)
        let header = EntryHeader(
            log: log, position: transaction.applied.next, author: .system("mirror"), time: time)
        _ = try transaction.adopt([], at: header)
        let changes = try commit(transaction, chain: [])
        _ = try trimHistory(of: log, before: header.position)
        try commits.withLock { (_) throws(GraphError) in
            var batch = store.batch()
            batch.delete(.meta, Keys.log(log))
            try remount("unmount", batch) { shared in
                shared.logs[log] = nil
                shared.mounts = shared.mounts.removing(log)
            }
        }
        return changes
    }

    private func remount(
        _ operation: String, _ batch: Store.Batch, _ change: (inout Shared) -> Void
    ) throws(GraphError) {
        try GraphError.translating(operation) { () throws(StoreError) in try store.write(batch) }
        cards.advance(changing: [])
        shared.withLock { shared in
            change(&shared)
            shared.generation += 1
            shared.present = nil
        }
    }

    /// The resources of a log, where logs are mounted as `mounts` says.
    func identifiers(
        of log: Namespace, _ mounts: Mounts
    ) throws(GraphError) -> Set<Identifier> {
        var found: Set<Identifier> = []
        try GraphError.translating("scan") { () throws(StoreError) in
            var cursor = store.snapshot().scan(
                .resources, KeyRange(lower: [], upper: nil), reverse: false)
            while try cursor.advance() {
                guard let id = cursor.key.trailingIdentifier,
                    mounts.logOfStored(cursor.value) == log
                else { continue }
                found.insert(id)
            }
        }
        return found
    }
}
