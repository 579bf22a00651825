/// `CREATE pattern`.
package struct CreateClause: Hashable, Sendable {
    package let pattern: [PatternPart]
    package let at: SourceOffset

    package init(pattern: [PatternPart], at: SourceOffset) {
        self.pattern = pattern
        self.at = at
    }
}

/// `MERGE pattern ON CREATE SET … ON MATCH SET …`.
package struct MergeClause: Hashable, Sendable {
    package let pattern: PatternPart
    package let onCreate: [SetItem]
    package let onMatch: [SetItem]
    package let at: SourceOffset

    package init(
        pattern: PatternPart, onCreate: [SetItem], onMatch: [SetItem], at: SourceOffset
    ) {
        self.pattern = pattern
        self.onCreate = onCreate
        self.onMatch = onMatch
        self.at = at
    }
}

/// One assignment of `SET`.
package enum SetItem: Hashable, Sendable {
    /// `subject.key = value`; the target is a property expression.
    case property(Expression, Expression)
    /// `variable = map`
    case replace(Name, Expression)
    /// `variable += map`
    case merge(Name, Expression)
    /// `variable:Label`
    case labels(Name, [Name])
}

/// `SET items`.
package struct SetClause: Hashable, Sendable {
    package let items: [SetItem]
    package let at: SourceOffset

    package init(items: [SetItem], at: SourceOffset) {
        self.items = items
        self.at = at
    }
}

/// One thing that `REMOVE` takes away.
package enum RemoveItem: Hashable, Sendable {
    /// A property expression.
    case property(Expression)
    case labels(Name, [Name])
}

/// `REMOVE items`.
package struct RemoveClause: Hashable, Sendable {
    package let items: [RemoveItem]
    package let at: SourceOffset

    package init(items: [RemoveItem], at: SourceOffset) {
        self.items = items
        self.at = at
    }
}

/// `DELETE expressions`, or `DETACH DELETE`.
package struct DeleteClause: Hashable, Sendable {
    package let isDetach: Bool
    package let expressions: [Expression]
    package let at: SourceOffset

    package init(isDetach: Bool, expressions: [Expression], at: SourceOffset) {
        self.isDetach = isDetach
        self.expressions = expressions
        self.at = at
    }
}
