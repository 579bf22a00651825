/// An expression of Cypher: what it is, where it stands, and how tall its tree is.
///
/// The height is bounded when a tree is built, so that walks over it may recurse.
package struct Expression: Hashable, Sendable {
    package let kind: Kind
    package let at: SourceOffset
    /// Levels of the tree below and with this one; 1 for a literal.
    package let height: Int

    package init(_ kind: Kind, at: SourceOffset) {
        self.kind = kind
        self.at = at
        var tallest = 0
        kind.forEachChild { tallest = max(tallest, $0.height) }
        height = tallest + 1
    }

    /// The kinds of expressions.
    package indirect enum Kind: Hashable, Sendable {
        case literal(Literal)
        case list([Expression])
        case map([MapEntry])
        /// `$name`, or `$0`.
        case parameter(Name)
        case variable(String)
        /// `subject.key`.
        case property(Expression, key: Name)
        /// `subject[key]`, of a list or a map.
        case element(Expression, key: Expression)
        /// `subject[from..to]`.
        case slice(Expression, from: Expression?, to: Expression?)
        /// `subject:A:B`; of a relationship its type.
        case hasLabels(Expression, [Name])
        case unary(UnaryOperator, Expression)
        case binary(BinaryOperator, Expression, Expression)
        /// `a AND b AND c`, at least two.
        case and([Expression])
        /// `a OR b OR c`, at least two.
        case or([Expression])
        /// `a < b <= c`: each link compares the operand before it with its own.
        case comparison(Expression, [ComparisonLink])
        case isNull(Expression)
        case isNotNull(Expression)
        /// A call of a function, aggregating or not.
        case call(FunctionCall)
        /// `count(*)`.
        case countAll
        case conditional(ConditionalExpression)
        /// `[x IN list WHERE p | e]`.
        case listComprehension(ListComprehension)
        /// `[p = (a)-->(b) WHERE c | e]`.
        case patternComprehension(PatternComprehension)
        /// `all(x IN list WHERE p)`.
        case quantifier(Quantifier)
        /// `reduce(sum = 0, x IN list | sum + x)`.
        case reduce(Reduction)
        /// A pattern that stands as a predicate: true when it is found. A shortest path that
        /// stands as an expression gives the path.
        case pattern(PatternPart)
        /// `EXISTS { … }`.
        case exists(ExistsBody)
        /// `person {.name, age: 3, .*}`.
        case mapProjection(Name, [MapProjectionItem])
    }
}

/// A value that is written out.
package enum Literal: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case float(Double)
    case string(String)
}

/// A key with its value in a map.
package struct MapEntry: Hashable, Sendable {
    package let key: Name
    package let value: Expression

    package init(key: Name, value: Expression) {
        self.key = key
        self.value = value
    }
}

/// Operators with one operand.
package enum UnaryOperator: String, Hashable, Sendable {
    case not = "NOT"
    case plus = "+"
    case minus = "-"
}

/// Operators with two operands that associate to the left.
package enum BinaryOperator: String, Hashable, Sendable {
    case xor = "XOR"
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case modulo = "%"
    case power = "^"
    case isIn = "IN"
    case startsWith = "STARTS WITH"
    case endsWith = "ENDS WITH"
    case contains = "CONTAINS"
    case matchesRegex = "=~"
}

/// Operators that may be chained.
package enum ComparisonOperator: String, Hashable, Sendable {
    case equal = "="
    case notEqual = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
}

/// One step of a chained comparison.
package struct ComparisonLink: Hashable, Sendable {
    package let comparison: ComparisonOperator
    package let operand: Expression

    package init(_ comparison: ComparisonOperator, _ operand: Expression) {
        self.comparison = comparison
        self.operand = operand
    }
}

/// `name(arguments)`; the name may have dots.
package struct FunctionCall: Hashable, Sendable {
    /// As it is written, parts joined by dots. Functions are found without regard to case.
    package let name: String
    package let isDistinct: Bool
    package let arguments: [Expression]

    package init(name: String, isDistinct: Bool, arguments: [Expression]) {
        self.name = name
        self.isDistinct = isDistinct
        self.arguments = arguments
    }

    /// The name in small letters, by which it is found.
    package var key: String { name.lowercased() }
}
