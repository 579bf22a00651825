internal import Resources

/// The resources a plan's ranges name, one at a time.
struct CandidateCursor<Store: OrderedStore> {
    private let reader: CommittedReader<Store>
    private let plan: Plan
    private var segment = 0
    private var cursor: Store.Snapshot.Cursor?
    private var after: [UInt8]?

    init(_ reader: CommittedReader<Store>, _ plan: Plan) {
        self.reader = reader
        self.plan = plan
    }

    /// Begins behind where a page ended.
    mutating func skip(to token: ResumeToken) throws(Refusal) {
        guard case .key(let table, let key) = token,
            let index = plan.segments.firstIndex(where: { segment in
                segment.table.rawValue == table && segment.contains(key)
            })
        else { throw ResumeToken.foreign }
        segment = index
        after = key
    }

    /// The next resource whose name's key, where the range knows it, passes `filter`.
    mutating func next(
        where filter: ([UInt8]) -> Bool
    ) throws(GraphError) -> (Resource, ResumeToken)? {
        while let (table, key, value) = try nextPair() {
            let token = ResumeToken.key(table: table.rawValue, key: key)
            switch table {
            case .names:
                guard filter(key), let id = value.trailingIdentifier,
                    let found = try reader.livingVersion(id)
                else { continue }
                return (found, token)
            case .graves:
                guard filter(value), let found = try buried(key), found.nameKey == value else {
                    continue
                }
                return (found, token)
            default:
                guard let id = key.trailingIdentifier, let found = try reader.version(id) else {
                    continue
                }
                return (found, token)
            }
        }
        return nil
    }

    /// The next resource as queries read it.
    mutating func nextCard() throws(GraphError) -> Card? {
        guard !reader.isPast else {
            return try next { _ in true }.map { (found) throws(GraphError) in try Card(found.0) }
        }
        while let (table, key, value) = try nextPair() {
            let holder = table == .names ? value : key
            // What a scan passes once is not kept; what an index found may be asked for again.
            if let id = holder.trailingIdentifier,
                let card = try reader.card(id, keeps: table == .fields)
            {
                return card
            }
        }
        return nil
    }

    /// The last version under a grave, when it stood at the reader's moment.
    private func buried(_ key: [UInt8]) throws(GraphError) -> Resource? {
        guard let id = key.trailingIdentifier else { return nil }
        let end = Position(key.word(at: key.count - 24))
        // Another life of the same identity may be the one that stood; then it is another grave
        // or alive, and found there.
        guard let last = try reader.stored(.history, Keys.history(id, endedAt: end)),
            let log = reader.mounts.log(of: last.namespace),
            let position = reader.bookmark[log], last.created.position <= position
        else { return nil }
        return try reader.version(id)
    }

    private mutating func nextPair() throws(GraphError) -> (StoreTable, [UInt8], [UInt8])? {
        while segment < plan.segments.count {
            let current = plan.segments[segment]
            if cursor == nil {
                var range = current.range
                if let after { range.lower = after + [0] }
                after = nil
                cursor = reader.snapshot.scan(current.table, range, reverse: false)
            }
            let moved = try GraphError.translating("scan") { () throws(StoreError) in
                try cursor?.advance() ?? false
            }
            if moved, let cursor { return (current.table, cursor.key, cursor.value) }
            cursor = nil
            segment += 1
        }
        return nil
    }
}

/// Where a page ended: at a key of an index, or at a row of an order.
enum ResumeToken: Hashable, Sendable {
    case key(table: UInt8, key: [UInt8])
    case row([Value?], Identifier)

    static let foreign = Refusal(
        .malformed, filter: "query", subject: "resume",
        reason: "the token belongs to another selection",
        remedy: "repeat the selection it came with, or start from the first page")

    var text: String {
        var writer = CBORWriter()
        switch self {
        case .key(let table, let key):
            writer.write(.list([.int(Int64(table)), .bytes(key)]))
        case .row(let values, let id):
            let list = values.map { $0.map { Value.list([$0]) } ?? .null }
            writer.write(.list([.list(list), .bytes(Keys.id(id))]))
        }
        return Base64.encodeURL(writer.bytes)
    }

    init(text: String) throws(Refusal) {
        guard let bytes = Base64.decodeURL(text), let value = try? CBORReader.decode(bytes),
            let parts = value.list, parts.count == 2, let second = parts[1].bytes
        else {
            throw Refusal(
                .malformed, filter: "query", subject: printable(text),
                reason: "is no resume token", remedy: "start from the first page")
        }
        if let table = parts[0].int, let byte = UInt8(exactly: table) {
            self = .key(table: byte, key: second)
        } else if let values = parts[0].list, let id = second.trailingIdentifier {
            self = .row(values.map { $0.list?.first }, id)
        } else {
            throw Self.foreign
        }
    }

    func row(_ order: [Selection.Order]) throws(Refusal) -> SortBuffer.Row {
        guard case .row(let values, let id) = self, values.count == order.count else {
            throw Self.foreign
        }
        return SortBuffer.Row(values: values, id: id)
    }
}

/// The first rows of an order, kept sorted.
struct SortBuffer {
    struct Row {
        let values: [Value?]
        let id: Identifier
        let resource: Resource?

        init(_ resource: Resource, _ order: [Selection.Order]) {
            values = order.map { $0.operand.value(of: resource) }
            id = resource.id
            self.resource = resource
        }

        init(values: [Value?], id: Identifier) {
            self.values = values
            self.id = id
            resource = nil
        }
    }

    let order: [Selection.Order]
    let capacity: Int
    private(set) var rows: [Row] = []

    init(order: [Selection.Order], capacity: Int) {
        self.order = order
        self.capacity = capacity
    }

    mutating func insert(_ row: Row) {
        if rows.count >= capacity {
            guard let last = rows.last, precedes(row, last) else { return }
            rows.removeLast()
        }
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if precedes(rows[middle], row) { low = middle + 1 } else { high = middle }
        }
        rows.insert(row, at: low)
    }

    /// Rows without a value come last; equal rows are in order of identity.
    func precedes(_ left: Row, _ right: Row) -> Bool {
        for (index, part) in order.enumerated() {
            let (first, second) = (left.values[index], right.values[index])
            guard let first else {
                if second == nil { continue }
                return false
            }
            guard let second else { return true }
            let order = first.sortOrder(before: second)
            if order != 0 { return part.descending ? order > 0 : order < 0 }
        }
        return left.id < right.id
    }
}

extension Value {
    /// A total order: within a kind by value, among kinds by name, numbers together.
    fileprivate func sortOrder(before other: Value) -> Int {
        if let order = order(before: other) { return order }
        let (left, right) = (sortKind, other.sortKind)
        if left != right { return left < right ? -1 : 1 }
        return bytesInOrder(before: other)
    }

    private var sortKind: String { number == nil ? kindName : "number" }

    /// NaN, lists and maps have no order of their own; their encoding gives one.
    private func bytesInOrder(before other: Value) -> Int {
        var (left, right) = (CBORWriter(), CBORWriter())
        left.write(self)
        right.write(other)
        if left.bytes == right.bytes { return 0 }
        return left.bytes.lexicographicallyPrecedes(right.bytes) ? -1 : 1
    }
}
