internal import Resources

/// Turns a transaction into puts and deletes: one resource, one difference, however many entries
/// of the transaction touched it.
struct CommitWriter<Store: OrderedStore> {
    let graph: Graph<Store>
    let transaction: Transaction<Store>
    var batch: Store.Batch
    private var indexes = IndexWrites()
    /// Types whose indexes are made anew, so the difference leaves their fields alone.
    private var rebuilt: Set<TypeName> = []
    private var shapes: [TypeName: TypeShape?] = [:]
    private var counts: [[UInt8]: Int64] = [:]
    private var countOrder: [[UInt8]] = []
    private var costs: [Namespace: CostSum] = [:]

    init(graph: Graph<Store>, transaction: Transaction<Store>) {
        self.graph = graph
        self.transaction = transaction
        batch = graph.store.batch()
    }

    mutating func writeResources(_ hash: inout StateHash) throws(GraphError) {
        for type in transaction.touchedTypes.sorted() { try rebuildIndexes(of: type) }
        // A name may pass from one resource to another: all are let go before any is taken.
        for id in transaction.order {
            guard let entry = transaction.pending[id], let base = entry.base?.resource,
                base.created != entry.now?.resource.created
            else { continue }
            indexes.delete(.names, base.nameKey)
        }
        for id in transaction.order {
            guard let entry = transaction.pending[id], entry.base !== entry.now else { continue }
            if let base = entry.base { hash -= base.digest }
            if let now = entry.now {
                hash += now.digest
                batch.put(.resources, Keys.id(id), now.bytes)
            } else {
                batch.delete(.resources, Keys.id(id))
            }
            try writeIndexes(entry.base?.resource, entry.now?.resource)
            count(entry.base?.resource, by: -1)
            count(entry.now?.resource, by: 1)
        }
    }

    private mutating func writeIndexes(_ old: Resource?, _ new: Resource?) throws(GraphError) {
        if let new, old?.created != new.created {
            indexes.put(.names, new.nameKey, Keys.id(new.id))
        }
        // Keys are compared, not texts: equal texts of Unicode may have unequal bytes.
        write(.tags, from: old?.tagKeys ?? [], to: new?.tagKeys ?? [])
        if old?.links != new?.links || old?.owner != new?.owner {
            write(.links, from: old?.linkKeys ?? [], to: new?.linkKeys ?? [])
            countLinks(of: old, by: -1)
            countLinks(of: new, by: 1)
        }
        write(.fields, from: try fieldKeys(old), to: try fieldKeys(new))
    }

    private mutating func write(_ table: StoreTable, from old: [[UInt8]], to new: [[UInt8]]) {
        if old.isEmpty || new.isEmpty || old.count + new.count < 16 {
            for key in old where !new.contains(key) { indexes.delete(table, key) }
            for key in new where !old.contains(key) { indexes.put(table, key, []) }
        } else {
            let (oldSet, newSet) = (Set(old), Set(new))
            for key in old where !newSet.contains(key) { indexes.delete(table, key) }
            for key in new where !oldSet.contains(key) { indexes.put(table, key, []) }
        }
    }

    private mutating func fieldKeys(_ resource: Resource?) throws(GraphError) -> [[UInt8]] {
        guard let resource, !rebuilt.contains(resource.type),
            let shape = try shape(resource.type)
        else { return [] }
        return resource.fieldKeys(shape)
    }

    private mutating func shape(_ type: TypeName) throws(GraphError) -> TypeShape? {
        if let known = shapes[type] { return known }
        let shape = try transaction.shape(type)
        shapes[type] = .some(shape)
        return shape
    }

