/// What the slots of a row hold above an operator, and whether operators keep nodes from one row
/// of the plan's first scan to the next.
///
/// Content is judged from below: what is not known to be free of nodes, relationships and paths
/// counts as if it had some.
struct Holdings {
    /// What a slot, or an expression, has.
    enum Content {
        /// No node, relationship or path, not in a list or map either.
        case value
        /// A node, a relationship or null.
        case entity
        /// Not known.
        case any
    }

    /// Plans of subqueries, by their numbers in expressions.
    let subplans: [PlanNode]
    private var slots: [Int: Content] = [:]
    /// An operator keeps what may be a node while the first scan goes on.
    private(set) var keepsNodes = false
    /// All rows of the first scan were taken before this operator gave its first.
    private var isGathered = false

    init(subplans: [PlanNode]) { self.subplans = subplans }

    private subscript(slot: Int) -> Content { slots[slot] ?? .any }

    /// True when nothing met before is needed as soon as the first scan of the plan goes on: no
    /// operator keeps nodes, and none leaves in the columns.
    static func forgets(_ node: PlanNode, columns: [Int], subplans: [PlanNode]) -> Bool {
        var holdings = Holdings(subplans: subplans)
        guard node.beginsWithScan else { return false }
        holdings.pass(node)
        if holdings.keepsNodes { return false }
        return holdings.isGathered || columns.allSatisfy { holdings[$0] == .value }
    }

    /// Goes through an operator after those that feed it.
    private mutating func pass(_ node: PlanNode) {
        if let input = node.inputs.first { pass(input) }
        switch node.step {
        case .argument, .filter, .skip, .limit: break
        case .allNodes(let slot), .labelScan(let slot, _), .indexSeek(let slot, _, _, _):
            slots[slot] = .entity
        case .indexRange(let range): slots[range.slot] = .entity
        case .expand(let expand):
            slots[expand.relationship] = .entity
            slots[expand.to] = .entity
        case .expandVariable(let walk):
            slots[walk.hop.relationship] = .any
            slots[walk.hop.to] = .entity
        case .shortestPath(let shortest): slots[shortest.walk.hop.relationship] = .any
        case .ends(let ends, let knowsStart, let knowsEnd):
            if !knowsStart { slots[ends.from] = .entity }
            if !knowsEnd { slots[ends.to] = .entity }
        case .project(let items): for item in items { slots[item.slot] = content(item.code) }
        case .optional: passOptional(node)
        case .unwind(let slot, let list): slots[slot] = content(list) == .value ? .value : .any
        case .sort(let sort):
            keep(sort.keys.map { content($0.code) } + sort.slots.map { self[$0] })
            isGathered = true
        case .distinct(let columns): keep(columns.map { self[$0] })
        case .aggregate(let aggregation): pass(aggregation)
        case .union, .create, .merge, .set, .delete, .procedure: keep([.any])
        }
    }

    /// The inner plan starts over for each row: what it kept is gone then, unlike in a plan that
    /// runs on.
    private mutating func passOptional(_ node: PlanNode) {
        var inner = Holdings(subplans: subplans)
        inner.slots = slots
        inner.pass(node.inputs[1])
        slots = inner.slots
        if inner.keepsNodes || inner.isGathered { keep([.any]) }
    }

    private mutating func pass(_ aggregation: Aggregation) {
        var after: [Int: Content] = [:]
        for key in aggregation.keys {
            after[key.slot] = content(key.code)
            keep([content(key.code)])
        }
        for call in aggregation.aggregates {
            let arguments = call.arguments.map { content($0) }
            if call.function == .count {
                // It keeps what it counts only to tell what is equal.
                if call.isDistinct { keep(arguments) }
                after[call.slot] = .value
            } else {
                keep(arguments)
                after[call.slot] = all(arguments)
            }
        }
        slots = after
        isGathered = true
    }

    private mutating func keep(_ contents: [Content]) {
        if !isGathered && all(contents) != .value { keepsNodes = true }
    }

    private func all(_ contents: [Content]) -> Content {
        contents.allSatisfy { $0 == .value } ? .value : .any
    }
}

extension Holdings {
    /// What an expression gives.
    private func content(_ code: Code) -> Content {
        switch code {
        case .constant, .parameter, .hasLabels, .not, .and, .or, .comparison, .comparisons,
            .isNull, .isNotNull, .exists, .quantifier, .negate:
            return .value
        case .slot(let slot): return self[slot]
        // The properties of nodes and relationships are values.
        case .slotProperty(let slot, _): return self[slot] == .any ? .any : .value
        case .property(let subject, _), .element(let subject, _):
            return content(subject) == .any ? .any : .value
        case .plus(let operand): return content(operand)
        case .slice(let subject, _, _): return all([content(subject)])
        case .list(let items): return all(items.map(content))
        case .map(let entries): return all(entries.map { content($0.value) })
        case .binary(_, let left, let right): return all([content(left), content(right)])
        case .call(let function, let arguments): return content(function, arguments)
        case .conditional(_, let branches, let otherwise):
            return all(branches.map { content($0.then) } + [otherwise.map(content) ?? .value])
        case .comprehension(let slot, let list, _, let result):
            var inner = self
            inner.slots[slot] = all([content(list)])
            return result.map { all([inner.content($0)]) } ?? all([content(list)])
        case .reduce(let accumulator, let initial, let slot, let list, let result):
            guard all([content(initial), content(list)]) == .value else { return .any }
            var inner = self
            inner.slots[accumulator] = .value
            inner.slots[slot] = .value
            return all([inner.content(result)])
        case .collect(let subplan, let result), .first(let subplan, let result):
            var inner = Holdings(subplans: subplans)
            inner.slots = slots
            inner.pass(subplans[subplan])
            return all([inner.content(result)])
        case .path: return .any
        case .mapProjection(let subject, let items):
            return all(items.map { content($0, of: subject) })
        }
    }

    private func content(_ item: Code.Projected, of subject: Code) -> Content {
        switch item {
        case .entry(_, let code): content(code)
        case .all: content(subject) == .any ? .any : .value
        }
    }

    private func content(_ function: Function, _ arguments: [Code]) -> Content {
        switch function {
        case .elementID, .labels, .type, .keys, .size, .length: .value
        case .properties: arguments.map(content) == [.entity] ? .value : all(arguments.map(content))
        case .startNode, .endNode: .entity
        default: all(arguments.map(content))
        }
    }
}

extension PlanNode {
    /// True for the scan that all rows above it begin with.
    var isFirstScan: Bool {
        guard case .argument? = inputs.first?.step else { return false }
        switch step {
        case .allNodes, .labelScan, .indexSeek, .indexRange: return true
        default: return false
        }
    }

    /// True when its rows begin with a scan.
    var beginsWithScan: Bool { isFirstScan || inputs.first?.beginsWithScan ?? false }
}

extension CypherValue {
    /// True when it is, or has in it, what is only a number of the graph.
    var hasEntities: Bool {
        switch self {
        case .node, .relationship, .path: true
        case .list(let values): values.contains(where: \.hasEntities)
        case .map(let map): map.entries.contains { $0.value.hasEntities }
        default: false
        }
    }
}
