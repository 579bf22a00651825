extension Machine {
    /// The truth of a predicate: true, false, or nil for unknown.
    func truth(_ code: Code) throws(CypherError) -> Bool? {
        switch code {
        case .comparison(let sign, let left, let right):
            return compare(sign, try value(left), try value(right))
        case .comparisons(let first, let links): return try chain(first, links)
        case .and(let codes): return try all(codes, false, "AND")
        case .or(let codes): return try all(codes, true, "OR")
        case .not(let operand):
            return try boolean(try value(operand), "NOT").map { !$0 }
        case .isNull(let subject): return try value(subject).isNull
        case .isNotNull(let subject): return try !value(subject).isNull
        case .hasLabels(let subject, let labels):
            return try hasLabels(try value(subject), labels)
        case .exists(let subplan): return try start(subplan).next(self)
        case .quantifier(let kind, let slot, let list, let predicate):
            return try quantify(kind, slot, try value(list), predicate)
        default: return try boolean(try value(code), "WHERE")
        }
    }

    func boolean(_ value: CypherValue, _ what: String) throws(CypherError) -> Bool? {
        switch value {
        case .boolean(let truth): return truth
        case .null: return nil
        default: throw CypherValue.wrongType(what, value, "a boolean")
        }
    }

    private func compare(
        _ sign: ComparisonOperator, _ left: CypherValue, _ right: CypherValue
    ) -> Bool? {
        switch sign {
        case .equal: left.equals(right)
        case .notEqual: left.equals(right).map { !$0 }
        case .less: left.compare(right) { $0 < 0 }
        case .lessOrEqual: left.compare(right) { $0 <= 0 }
        case .greater: left.compare(right) { $0 > 0 }
        case .greaterOrEqual: left.compare(right) { $0 >= 0 }
        }
    }

    /// `a < b <= c` is `a < b AND b <= c`.
    private func chain(
        _ first: Code, _ links: [(comparison: ComparisonOperator, operand: Code)]
    ) throws(CypherError) -> Bool? {
        var left = try value(first)
        var isUnknown = false
        for link in links {
            let right = try value(link.operand)
            switch compare(link.comparison, left, right) {
            case .some(false): return false
            case .none: isUnknown = true
            case .some(true): break
            }
            left = right
        }
        return isUnknown ? nil : true
    }

    /// AND (`absorbing` false) and OR (`absorbing` true).
    private func all(
        _ codes: [Code], _ absorbing: Bool, _ what: String
    ) throws(CypherError) -> Bool? {
        var isUnknown = false
        for code in codes {
            switch try operand(code, what) {
            case .some(absorbing): return absorbing
            case .none: isUnknown = true
            case .some: break
            }
        }
        return isUnknown ? nil : !absorbing
    }

    private func operand(_ code: Code, _ what: String) throws(CypherError) -> Bool? {
        switch code {
        case .slot, .constant, .parameter, .slotProperty, .property, .call:
            return try boolean(try value(code), what)
        default: return try truth(code)
        }
    }

    private func hasLabels(
        _ subject: CypherValue, _ labels: [NamedToken]
    ) throws(CypherError) -> Bool? {
        switch subject {
        case .null: return nil
        case .node(let node):
            for label in labels {
                hit()
                guard let token = token(label) else { return false }
                if try !graph.hasLabel(node.id, token) { return false }
            }
            return true
        case .relationship(let relationship):
            hit()
            let type = try graph.type(relationship.id)
            for label in labels where token(label) != type { return false }
            return true
        default: throw CypherValue.wrongType(":", subject, "a node or relationship")
        }
    }

    private func quantify(
        _ kind: Quantifier.Kind, _ slot: Int, _ list: CypherValue, _ predicate: Code
    ) throws(CypherError) -> Bool? {
        if list.isNull { return nil }
        guard case .list(let values) = list else {
            throw CypherValue.wrongType(kind.rawValue, list, "a list")
        }
        var (matches, unknown) = (0, 0)
        for element in values {
            try tick()
            row[slot] = element
            switch try truth(predicate) {
            case .some(true):
                matches += 1
                if kind == .any { return true }
                if kind == .none { return false }
                if kind == .single && matches > 1 { return false }
            case .some(false): if kind == .all { return false }
            case .none: unknown += 1
            }
        }
        if unknown > 0 { return nil }
        switch kind {
        case .all, .none: return true
        case .any: return false
        case .single: return matches == 1
        }
    }
}
