/// How tightly operators bind, from the loosest (openCypher grammar, Expression).
enum Precedence: Int, Comparable {
    /// The whole of an expression.
    case lowest
    case or
    case xor
    case and
    case not
    case comparison
    /// `IN`, `STARTS WITH`, `IS NULL` and their like.
    case predicate
    case additive
    case multiplicative
    case power
    /// `-a`: tighter than `^`.
    case unary
    /// `a.b`, `a[b]`, `a:B`.
    case postfix
    case atom

    static func < (left: Precedence, right: Precedence) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension BinaryOperator {
    var precedence: Precedence {
        switch self {
        case .xor: .xor
        case .isIn, .startsWith, .endsWith, .contains, .matchesRegex: .predicate
        case .add, .subtract: .additive
        case .multiply, .divide, .modulo: .multiplicative
        case .power: .power
        }
    }
}

/// An operator between or behind operands.
enum InfixOperator {
    case or
    case and
    case binary(BinaryOperator)
    case comparison(ComparisonOperator)
    /// `IS NULL`, `IS NOT NULL`
    case isNull

    var precedence: Precedence {
        switch self {
        case .or: .or
        case .and: .and
        case .binary(let binary): binary.precedence
        case .comparison: .comparison
        case .isNull: .predicate
        }
    }
}
