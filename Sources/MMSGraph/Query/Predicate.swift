public import Resources

/// What must hold for a resource. Logic is two-valued: a comparison with what is not there is
/// false, but `!=` is exactly not `=`.
public indirect enum Predicate: Hashable, Sendable {
    case and([Predicate])
    case or([Predicate])
    case not(Predicate)
    case compare(Operand, Comparison, Value)
    case isOneOf(Operand, [Value])
    case exists(Operand)

    /// The ways to compare.
    public enum Comparison: String, Hashable, Sendable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        /// A text within a text, or an element of a list.
        case contains
        case startsWith
    }

    /// True when it holds for a resource.
    public func holds(for resource: Resource) -> Bool {
        switch self {
        case .and(let parts): parts.allSatisfy { $0.holds(for: resource) }
        case .or(let parts): parts.contains { $0.holds(for: resource) }
        case .not(let part): !part.holds(for: resource)
        case .exists(let operand): operand.value(of: resource) != nil
        case .isOneOf(let operand, let values):
            operand.value(of: resource).map { value in values.contains { value.equals($0) } }
                ?? false
        case .compare(let operand, let comparison, let value):
            comparison.holds(operand.value(of: resource), value)
        }
    }

    /// The parts that must all hold: those of an `and`, or the whole.
    var conjuncts: [Predicate] {
        if case .and(let parts) = self { parts.flatMap(\.conjuncts) } else { [self] }
    }
}

extension Predicate.Comparison {
    /// True when `left` compares so with `right`.
    public func holds(_ left: Value?, _ right: Value) -> Bool {
        guard let left else { return self == .notEqual }
        switch self {
        case .equal: return left.equals(right)
        case .notEqual: return !left.equals(right)
        case .less: return left.order(before: right).map { $0 < 0 } ?? false
        case .lessOrEqual: return left.order(before: right).map { $0 <= 0 } ?? false
        case .greater: return left.order(before: right).map { $0 > 0 } ?? false
        case .greaterOrEqual: return left.order(before: right).map { $0 >= 0 } ?? false
        case .startsWith:
            guard let text = left.text, let start = right.text else { return false }
            return text.utf8.starts(with: start.utf8)
        case .contains:
            if let list = left.list { return list.contains { $0.equals(right) } }
            guard let text = left.text, let part = right.text else { return false }
            return contains(Array(text.utf8), Array(part.utf8))
        }
    }

    private func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        if part.isEmpty { return true }
        guard text.count >= part.count else { return false }
        return (0...text.count - part.count).contains { start in
            text[start] == part[0] && text[start..<start + part.count].elementsEqual(part)
        }
    }
}

extension Value {
    /// Equality by number and by byte: 1 and 1.0 are equal, composed and decomposed é are not,
    /// so that an index and a scan agree.
    func equals(_ other: Value) -> Bool {
        if let order = order(before: other) { return order == 0 }
        return kindName == other.kindName && self == other
    }

    /// Below 0 when this comes before `other`, 0 when they are equal; nil when the kinds have no
    /// common order or a number is NaN.
    func order(before other: Value) -> Int? {
        switch (self, other) {
        case (.int(let left), .int(let right)): Self.order(left, right)
        case (.float(let left), .float(let right)):
            left.isNaN || right.isNaN ? nil : Self.order(left, right)
        case (.int(let left), .float(let right)): Self.order(left, right)
        case (.float(let left), .int(let right)): Self.order(right, left).map { -$0 }
        case (.text(let left), .text(let right)): Self.order(left.utf8, right.utf8)
        case (.bytes(let left), .bytes(let right)): Self.order(left, right)
        case (.bool(let left), .bool(let right)): Self.order(left ? 1 : 0, right ? 1 : 0)
        default: nil
        }
    }

    private static func order<Number: Comparable>(_ left: Number, _ right: Number) -> Int {
        left < right ? -1 : left == right ? 0 : 1
    }

    private static func order(
        _ left: some Sequence<UInt8>, _ right: some Sequence<UInt8>
    ) -> Int {
        left.lexicographicallyPrecedes(right)
            ? -1 : right.lexicographicallyPrecedes(left) ? 1 : 0
    }

    /// Exact, where a conversion to Double would round an integer beyond 2^53.
    private static func order(_ left: Int64, _ right: Double) -> Int? {
        if right.isNaN { return nil }
        if right >= 0x1p63 { return -1 }
        if right < -0x1p63 { return 1 }
        let floor = right.rounded(.down)
        let whole = Int64(floor)
        return left == whole ? (right > floor ? -1 : 0) : order(left, whole)
    }
}
