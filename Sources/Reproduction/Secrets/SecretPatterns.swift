/// Many patterns that are looked for at once: a table says for three bytes how far the next place
/// is where any pattern can end, so most bytes are never looked at (Wu and Manber, "A fast
/// algorithm for multi-pattern searching", TR 94-17, University of Arizona 1994); where one can, a
/// trie of all patterns is walked.
///
/// It is as secret as the patterns: never log or encode it.
final class SecretPatterns: Sendable {
    /// What a pattern is a form of.
    struct Mark: Hashable, Sendable {
        let label: String
        let encoding: SecretEncoding
        let isName: Bool
    }

    /// Bytes of the longest pattern.
    let longest: Int
    /// Bytes of the shortest pattern: of each, so many decide whether it can be at a place.
    private let window: Int
    /// By the hash of three bytes: how far the window may go on when they are its last.
    private let shifts: [UInt8]
    private let hash: Hash
    /// The states of the first byte; -1 where no pattern begins with it.
    private let first: [Int32]
    private let edges: [Edge]
    /// Where a state's edges begin; they end where the next one's begin.
    private let begins: [Int32]
    /// The mark of the pattern that ends in a state; -1 for none.
    private let mark: [Int32]
    private let marks: [Mark]

    struct Edge: Sendable {
        let byte: UInt8
        let target: Int32
    }

    /// Three bytes as a place in a table of a power of two (Fibonacci hashing, Knuth 6.4).
    struct Hash: Sendable {
        let bits: UInt32

        func callAsFunction(_ a: UInt8, _ b: UInt8, _ c: UInt8) -> Int {
            let block = UInt32(a) | UInt32(b) << 8 | UInt32(c) << 16
            return Int((block &* 0x9E37_79B1) >> (32 - bits))
        }
    }

    private init(_ builder: Builder, _ shifts: [UInt8], _ hash: Hash) {
        longest = builder.longest
        window = builder.shortest
        self.shifts = shifts
        self.hash = hash
        first = (UInt8.min...UInt8.max).map { builder.children[0][$0] ?? -1 }
        var (edges, begins): ([Edge], [Int32]) = ([], [])
        for children in builder.children {
            begins.append(Int32(edges.count))
            for (byte, target) in children.sorted(by: { $0.key < $1.key }) {
                edges.append(Edge(byte: byte, target: target))
            }
        }
        begins.append(Int32(edges.count))
        self.edges = edges
        self.begins = begins
        mark = builder.mark
        marks = builder.marks
    }

    /// Finds all patterns that begin before `end` and lie in the piece whole; `found` gets each
    /// with the place behind it.
    func search(_ piece: Span<UInt8>, startingBefore end: Int, _ found: (Mark, Int) -> Void) {
        guard window > 0 else { return }
        let limit = min(piece.count, end + window - 1)
        let (table, hash) = (shifts, hash)
        let shifts = table.span
        var last = window - 1
        while last < limit {
            let shift = shifts[hash(piece[last - 2], piece[last - 1], piece[last])]
            if shift > 0 {
                last += Int(shift)
                continue
            }
            walk(piece, from: last - window + 1, found)
            last += 1
        }
    }

    /// Follows the trie from a place on as far as it goes.
    private func walk(_ piece: Span<UInt8>, from start: Int, _ found: (Mark, Int) -> Void) {
        var state = first[Int(piece[start])]
        var next = start + 1
        while state >= 0 {
            let known = mark[Int(state)]
            if known >= 0 { found(marks[Int(known)], next) }
            guard next < piece.count else { return }
            state = target(of: state, piece[next])
            next += 1
        }
    }

    private func target(of state: Int32, _ byte: UInt8) -> Int32 {
        for index in Int(begins[Int(state)])..<Int(begins[Int(state) + 1])
        where edges[index].byte == byte { return edges[index].target }
        return -1
    }

    /// Takes patterns of at least three bytes and makes the tables.
    struct Builder {
        fileprivate var children: [[UInt8: Int32]] = [[:]]
        fileprivate var mark: [Int32] = [-1]
        fileprivate var marks: [Mark] = []
        private var numbers: [Mark: Int32] = [:]
        private var patterns: [[UInt8]] = []
        fileprivate var shortest: Int { patterns.map(\.count).min() ?? 0 }
        fileprivate var longest: Int { patterns.map(\.count).max() ?? 0 }

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
            patterns.append(pattern)
            if let known = numbers[what] {
                mark[state] = known
            } else {
                numbers[what] = Int32(marks.count)
                mark[state] = Int32(marks.count)
                marks.append(what)
            }
        }

        func finish() -> SecretPatterns {
            let window = shortest
            // Of 32 places of the table one stops the search by chance; at most a megabyte.
            let wanted = UInt(max(1, patterns.count * window)) * 32
            let hash = Hash(
                bits: UInt32(min(max(12, UInt.bitWidth - wanted.leadingZeroBitCount), 20)))
            var shifts = [UInt8](repeating: UInt8(clamping: window - 2), count: 1 << hash.bits)
            for pattern in patterns {
                for last in 2..<window {
                    let place = hash(pattern[last - 2], pattern[last - 1], pattern[last])
                    shifts[place] = min(shifts[place], UInt8(clamping: window - 1 - last))
                }
            }
            return SecretPatterns(self, shifts, hash)
        }
    }
}
