/// A clause of a query.
package enum Clause: Hashable, Sendable {
    case match(MatchClause)
    case unwind(UnwindClause)
    case with(WithClause)
    case `return`(Projection)
    case call(CallClause)
    case create(CreateClause)
    case merge(MergeClause)
    case set(SetClause)
    case remove(RemoveClause)
    case delete(DeleteClause)

    /// Where it begins.
    package var at: SourceOffset {
        switch self {
        case .match(let clause): clause.at
        case .unwind(let clause): clause.at
        case .with(let clause): clause.projection.at
        case .return(let projection): projection.at
        case .call(let clause): clause.at
        case .create(let clause): clause.at
        case .merge(let clause): clause.at
        case .set(let clause): clause.at
        case .remove(let clause): clause.at
        case .delete(let clause): clause.at
        }
    }
}

/// `MATCH pattern WHERE predicate`, or `OPTIONAL MATCH`.
package struct MatchClause: Hashable, Sendable {
    package let isOptional: Bool
    package let pattern: [PatternPart]
    package let predicate: Expression?
    package let at: SourceOffset

    package init(
        isOptional: Bool, pattern: [PatternPart], predicate: Expression?, at: SourceOffset
    ) {
        self.isOptional = isOptional
        self.pattern = pattern
        self.predicate = predicate
        self.at = at
    }
}

/// `UNWIND list AS variable`.
package struct UnwindClause: Hashable, Sendable {
    package let list: Expression
    package let variable: Name
    package let at: SourceOffset

    package init(list: Expression, variable: Name, at: SourceOffset) {
        self.list = list
        self.variable = variable
        self.at = at
    }
}

/// `WITH projection WHERE predicate`.
package struct WithClause: Hashable, Sendable {
    package let projection: Projection
    package let predicate: Expression?

    package init(projection: Projection, predicate: Expression?) {
        self.projection = projection
        self.predicate = predicate
    }
}

/// `CALL procedure(arguments) YIELD items WHERE predicate`.
package struct CallClause: Hashable, Sendable {
    /// What `YIELD` names.
    package enum Yield: Hashable, Sendable {
        /// No `YIELD`: only alone in a statement (all results), or for a procedure without any.
        case none
        /// `YIELD *`
        case all
        case items([Item])
    }

    /// `result` or `result AS variable`.
    package struct Item: Hashable, Sendable {
        package let result: Name
        package let variable: Name

        package init(result: Name, variable: Name) {
            self.result = result
            self.variable = variable
        }
    }

    /// As written, parts joined by dots.
    package let procedure: Name
    /// Absent without parentheses: then they are taken from the parameters by name.
    package let arguments: [Expression]?
    package let yield: Yield
    package let predicate: Expression?
    package let at: SourceOffset

    package init(
        procedure: Name, arguments: [Expression]?, yield: Yield, predicate: Expression?,
        at: SourceOffset
    ) {
        self.procedure = procedure
        self.arguments = arguments
        self.yield = yield
        self.predicate = predicate
        self.at = at
    }
}
