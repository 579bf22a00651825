extension Planner {
    /// A plan in the making: what is found, and what is still to be found or asked.
    private struct Partial {
        var node: PlanNode
        var cost = 0.0
        var bound: Set<Int>
        var nodes: [Int]
        var edges: [PatternEdge]
        var conditions: [Condition]
        /// Relationships of this MATCH that are found: each may be used once.
        var used: [PatternEdge] = []
    }

    /// Puts the parts of a pattern in an order: the cheapest that a greedy search finds.
    ///
    /// From each possible start the search takes the hop that leaves the fewest rows, until what
    /// hangs together is found; the start with the least sum of rows wins. Parts that do not
    /// hang together are combined, the smallest first.
    mutating func arrange(
        _ pattern: PatternGraph, on node: PlanNode
    ) throws(CypherError) -> PlanNode {
        try check(depth: node.depth + pattern.edges.count)
        var partial = Partial(
            node: node, bound: [], nodes: pattern.nodes, edges: pattern.edges,
            conditions: pattern.conditions)
        partial.bound = Set(pattern.nodes).subtracting(pattern.fresh)
        let given = pattern.nodes.filter { node in
            partial.bound.contains(node)
                && !pattern.edges.contains { $0.start == node || $0.end == node }
        }
        if !given.isEmpty {
            // A null that an OPTIONAL MATCH left is no node.
            let codes = given.map { Code.isNotNull(.slot($0)) }
            partial.node = PlanNode(.filter(codes), [node], estimate: node.estimate)
        }
        partial.nodes.removeAll(where: partial.bound.contains)
        if strategy == .optimised { ask(&partial) }
        while !partial.nodes.isEmpty || !partial.edges.isEmpty {
            grow(&partial)
            if partial.edges.isEmpty && partial.nodes.isEmpty { break }
            var best: Partial?
            for var attempt in starts(partial) {
                grow(&attempt)
                if best.map({ attempt.cost < $0.cost }) ?? true { best = attempt }
            }
            guard let best else { break }
            partial = best
        }
        ask(&partial)
        var result = partial.node
        let late = partial.conditions.map(\.code)
        if !pattern.paths.isEmpty {
            result = PlanNode(.project(pattern.paths), [result], estimate: result.estimate)
        }
        return filter(result, late, selectivity: 0.5)
    }

    /// The scans to begin with: all of a small pattern, the best of a greater one, and of a
    /// great one the first, because planning would take longer than running.
    private func starts(_ partial: Partial) -> [Partial] {
        let isGreat = partial.nodes.count > 64 || strategy == .asWritten
        var attempts: [Partial] = []
        for start in isGreat ? Array(partial.nodes.prefix(1)) : partial.nodes {
            var attempt = partial
            scan(start, &attempt)
            attempts.append(attempt)
        }
        guard attempts.count > 12 else { return attempts }
        attempts.sort { $0.node.estimate < $1.node.estimate }
        return Array(attempts.prefix(4))
    }

    /// Follows the hops that hang on what is bound.
    private func grow(_ partial: inout Partial) {
        while true {
            var best: Partial?
            for index in partial.edges.indices {
                var attempt = partial
                guard take(index, &attempt) else { continue }
                let isBetter = best.map { attempt.node.estimate < $0.node.estimate } ?? true
                if isBetter { best = attempt }
                if strategy == .asWritten { break }
            }
            guard let found = best else { return }
            partial = found
        }
    }

    /// Adds one edge; false when neither of its ends is bound yet.
    private func take(_ index: Int, _ partial: inout Partial) -> Bool {
        let edge = partial.edges[index]
        let hasStart = partial.bound.contains(edge.start)
        let hasEnd = partial.bound.contains(edge.end)
        let needsBoth = edge.shape != .path
        if needsBoth ? !(hasStart && hasEnd) : !(hasStart || hasEnd || edge.isBound) {
            return false
        }
        partial.edges.remove(at: index)
        let unlike = partial.used.filter { $0.types.overlaps(edge.types) && $0.shape == .path }
            .filter { _ in edge.shape == .path }.map(\.slot)
        let isReversed = !hasStart && hasEnd
        let expand = Expand(
            from: isReversed ? edge.end : edge.start, relationship: edge.slot,
            to: isReversed ? edge.start : edge.end,
            direction: isReversed ? edge.direction.reversed : edge.direction,
            types: edge.types,
            isInto: edge.start == edge.end || (hasStart && hasEnd), unlike: unlike)
        let estimate = partial.node.estimate * factor(edge, expand)
        partial.node = PlanNode(
            step(edge, expand, hasStart, hasEnd), [partial.node], estimate: estimate)
        partial.cost += estimate
        partial.used.append(edge)
        for slot in [edge.start, edge.end] {
            partial.bound.insert(slot)
            partial.nodes.removeAll { $0 == slot }
        }
        partial.bound.insert(edge.slot)
        if strategy == .optimised { ask(&partial) }
        return true
    }

    private func step(
        _ edge: PatternEdge, _ expand: Expand, _ hasStart: Bool, _ hasEnd: Bool
    ) -> PlanStep {
        if edge.isBound {
            let ends = Expand(
                from: edge.start, relationship: edge.slot, to: edge.end,
                direction: edge.direction, types: edge.types, isInto: expand.isInto,
                unlike: expand.unlike)
            return .ends(ends, knowsStart: hasStart, knowsEnd: hasEnd)
        }
        guard let length = edge.length else { return .expand(expand) }
        let walk = VariableExpand(
            hop: expand, least: Int(clamping: length.least ?? 1),
            most: length.most.map { Int(clamping: $0) }, each: edge.each,
            predicate: edge.predicate, isReversed: !hasStart && hasEnd)
        return edge.shape == .path
            ? .expandVariable(walk)
            : .shortestPath(ShortestPath(walk: walk, isAll: edge.shape == .allShortestPaths))
    }

    /// By how much an edge multiplies the rows.
    private func factor(_ edge: PatternEdge, _ expand: Expand) -> Double {
        let nodes = Double(max(1, graph.nodeCount))
        if edge.isBound || edge.shape != .path { return 1 }
        var count = 0.0
        switch edge.types {
        case .any: count = Double(graph.relationshipCount)
        case .some(let names):
            for case .some(let token) in names.map(\.token) {
                count += Double(graph.relationshipCount(type: token))
            }
        }
        var degree = count / nodes * (edge.direction == .both ? 2 : 1)
        if let length = edge.length {
            let least = Int(clamping: length.least ?? 1)
            let most = min(Int(clamping: length.most ?? .max), least + 4)
            var sum = 0.0
            var power = 1.0
            for depth in 0...max(most, least) {
                if depth >= least { sum += power }
                power *= degree
                if power > 1e12 { break }
            }
            degree = sum
        }
        return expand.isInto ? degree / nodes : degree
    }

    /// Adds the conditions of which all is bound.
    private func ask(_ partial: inout Partial) {
        var codes: [Code] = []
        var selectivity = 1.0
        partial.conditions.removeAll { condition in
            guard condition.reads.isSubset(of: partial.bound) else { return false }
            codes.append(condition.code)
            selectivity *= condition.selectivity
            return true
        }
        partial.node = filter(partial.node, codes, selectivity: selectivity)
        partial.cost += partial.node.estimate
    }

    /// Begins at a node with the scan that gives the fewest rows.
    private func scan(_ start: Int, _ partial: inout Partial) {
        var best = (
            step: PlanStep.allNodes(slot: start), rows: Double(graph.nodeCount),
            covers: [Int]()
        )
        for (place, condition) in partial.conditions.enumerated() {
            guard strategy == .optimised, case .label(start, let label) = condition.use else {
                continue
            }
            let rows = label.token.map { Double(graph.nodeCount(label: $0)) } ?? 0
            if rows <= best.rows || isAllNodes(best.step) {
                best = (.labelScan(slot: start, label: label), rows, [place])
            }
            for (other, wanted) in partial.conditions.enumerated() {
                guard let token = label.token,
                    let seek = seek(start, label, token, wanted, partial),
                    seek.rows < best.rows
                else { continue }
                best = (seek.step, seek.rows, seek.isExact ? [place, other] : [place])
            }
        }
        let input = partial.node
        partial.node = PlanNode(best.step, [input], estimate: input.estimate * best.rows)
        partial.cost += partial.node.estimate
        partial.bound.insert(start)
        partial.nodes.removeAll { $0 == start }
        for place in best.covers.sorted(by: >) { partial.conditions.remove(at: place) }
        if strategy == .optimised { ask(&partial) }
    }

    private func isAllNodes(_ step: PlanStep) -> Bool {
        if case .allNodes = step { true } else { false }
    }

    /// An index that answers a condition, when its value is known at the start.
    private func seek(
        _ start: Int, _ label: NamedToken, _ token: GraphToken, _ condition: Condition,
        _ partial: Partial
    ) -> (step: PlanStep, rows: Double, isExact: Bool)? {
        guard condition.reads.subtracting([start]).isSubset(of: partial.bound) else {
            return nil
        }
        switch condition.use {
        case .equals(start, let key, let value):
            guard let number = key.token, !value.reads(start),
                let rows = graph.indexedCount(label: token, key: number)
            else { return nil }
            return (
                .indexSeek(slot: start, label: label, key: key, value: value), Double(rows), true
            )
        case .range(start, let key, let sign, let value):
            guard let number = key.token, !value.reads(start),
                graph.indexedCount(label: token, key: number) != nil
            else { return nil }
            var range = IndexRange(slot: start, label: label, key: key)
            switch sign {
            case .less: range.upper = (value, false)
            case .lessOrEqual: range.upper = (value, true)
            case .greater: range.lower = (value, false)
            case .greaterOrEqual: range.lower = (value, true)
            case .equal, .notEqual: return nil
            }
            return (.indexRange(range), Double(graph.nodeCount(label: token)) * 0.3, true)
        case .none, .label, .equals, .range: return nil
        }
    }
}

extension Direction {
    var reversed: Direction {
        switch self {
        case .out: .in
        case .in: .out
        case .both: .both
        }
    }
}

extension Code {
    /// True when it may read a slot; of subqueries and their like that is not known.
    func reads(_ slot: Int) -> Bool {
        switch self {
        case .constant, .parameter: false
        case .slot(let other), .slotProperty(let other, _): other == slot
        case .property(let subject, _), .negate(let subject), .plus(let subject):
            subject.reads(slot)
        case .binary(_, let left, let right), .element(let left, let right):
            left.reads(slot) || right.reads(slot)
        case .list(let items), .call(_, let items): items.contains { $0.reads(slot) }
        default: true
        }
    }
}
