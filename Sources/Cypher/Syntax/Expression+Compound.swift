/// `CASE subject WHEN w THEN t … ELSE e END`.
package struct ConditionalExpression: Hashable, Sendable {
    package struct Branch: Hashable, Sendable {
        package let when: Expression
        package let then: Expression

        package init(when: Expression, then: Expression) {
            self.when = when
            self.then = then
        }
    }

    /// What is compared with each `when`; without it each `when` is a predicate.
    package let subject: Expression?
    package let branches: [Branch]
    package let otherwise: Expression?

    package init(subject: Expression?, branches: [Branch], otherwise: Expression?) {
        self.subject = subject
        self.branches = branches
        self.otherwise = otherwise
    }
}

/// `[x IN list WHERE predicate | result]`.
package struct ListComprehension: Hashable, Sendable {
    package let variable: Name
    package let list: Expression
    package let predicate: Expression?
    /// Without it the elements themselves.
    package let result: Expression?

    package init(
        variable: Name, list: Expression, predicate: Expression?, result: Expression?
    ) {
        self.variable = variable
        self.list = list
        self.predicate = predicate
        self.result = result
    }
}

/// `[path = (a)-->(b) WHERE predicate | result]`; the path's name is in the pattern.
package struct PatternComprehension: Hashable, Sendable {
    package let pattern: PatternPart
    package let predicate: Expression?
    package let result: Expression

    package init(pattern: PatternPart, predicate: Expression?, result: Expression) {
        self.pattern = pattern
        self.predicate = predicate
        self.result = result
    }
}

/// `all(x IN list WHERE predicate)`.
package struct Quantifier: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case all, any, none, single
    }

    package let kind: Kind
    package let variable: Name
    package let list: Expression
    package let predicate: Expression

    package init(kind: Kind, variable: Name, list: Expression, predicate: Expression) {
        self.kind = kind
        self.variable = variable
        self.list = list
        self.predicate = predicate
    }
}

/// `reduce(accumulator = initial, variable IN list | result)`.
package struct Reduction: Hashable, Sendable {
    package let accumulator: Name
    package let initial: Expression
    package let variable: Name
    package let list: Expression
    package let result: Expression

    package init(
        accumulator: Name, initial: Expression, variable: Name, list: Expression,
        result: Expression
    ) {
        self.accumulator = accumulator
        self.initial = initial
        self.variable = variable
        self.list = list
        self.result = result
    }
}

/// What stands between the braces of `EXISTS { … }`.
package enum ExistsBody: Hashable, Sendable {
    /// `MATCH` and `RETURN` may be left out.
    case pattern([PatternPart], predicate: Expression?)
    case query(RegularQuery)
}

/// One part of a map projection.
package enum MapProjectionItem: Hashable, Sendable {
    /// `.name`
    case property(Name)
    /// `key: expression`
    case entry(MapEntry)
    /// `variable`, under its own name
    case variable(Name)
    /// `.*`
    case all
}
