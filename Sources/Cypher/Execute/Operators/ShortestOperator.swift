/// The shortest walk, or all of that length, between two bound nodes: breadth first.
final class ShortestOperator<Graph: PropertyGraph> {
    let shortest: ShortestPath
    let input: Operator<Graph>
    private var found: [[RelationshipValue]] = []

    /// By which hops a node was first reached, and how far that is.
    private struct Reached {
        let depth: Int
        var by: [(node: Int64, relationship: Int64)]
    }

    init(_ shortest: ShortestPath, _ input: Operator<Graph>) {
        self.shortest = shortest
        self.input = input
    }

    func next(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        while true {
            if let walk = found.popLast() {
                machine.row[shortest.walk.hop.relationship] = .list(
                    walk.map(CypherValue.relationship))
                return true
            }
            guard try input.next(machine) else { return false }
            guard let from = try machine.node(shortest.walk.hop.from),
                let to = try machine.node(shortest.walk.hop.to)
            else { continue }
            found = try search(from, to, machine)
        }
    }

    private func search(
        _ from: Int64, _ to: Int64, _ machine: Machine<Graph>
    ) throws(CypherError) -> [[RelationshipValue]] {
        if from == to { return shortest.walk.least == 0 ? [[]] : [] }
        guard let types = machine.tokens(shortest.walk.hop.types) else { return [] }
        var reached = [from: Reached(depth: 0, by: [])]
        var held = 0
        defer { machine.release(held) }
        var border = [from]
        var depth = 0
        while !border.isEmpty, reached[to] == nil {
            depth += 1
            if let most = shortest.walk.most {
                if depth > most { return [] }
            } else if depth > machine.options.hops {
                throw machine.tooManyHops()
            }
            let before = reached.count
            border = try widen(border, depth, types, &reached, machine)
            try machine.hold((reached.count - before) * 96)
            held += (reached.count - before) * 96
        }
        guard let end = reached[to], end.depth >= shortest.walk.least else { return [] }
        return Array(walks(to: to, reached, isAll: shortest.isAll).reversed())
    }

    private func widen(
        _ border: [Int64], _ depth: Int, _ types: [GraphToken], _ reached: inout [Int64: Reached],
        _ machine: Machine<Graph>
    ) throws(CypherError) -> [Int64] {
        var wider: [Int64] = []
        for node in border {
            var cursor = try machine.graph.neighbours(
                of: node, shortest.walk.hop.direction, types: types)
            while let hop = try cursor.next() {
                try machine.tick()
                machine.hit()
                guard try isAllowed(hop.relationship, machine) else { continue }
                if let known = reached[hop.node] {
                    if known.depth == depth && shortest.isAll {
                        reached[hop.node]?.by.append((node, hop.relationship))
                    }
                    continue
                }
                reached[hop.node] = Reached(depth: depth, by: [(node, hop.relationship)])
                wider.append(hop.node)
            }
        }
        return wider
    }

    private func isAllowed(
        _ relationship: Int64, _ machine: Machine<Graph>
    ) throws(CypherError) -> Bool {
        guard let predicate = shortest.walk.predicate else { return true }
        machine.row[shortest.walk.each] = .relationship(RelationshipValue(id: relationship))
        return try machine.truth(predicate) == true
    }

    /// The walks that end at a node, read back from how it was reached.
    private func walks(
        to node: Int64, _ reached: [Int64: Reached], isAll: Bool
    ) -> [[RelationshipValue]] {
        guard let how = reached[node], !how.by.isEmpty else { return [[]] }
        var all: [[RelationshipValue]] = []
        for hop in isAll ? how.by : Array(how.by.prefix(1)) {
            for walk in walks(to: hop.node, reached, isAll: isAll) {
                all.append(walk + [RelationshipValue(id: hop.relationship)])
            }
        }
        return all
    }

    func reset(_ machine: Machine<Graph>) {
        found = []
        input.reset(machine)
    }
}
