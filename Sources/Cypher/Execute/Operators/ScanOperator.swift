/// Nodes of the graph, for each row of its input.
final class ScanOperator<Graph: PropertyGraph> {
    enum Source {
        case all
        case label(NamedToken)
        case equals(NamedToken, NamedToken, Code)
        case range(IndexRange)
    }

    let source: Source
    let slot: Int
    let input: Operator<Graph>
    /// Whoever reads its rows has done with all that came of one before asking for the next.
    var forgets = false
    private var cursor: Graph.Nodes?

    init(_ source: Source, _ slot: Int, _ input: Operator<Graph>) {
        self.source = source
        self.slot = slot
        self.input = input
    }

    func next(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        while true {
            if forgets { machine.graph.forgetNodes() }
            if let node = try cursor?.next() {
                try machine.tick()
                machine.hit()
                machine.row[slot] = .node(NodeValue(id: node))
                return true
            }
            cursor = nil
            guard try input.next(machine) else { return false }
            cursor = try open(machine)
        }
    }

    private func open(_ machine: Machine<Graph>) throws(CypherError) -> Graph.Nodes? {
        switch source {
        case .all: return try machine.graph.nodes()
        case .label(let label):
            guard let token = machine.token(label) else { return nil }
            return try machine.graph.nodes(label: token)
        case .equals(let label, let key, let code):
            guard let label = machine.token(label), let key = machine.token(key) else {
                return nil
            }
            let value = try machine.value(code)
            // Nothing equals null or NaN.
            guard value.equals(value) == true else { return nil }
            return try machine.graph.nodes(label: label, key: key, equals: value)
        case .range(let range):
            guard let label = machine.token(range.label), let key = machine.token(range.key)
            else { return nil }
            let bounds = ValueRange(
                lower: try bound(range.lower, machine), upper: try bound(range.upper, machine))
            return try machine.graph.nodes(label: label, key: key, in: bounds)
        }
    }

    private func bound(
        _ bound: (code: Code, inclusive: Bool)?, _ machine: Machine<Graph>
    ) throws(CypherError) -> (value: CypherValue, inclusive: Bool)? {
        guard let bound else { return nil }
        return (try machine.value(bound.code), bound.inclusive)
    }

    func reset(_ machine: Machine<Graph>) {
        cursor = nil
        input.reset(machine)
    }
}
