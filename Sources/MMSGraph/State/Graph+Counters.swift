public import Resources

extension CommittedReader {
    /// The number of resources by type and namespace, of all types or of one; as of now, whatever
    /// the moment of the reader.
    public func counts(
        of type: TypeName? = nil
    ) throws(GraphError) -> [(type: TypeName, namespace: Namespace, count: Int)] {
        var prefix = [Keys.countMark]
        if let type { prefix.append(word: type.text) }
        var counts: [(type: TypeName, namespace: Namespace, count: Int)] = []
        try forEachCounter(under: prefix) { key, count in
            let parts = key.dropFirst().split(separator: 0)
            guard parts.count == 2,
                let type = try? TypeName(String(decoding: parts[0], as: UTF8.self)),
                let namespace = try? Namespace(String(decoding: parts[1], as: UTF8.self))
            else { return }
            counts.append((type, namespace, count))
        }
        return counts
    }

    /// The number of links by relation, owners under `OWNS`; as of now.
    func linkCounts() throws(GraphError) -> [(relation: String, count: Int)] {
        var counts: [(relation: String, count: Int)] = []
        try forEachCounter(under: [Keys.linkMark]) { key, count in
            counts.append((String(decoding: key.dropFirst(), as: UTF8.self), count))
        }
        return counts
    }

    private func forEachCounter(
        under prefix: [UInt8], _ body: ([UInt8], Int) -> Void
    ) throws(GraphError) {
        var cursor = snapshot.scan(.counters, KeyRange(prefix: prefix), reverse: false)
        while try GraphError.translating("count", { () throws(StoreError) in try cursor.advance() })
        {
            body(cursor.key, Int(Int64(bitPattern: cursor.value.word(at: 0))))
        }
    }
}

extension Graph {
    /// The number of resources by type and namespace, of all types or of one.
    public func counts(
        of type: TypeName? = nil
    ) throws(GraphError) -> [(type: TypeName, namespace: Namespace, count: Int)] {
        try reader().counts(of: type)
    }

    /// What the resources of a namespace cost, with those of all namespaces below it.
    public func cost(of namespace: Namespace) throws(GraphError) -> Cost {
        var sum = CostSum()
        let range = KeyRange(prefix: Keys.cost(of: namespace))
        var cursor = store.snapshot().scan(.counters, range, reverse: false)
        while try GraphError.translating("cost", { () throws(StoreError) in try cursor.advance() })
        {
            let path = String(decoding: cursor.key.dropFirst(), as: UTF8.self)
            guard let found = try? Namespace(path), namespace.contains(found),
                let cost = CostSum(stored: cursor.value)
            else { continue }
            sum.add(cost)
        }
        return sum.cost
    }

    /// How far a handler has seen a log; zero for one that has seen nothing.
    public func cursor(of handler: String, in log: Namespace) throws(GraphError) -> Position {
        let stored = try GraphError.translating("get") { () throws(StoreError) in
            try store.get(.cursors, Keys.cursor(handler, in: log))
        }
        return Position(stored?.word(at: 0) ?? 0)
    }
}
