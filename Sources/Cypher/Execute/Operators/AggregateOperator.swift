/// Groups rows by their keys and aggregates each group; groups come in the order of their
/// first row.
final class AggregateOperator<Graph: PropertyGraph> {
    let aggregation: Aggregation
    let input: Operator<Graph>
    private var isOpen = false
    private var groups: [Group] = []
    private var places: [[CypherValue]: Int] = [:]
    private var position = 0
    private var held = 0

    private struct Group {
        let keys: [CypherValue]
        var accumulators: [Accumulator]
    }

    init(_ aggregation: Aggregation, _ input: Operator<Graph>) {
        self.aggregation = aggregation
        self.input = input
    }

    func next(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        if !isOpen { try open(machine) }
        guard position < groups.count else { return false }
        for (key, value) in zip(aggregation.keys, groups[position].keys) {
            machine.row[key.slot] = value
        }
        for (index, call) in aggregation.aggregates.enumerated() {
            machine.row[call.slot] = try groups[position].accumulators[index].result()
        }
        position += 1
        return true
    }

    private func open(_ machine: Machine<Graph>) throws(CypherError) {
        isOpen = true
        if aggregation.keys.isEmpty { groups = [newGroup([])] }
        while try input.next(machine) {
            try machine.tick()
            let place = try place(machine)
            for (index, call) in aggregation.aggregates.enumerated() {
                let value = try call.arguments.first.map { (code) throws(CypherError) in
                    try machine.value(code)
                }
                var second: CypherValue?
                if call.arguments.count > 1 { second = try machine.value(call.arguments[1]) }
                let weight = try groups[place].accumulators[index].add(value, second)
                if weight > 0 {
                    held += weight
                    try machine.hold(weight)
                }
            }
        }
    }

    private func place(_ machine: Machine<Graph>) throws(CypherError) -> Int {
        if aggregation.keys.isEmpty { return 0 }
        var keys: [CypherValue] = []
        keys.reserveCapacity(aggregation.keys.count)
        for key in aggregation.keys { keys.append(try machine.value(key.code)) }
        if let known = places[keys] { return known }
        let weight =
            keys.reduce(96) { $0 + $1.weight } + 160 * aggregation.aggregates.count
        held += weight
        try machine.hold(weight)
        places[keys] = groups.count
        groups.append(newGroup(keys))
        return groups.count - 1
    }

    private func newGroup(_ keys: [CypherValue]) -> Group {
        Group(keys: keys, accumulators: aggregation.aggregates.map(Accumulator.init))
    }

    func reset(_ machine: Machine<Graph>) {
        isOpen = false
        groups = []
        places = [:]
        position = 0
        machine.release(held)
        held = 0
        input.reset(machine)
    }
}
