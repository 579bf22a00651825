extension Machine {
    /// Expressions that go over lists, branches or subplans.
    func compound(_ code: Code) throws(CypherError) -> CypherValue {
        switch code {
        case .conditional(let subject, let branches, let otherwise):
            return try choose(subject, branches, otherwise)
        case .comprehension(let slot, let list, let predicate, let result):
            return try comprehend(slot, try value(list), predicate, result)
        case .reduce(let accumulator, let initial, let slot, let list, let result):
            return try reduce(accumulator, try value(initial), slot, try value(list), result)
        case .collect(let subplan, let result): return try collect(subplan, result)
        case .first(let subplan, let result):
            return try start(subplan).next(self) ? try value(result) : .null
        case .path(let start, let relationships): return try path(start, relationships)
        case .mapProjection(let subject, let items): return try project(subject, items)
        default: return .null
        }
    }

    private func choose(
        _ subject: Code?, _ branches: [(when: Code, then: Code)], _ otherwise: Code?
    ) throws(CypherError) -> CypherValue {
        if let subject {
            let wanted = try value(subject)
            for branch in branches where try value(branch.when).equals(wanted) == true {
                return try value(branch.then)
            }
        } else {
            for branch in branches where try truth(branch.when) == true {
                return try value(branch.then)
            }
        }
        guard let otherwise else { return .null }
        return try value(otherwise)
    }

    private func comprehend(
        _ slot: Int, _ list: CypherValue, _ predicate: Code?, _ result: Code?
    ) throws(CypherError) -> CypherValue {
        if list.isNull { return .null }
        guard case .list(let values) = list else {
            throw CypherValue.wrongType("IN", list, "a list")
        }
        var found: [CypherValue] = []
        for element in values {
            try tick()
            row[slot] = element
            if let predicate, try truth(predicate) != true { continue }
            guard let result else {
                found.append(element)
                continue
            }
            found.append(try value(result))
        }
        return .list(found)
    }

    private func reduce(
        _ accumulator: Int, _ initial: CypherValue, _ slot: Int, _ list: CypherValue,
        _ result: Code
    ) throws(CypherError) -> CypherValue {
        if list.isNull { return .null }
        guard case .list(let values) = list else {
            throw CypherValue.wrongType("reduce", list, "a list")
        }
        var sum = initial
        for element in values {
            try tick()
            row[accumulator] = sum
            row[slot] = element
            sum = try value(result)
        }
        return sum
    }

    private func collect(
        _ subplan: Int, _ result: Code
    ) throws(CypherError) -> CypherValue {
        let step = start(subplan)
        var found: [CypherValue] = []
        var held = 0
        defer { release(held) }
        while try step.next(self) {
            let value = try value(result)
            held += value.weight
            try hold(value.weight)
            found.append(value)
        }
        return .list(found)
    }

    /// Walks from the first node along the relationships; null when a part is null.
    private func path(_ start: Int, _ relationships: [Int]) throws(CypherError) -> CypherValue {
        guard case .node(let first) = row[start] else { return .null }
        var nodes = [first]
        var hops: [RelationshipValue] = []
        for slot in relationships {
            switch row[slot] {
            case .relationship(let hop): hops.append(hop)
            case .list(let values):
                for case .relationship(let hop) in values { hops.append(hop) }
            default: return .null
            }
        }
        var last = first.id
        for hop in hops {
            let (start, end) = try graph.ends(hop.id)
            last = last == start ? end : start
            nodes.append(NodeValue(id: last))
        }
        return .path(PathValue(nodes: nodes, relationships: hops))
    }

    private func project(
        _ subject: Code, _ items: [Code.Projected]
    ) throws(CypherError) -> CypherValue {
        let source = try value(subject)
        if source.isNull { return .null }
        var map = CypherMap()
        for item in items {
            switch item {
            case .entry(let key, let code): map[key] = try value(code)
            case .all:
                for (key, value) in try properties(of: source)?.entries ?? [] {
                    map[key] = value
                }
            }
        }
        return .map(map)
    }

    /// The properties of an entity, or a map itself; nil for what has none.
    func properties(of value: CypherValue) throws(CypherError) -> CypherMap? {
        switch value {
        case .node(let node):
            hit()
            return try graph.properties(ofNode: node.id)
        case .relationship(let relationship):
            hit()
            return try graph.properties(ofRelationship: relationship.id)
        case .map(let map): return map
        default: return nil
        }
    }
}
