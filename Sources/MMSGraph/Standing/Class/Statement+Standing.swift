internal import Cypher

extension Statement {
    /// The same statement without EXPLAIN or PROFILE.
    init(running origin: Statement) {
        self.init(origin, as: origin.query, columns: origin.columns, mode: .run)
    }
}

extension RegularQuery {
    /// The paths of all MATCH clauses, of all parts of a union.
    var patternParts: [PatternPart] {
        ([first] + unions.map(\.query)).flatMap { query in
            query.clauses.flatMap { clause -> [PatternPart] in
                if case .match(let match) = clause { match.pattern } else { [] }
            }
        }
    }

    /// A function in it whose answer depends on when, or how often, it is asked.
    var momentary: String? {
        var found: String?
        forEachExpression { found = found ?? $0.momentary }
        return found
    }
}

extension Expression {
    /// True when it finds nodes that its row does not name.
    var looksBeyond: Bool {
        switch kind {
        case .pattern, .patternComprehension, .exists: return true
        default: break
        }
        var found = false
        kind.forEachChild { if $0.looksBeyond { found = true } }
        return found
    }

    var momentary: String? {
        if case .call(let call) = kind, call.isMomentary { return call.name }
        var found: String?
        kind.forEachChild { found = found ?? $0.momentary }
        return found
    }
}

extension FunctionCall {
    /// Numbers of one evaluation, random ones, and what tells the time.
    fileprivate var isMomentary: Bool {
        switch key {
        case "id", "rand", "randomuuid", "timestamp": true
        case "date", "time", "localtime", "datetime", "localdatetime": arguments.isEmpty
        default:
            key.hasSuffix(".truncate")
                ? arguments.count < 2
                : [".transaction", ".statement", ".realtime"].contains { key.hasSuffix($0) }
        }
    }
}
