/// Queries joined by UNION; all of them have the same columns.
package struct RegularQuery: Hashable, Sendable {
    package let first: SingleQuery
    package let unions: [UnionPart]

    package init(first: SingleQuery, unions: [UnionPart]) {
        self.first = first
        self.unions = unions
    }
}

/// `UNION query`, or `UNION ALL query`.
package struct UnionPart: Hashable, Sendable {
    package let isAll: Bool
    package let query: SingleQuery
    package let at: SourceOffset

    package init(isAll: Bool, query: SingleQuery, at: SourceOffset) {
        self.isAll = isAll
        self.query = query
        self.at = at
    }
}

/// Clauses in their order. A query that reads ends with RETURN; one that is a single CALL, one
/// that writes, and one inside EXISTS may end without.
package struct SingleQuery: Hashable, Sendable {
    package let clauses: [Clause]

    package init(clauses: [Clause]) {
        self.clauses = clauses
    }
}

/// What the prefix of a statement asks for.
public enum StatementMode: String, Hashable, Sendable {
    case run = ""
    /// The plan, without running it.
    case explain = "EXPLAIN"
    /// The plan, with what each operator did.
    case profile = "PROFILE"
}

/// A statement as the parser saw it, unchecked.
package struct ParsedStatement: Hashable, Sendable {
    package let mode: StatementMode
    package let query: RegularQuery

    package init(mode: StatementMode, query: RegularQuery) {
        self.mode = mode
        self.query = query
    }
}
