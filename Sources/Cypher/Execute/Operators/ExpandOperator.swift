/// One hop from a bound node, to a new one or into a bound one.
final class ExpandOperator<Graph: PropertyGraph> {
    let expand: Expand
    let input: Operator<Graph>
    private var types: [GraphToken]?
    private var isOpen = false
    private var cursor: Graph.Neighbours?
    private var target: Int64?

    init(_ expand: Expand, _ input: Operator<Graph>) {
        self.expand = expand
        self.input = input
    }

    func next(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        if !isOpen {
            isOpen = true
            types = machine.tokens(expand.types)
        }
        while true {
            while let found = try cursor?.next() {
                try machine.tick()
                machine.hit()
                if expand.isInto && found.node != target { continue }
                if !expand.unlike.isEmpty
                    && machine.isUsed(found.relationship, in: expand.unlike)
                {
                    continue
                }
                machine.row[expand.relationship] = .relationship(
                    RelationshipValue(id: found.relationship))
                if !expand.isInto { machine.row[expand.to] = .node(NodeValue(id: found.node)) }
                return true
            }
            cursor = nil
            guard try input.next(machine) else { return false }
            guard let types, let from = try machine.node(expand.from) else { continue }
            if expand.isInto {
                guard let to = try machine.node(expand.to) else { continue }
                target = to
            }
            cursor = try machine.graph.neighbours(
                of: from, expand.direction, types: types)
        }
    }

    func reset(_ machine: Machine<Graph>) {
        cursor = nil
        // A clause before may have brought new names into the graph.
        isOpen = false
        input.reset(machine)
    }
}

/// The ends of a relationship that is bound already.
final class EndsOperator<Graph: PropertyGraph> {
    let ends: Expand
    let knowsStart: Bool
    let knowsEnd: Bool
    let input: Operator<Graph>
    /// The other way round, for a pattern without direction.
    private var second: (start: Int64, end: Int64)?

    init(_ ends: Expand, _ knowsStart: Bool, _ knowsEnd: Bool, _ input: Operator<Graph>) {
        self.ends = ends
        self.knowsStart = knowsStart
        self.knowsEnd = knowsEnd
        self.input = input
    }

    func next(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        while true {
            if let (start, end) = second {
                second = nil
                if try fits(start, end, machine) { return true }
            }
            guard try input.next(machine) else { return false }
            guard case .relationship(let relationship) = machine.row[ends.relationship],
                let types = machine.tokens(ends.types)
            else { continue }
            machine.hit()
            let type = try machine.graph.type(relationship.id)
            if !types.isEmpty && !types.contains(type) { continue }
            if machine.isUsed(relationship.id, in: ends.unlike) { continue }
            let (from, to) = try machine.graph.ends(relationship.id)
            switch ends.direction {
            case .out: if try fits(from, to, machine) { return true }
            case .in: if try fits(to, from, machine) { return true }
            case .both:
                if from != to { second = (to, from) }
                if try fits(from, to, machine) { return true }
            }
        }
    }

    /// Puts the ends into their slots; false when a slot holds another node already.
    private func fits(
        _ start: Int64, _ end: Int64, _ machine: Machine<Graph>
    ) throws(CypherError) -> Bool {
        if knowsStart, try machine.node(ends.from) != start { return false }
        if knowsEnd, try machine.node(ends.to) != end { return false }
        if ends.from == ends.to && start != end { return false }
        if !knowsStart { machine.row[ends.from] = .node(NodeValue(id: start)) }
        if !knowsEnd { machine.row[ends.to] = .node(NodeValue(id: end)) }
        return true
    }

    func reset(_ machine: Machine<Graph>) {
        second = nil
        input.reset(machine)
    }
}
