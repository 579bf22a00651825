extension Parser {
    /// A statement up to the end of the text.
    mutating func statement(_ faults: inout [Fault]) -> ParsedStatement {
        var mode = StatementMode.run
        if accept(.explain) {
            mode = .explain
        } else if accept(.profile) {
            mode = .profile
        }
        let query = recoveringQuery(&faults)
        return ParsedStatement(mode: mode, query: query)
    }

    /// The queries of the statement; what cannot be read is left out and told in `faults`.
    private mutating func recoveringQuery(_ faults: inout [Fault]) -> RegularQuery {
        let first = recoveringSingleQuery(&faults)
        var unions: [UnionPart] = []
        while isAt(.union), faults.count < Self.faultsMost {
            let at = at
            advance()
            let isAll = accept(.all)
            unions.append(
                UnionPart(isAll: isAll, query: recoveringSingleQuery(&faults), at: at))
        }
        return RegularQuery(first: first, unions: unions)
    }

    private mutating func recoveringSingleQuery(_ faults: inout [Fault]) -> SingleQuery {
        var clauses: [Clause] = []
        let faultsBefore = faults.count
        while faults.count < Self.faultsMost, !isAt(.union) {
            do throws(Fault) {
                if clauses.isEmpty, faults.count == faultsBefore { try expectClause() }
                _ = accept(.semicolon)
                if kind == .end { break }
                clauses.append(try clause())
            } catch {
                faults.append(error)
                skipToClause()
            }
        }
        return SingleQuery(clauses: clauses)
    }

    /// Where nothing stands at all the fault says so.
    private func expectClause() throws(Fault) {
        if kind == .end {
            throw unexpected("a query, such as MATCH (n) RETURN n")
        }
    }

    /// Moves to the next word that may begin a clause.
    private mutating func skipToClause() {
        leaveAll()
        advance()
        while kind != .end {
            if case .word(let keyword?) = kind, keyword.beginsClause,
                tokens[index - 1].kind != .symbol(.dot), tokens[index - 1].kind != .symbol(.colon)
            {
                return
            }
            advance()
        }
    }

    /// A query between braces, without recovery.
    mutating func regularQuery() throws(Fault) -> RegularQuery {
        let first = try singleQuery()
        var unions: [UnionPart] = []
        while isAt(.union) {
            let at = at
            advance()
            let isAll = accept(.all)
            unions.append(UnionPart(isAll: isAll, query: try singleQuery(), at: at))
        }
        return RegularQuery(first: first, unions: unions)
    }

    private mutating func singleQuery() throws(Fault) -> SingleQuery {
        var clauses: [Clause] = []
        repeat {
            clauses.append(try clause())
        } while !isAt(.union) && !isAt(.closeBrace)
        return SingleQuery(clauses: clauses)
    }

    /// One clause.
    mutating func clause() throws(Fault) -> Clause {
        try countClause()
        guard case .word(let keyword?) = kind else { throw unexpectedClause() }
        switch keyword {
        case .match, .optional: return .match(try matchClause())
        case .unwind: return .unwind(try unwindClause())
        case .with: return .with(try withClause())
        case .return:
            let at = at
            advance()
            return .return(try projection(at: at))
        case .call: return .call(try callClause())
        case .create: return .create(try createClause())
        case .merge: return .merge(try mergeClause())
        case .set: return .set(try setClause())
        case .remove: return .remove(try removeClause())
        case .delete, .detach: return .delete(try deleteClause())
        default: throw unexpectedClause()
        }
    }

    private static let clauseNames = [
        "MATCH", "OPTIONAL MATCH", "UNWIND", "WITH", "RETURN", "CALL", "UNION", "CREATE", "DELETE",
        "WHERE", "ORDER BY", "SKIP", "LIMIT", "MERGE", "SET", "REMOVE",
    ]

    private func unexpectedClause() -> Fault {
        let expected = "a clause (MATCH, UNWIND, WITH, RETURN, CALL …) or the end"
        guard case .word = kind else { return unexpected(expected) }
        let word = text(of: token).uppercased()
        let hint: String? =
            switch word {
            case "SELECT": "Cypher reads with MATCH … RETURN"
            case "FOREACH", "LOAD", "USE", "START": "\(word) is not supported"
            case "WHERE": "WHERE follows MATCH, WITH or YIELD"
            case "ORDER", "SKIP", "LIMIT": "\(word) follows RETURN or WITH"
            default:
                Nearest.name(to: word, among: Self.clauseNames).map { "did you mean \($0)?" }
            }
        return unexpected(expected, hint: hint)
    }
}
