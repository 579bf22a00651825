extension CypherValue {
    /// Orderability, the total order of ORDER BY, `min` and `max`: -1, 0 or 1.
    ///
    /// Ascending: maps, nodes, relationships, lists, paths, temporal values, strings, booleans,
    /// numbers, NaN, null (openCypher, CIP2016-06-14).
    package func order(_ other: CypherValue) -> Int {
        switch (self, other) {
        case (.string(let left), .string(let right)): return Self.order(left, right)
        case (.list(let left), .list(let right)): return Self.order(left, right)
        case (.map(let left), .map(let right)): return Self.order(left, right)
        case (.node(let left), .node(let right)): return Self.order(left.id, right.id)
        case (.relationship(let left), .relationship(let right)):
            return Self.order(left.id, right.id)
        case (.path(let left), .path(let right)): return Self.order(left, right)
        case (.boolean(let left), .boolean(let right)):
            return left == right ? 0 : left ? 1 : -1
        case (.bytes(let left), .bytes(let right)):
            return left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
        default:
            let (left, right) = (rank, other.rank)
            if left != right { return left < right ? -1 : 1 }
            return left == Self.numberRank
                ? Numbers.order(self, other) : Self.temporalOrder(self, other)
        }
    }

    private static let numberRank = 15

    private var rank: Int {
        switch self {
        case .map: 0
        case .node: 1
        case .relationship: 2
        case .list: 3
        case .path: 4
        case .dateTime: 5
        case .localDateTime: 6
        case .date: 7
        case .time: 8
        case .localTime: 9
        case .duration: 10
        case .bytes: 11
        case .string: 12
        case .boolean: 13
        case .integer, .float: Self.numberRank
        case .null: 16
        }
    }

    static func order<Number: Comparable>(_ left: Number, _ right: Number) -> Int {
        left == right ? 0 : left < right ? -1 : 1
    }

    /// By code points, which is the order of the bytes of UTF-8.
    static func order(_ left: String, _ right: String) -> Int {
        if left.utf8.elementsEqual(right.utf8) { return 0 }
        return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
    }

    private static func order(_ left: [CypherValue], _ right: [CypherValue]) -> Int {
        for (first, second) in zip(left, right) {
            let order = first.order(second)
            if order != 0 { return order }
        }
        return order(left.count, right.count)
    }

    /// First by the keys, then by the values of the keys in their order.
    private static func order(_ left: CypherMap, _ right: CypherMap) -> Int {
        let first = left.entries.sorted { order($0.key, $1.key) < 0 }
        let second = right.entries.sorted { order($0.key, $1.key) < 0 }
        for (one, other) in zip(first, second) {
            let order = order(one.key, other.key)
            if order != 0 { return order }
        }
        if first.count != second.count { return order(first.count, second.count) }
        for (one, other) in zip(first, second) {
            let order = one.value.order(other.value)
            if order != 0 { return order }
        }
        return 0
    }

    private static func order(_ left: PathValue, _ right: PathValue) -> Int {
        for index in 0..<min(left.nodes.count, right.nodes.count) {
            let node = order(left.nodes[index].id, right.nodes[index].id)
            if node != 0 { return node }
            guard index < left.relationships.count, index < right.relationships.count else {
                break
            }
            let hop = order(left.relationships[index].id, right.relationships[index].id)
            if hop != 0 { return hop }
        }
        return order(left.nodes.count, right.nodes.count)
    }
}

extension CypherValue {
    /// The operators `<`, `<=`, `>`, `>=`: what `test` says of the order of both; nil when they
    /// are not comparable or a null takes part.
    package func compare(_ other: CypherValue, _ test: (Int) -> Bool) -> Bool? {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): return test(Self.order(left, right))
        case (.float(let left), _) where left.isNaN: return other.isNumber ? false : nil
        case (_, .float(let right)) where right.isNaN: return isNumber ? false : nil
        case (.integer, .float), (.float, .integer), (.float, .float):
            return test(Numbers.order(self, other))
        case (.string(let left), .string(let right)): return test(Self.order(left, right))
        case (.boolean, .boolean), (.date, .date), (.localTime, .localTime), (.time, .time),
            (.localDateTime, .localDateTime), (.dateTime, .dateTime):
            return test(order(other))
        case (.list(let left), .list(let right)): return Self.compare(left, right, test)
        default: return nil
        }
    }

    private var isNumber: Bool {
        switch self {
        case .integer, .float: true
        default: false
        }
    }

    private static func compare(
        _ left: [CypherValue], _ right: [CypherValue], _ test: (Int) -> Bool
    ) -> Bool? {
        for (first, second) in zip(left, right) {
            guard let isEqual = first.equals(second) else { return nil }
            if isEqual { continue }
            // Unequal and not comparable: unknown.
            return first.compare(second, test)
        }
        return test(order(left.count, right.count))
    }
}
