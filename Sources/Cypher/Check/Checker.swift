internal import Resources

/// Checks a query clause by clause: which variables can be seen and of which type they are, where
/// aggregations may stand, and in which order clauses may follow.
///
/// The first fault ends the check. Kinds and details are those of the openCypher TCK.
struct Checker {
    let procedures: [ProcedureSignature]
    var scope = Scope()
    /// What a WITH of the query at hand does not hide: the variables around a subquery.
    var base = 0
    var aggregation = Aggregation.forbidden("outside RETURN and WITH")
    private(set) var parameters: Set<String> = []
    private(set) var isWriting = false

    init(procedures: [ProcedureSignature]) {
        self.procedures = procedures
    }

    /// Whether an aggregation may stand at a place.
    enum Aggregation {
        case allowed
        /// Inside the argument of another.
        case inside
        /// The text says where.
        case forbidden(String)
    }

    /// A query with its stars written out, and its columns.
    mutating func check(
        _ query: RegularQuery
    ) throws(Fault) -> (query: RegularQuery, columns: [String]) {
        let first = try check(query.first, isAlone: query.unions.isEmpty)
        var unions: [UnionPart] = []
        for union in query.unions {
            guard union.isAll == query.unions[0].isAll else {
                throw Fault(
                    .invalidClauseComposition, at: union.at,
                    "UNION and UNION ALL cannot be mixed: use one of them for all queries")
            }
            let part = try check(union.query, isAlone: false)
            guard part.columns == first.columns else {
                throw Fault(
                    .differentColumnsInUnion, at: union.at,
                    "the queries of a UNION have different columns "
                        + "(\(Self.list(first.columns)) and \(Self.list(part.columns))): "
                        + "give them the same names, in the same order, with AS")
            }
            unions.append(UnionPart(isAll: union.isAll, query: part.query, at: union.at))
        }
        return (RegularQuery(first: first.query, unions: unions), first.columns)
    }

    private mutating func check(
        _ query: SingleQuery, isAlone: Bool
    ) throws(Fault) -> (query: SingleQuery, columns: [String]) {
        try checkComposition(query, isAlone: isAlone)
        var clauses: [Clause] = []
        var columns: [String] = []
        for clause in query.clauses {
            let isStandalone = isAlone && query.clauses.count == 1
            clauses.append(
                try check(clause, isStandalone: isStandalone, columns: &columns))
        }
        scope.rollBack(to: base)
        return (SingleQuery(clauses: clauses), columns)
    }

    /// One clause; what it declares stays in scope.
    private mutating func check(
        _ clause: Clause, isStandalone: Bool, columns: inout [String]
    ) throws(Fault) -> Clause {
        switch clause {
        case .match(let match): try check(match)
        case .unwind(let unwind): try check(unwind)
        case .with(let with): return .with(try check(with))
        case .return(let projection):
            let checked = try check(projection, predicate: nil, isReturn: true)
            columns = checked.expandedItems.map(\.column)
            return .return(checked)
        case .call(let call): columns = try check(call, isStandalone: isStandalone)
        case .create(let create): try check(create)
        case .merge(let merge): try check(merge)
        case .set(let set): try check(set.items)
        case .remove(let remove): try check(remove)
        case .delete(let delete): try check(delete)
        }
        return clause
    }

    // MARK: Order of clauses

    private mutating func checkComposition(
        _ query: SingleQuery, isAlone: Bool
    ) throws(Fault) {
        var mustSeparate: Clause?
        for (index, clause) in query.clauses.enumerated() {
            let isLast = index == query.clauses.count - 1
            if case .return = clause, !isLast {
                throw composition(
                    query.clauses[index + 1], "nothing may follow RETURN: use WITH to go on")
            }
            if clause.isWriting {
                isWriting = true
                mustSeparate = clause
            } else if case .with = clause {
                mustSeparate = nil
            } else if let writing = mustSeparate, clause.isReading {
                throw composition(
                    clause, "\(clause.name) cannot follow \(writing.name): put a WITH between")
            }
        }
        guard let last = query.clauses.last else {
            throw Fault(
                .unexpectedSyntax, at: SourceOffset(0), "a query is empty: expected a clause")
        }
        if case .call = last, isAlone || query.clauses.count > 1 { return }
        if case .return = last { return }
        if !last.isWriting {
            throw composition(last, "a query cannot end with \(last.name): end it with RETURN")
        }
    }

    /// The order of clauses inside EXISTS, where nothing is changed and RETURN may be missing.
    func checkExistsComposition(_ query: SingleQuery) throws(Fault) {
        for (index, clause) in query.clauses.enumerated() {
            if clause.isWriting {
                throw composition(
                    clause, "\(clause.name) cannot stand inside EXISTS, which only reads")
            }
            if case .return = clause, index < query.clauses.count - 1 {
                throw composition(
                    query.clauses[index + 1], "nothing may follow RETURN: use WITH to go on")
            }
        }
    }

    /// The clauses of a query inside EXISTS.
    mutating func checkExistsClauses(_ query: SingleQuery) throws(Fault) {
        try checkExistsComposition(query)
        var columns: [String] = []
        for clause in query.clauses {
            _ = try check(clause, isStandalone: false, columns: &columns)
        }
        scope.rollBack(to: base)
    }

    private func composition(_ clause: Clause, _ message: String) -> Fault {
        Fault(.invalidClauseComposition, at: clause.at, message)
    }

    // MARK: Variables

    mutating func use(parameter: String) { parameters.insert(parameter) }

    mutating func declare(_ name: Name, _ type: StaticType) throws(Fault) {
        let most = Limits.statementVariables.value
        guard scope.count < most || scope[name.text] != nil else {
            throw Fault(
                .nestingDepth, at: name.at,
                "more than \(most) variables are in scope: drop some with WITH",
                kind: .limitExceeded)
        }
        scope.declare(name.text, type)
    }

    func undefined(_ name: String, at: SourceOffset) -> Fault {
        let hint =
            if let near = Nearest.name(to: name, among: scope.names) {
                ": did you mean `\(near)`?"
            } else if scope.count == 0 {
                ": no variable is in scope here"
            } else {
                ": it is not bound by a clause before, or a WITH between has dropped it"
            }
        return Fault(.undefinedVariable, at: at, "Variable `\(name)` is not defined\(hint)")
    }

    func alreadyBound(_ name: Name, _ remedy: String) -> Fault {
        Fault(
            .variableAlreadyBound, at: name.at,
            "Variable `\(name.text)` is already bound: \(remedy)")
    }

    static func list(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.map { "`\($0)`" }.joined(separator: ", ")
    }
}

extension Clause {
    /// True when it changes the graph.
    var isWriting: Bool {
        switch self {
        case .create, .merge, .set, .remove, .delete: true
        case .match, .unwind, .with, .return, .call: false
        }
    }

    /// True when it makes rows.
    var isReading: Bool {
        switch self {
        case .match, .unwind, .call: true
        case .with, .return, .create, .merge, .set, .remove, .delete: false
        }
    }

    /// The word it begins with.
    var name: String {
        switch self {
        case .match(let clause): clause.isOptional ? "OPTIONAL MATCH" : "MATCH"
        case .unwind: "UNWIND"
        case .with: "WITH"
        case .return: "RETURN"
        case .call: "CALL"
        case .create: "CREATE"
        case .merge: "MERGE"
        case .set: "SET"
        case .remove: "REMOVE"
        case .delete(let clause): clause.isDetach ? "DETACH DELETE" : "DELETE"
        }
    }
}
