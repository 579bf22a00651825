/// A name of the graph as it stands in a statement, with its symbol if the graph knows it.
struct NamedToken: Sendable {
    let name: String
    let token: GraphToken?
}

/// An expression whose variables are slots of the row and whose names are tokens: what the
/// executor evaluates, made once for a statement.
indirect enum Code: Sendable {
    case constant(CypherValue)
    /// A parameter by its place among those of the statement.
    case parameter(Int)
    case slot(Int)
    case list([Code])
    case map([(key: String, value: Code)])
    /// A property of what is in a slot: the hot case of `property`.
    case slotProperty(Int, NamedToken)
    case property(Code, NamedToken)
    case element(Code, Code)
    case slice(Code, from: Code?, to: Code?)
    case hasLabels(Code, [NamedToken])
    case not(Code)
    case negate(Code)
    case plus(Code)
    case binary(BinaryOperator, Code, Code)
    case and([Code])
    case or([Code])
    case comparison(ComparisonOperator, Code, Code)
    case comparisons(Code, [(comparison: ComparisonOperator, operand: Code)])
    case isNull(Code)
    case isNotNull(Code)
    case call(Function, [Code])
    case conditional(subject: Code?, [(when: Code, then: Code)], otherwise: Code?)
    /// Elements of a list, each put into the slot.
    case comprehension(slot: Int, list: Code, predicate: Code?, result: Code?)
    case quantifier(Quantifier.Kind, slot: Int, list: Code, predicate: Code)
    case reduce(accumulator: Int, initial: Code, slot: Int, list: Code, result: Code)
    /// True when the subplan has a row.
    case exists(Int)
    /// A value for each row of the subplan.
    case collect(Int, Code)
    /// The value of the first row of the subplan, or null.
    case first(Int, Code)
    /// A path from the slots of its first node and of its relationships, or lists of them.
    case path(start: Int, relationships: [Int])
    case mapProjection(Code, [Projected])

    /// One part of a map projection.
    enum Projected: Sendable {
        case entry(String, Code)
        case all
    }
}
