import Cypher
import Resources

/// Statements asked of a scratch graph, for tests.
struct Asking {
    var graph = ScratchGraph()
    var options = QueryOptions()

    /// Rows as texts; the graph takes the statement's changes.
    @discardableResult
    mutating func rows(
        _ text: String, _ parameters: CypherMap = CypherMap()
    ) throws(CypherError) -> [[String]] {
        try values(text, parameters).map { $0.map(\.literal) }
    }

    mutating func values(
        _ text: String, _ parameters: CypherMap = CypherMap()
    ) throws(CypherError) -> [[CypherValue]] {
        var query = try Query(
            changing: Statement(parsing: text), parameters: parameters, graph: graph,
            options: options)
        var rows: [[CypherValue]] = []
        while let row = try query.next() { rows.append(row) }
        graph = query.graph
        return rows
    }

    /// The first value of the first row as text.
    mutating func value(_ text: String) throws(CypherError) -> String {
        try rows(text).first?.first ?? "no row"
    }

    /// The error that a statement ends with; nil when it does not.
    mutating func error(_ text: String) -> CypherError? {
        do throws(CypherError) {
            _ = try rows(text)
            return nil
        } catch {
            return error
        }
    }

    func explanation(_ text: String) throws(CypherError) -> String {
        try Query(Statement(parsing: text), graph: graph, options: options).explanation.text
    }
}

/// Numbers that repeat with their seed (SplitMix64).
struct Dice {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

    mutating func roll(_ sides: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((bits ^ (bits >> 31)) % UInt64(sides))
    }

    mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[roll(choices.count)]
    }
}
