extension Planner {
    /// `MATCH` and `OPTIONAL MATCH`.
    mutating func add(
        _ match: MatchClause, to planned: inout Planned
    ) throws(CypherError) {
        guard match.isOptional else {
            try addPattern(match.pattern, match.predicate, to: &planned)
            return
        }
        var inner = Planned(node: .argument, columns: [], scope: planned.scope)
        try addPattern(match.pattern, match.predicate, to: &inner)
        let fresh = inner.scope.names.values.filter { !planned.scope.names.values.contains($0) }
        planned.node = PlanNode(
            .optional(slots: fresh.sorted()), [planned.node, inner.node],
            estimate: planned.node.estimate * max(1, inner.node.estimate))
        planned.scope = inner.scope
    }

    /// Finds all parts of a pattern on top of what is bound. `paths` gives slots to names that
    /// no author can write.
    mutating func addPattern(
        _ parts: [PatternPart], _ predicate: Expression?, to planned: inout Planned,
        paths: [String: Int] = [:]
    ) throws(CypherError) {
        var pattern = PatternGraph()
        var scope = planned.scope
        for (name, slot) in paths { scope.names[name] = slot }
        declare(parts, &pattern, &scope, paths)
        for part in parts { try add(part, &pattern, scope) }
        if let predicate { try addConditions(predicate, &pattern, scope) }
        planned.node = try arrange(pattern, on: planned.node)
        for (name, _) in paths { scope.names[name] = nil }
        planned.scope = scope
    }

    /// Gives a slot to each variable of the pattern before anything is compiled: the properties
    /// of one part may read another.
    private mutating func declare(
        _ parts: [PatternPart], _ pattern: inout PatternGraph, _ scope: inout Scope,
        _ paths: [String: Int]
    ) {
        for part in parts {
            var variables = part.nodes.map(\.variable)
            variables += part.hops.map(\.relationship.variable)
            if let path = part.variable, paths[path.text] == nil { variables.append(path) }
            for case .some(let variable) in variables where scope.names[variable.text] == nil {
                let target = slot()
                scope.names[variable.text] = target
                pattern.fresh.insert(target)
            }
            for (_, slot) in paths { pattern.fresh.insert(slot) }
        }
    }

    private mutating func add(
        _ part: PatternPart, _ pattern: inout PatternGraph, _ scope: Scope
    ) throws(CypherError) {
        var relationships: [Int] = []
        let start = try add(part.start, &pattern, scope)
        var from = start
        for hop in part.hops {
            let to = try add(hop.node, &pattern, scope)
            relationships.append(
                try add(hop.relationship, from, to, part.shape, &pattern, scope))
            from = to
        }
        if let path = part.variable, let target = scope.names[path.text] {
            pattern.paths.append(
                Assignment(
                    slot: target, code: .path(start: start, relationships: relationships),
                    name: path.text.hasPrefix(" ") ? "path" : path.text))
        }
    }

    private mutating func add(
        _ node: NodePattern, _ pattern: inout PatternGraph, _ scope: Scope
    ) throws(CypherError) -> Int {
        var target: Int
        if let variable = node.variable {
            target = try self.variable(variable.text, scope)
        } else {
            target = slot()
            pattern.fresh.insert(target)
        }
        if !pattern.nodes.contains(target) { pattern.nodes.append(target) }
        for label in node.labels {
            let name = named(label)
            pattern.conditions.append(
                Condition(
                    code: .hasLabels(.slot(target), [name]),
                    reads: pattern.fresh.intersection([target]),
                    use: .label(slot: target, name), selectivity: share(of: name)))
        }
        try addProperties(node.properties, of: target, &pattern, scope)
        return target
    }

    /// Which part of the nodes has a label.
    private func share(of label: NamedToken) -> Double {
        guard let token = label.token, graph.nodeCount > 0 else { return 0 }
        return Double(graph.nodeCount(label: token)) / Double(graph.nodeCount)
    }

    private mutating func addProperties(
        _ properties: Expression?, of target: Int, _ pattern: inout PatternGraph, _ scope: Scope
    ) throws(CypherError) {
        guard let properties else { return }
        for (key, value, names) in try entries(of: properties, scope) {
            let key = named(key)
            let reads = slots(names, scope).union([target]).intersection(pattern.fresh)
            pattern.conditions.append(
                Condition(
                    code: .comparison(.equal, .slotProperty(target, key), value),
                    reads: reads, use: .equals(slot: target, key: key, value),
                    selectivity: 0.1))
        }
    }

