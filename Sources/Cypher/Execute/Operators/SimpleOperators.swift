/// One row, that of the caller.
final class ArgumentOperator<Graph: PropertyGraph> {
    private var isDone = false

    func next(_ machine: Machine<Graph>) -> Bool {
        if isDone { return false }
        isDone = true
        return true
    }

    func reset() { isDone = false }
}

/// Rows of which all conditions are true.
final class FilterOperator<Graph: PropertyGraph> {
    let codes: [Code]
    let input: Operator<Graph>

    init(_ codes: [Code], _ input: Operator<Graph>) {
        self.codes = codes
        self.input = input
    }

    func next(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        while try input.next(machine) {
            try machine.tick()
            if try passes(machine) { return true }
        }
        return false
    }

    private func passes(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        for code in codes where try machine.truth(code) != true { return false }
        return true
    }
}

/// Computes slots.
final class ProjectOperator<Graph: PropertyGraph> {
    let items: [Assignment]
    let input: Operator<Graph>

    init(_ items: [Assignment], _ input: Operator<Graph>) {
        self.items = items
        self.input = input
    }

    func next(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        guard try input.next(machine) else { return false }
        for item in items { machine.row[item.slot] = try machine.value(item.code) }
        return true
    }
}

/// Rows of the inner plan for each outer row, or one with nulls.
final class OptionalOperator<Graph: PropertyGraph> {
    let slots: [Int]
    let input: Operator<Graph>
    let inner: Operator<Graph>
    private var isOpen = false
    private var hasFound = false

    init(_ slots: [Int], _ input: Operator<Graph>, _ inner: Operator<Graph>) {
        self.slots = slots
        self.input = input
        self.inner = inner
    }

    func next(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        while true {
            if isOpen {
                if try inner.next(machine) {
                    hasFound = true
                    return true
                }
                isOpen = false
                if !hasFound {
                    for slot in slots { machine.row[slot] = .null }
                    return true
                }
            }
            guard try input.next(machine) else { return false }
            inner.reset(machine)
            isOpen = true
            hasFound = false
        }
    }

    func reset(_ machine: Machine<Graph>) {
        isOpen = false
        input.reset(machine)
    }
}

/// A row for each element of a list; none for null.
final class UnwindOperator<Graph: PropertyGraph> {
    let slot: Int
    let list: Code
    let input: Operator<Graph>
    private var elements: [CypherValue] = []
    private var position = 0

    init(_ slot: Int, _ list: Code, _ input: Operator<Graph>) {
        self.slot = slot
        self.list = list
        self.input = input
    }

    func next(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        while position >= elements.count {
            guard try input.next(machine) else { return false }
            position = 0
            switch try machine.value(list) {
            case .null: elements = []
            case .list(let values): elements = values
            case let other: elements = [other]
            }
        }
        try machine.tick()
        machine.row[slot] = elements[position]
        position += 1
        return true
    }

    func reset(_ machine: Machine<Graph>) {
        elements = []
        position = 0
        input.reset(machine)
    }
}

/// The rows of one input after the other.
final class UnionOperator<Graph: PropertyGraph> {
    let columns: [[Int]]
    let slots: [Int]
    let inputs: [Operator<Graph>]
    private var position = 0

    init(_ columns: [[Int]], _ slots: [Int], _ inputs: [Operator<Graph>]) {
        self.columns = columns
        self.slots = slots
        self.inputs = inputs
    }

    func next(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        while position < inputs.count {
            if try inputs[position].next(machine) {
                for (slot, column) in zip(slots, columns[position]) {
                    machine.row[slot] = machine.row[column]
                }
                return true
            }
            position += 1
        }
        return false
    }

    func reset(_ machine: Machine<Graph>) {
        position = 0
        for input in inputs { input.reset(machine) }
    }
}

/// SKIP or LIMIT.
final class SliceOperator<Graph: PropertyGraph> {
    let skip: Code?
    let limit: Code?
    let hasWrites: Bool
    let input: Operator<Graph>
    private var isOpen = false
    private var toSkip: Int64 = 0
    private var toGive: Int64 = 0

    init(skip: Code?, limit: Code?, hasWrites: Bool, _ input: Operator<Graph>) {
        self.skip = skip
        self.limit = limit
        self.hasWrites = hasWrites
        self.input = input
    }

    func next(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        if !isOpen { try open(machine) }
        if toGive == 0 { return false }
        while toSkip > 0 {
            guard try input.next(machine) else { return false }
            toSkip -= 1
        }
        guard try input.next(machine) else { return false }
        toGive -= 1
        return true
    }

    private func open(_ machine: Machine<Graph>) throws(CypherError) {
        isOpen = true
        toSkip =
            try skip.map { (code) throws(CypherError) in
                try machine.count(code, "SKIP")
            } ?? 0
        toGive =
            try limit.map { (code) throws(CypherError) in
                try machine.count(code, "LIMIT")
            } ?? .max
        // LIMIT 0 asks for no row, but what is below must still be written.
        if toGive == 0 && hasWrites { _ = try input.next(machine) }
    }

    func reset(_ machine: Machine<Graph>) {
        isOpen = false
        input.reset(machine)
    }
}

/// What the graph knows about itself, or what is looked at for it.
final class ProcedureOperator<Graph: PropertyGraph> {
    let procedure: Procedure
    let arguments: [Code]
    let slots: [Int?]
    let input: Operator<Graph>
    private var results: [CypherValue] = []
    private var position = 0

    init(
        _ procedure: Procedure, _ arguments: [Code], _ slots: [Int?], _ input: Operator<Graph>
    ) {
        self.procedure = procedure
        self.arguments = arguments
        self.slots = slots
        self.input = input
    }

    func next(_ machine: Machine<Graph>) throws(CypherError) -> Bool {
        while position >= results.count {
            guard try input.next(machine) else { return false }
            position = 0
            switch procedure {
            case .labels: results = machine.graph.labelNames().map(CypherValue.string)
            case .relationshipTypes:
                results = machine.graph.typeNames().map(CypherValue.string)
            case .propertyKeys: results = machine.graph.keyNames().map(CypherValue.string)
            case .ping: results = [.boolean(true)]
            case .components: results = [Self.components]
            case .live, .process, .maps, .file, .digest, .packageFiles:
                results = try look(machine)
            }
        }
        put(results[position], machine)
        position += 1
        return true
    }

    /// Looks at the machine; each result is a list of the columns.
    private func look(_ machine: Machine<Graph>) throws(CypherError) -> [CypherValue] {
        guard let lookup = procedure.lookup, let look = machine.options.look else {
            throw .runtime(
                .procedureError, .procedureNotFound,
                "`\(procedure.rawValue)` looks at a machine: this graph, or this way of asking, has none"
            )
        }
        var argument: CypherValue?
        if let first = arguments.first { argument = try machine.value(first) }
        let rows = try look(lookup, argument)
        return rows.map { .list($0) }
    }

    private static var components: CypherValue {
        .list([.string("Pisces"), .list([.string("5.4.0")]), .string("community")])
    }

    /// A result of several columns is a list of them.
    private func put(_ result: CypherValue, _ machine: Machine<Graph>) {
        var values = [result]
        if case .list(let several) = result, several.count == slots.count { values = several }
        for (slot, value) in zip(slots, values) {
            if let slot { machine.row[slot] = value }
        }
    }

    func reset(_ machine: Machine<Graph>) {
        results = []
        position = 0
        input.reset(machine)
    }
}
