extension CypherValue {
    /// The operator `=`: nil (null) when a null takes part in the answer.
    package func equals(_ other: CypherValue) -> Bool? {
        switch (self, other) {
        case (.null, _), (_, .null): nil
        case (.integer(let left), .integer(let right)): left == right
        case (.integer(let left), .float(let right)): Numbers.compare(left, right) == 0
        case (.float(let left), .integer(let right)): Numbers.compare(right, left) == 0
        case (.float(let left), .float(let right)): left == right
        case (.list(let left), .list(let right)): Self.equal(left, right)
        case (.map(let left), .map(let right)): Self.equal(left, right)
        default: isEquivalent(to: other)
        }
    }

    private static func equal(_ left: [CypherValue], _ right: [CypherValue]) -> Bool? {
        guard left.count == right.count else { return false }
        var isUnknown = false
        for (first, second) in zip(left, right) {
            switch first.equals(second) {
            case .some(false): return false
            case .none: isUnknown = true
            case .some(true): break
            }
        }
        return isUnknown ? nil : true
    }

    private static func equal(_ left: CypherMap, _ right: CypherMap) -> Bool? {
        guard left.count == right.count else { return false }
        var isUnknown = false
        for (key, value) in left.entries {
            guard let other = right[key] else { return false }
            switch value.equals(other) {
            case .some(false): return false
            case .none: isUnknown = true
            case .some(true): break
            }
        }
        return isUnknown ? nil : true
    }

    /// Equivalence, by which DISTINCT and grouping go: null is null, NaN is NaN, 1 is 1.0.
    package func isEquivalent(to other: CypherValue) -> Bool {
        switch (self, other) {
        case (.null, .null): true
        case (.boolean(let left), .boolean(let right)): left == right
        case (.integer, .integer), (.integer, .float), (.float, .integer), (.float, .float):
            Numbers.order(self, other) == 0
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.bytes(let left), .bytes(let right)): left == right
        case (.list(let left), .list(let right)):
            left.elementsEqual(right) { $0.isEquivalent(to: $1) }
        case (.map(let left), .map(let right)):
            left.count == right.count
                && left.entries.allSatisfy { key, value in
                    right[key].map { value.isEquivalent(to: $0) } ?? false
                }
        case (.node(let left), .node(let right)): left == right
        case (.relationship(let left), .relationship(let right)): left == right
        case (.path(let left), .path(let right)): left == right
        case (.date(let left), .date(let right)): left == right
        case (.localTime(let left), .localTime(let right)): left == right
        case (.time(let left), .time(let right)): left == right
        case (.localDateTime(let left), .localDateTime(let right)): left == right
        case (.dateTime(let left), .dateTime(let right)):
            left.seconds == right.seconds && left.nanoseconds == right.nanoseconds
                && left.offset == right.offset
        case (.duration(let left), .duration(let right)): left == right
        default: false
        }
    }
}

/// Equivalence; for the operator `=` see `equals`.
extension CypherValue: Hashable {
    public static func == (left: Self, right: Self) -> Bool { left.isEquivalent(to: right) }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0 as UInt8)
        case .boolean(let value): hasher.combine(value)
        case .integer(let value): hasher.combine(value)
        case .float(let value): Numbers.hash(value, into: &hasher)
        case .string(let value): value.utf8.forEach { hasher.combine($0) }
        case .bytes(let value): hasher.combine(value)
        case .list(let values): hasher.combine(values)
        case .map(let map):
            // Maps have no order: the hashes of the pairs are summed.
            var sum = 0
            for (key, value) in map.entries {
                var pair = Hasher()
                pair.combine(key)
                pair.combine(value)
                sum = sum &+ pair.finalize()
            }
            hasher.combine(sum)
        case .node(let node): hasher.combine(node)
        case .relationship(let relationship): hasher.combine(relationship)
        case .path(let path): hasher.combine(path)
        case .date(let value): hasher.combine(value)
        case .localTime(let value): hasher.combine(value)
        case .time(let value): hasher.combine(value)
        case .localDateTime(let value): hasher.combine(value)
        case .dateTime(let value):
            hasher.combine(value.seconds)
            hasher.combine(value.nanoseconds)
        case .duration(let value): hasher.combine(value)
        }
    }
}
