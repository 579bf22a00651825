/// The automaton of Aho and Corasick, "Efficient string matching" (CACM 18, 1975): a trie of all
/// patterns whose states know where to go on when a byte does not fit.
///
/// The first two levels are tables, where nearly all time is spent; below, states have lists of
/// edges. It is as secret as the patterns: never log or encode it.
final class SecretAutomaton: Sendable {
    /// What a pattern is a form of.
    struct Mark: Hashable, Sendable {
        let label: String
        let encoding: SecretEncoding
        let isName: Bool
    }

    /// For the root and each state that has a row: the next state of every byte.
    private let rows: [Int32]
    /// The row of a state; -1 for states below the second level.
    private let row: [Int32]
    private let edges: [Edge]
    /// Where a state's edges begin; they end where the next one's begin.
    private let begins: [Int32]
    private let failure: [Int32]
    /// The mark of the longest pattern that ends in a state; -1 for none.
    private let mark: [Int32]
    private let marks: [Mark]

    struct Edge: Sendable {
        let byte: UInt8
        let target: Int32
    }

    private init(
        rows: [Int32], row: [Int32], edges: [Edge], begins: [Int32], failure: [Int32],
        mark: [Int32], marks: [Mark]
    ) {
        self.rows = rows
        self.row = row
        self.edges = edges
        self.begins = begins
        self.failure = failure
        self.mark = mark
        self.marks = marks
    }

    /// Goes on from `state` at `from`, up to behind the first byte at which a pattern ends, or to
    /// the end of the piece.
    func run(_ piece: ArraySlice<UInt8>, from: inout Int, state: inout Int32) -> Mark? {
        while from < piece.endIndex {
            state = next(state, piece[from])
            from += 1
            let found = mark[Int(state)]
            if found >= 0 { return marks[Int(found)] }
        }
        return nil
    }

    private func next(_ state: Int32, _ byte: UInt8) -> Int32 {
        var state = state
        while true {
            let row = row[Int(state)]
            if row >= 0 { return rows[Int(row) << 8 | Int(byte)] }
            for index in begins[Int(state)]..<begins[Int(state) + 1]
            where edges[Int(index)].byte == byte { return edges[Int(index)].target }
            state = failure[Int(state)]
        }
    }

    /// Takes patterns and makes the automaton.
    struct Builder {
        private var children: [[UInt8: Int32]] = [[:]]
        private var mark: [Int32] = [-1]
        private var marks: [Mark] = []
        private var numbers: [Mark: Int32] = [:]

        /// The number of states, about the bytes of all patterns.
        var states: Int { children.count }

        mutating func add(_ pattern: [UInt8], _ what: Mark) {
            var state = 0
            for byte in pattern {
                if let known = children[state][byte] {
                    state = Int(known)
                    continue
                }
                let new = Int32(children.count)
                children[state][byte] = new
                children.append([:])
                mark.append(-1)
                state = Int(new)
            }
            guard mark[state] < 0 else { return }
            if let known = numbers[what] {
                mark[state] = known
            } else {
                numbers[what] = Int32(marks.count)
                mark[state] = Int32(marks.count)
                marks.append(what)
            }
        }

        /// Breadth first, so that the state to go on at is always done before.
        func finish() -> SecretAutomaton {
            var failure = [Int32](repeating: 0, count: children.count)
            var mark = mark
            var (queue, depth) = ([Int32(0)], [Int](repeating: 0, count: children.count))
            var next = 0
            while next < queue.count {
                let state = Int(queue[next])
                next += 1
                for (byte, child) in children[state].sorted(by: { $0.key < $1.key }) {
                    queue.append(child)
                    depth[Int(child)] = depth[state] + 1
                    guard state != 0 else { continue }
                    let fallback = follow(failure, from: failure[state], byte)
                    failure[Int(child)] = fallback
                    if mark[Int(child)] < 0 { mark[Int(child)] = mark[Int(fallback)] }
                }
            }
            return table(failure, mark, queue.filter { depth[Int($0)] < 2 })
        }

        private func follow(_ failure: [Int32], from start: Int32, _ byte: UInt8) -> Int32 {
            var state = start
            while true {
                if let target = children[Int(state)][byte] { return target }
                if state == 0 { return 0 }
                state = failure[Int(state)]
            }
        }

        private func table(
            _ failure: [Int32], _ mark: [Int32], _ shallow: [Int32]
        ) -> SecretAutomaton {
            var row = [Int32](repeating: -1, count: children.count)
            var rows: [Int32] = []
            for (number, state) in shallow.enumerated() {
                row[Int(state)] = Int32(number)
                for byte in UInt8.min...UInt8.max {
                    rows.append(follow(failure, from: state, byte))
                }
            }
            var (edges, begins): ([Edge], [Int32]) = ([], [])
            for children in children {
                begins.append(Int32(edges.count))
                for (byte, target) in children.sorted(by: { $0.key < $1.key }) {
                    edges.append(Edge(byte: byte, target: target))
                }
            }
            begins.append(Int32(edges.count))
            return SecretAutomaton(
                rows: rows, row: row, edges: edges, begins: begins, failure: failure, mark: mark,
                marks: marks)
        }
    }
}
