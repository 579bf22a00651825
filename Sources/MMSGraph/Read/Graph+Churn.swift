public import Resources
internal import Synchronization

extension Graph {
    /// A resource that is gone, as it was last.
    public struct Ended: Sendable {
        /// The position of its deletion.
        public let position: Position
        /// Its last version.
        public let resource: Resource
    }

    /// What was deleted of `types` in `log` after one position and at or before another, in order,
    /// at most so many, and how far that reaches.
    public func ended(
        of types: Set<TypeName>, in log: Namespace, after first: Position, upTo last: Position,
        atMost limit: Int
    ) throws(GraphError) -> (ended: [Ended], reached: Position) {
        let reader = try reader()
        var found: [Ended] = []
        var cursor = reader.snapshot.scan(
            .graves, Self.graves(of: log, after: first, upTo: last), reverse: false)
        while try GraphError.translating("read", { () throws(StoreError) in try cursor.advance() })
        {
            guard let type = typeOfGrave(cursor.value), types.contains(type),
                let id = cursor.key.trailingIdentifier
            else { continue }
            let position = Position(cursor.key.word(at: cursor.key.count - 24))
            // One entry is never split: it would be counted twice or lost.
            if found.count >= limit, let reached = found.last?.position, reached < position {
                return (found, reached)
            }
            let key = Keys.history(id, endedAt: position)
            if let resource: Resource = try reader.stored(.history, key) {
                found.append(Ended(position: position, resource: resource))
            }
        }
        return (found, last)
    }

    /// How many resources of `types` were deleted in `log` after a position and are not forgotten.
    public func countEnded(
        of types: Set<TypeName>, in log: Namespace, after first: Position
    ) throws(GraphError) -> Int {
        var count = 0
        let range = Self.graves(of: log, after: first, upTo: applied(log))
        var cursor = store.snapshot().scan(.graves, range, reverse: false)
        while try GraphError.translating("read", { () throws(StoreError) in try cursor.advance() })
        {
            if let type = typeOfGrave(cursor.value), types.contains(type) { count += 1 }
        }
        return count
    }

    /// Forgets all versions of resources that are gone, and their graves; gives how many keys went.
    /// States in which they lived are without them from then on.
    public func forget(_ ended: [Ended], of log: Namespace) throws(GraphError) -> Int {
        var keys: [(table: StoreTable, key: [UInt8])] = []
        let snapshot = store.snapshot()
        for one in ended {
            let id = one.resource.id
            var versions = snapshot.scan(
                .history, KeyRange(prefix: Keys.id(id)), reverse: false)
            while try GraphError.translating(
                "forget", { () throws(StoreError) in try versions.advance() })
            {
                keys.append((.history, versions.key))
            }
            var grave = Keys.graves(of: log)
            grave.append(big: one.position.rawValue)
            grave.append(identifier: id)
            keys.append((.graves, grave))
            var named = Keys.graves(
                named: Keys.name(
                    one.resource.type, one.resource.name, in: one.resource.namespace))
            named.append(big: one.position.rawValue)
            keys.append((.graves, named))
        }
        for start in stride(from: 0, to: keys.count, by: Limits.trimKeys.value) {
            var batch = store.batch()
            for (table, key) in keys[start...].prefix(Limits.trimKeys.value) {
                batch.delete(table, key)
            }
            try commits.withLock { (_) throws(GraphError) in
                try GraphError.translating("forget") { () throws(StoreError) in
                    try store.write(batch)
                }
            }
        }
        // Readers made from here on do not see them.
        shared.withLock { shared in
            shared.generation += 1
            shared.present = nil
        }
        return keys.count
    }

    private static func graves(
        of log: Namespace, after first: Position, upTo last: Position
    ) -> KeyRange {
        let bounds = [first.next, last.next].map { position in
            var key = Keys.graves(of: log)
            key.append(big: position.rawValue)
            return key
        }
        return KeyRange(lower: bounds[0], upper: bounds[1])
    }

    /// The type in a grave's value: a key of `names`, which begins with it.
    private func typeOfGrave(_ nameKey: [UInt8]) -> TypeName? {
        let word = nameKey.prefix { $0 != 0 }
        return try? TypeName(String(decoding: word, as: UTF8.self))
    }
}
