/// ORDER BY: holds all rows, or the first of them when a LIMIT follows.
final class SortOperator<Graph: PropertyGraph> {
    let sort: Sort
    let input: Operator<Graph>
    private var isOpen = false
    /// The rows one after the other: keys, then what is kept of the row.
    private var buffer: [CypherValue] = []
    private var weights: [Int] = []
    private var order: [Int] = []
    private var position = 0
    private var held = 0

    init(_ sort: Sort, _ input: Operator<Graph>) {
        self.sort = sort
        self.input = input
    }

    private var width: Int { sort.keys.count + sort.slots.count }

    func next(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        if !isOpen { try open(machine) }
        guard position < order.count else { return false }
        let first = order[position] * width + sort.keys.count
        position += 1
        for (offset, slot) in sort.slots.enumerated() {
            machine.row[slot] = buffer[first + offset]
        }
        return true
    }

    private func open(_ machine: Machine<Graph>) throws(CypherError) {
        isOpen = true
        let most = try bound(machine)
        while try input.next(machine) {
            try machine.tick()
            var weight = 0
            for key in sort.keys {
                let value = try machine.value(key.code)
                weight += value.weight
                buffer.append(value)
            }
            for slot in sort.slots {
                weight += machine.row[slot].weight
                buffer.append(machine.row[slot])
            }
            order.append(weights.count)
            weights.append(weight)
            held += weight
            try machine.hold(weight)
            if let most, order.count > 2 * most + 1024 { cut(to: most, machine) }
        }
        arrange()
    }

    /// How many rows are asked for at most.
    private func bound(_ machine: Machine<Graph>) throws(CypherError) -> Int? {
        if sort.bounds.isEmpty { return nil }
        var sum = 0
        for code in sort.bounds {
            let count = Int(try machine.count(code, "SKIP or LIMIT"))
            sum = sum > .max / 4 - count / 4 ? .max / 4 : sum + min(count, .max / 4)
        }
        return sum < 1 << 30 ? sum : nil
    }

    private func arrange() {
        order.sort { left, right in
            let (first, second) = (left * width, right * width)
            for (index, key) in sort.keys.enumerated() {
                let order = buffer[first + index].order(buffer[second + index])
                if order != 0 { return key.isDescending ? order > 0 : order < 0 }
            }
            // Equal rows stay in the order in which they came.
            return left < right
        }
    }

    private func cut(to most: Int, _ machine: Machine<Graph>) {
        arrange()
        let kept = order.prefix(most).sorted()
        var smaller: [CypherValue] = []
        smaller.reserveCapacity((2 * most + 1025) * width)
        for row in kept { smaller += buffer[row * width..<(row + 1) * width] }
        weights = kept.map { weights[$0] }
        buffer = smaller
        order = Array(weights.indices)
        let now = weights.reduce(0, +)
        machine.release(held - now)
        held = now
    }

    func reset(_ machine: Machine<Graph>) {
        isOpen = false
        buffer = []
        weights = []
        order = []
        position = 0
        machine.release(held)
        held = 0
        input.reset(machine)
    }
}

/// Rows that differ from all before.
final class DistinctOperator<Graph: PropertyGraph> {
    let slots: [Int]
    let input: Operator<Graph>
    private var seen: Set<[CypherValue]> = []
    private var held = 0

    init(_ slots: [Int], _ input: Operator<Graph>) {
        self.slots = slots
        self.input = input
    }

    func next(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        while try input.next(machine) {
            try machine.tick()
            let key = slots.map { machine.row[$0] }
            guard seen.insert(key).inserted else { continue }
            let weight = key.reduce(48) { $0 + $1.weight }
            held += weight
            try machine.hold(weight)
            return true
        }
        return false
    }

    func reset(_ machine: Machine<Graph>) {
        seen = []
        machine.release(held)
        held = 0
        input.reset(machine)
    }
}
