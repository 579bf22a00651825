extension Parser {
    mutating func createClause() throws(Fault) -> CreateClause {
        let at = at
        advance()
        return CreateClause(pattern: try pattern(), at: at)
    }

    mutating func mergeClause() throws(Fault) -> MergeClause {
        let at = at
        advance()
        let pattern = try patternPart()
        var onCreate: [SetItem] = []
        var onMatch: [SetItem] = []
        while accept(.on) {
            if accept(.create) {
                try expect(.set, " after ON CREATE")
                onCreate += try setItems()
            } else {
                try expect(.match, " or CREATE after ON")
                try expect(.set, " after ON MATCH")
                onMatch += try setItems()
            }
        }
        return MergeClause(pattern: pattern, onCreate: onCreate, onMatch: onMatch, at: at)
    }

    mutating func setClause() throws(Fault) -> SetClause {
        let at = at
        advance()
        return SetClause(items: try setItems(), at: at)
    }

    private mutating func setItems() throws(Fault) -> [SetItem] {
        var items: [SetItem] = []
        repeat { items.append(try setItem()) } while accept(.comma)
        return items
    }

    private mutating func setItem() throws(Fault) -> SetItem {
        let target = try operand()
        switch target.kind {
        case .property:
            try expect(.equal, " and the new value")
            return .property(target, try expression())
        case .variable(let text):
            let name = Name(text, at: target.at)
            if accept(.plusEqual) { return .merge(name, try expression()) }
            try expect(.equal, ", `+=` or labels after the variable")
            return .replace(name, try expression())
        case .hasLabels(let subject, let labels):
            if case .variable(let text) = subject.kind {
                return .labels(Name(text, at: subject.at), labels)
            }
            throw unassignable(target)
        default: throw unassignable(target)
        }
    }

    private func unassignable(_ target: Expression) -> Fault {
        Fault(
            .unexpectedSyntax, at: target.at,
            "this cannot be changed: expected a property such as n.name, a variable, or n:Label")
    }

    mutating func removeClause() throws(Fault) -> RemoveClause {
        let at = at
        advance()
        var items: [RemoveItem] = []
        repeat {
            let target = try operand()
            if case .property = target.kind {
                items.append(.property(target))
            } else if case .hasLabels(let subject, let labels) = target.kind,
                case .variable(let text) = subject.kind
            {
                items.append(.labels(Name(text, at: subject.at), labels))
            } else {
                throw unassignable(target)
            }
        } while accept(.comma)
        return RemoveClause(items: items, at: at)
    }

    mutating func deleteClause() throws(Fault) -> DeleteClause {
        let at = at
        let isDetach = accept(.detach)
        try expect(.delete, isDetach ? " after DETACH" : "")
        var expressions: [Expression] = []
        repeat { expressions.append(try expression()) } while accept(.comma)
        return DeleteClause(isDetach: isDetach, expressions: expressions, at: at)
    }
}
