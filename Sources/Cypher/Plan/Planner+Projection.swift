extension Planner {
    /// `WITH` or `RETURN`: project, aggregate, DISTINCT, ORDER BY, SKIP, LIMIT, WHERE.
    mutating func add(
        _ projection: Projection, where predicate: Expression?, to planned: inout Planned,
        _ outer: Scope
    ) throws(CypherError) {
        let items = expanded(projection, planned.scope)
        let isGrouped =
            items.contains { $0.expression.hasAggregate }
            || projection.order.contains { $0.expression.hasAggregate }
        var after: Scope
        if isGrouped {
            after = try group(items, projection, &planned)
        } else {
            after = try project(items, &planned)
        }
        let columns = zip(items, planned.columns).map { $1.slot }
        if projection.isDistinct {
            planned.node = PlanNode(
                .distinct(columns), [planned.node], estimate: planned.node.estimate * 0.5)
        }
        // ORDER BY and WHERE also see what was there before; once rows were merged, only what is
        // around the subquery, the same for all its rows.
        let before = isGrouped || projection.isDistinct ? outer : planned.scope
        for (name, slot) in before.names where after.names[name] == nil {
            after.names[name] = slot
        }
        let predicates = try predicate.map { (expression) throws(CypherError) in
            try compile(expression, after)
        }
        try bound(
            projection, &planned, after, columns,
            kept: kept(columns, predicate, after, isMerged: isGrouped || projection.isDistinct))
        if let predicates {
            planned.node = filter(planned.node, [predicates], selectivity: 0.5)
        }
        planned.scope = outer
        for (item, slot) in zip(items, columns) { planned.scope.names[item.column] = slot }
    }

    /// The items with the star written out; within EXISTS it is all that can be seen.
    private func expanded(_ projection: Projection, _ scope: Scope) -> [ProjectionItem] {
        guard let star = projection.star, star.variables.isEmpty else {
            return projection.expandedItems
        }
        let all = Projection.Star(variables: scope.names.keys.sorted())
        return Projection(
            isDistinct: false, star: all, items: projection.items, order: [], skip: nil,
            limit: nil, at: projection.at
        ).expandedItems
    }

    /// What a sort must keep of a row: the columns, and what WHERE reads besides.
    private func kept(
        _ columns: [Int], _ predicate: Expression?, _ after: Scope, isMerged: Bool
    ) -> [Int] {
        var slots = columns
        if let predicate, !isMerged {
            var names: Set<String> = []
            predicate.collectNames(into: &names)
            slots += names.sorted().compactMap { after.names[$0] }
        }
        var seen: Set<Int> = []
        return slots.filter { seen.insert($0).inserted }
    }

    private mutating func bound(
        _ projection: Projection, _ planned: inout Planned, _ after: Scope, _ columns: [Int],
        kept: [Int]
    ) throws(CypherError) {
        let nothing = Scope()
        var bounds: [Code] = []
        if let limit = projection.limit {
            bounds.append(try compile(limit, nothing))
            if let skip = projection.skip { bounds.append(try compile(skip, nothing)) }
        }
        if !projection.order.isEmpty {
            var keys: [SortKey] = []
            for item in projection.order {
                keys.append(
                    SortKey(
                        code: try compile(item.expression, after),
                        isDescending: item.isDescending, name: item.expression.outline))
            }
            planned.node = PlanNode(
                .sort(Sort(keys: keys, slots: kept, bounds: bounds)), [planned.node],
                estimate: planned.node.estimate)
        }
        if let skip = projection.skip {
            planned.node = PlanNode(
                .skip(try compile(skip, nothing)), [planned.node],
                estimate: planned.node.estimate)
        }
        if let limit = projection.limit {
            let code = try compile(limit, nothing)
            var estimate = planned.node.estimate
            switch code {
            case .constant(.integer(let count)): estimate = min(estimate, Double(count))
            case .parameter(let place):
                if case .integer(let count) = values[place] {
                    estimate = min(estimate, Double(count))
                }
            default: break
            }
            planned.node = PlanNode(
                .limit(code, hasWrites: hasWrites), [planned.node], estimate: estimate)
        }
    }

    private mutating func project(
        _ items: [ProjectionItem], _ planned: inout Planned
    ) throws(CypherError) -> Scope {
        var after = Scope()
        var assignments: [Assignment] = []
        planned.columns = []
        for item in items {
            let code = try compile(item.expression, planned.scope)
            var target: Int
            if case .slot(let slot) = code {
                target = slot
            } else {
                target = slot()
                assignments.append(Assignment(slot: target, code: code, name: item.column))
            }
            after.names[item.column] = target
            after.computed[item.expression] = target
            planned.columns.append(Column(name: item.column, slot: target))
        }
        if !assignments.isEmpty {
            planned.node = PlanNode(
                .project(assignments), [planned.node], estimate: planned.node.estimate)
        }
        return after
    }

    /// Rows with equal keys become one.
    private mutating func group(
        _ items: [ProjectionItem], _ projection: Projection, _ planned: inout Planned
    ) throws(CypherError) -> Scope {
        var computed: [Expression: Int] = [:]
        var keys: [Assignment] = []
        for item in items where !item.expression.hasAggregate {
            let code = try compile(item.expression, planned.scope)
            let target = slot()
            keys.append(Assignment(slot: target, code: code, name: item.column))
            computed[item.expression] = target
        }
        var calls: [AggregateCall] = []
        for expression in items.map(\.expression) + projection.order.map(\.expression) {
            var found: [Expression] = []
            expression.forEachAggregate { found.append($0) }
            for call in found where computed[call] == nil {
                let compiled = try aggregate(call, planned.scope)
                calls.append(compiled)
                computed[call] = compiled.slot
            }
        }
        let estimate = keys.isEmpty ? 1 : max(1, planned.node.estimate.squareRoot())
        planned.node = PlanNode(
            .aggregate(Aggregation(keys: keys, aggregates: calls)), [planned.node],
            estimate: estimate)
        return try projectGroups(items, computed, &planned)
    }

    private mutating func projectGroups(
        _ items: [ProjectionItem], _ computed: [Expression: Int], _ planned: inout Planned
    ) throws(CypherError) -> Scope {
        var inner = Scope(names: planned.scope.names, computed: computed)
        var after = Scope(names: [:], computed: computed)
        var assignments: [Assignment] = []
        planned.columns = []
        for item in items where !item.expression.hasAggregate {
            if case .variable(let name) = item.expression.kind {
                inner.names[name] = computed[item.expression]
            }
        }
        for item in items {
            let code = try compile(item.expression, inner)
            var target: Int
            if case .slot(let slot) = code {
                target = slot
            } else {
                target = slot()
                assignments.append(Assignment(slot: target, code: code, name: item.column))
            }
            after.names[item.column] = target
            after.computed[item.expression] = target
            planned.columns.append(Column(name: item.column, slot: target))
        }
        if !assignments.isEmpty {
            planned.node = PlanNode(
                .project(assignments), [planned.node], estimate: planned.node.estimate)
        }
        return after
    }

    private mutating func aggregate(
        _ expression: Expression, _ scope: Scope
    ) throws(CypherError) -> AggregateCall {
        guard case .call(let call) = expression.kind, let function = Aggregate(key: call.key)
        else {
            return AggregateCall(
                slot: slot(), function: .count, isDistinct: false, arguments: [],
                name: "count(*)")
        }
        guard call.arguments.count == function.arity else {
            throw CypherError(
                .syntaxError, .invalidNumberOfArguments, .compileTime,
                "`\(call.name)` takes \(function.arity) arguments, not "
                    + "\(call.arguments.count)")
        }
        return AggregateCall(
            slot: slot(), function: function, isDistinct: call.isDistinct,
            arguments: try compile(call.arguments, scope), name: expression.outline)
    }
}

extension Expression {
    /// A word or two for plans.
    var outline: String {
        switch kind {
        case .variable(let name): name
        case .property(let subject, let key): subject.outline + "." + key.text
        case .call(let call):
            call.name + "(" + (call.isDistinct ? "DISTINCT " : "")
                + call.arguments.map(\.outline).joined(separator: ", ") + ")"
        case .countAll: "count(*)"
        case .literal(let literal): literal.value.shortText
        case .parameter(let name): "$" + name.text
        default: "…"
        }
    }
}
