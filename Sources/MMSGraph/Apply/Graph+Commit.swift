public import Resources
internal import Synchronization

extension Graph {
    /// Makes a transaction's entries visible with one write of the store and gives their changes in
    /// order. `chain` is the chain hash of its last entry. Durable after the next `flush`; until
    /// then a crash falls back to an earlier commit and the log is replayed from there.
    public func commit(
        _ transaction: consuming Transaction<Store>, chain: [UInt8]
    ) throws(GraphError) -> [Change] {
        let transaction = transaction
        if transaction.isEmpty { return [] }
        return try commits.withLock { (_) throws(GraphError) -> [Change] in
            var log = state(of: transaction.log)
            guard log.applied == transaction.base else {
                throw GraphError(
                    operation: "commit", subject: "log \(transaction.log)",
                    cause: "the transaction began after position \(transaction.base), but the log "
                        + "has been applied up to \(log.applied)")
            }
            log.applied = transaction.applied
            log.chain = chain
            var writer = CommitWriter(graph: self, transaction: transaction)
            try writer.writeResources(&log.hash)
            try writer.writeCounters()
            writer.writeHistory()
            writer.writeMoments(&log)
            var mounted: [Namespace: LogState] = [:]
            for fork in transaction.forks {
                mounted[fork.log.mount] = try writer.mount(fork, from: &log, chain: chain)
            }
            writer.writeProgress(log)
            let batch = writer.finish()
            try GraphError.translating("commit") { () throws(StoreError) in
                try store.write(batch)
            }
            mounted[transaction.log] = log
            publish(transaction, mounted)
            return transaction.changes
        }
    }

    private func publish(_ transaction: Transaction<Store>, _ logs: [Namespace: LogState]) {
        cards.advance(changing: transaction.order)
        // The snapshot of those who read before goes when the lock is free again.
        _ = shared.withLock { shared in
            let past = shared.present
            shared.generation += 1
            shared.present = nil
            for (log, state) in logs { shared.logs[log] = state }
            for fork in transaction.forks {
                shared.mounts = shared.mounts.adding(fork.log.mount)
            }
            for id in transaction.order {
                if let now = transaction.pending[id]?.now {
                    shared.cache.insert(now)
                } else {
                    shared.cache.remove(id)
                }
            }
            for type in transaction.touchedTypes { shared.types[type] = nil }
            for kind in transaction.touchedPolicies { shared.policies[kind.rawValue] = nil }
            return past
        }
    }

    func lastRequest(
        of client: Identifier, in log: Namespace
    ) throws(GraphError) -> (sequence: UInt64, position: Position)? {
        let stored = try GraphError.translating("get") { () throws(StoreError) in
            try store.get(.sessions, Keys.session(client, in: log))
        }
        return stored.map { ($0.word(at: 0), Position($0.word(at: 8))) }
    }
}