    /// Keys, values and what the values read, of the properties in a pattern.
    private mutating func entries(
        of properties: Expression, _ scope: Scope
    ) throws(CypherError) -> [(String, Code, Set<String>)] {
        var found: [(String, Code, Set<String>)] = []
        if case .map(let entries) = properties.kind {
            for entry in entries {
                var names: Set<String> = []
                entry.value.collectNames(into: &names)
                found.append((entry.key.text, try compile(entry.value, scope), names))
            }
            return found
        }
        guard case .parameter(let place) = try compile(properties, scope),
            case .map(let map) = values[place]
        else {
            throw CypherError(
                .typeError, .invalidArgumentType, .runtime,
                "The properties of a pattern are a map; the parameter is none")
        }
        usesValues = true
        return map.entries.map { ($0.key, .constant($0.value), []) }
    }

    func slots(_ names: Set<String>, _ scope: Scope) -> Set<Int> {
        Set(names.compactMap { scope.names[$0] })
    }

    private mutating func add(
        _ relationship: RelationshipPattern, _ from: Int, _ to: Int,
        _ shape: PatternPart.Shape, _ pattern: inout PatternGraph, _ scope: Scope
    ) throws(CypherError) -> Int {
        var target: Int
        if let variable = relationship.variable {
            target = try self.variable(variable.text, scope)
        } else {
            target = slot()
            pattern.fresh.insert(target)
        }
        let isBound =
            !pattern.fresh.contains(target) || pattern.edges.contains { $0.slot == target }
        let isLong = relationship.length != nil || shape != .path
        let each = isLong ? slot() : target
        var tests: [Code] = []
        if isLong {
            if let properties = relationship.properties {
                for (key, value, _) in try entries(of: properties, scope) {
                    tests.append(.comparison(.equal, .slotProperty(each, named(key)), value))
                }
            }
        } else {
            try addProperties(relationship.properties, of: target, &pattern, scope)
        }
        var found = target
        if isBound && isLong {
            // The walk is found anew and must be the list that is known.
            found = slot()
            pattern.fresh.insert(found)
            pattern.conditions.append(
                Condition(
                    code: .comparison(.equal, .slot(found), .slot(target)), reads: [found],
                    use: .none, selectivity: 0.01))
        }
        let direction: Direction =
            switch relationship.direction {
            case .outgoing: .out
            case .incoming: .in
            case .either: .both
            }
        pattern.edges.append(
            PatternEdge(
                slot: found, start: from, end: to, direction: direction,
                types: relationship.types.isEmpty
                    ? .any : .some(relationship.types.map { named($0) }),
                length: isLong
                    ? relationship.length
                        ?? HopRange(least: 1, most: 1, at: relationship.at) : nil,
                each: each, predicate: tests.isEmpty ? nil : .and(tests), shape: shape,
                isBound: isBound && !isLong))
        return found
    }

    /// Splits a predicate at its ANDs, so that each part is asked as early as can be.
    private mutating func addConditions(
        _ predicate: Expression, _ pattern: inout PatternGraph, _ scope: Scope
    ) throws(CypherError) {
        if case .and(let parts) = predicate.kind {
            for part in parts { try addConditions(part, &pattern, scope) }
            return
        }
        var names: Set<String> = []
        predicate.collectNames(into: &names)
        let code = try compile(predicate, scope)
        let (use, selectivity) = use(of: code)
        pattern.conditions.append(
            Condition(
                code: code, reads: slots(names, scope).intersection(pattern.fresh), use: use,
                selectivity: selectivity))
    }

    /// What a scan could make of a condition.
    private func use(of code: Code) -> (Condition.Use, Double) {
        switch code {
        case .comparison(.equal, .slotProperty(let slot, let key), let value),
            .comparison(.equal, let value, .slotProperty(let slot, let key)):
            (.equals(slot: slot, key: key, value), 0.1)
        case .comparison(.notEqual, _, _): (.none, 0.9)
        case .comparison(let sign, .slotProperty(let slot, let key), let value):
            (.range(slot: slot, key: key, sign, value), 0.3)
        case .comparison(let sign, let value, .slotProperty(let slot, let key)):
            (.range(slot: slot, key: key, sign.mirrored, value), 0.3)
        case .hasLabels(.slot(let slot), let labels) where labels.count == 1:
            (.label(slot: slot, labels[0]), share(of: labels[0]))
        default: (.none, 0.5)
        }
    }
}

extension ComparisonOperator {
    /// The sign with its operands changed over.
    var mirrored: ComparisonOperator {
        switch self {
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        }
    }
}