    /// Replaces all index entries of a type when its indexed fields changed.
    private mutating func rebuildIndexes(of type: TypeName) throws(GraphError) {
        let (old, new) = (try graph.shape(type), try shape(type))
        guard old?.indexed.map(\.field) ?? [] != new?.indexed.map(\.field) ?? [] else { return }
        rebuilt.insert(type)
        var prefix: [UInt8] = []
        prefix.append(word: type.text)
        let snapshot = graph.store.snapshot()
        var fresh: [[UInt8]] = []
        try GraphError.translating("index") { () throws(StoreError) in
            var cursor = snapshot.scan(.fields, KeyRange(prefix: prefix), reverse: false)
            while try cursor.advance() { batch.delete(.fields, cursor.key) }
        }
        if let new {
            fresh = try committedFieldKeys(new, under: prefix, snapshot)
            for id in transaction.order {
                guard let now = transaction.pending[id]?.now, now.resource.type == type else {
                    continue
                }
                fresh += now.resource.fieldKeys(new)
            }
        }
        for key in fresh { batch.put(.fields, key, []) }
    }

    private func committedFieldKeys(
        _ shape: TypeShape, under prefix: [UInt8], _ snapshot: Store.Snapshot
    ) throws(GraphError) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        var cursor = snapshot.scan(.names, KeyRange(prefix: prefix), reverse: false)
        while try GraphError.translating("index", { () throws(StoreError) in try cursor.advance() })
        {
            guard let id = cursor.value.trailingIdentifier, transaction.pending[id] == nil,
                let version = try graph.version(id)
            else { continue }
            keys += version.resource.fieldKeys(shape)
        }
        return keys
    }
}

extension CommitWriter {
    private mutating func count(_ resource: Resource?, by step: Int64) {
        guard let resource else { return }
        count(Keys.count(resource.type, in: resource.namespace), by: step)
        if resource.draft.cost != .zero {
            costs[resource.namespace, default: CostSum()].add(resource.draft.cost, times: step)
        }
    }

    private mutating func countLinks(of resource: Resource?, by step: Int64) {
        for (relation, targets) in resource?.links.entries ?? [] {
            count(Keys.linkCount(relation), by: step * Int64(targets.count))
        }
        if resource?.owner != nil { count(Keys.linkCount(Keys.ownership), by: step) }
    }

    private mutating func count(_ key: [UInt8], by step: Int64) {
        if counts[key] == nil { countOrder.append(key) }
        counts[key, default: 0] += step
    }

    mutating func writeCounters() throws(GraphError) {
        for key in countOrder {
            guard let step = counts[key], step != 0 else { continue }
            let old = try stored(key).map { Int64(bitPattern: $0.word(at: 0)) } ?? 0
            if old + step == 0 {
                batch.delete(.counters, key)
            } else {
                var bytes: [UInt8] = []
                bytes.append(big: UInt64(bitPattern: old + step))
                batch.put(.counters, key, bytes)
            }
        }
        for (namespace, step) in costs.sorted(by: { $0.key < $1.key }) {
            let key = Keys.cost(of: namespace)
            var sum = try stored(key).flatMap(CostSum.init(stored:)) ?? CostSum()
            sum.add(step)
            if sum.isZero {
                batch.delete(.counters, key)
            } else {
                batch.put(.counters, key, sum.bytes)
            }
        }
    }

    private func stored(_ key: [UInt8]) throws(GraphError) -> [UInt8]? {
        try GraphError.translating("count") { () throws(StoreError) in
            try graph.store.get(.counters, key)
        }
    }

    /// The batch with everything written so far.
    mutating func finish() -> Store.Batch {
        indexes.write(to: &batch)
        return batch
    }

    mutating func writeHistory() {
        for end in transaction.ended {
            let old = end.version.resource
            batch.put(.history, Keys.history(old.id, endedAt: end.position), end.version.bytes)
            guard end.deleted else { continue }
            var position: [UInt8] = []
            position.append(big: end.position.rawValue)
            let nameKey = old.nameKey
            // What an entry mounted since belongs to that log.
            let log = transaction.mounts.log(of: old.namespace) ?? transaction.log
            batch.put(.graves, Keys.graves(of: log) + position + Keys.id(old.id), nameKey)
            batch.put(.graves, Keys.graves(named: nameKey) + position, Keys.id(old.id))
        }
    }

