/// Walks of several hops, depth first; no relationship twice in one walk.
final class WalkOperator<Graph: PropertyGraph> {
    let walk: VariableExpand
    let input: Operator<Graph>
    private var types: [GraphToken]?
    private var isOpen = false
    /// Where each hop of the walk goes on from; the last may have nowhere to go.
    private var cursors: [Graph.Neighbours?] = []
    private var hops: [RelationshipValue] = []
    private var target: Int64?
    /// The walk without a hop was not given yet.
    private var isAtStart = false
    private var start: Int64 = 0

    init(_ walk: VariableExpand, _ input: Operator<Graph>) {
        self.walk = walk
        self.input = input
    }

    func next(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        if !isOpen {
            isOpen = true
            types = machine.tokens(walk.hop.types)
        }
        while true {
            if isAtStart {
                isAtStart = false
                if walk.least == 0, give(start, machine) { return true }
            }
            if try step(machine) { return true }
            guard try input.next(machine) else { return false }
            try begin(machine)
        }
    }

    private func begin(_ machine: Machine<Graph>) throws(CypherError) {
        guard let from = try machine.node(walk.hop.from) else { return }
        if walk.hop.isInto {
            guard let to = try machine.node(walk.hop.to) else { return }
            target = to
        }
        start = from
        isAtStart = true
        if let types, walk.most ?? 1 > 0 {
            cursors = [
                try machine.graph.neighbours(of: from, walk.hop.direction, types: types)
            ]
        }
    }

    /// Goes on to the next walk that is long enough and ends where it should.
    private func step(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        while !cursors.isEmpty {
            guard let found = try cursors[cursors.count - 1]?.next() else {
                cursors.removeLast()
                if !hops.isEmpty { hops.removeLast() }
                continue
            }
            try machine.tick()
            machine.hit()
            guard try isAllowed(found.relationship, machine) else { continue }
            hops.append(RelationshipValue(id: found.relationship))
            cursors.append(try onward(found.node, machine))
            if hops.count >= walk.least, give(found.node, machine) { return true }
        }
        return false
    }

    private func isAllowed(
        _ relationship: Int64, _ machine: Machine<Graph>
    ) throws(CypherError) -> Bool {
        if hops.contains(where: { $0.id == relationship }) { return false }
        if machine.isUsed(relationship, in: walk.hop.unlike) { return false }
        guard let predicate = walk.predicate else { return true }
        machine.row[walk.each] = .relationship(RelationshipValue(id: relationship))
        return try machine.truth(predicate) == true
    }

    private func onward(
        _ node: Int64, _ machine: Machine<Graph>
    ) throws(CypherError) -> Graph.Neighbours? {
        guard let types else { return nil }
        if let most = walk.most {
            if hops.count >= most { return nil }
        } else if hops.count > machine.options.hops {
            throw machine.tooManyHops()
        }
        return try machine.graph.neighbours(of: node, walk.hop.direction, types: types)
    }

    private func give(_ node: Int64, _ machine: Machine<Graph>) -> Bool {
        if walk.hop.isInto && node != target { return false }
        let found = hops.map(CypherValue.relationship)
        machine.row[walk.hop.relationship] = .list(walk.isReversed ? found.reversed() : found)
        if !walk.hop.isInto { machine.row[walk.hop.to] = .node(NodeValue(id: node)) }
        return true
    }

    func reset(_ machine: Machine<Graph>) {
        cursors = []
        hops = []
        isAtStart = false
        isOpen = false
        input.reset(machine)
    }
}
