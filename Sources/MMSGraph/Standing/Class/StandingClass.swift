public import Cypher
public import Resources

/// How a standing query is kept up to date, and why so: a function of its statement alone.
public struct StandingClass: Hashable, Sendable, CustomStringConvertible {
    public enum Letter: String, Hashable, Sendable, CaseIterable {
        /// Each row is of one resource: a change is looked up in an index of who asks for it.
        case a = "A"
        /// Each row is one match of a bounded pattern: matches are kept, and found anew around
        /// each resource that changes.
        case b = "B"
        /// Anything else that reads: evaluated anew after what it touches has changed.
        case c = "C"
    }

    public let letter: Letter
    /// What in the statement made it so, in words.
    public let reason: String

    /// The line that EXPLAIN shows.
    public var description: String { "class \(letter.rawValue): \(reason)" }

    /// The class of a checked statement. Throws `invalidValue` when it cannot stand: it writes, it
    /// has a prefix, or its answer depends on when it is asked.
    public init(of statement: Statement) throws(Refusal) {
        try Self.checkStands(statement)
        if let reason = Self.wholeReason(statement.query) {
            (letter, reason: self.reason) = (.c, reason: reason)
            return
        }
        let parts = statement.query.patternParts
        if parts.count == 1, let part = parts.first, part.hops.isEmpty, part.variable == nil {
            (letter, self.reason) = (.a, "one node, and nothing beyond its own properties")
        } else {
            (letter, self.reason) = (.b, "a pattern of a fixed number of hops")
        }
    }

    /// The line for EXPLAIN of any statement: its class, or why it cannot stand.
    public static func explanation(of statement: Statement) -> String {
        var plain = statement
        if statement.mode != .run { plain = Statement(running: statement) }
        do throws(Refusal) { return try StandingClass(of: plain).description } catch {
            return "no class: \(error.reason)"
        }
    }

    private static func checkStands(_ statement: Statement) throws(Refusal) {
        func refusal(_ reason: String, _ remedy: String) -> Refusal {
            Refusal(
                .invalidValue, filter: "standing", subject: "statement", reason: reason,
                remedy: remedy)
        }
        if statement.isWriting {
            throw refusal("changes the graph", "changes are commands: see `pisces apply`")
        }
        if statement.mode != .run {
            throw refusal(
                "begins with \(statement.mode.rawValue)", "follow the statement without it")
        }
        if let call = statement.query.momentary {
            throw refusal(
                "calls `\(call)`, whose answer is another at each evaluation",
                call == "id" ? "use elementId()" : "give the moment as a parameter")
        }
    }

    /// Why a query is of class C; nil when it is not.
    private static func wholeReason(_ query: RegularQuery) -> String? {
        if !query.unions.isEmpty { return "it has UNION" }
        for clause in query.first.clauses {
            switch clause {
            case .match(let match):
                if match.isOptional { return "it has OPTIONAL MATCH" }
                if let reason = reason(match.pattern) { return reason }
            case .return(let projection):
                if let reason = reason(projection) { return reason }
            case .unwind: return "it has UNWIND"
            case .with: return "it has WITH"
            case .call: return "it has CALL"
            case .create, .merge, .set, .remove, .delete: return "it writes"
            }
        }
        if query.patternParts.isEmpty { return "it has no pattern" }
        var looksBeyond = false
        query.forEachExpression { expression in
            if expression.looksBeyond { looksBeyond = true }
        }
        return looksBeyond ? "an expression looks for a pattern of its own" : nil
    }

    private static func reason(_ pattern: [PatternPart]) -> String? {
        for part in pattern {
            if part.shape != .path { return "it asks for a shortest path" }
            if part.hops.contains(where: { $0.relationship.length != nil }) {
                return "a relationship has a variable length"
            }
        }
        return nil
    }

    private static func reason(_ projection: Projection) -> String? {
        if projection.isDistinct { return "it has DISTINCT" }
        if !projection.order.isEmpty { return "it has ORDER BY" }
        if projection.skip != nil { return "it has SKIP" }
        if projection.limit != nil { return "it has LIMIT" }
        if projection.items.contains(where: { $0.expression.hasAggregate }) {
            return "it aggregates"
        }
        return nil
    }
}