    /// Time to position and back. Times never go down, so that a search by time finds one place;
    /// of the entries of one millisecond the last one stands for all.
    mutating func writeMoments(_ log: inout LogState) {
        var last: Position?
        for moment in transaction.moments {
            if moment.time > log.clock, let last { write(log.clock, last) }
            log.clock = max(log.clock, moment.time)
            last = moment.position
        }
        if let last { write(log.clock, last) }
    }

    private mutating func write(_ time: WallTime, _ position: Position) {
        var (timeBytes, positionBytes): ([UInt8], [UInt8]) = ([], [])
        timeBytes.append(signed: time.milliseconds)
        positionBytes.append(big: position.rawValue)
        batch.put(.moments, Keys.times(of: transaction.log) + timeBytes, positionBytes)
        batch.put(.moments, Keys.positions(of: transaction.log) + positionBytes, timeBytes)
    }

    mutating func writeProgress(_ log: LogState) {
        for (client, last) in transaction.sessions.sorted(by: { $0.key < $1.key }) {
            batch.put(
                .sessions, Keys.session(client, in: transaction.log),
                Keys.request(last.sequence, last.position))
        }
        for (key, position) in transaction.cursors {
            var bytes: [UInt8] = []
            bytes.append(big: position.rawValue)
            batch.put(.cursors, key, bytes)
        }
        batch.put(.meta, Keys.log(transaction.log), log.bytes)
    }
}

extension Resource {
    var tagKeys: [[UInt8]] {
        tags.entries.map { key, value in Keys.tag(key, value, type: type) + Keys.id(id) }
    }

    var linkKeys: [[UInt8]] {
        var keys: [[UInt8]] = []
        if let owner { keys.append(Keys.owned(by: owner) + Keys.id(id)) }
        for (relation, targets) in links.entries {
            for target in targets {
                keys.append(Keys.sources(of: target, by: relation) + Keys.id(id))
            }
        }
        return keys
    }

    func fieldKeys(_ shape: TypeShape) -> [[UInt8]] {
        shape.indexed.compactMap { field, prefix in
            guard let value = data[field]?.indexKey else { return nil }
            return prefix + value + Keys.id(id)
        }
    }
}

/// Index changes a table, kept apart until the end: a store that keeps its writes in order inserts
/// neighbours faster than keys that jump between tables (measured: a third of the write).
struct IndexWrites {
    private var names: [(key: [UInt8], value: [UInt8]?)] = []
    private var tags: [(key: [UInt8], value: [UInt8]?)] = []
    private var fields: [(key: [UInt8], value: [UInt8]?)] = []
    private var links: [(key: [UInt8], value: [UInt8]?)] = []

    mutating func put(_ table: StoreTable, _ key: [UInt8], _ value: [UInt8]) {
        add(table, key, value)
    }

    mutating func delete(_ table: StoreTable, _ key: [UInt8]) { add(table, key, nil) }

    private mutating func add(_ table: StoreTable, _ key: [UInt8], _ value: [UInt8]?) {
        switch table {
        case .names: names.append((key, value))
        case .tags: tags.append((key, value))
        case .fields: fields.append((key, value))
        case .links: links.append((key, value))
        case .meta, .resources, .history, .graves, .moments, .sessions, .cursors, .counters:
            preconditionFailure("\(table) is no index")
        }
    }

    func write<Batch: StoreBatch>(to batch: inout Batch) {
        write(.names, names, to: &batch)
        write(.tags, tags, to: &batch)
        write(.fields, fields, to: &batch)
        write(.links, links, to: &batch)
    }

    private func write<Batch: StoreBatch>(
        _ table: StoreTable, _ changes: [(key: [UInt8], value: [UInt8]?)], to batch: inout Batch
    ) {
        // Names may be let go and taken again: a stable order keeps the last word last.
        let order = changes.indices.sorted { left, right in
            let (first, second) = (changes[left].key, changes[right].key)
            if first.lexicographicallyPrecedes(second) { return true }
            return first == second && left < right
        }
        for (key, value) in order.lazy.map({ changes[$0] }) {
            if let value { batch.put(table, key, value) } else { batch.delete(table, key) }
        }
    }
}
