/// A writing clause: takes all rows, changes the graph for each, then gives them.
final class WriteOperator<Graph: PropertyGraph> {
    let step: PlanStep
    let input: Operator<Graph>
    /// What MERGE looks for.
    let inner: Operator<Graph>?
    private var isOpen = false
    private var rows: [[CypherValue]] = []
    private var position = 0
    private var held = 0

    init(_ step: PlanStep, _ input: Operator<Graph>, _ inner: Operator<Graph>?) {
        self.step = step
        self.input = input
        self.inner = inner
    }

    private var live: [Int] {
        switch step {
        case .create(let creation): creation.live
        case .merge(let merge): merge.live
        case .set(_, let live), .delete(_, _, let live): live
        default: []
        }
    }

    func next(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        if !isOpen { try open(machine) }
        guard position < rows.count else { return false }
        for (slot, value) in zip(live, rows[position]) { machine.row[slot] = value }
        position += 1
        return true
    }

    private func open(_ machine: Machine<Graph>) throws(CypherError) {
        isOpen = true
        // First all that is read, then the changes: a clause does not see its own.
        let live = live
        var waiting: [[CypherValue]] = []
        while try input.next(machine) {
            waiting.append(machine.row)
            held += machine.row.count * 24
            try machine.hold(machine.row.count * 24)
        }
        for row in waiting {
            machine.row = row
            if case .merge(let merge) = step {
                try self.merge(merge, machine)
            } else {
                try change(machine)
                rows.append(live.map { machine.row[$0] })
            }
        }
        try machine.finishDeleting()
    }

    private func change(_ machine: Machine<Graph>) throws(CypherError) {
        switch step {
        case .create(let creation): try machine.create(creation)
        case .set(let items, _): for item in items { try machine.assign(item) }
        case .delete(let codes, let isDetach, _):
            for code in codes { try machine.delete(try machine.value(code), isDetach) }
        default: break
        }
    }

    private func merge(_ merge: Merge, _ machine: Machine<Graph>) throws(CypherError) {
        guard let inner else { return }
        inner.reset(machine)
        var found: [[CypherValue]] = []
        while try inner.next(machine) { found.append(machine.row) }
        for row in found {
            machine.row = row
            for item in merge.onMatch { try machine.assign(item) }
            rows.append(live.map { machine.row[$0] })
        }
        if found.isEmpty {
            try machine.create(merge.creation)
            for item in merge.onCreate { try machine.assign(item) }
            rows.append(live.map { machine.row[$0] })
        }
    }

    func reset(_ machine: Machine<Graph>) {
        isOpen = false
        rows = []
        position = 0
        machine.release(held)
        held = 0
        input.reset(machine)
    }
}
