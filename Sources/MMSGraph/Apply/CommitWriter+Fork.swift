internal import Resources

extension CommitWriter {
    /// Gives a mounted log its state: what is in its namespace, with the requests of clients and
    /// the graves that are there. All of it in the one write of the entry that mounted it, so no
    /// crash comes between. Takes it from `root`.
    mutating func mount(
        _ fork: Fork, from root: inout LogState, chain: [UInt8]
    ) throws(GraphError) -> LogState {
        var state = LogState()
        state.origin = fork.log.origin
        state.hash = try digest(below: fork.log.mount)
        root.hash -= state.hash
        if fork.isWhole {
            state.applied = fork.log.origin
            state.chain = chain
            state.trimmed = root.trimmed
            state.clock = root.clock
            try copySessions(to: fork.log.mount)
        }
        try moveGraves(to: fork.log.mount)
        batch.put(.meta, Keys.log(fork.log.mount), state.bytes)
        return state
    }

    /// The digest of what is in a namespace behind the transaction. Namespaces below it that have
    /// a log already keep theirs.
    private func digest(below mount: Namespace) throws(GraphError) -> StateHash {
        var sum = StateHash.empty
        let snapshot = graph.store.snapshot()
        for row in try graph.reader(of: snapshot).counts()
        where transaction.mounts.log(of: row.namespace) == mount {
            let names = KeyRange(prefix: Keys.names(row.type, in: row.namespace))
            try GraphError.translating("mount") { () throws(StoreError) in
                var cursor = snapshot.scan(.names, names, reverse: false)
                while try cursor.advance() {
                    guard let id = cursor.value.trailingIdentifier,
                        transaction.pending[id] == nil,
                        let bytes = try snapshot.get(.resources, Keys.id(id))
                    else { continue }
                    sum += StateHash(of: bytes)
                }
            }
        }
        for id in transaction.order {
            guard let now = transaction.pending[id]?.now,
                transaction.mounts.log(of: now.resource.namespace) == mount
            else { continue }
            sum += now.digest
        }
        return sum
    }

    /// A request that the log at `/` has taken is a repeat in the new log too.
    private mutating func copySessions(to mount: Namespace) throws(GraphError) {
        let prefix = Keys.sessions(of: transaction.log)
        let found = try pairs(.sessions, KeyRange(prefix: prefix))
        for (key, value) in found {
            guard let client = key.trailingIdentifier, transaction.sessions[client] == nil else {
                continue
            }
            batch.put(.sessions, Keys.session(client, in: mount), value)
        }
        for (client, last) in transaction.sessions.sorted(by: { $0.key < $1.key }) {
            batch.put(
                .sessions, Keys.session(client, in: mount),
                Keys.request(last.sequence, last.position))
        }
    }

    /// Graves are found by the log their resource was in.
    private mutating func moveGraves(to mount: Namespace) throws(GraphError) {
        let old = Keys.graves(of: transaction.log)
        let new = Keys.graves(of: mount)
        for (key, nameKey) in try pairs(.graves, KeyRange(prefix: old))
        where transaction.mounts.logOfName(nameKey) == mount {
            batch.delete(.graves, key)
            batch.put(.graves, new + key.dropFirst(old.count), nameKey)
        }
    }

    private func pairs(
        _ table: StoreTable, _ range: KeyRange
    ) throws(GraphError) -> [(key: [UInt8], value: [UInt8])] {
        try GraphError.translating("mount") { () throws(StoreError) in
            var found: [(key: [UInt8], value: [UInt8])] = []
            var cursor = graph.store.snapshot().scan(table, range, reverse: false)
            while try cursor.advance() { found.append((cursor.key, cursor.value)) }
            return found
        }
    }
}
