extension Planner {
    /// Adds a clause that changes the graph. Each takes all rows before it gives the first, so
    /// that no clause sees its own changes.
    mutating func addWriting(
        _ clause: Clause, to planned: inout Planned
    ) throws(CypherError) {
        var step: PlanStep
        switch clause {
        case .create(let create):
            let items = try creation(create.pattern, &planned.scope)
            step = .create(Creation(items: items, live: live(planned.scope)))
        case .merge(let merge):
            try addMerge(merge, to: &planned)
            return
        case .set(let set):
            step = .set(
                try assigned(set.items, planned.scope), live: live(planned.scope))
        case .remove(let remove):
            var items: [Assigned] = []
            for item in remove.items { items.append(try removed(item, planned.scope)) }
            step = .set(items, live: live(planned.scope))
        case .delete(let delete):
            step = .delete(
                try compile(delete.expressions, planned.scope), isDetach: delete.isDetach,
                live: live(planned.scope))
        case .match, .unwind, .with, .return, .call: return
        }
        planned.node = PlanNode(step, [planned.node], estimate: planned.node.estimate)
    }

    private func live(_ scope: Scope) -> [Int] { Set(scope.names.values).sorted() }

    private mutating func creation(
        _ parts: [PatternPart], _ scope: inout Scope
    ) throws(CypherError) -> [Creation.Item] {
        var items: [Creation.Item] = []
        for part in parts {
            let start = try create(part.start, &items, &scope)
            var from = start
            var relationships: [Int] = []
            for hop in part.hops {
                let to = try create(hop.node, &items, &scope)
                let isReversed = hop.relationship.direction == .incoming
                let properties = try hop.relationship.properties.map {
                    (map) throws(CypherError) in try compile(map, scope)
                }
                let target = slot()
                items.append(
                    .relationship(
                        Creation.Relationship(
                            slot: target, type: hop.relationship.types.first?.text ?? "",
                            start: isReversed ? to : from, end: isReversed ? from : to,
                            properties: properties)))
                if let variable = hop.relationship.variable {
                    scope.names[variable.text] = target
                }
                relationships.append(target)
                from = to
            }
            if let path = part.variable {
                let target = slot()
                scope.names[path.text] = target
                items.append(
                    .path(
                        Assignment(
                            slot: target,
                            code: .path(start: start, relationships: relationships),
                            name: path.text)))
            }
        }
        return items
    }

    private mutating func create(
        _ node: NodePattern, _ items: inout [Creation.Item], _ scope: inout Scope
    ) throws(CypherError) -> Int {
        if let variable = node.variable, let known = scope.names[variable.text] { return known }
        let properties = try node.properties.map { (map) throws(CypherError) in
            try compile(map, scope)
        }
        let target = slot()
        items.append(
            .node(
                Creation.Node(
                    slot: target, labels: node.labels.map(\.text), properties: properties)))
        if let variable = node.variable { scope.names[variable.text] = target }
        return target
    }

    private mutating func addMerge(
        _ merge: MergeClause, to planned: inout Planned
    ) throws(CypherError) {
        let before = planned.scope
        var inner = Planned(node: .argument, columns: [], scope: before)
        try addPattern([merge.pattern], nil, to: &inner)
        var made = before
        let items = try creation([merge.pattern], &made)
        // What is created goes to the slots in which it would have been found.
        var copies: [Creation.Item] = []
        for (name, slot) in made.names.sorted(by: { $0.key < $1.key })
        where before.names[name] == nil {
            if let target = inner.scope.names[name] {
                copies.append(
                    .path(Assignment(slot: target, code: .slot(slot), name: name)))
            }
        }
        let clause = Merge(
            creation: Creation(items: items + copies, live: live(inner.scope)),
            onCreate: try assigned(merge.onCreate, inner.scope),
            onMatch: try assigned(merge.onMatch, inner.scope), live: live(inner.scope))
        planned.node = PlanNode(
            .merge(clause), [planned.node, inner.node], estimate: planned.node.estimate)
        planned.scope = inner.scope
    }

    private mutating func assigned(
        _ items: [SetItem], _ scope: Scope
    ) throws(CypherError) -> [Assigned] {
        var found: [Assigned] = []
        for item in items {
            switch item {
            case .property(let target, let value):
                guard case .property(let subject, let key) = target.kind else { continue }
                found.append(
                    .property(
                        try compile(subject, scope), key: key.text, try compile(value, scope)))
            case .replace(let name, let value):
                found.append(
                    .replace(try variable(name.text, scope), try compile(value, scope)))
            case .merge(let name, let value):
                found.append(
                    .merge(try variable(name.text, scope), try compile(value, scope)))
            case .labels(let name, let labels):
                found.append(
                    .addLabels(try variable(name.text, scope), labels.map(\.text)))
            }
        }
        return found
    }

    private mutating func removed(
        _ item: RemoveItem, _ scope: Scope
    ) throws(CypherError) -> Assigned {
        switch item {
        case .property(let target):
            guard case .property(let subject, let key) = target.kind else {
                throw CypherError(
                    .syntaxError, .unexpectedSyntax, .compileTime,
                    "REMOVE takes a property or labels")
            }
            return .property(try compile(subject, scope), key: key.text, .constant(.null))
        case .labels(let name, let labels):
            return .removeLabels(try variable(name.text, scope), labels.map(\.text))
        }
    }
}
