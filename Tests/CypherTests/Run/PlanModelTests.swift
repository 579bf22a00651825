import Cypher
import Testing

/// The optimiser's plans against plans that follow the text: the same rows on random graphs.
@Suite struct PlanModelTests {
    @Test(arguments: 0..<300) func optimisedPlansGiveTheRowsOfPlansAsWritten(seed: Int) throws {
        var dice = Dice(UInt64(seed))
        let plain = Self.graph(&dice)
        var indexed = plain
        indexed.createIndex(label: "A", key: "x")
        indexed.createIndex(label: "B", key: "y")
        for _ in 0..<8 {
            let text = Self.statement(&dice)
            var written = Asking(graph: plain)
            written.options.strategy = .asWritten
            var optimised = Asking(graph: indexed)
            let expected = try written.rows(text).map { $0.joined(separator: "|") }.sorted()
            let found = try optimised.rows(text).map { $0.joined(separator: "|") }.sorted()
            #expect(found == expected, "seed \(seed): \(text)")
        }
    }

    @Test func theModelMeetsRows() throws {
        // A model that never finds anything would agree with everything.
        var rows = 0
        for seed in 0..<60 {
            var dice = Dice(UInt64(seed))
            var asking = Asking(graph: Self.graph(&dice))
            for _ in 0..<4 { rows += try asking.rows(Self.statement(&dice)).count }
        }
        #expect(rows > 200)
    }

    /// Rows with forgetting and without: the same, in the same order, and nothing that was
    /// forgotten is asked for.
    @Test(arguments: 0..<300) func forgettingChangesNoRow(seed: Int) throws {
        var dice = Dice(UInt64(seed))
        var plain = Self.graph(&dice)
        plain.createIndex(label: "A", key: "x")
        plain.createIndex(label: "B", key: "y")
        for _ in 0..<8 {
            var used: Set<String> = []
            let text = Self.clauses(&dice, &used) + Self.results(&dice, used)
            for strategy in [Strategy.optimised, .asWritten] {
                let (forgetting, keeping) = (ForgettingGraph(plain), ForgettingGraph(plain))
                let expected = try keeping.rows(text, CypherMap(), strategy, forgets: false)
                let found = try forgetting.rows(text, CypherMap(), strategy, forgets: true)
                #expect(found == expected, "seed \(seed): \(text)")
                #expect(forgetting.stale == 0, "seed \(seed): \(text)")
            }
        }
    }

    @Test func theModelForgetsNowAndThen() throws {
        var (forgotten, kept) = (0, 0)
        for seed in 0..<60 {
            var dice = Dice(UInt64(seed))
            let graph = ForgettingGraph(Self.graph(&dice))
            var used: Set<String> = []
            let text = Self.clauses(&dice, &used) + Self.results(&dice, used)
            let rows = try graph.rows(text, forgets: true)
            if graph.forgotten > 1 && !rows.isEmpty { forgotten += 1 }
            if graph.forgotten == 0 && !rows.isEmpty { kept += 1 }
        }
        #expect(forgotten > 5 && kept > 5, "\(forgotten) and \(kept)")
    }

    private static func graph(_ dice: inout Dice) -> ScratchGraph {
        var graph = ScratchGraph()
        let count = 3 + dice.roll(7)
        for _ in 0..<count {
            var properties = CypherMap()
            if dice.roll(4) > 0 { properties["x"] = .integer(Int64(dice.roll(3))) }
            if dice.roll(4) > 0 { properties["y"] = .integer(Int64(dice.roll(3))) }
            let labels = ["A", "B", "C"].filter { _ in dice.roll(2) == 0 }
            _ = graph.createNode(labels: labels, properties: properties)
        }
        for _ in 0..<dice.roll(2 * count) {
            let ends = (Int64(dice.roll(count)), Int64(dice.roll(count)))
            let properties = CypherMap([("w", .integer(Int64(dice.roll(2))))])
            _ = graph.createRelationship(
                dice.pick(["R", "S"]), from: ends.0, to: ends.1, properties: properties)
        }
        return graph
    }

    private static let names = ["a", "b", "c", "d"]

    private static func statement(_ dice: inout Dice) -> String {
        var used: Set<String> = []
        let text = clauses(&dice, &used)
        let ids = used.sorted().map { "id(\($0))" }.joined(separator: ", ")
        if ids.isEmpty || dice.roll(5) == 0 { return text + " RETURN count(*)" }
        return text + " RETURN " + ids
    }

    private static func clauses(_ dice: inout Dice, _ used: inout Set<String>) -> String {
        var text = "MATCH " + patterns(&dice, &used) + predicate(&dice, used)
        if dice.roll(3) == 0 {
            text += " OPTIONAL MATCH " + patterns(&dice, &used) + predicate(&dice, used)
        }
        if !used.isEmpty && dice.roll(4) == 0 {
            let names = used.sorted()
            text += " WITH " + names.joined(separator: ", ") + predicate(&dice, used)
            text += " MATCH " + patterns(&dice, &used)
        }
        return text
    }

    /// What a statement returns: mostly values, now and then nodes.
    private static func results(_ dice: inout Dice, _ used: Set<String>) -> String {
        let names = used.sorted()
        if names.isEmpty { return " RETURN count(*)" }
        var items: [String] = []
        for _ in 0...dice.roll(2) {
            let (one, other) = (dice.pick(names), dice.pick(names))
            items.append(
                dice.pick([
                    "\(one).x", "\(one).x", "\(one).y + \(other).x", "labels(\(one))",
                    "elementId(\(one))", "[\(one).x, \(other).y]", "properties(\(one))",
                    "count(\(one))", "collect(\(one).x)", "max(\(one).y)", "\(one)",
                    "count(DISTINCT \(one))", "min(\(one))", "[(\(one))--(z) | z.y]",
                    "size([(\(one))--(z) | z])", "\(one) = \(other)",
                ]))
        }
        let columns = items.enumerated().map { "\($1) AS r\($0)" }.joined(separator: ", ")
        let end = dice.pick(["", "", "", " ORDER BY r0", " SKIP 1", " LIMIT 3"])
        return dice.pick([" RETURN ", " RETURN ", " RETURN DISTINCT "]) + columns + end
    }

    private static func patterns(_ dice: inout Dice, _ used: inout Set<String>) -> String {
        var parts: [String] = []
        for _ in 0...dice.roll(2) {
            var part = node(&dice, &used)
            for _ in 0..<dice.roll(3) { part += hop(&dice) + node(&dice, &used) }
            parts.append(part)
        }
        return parts.joined(separator: ", ")
    }

    private static func node(_ dice: inout Dice, _ used: inout Set<String>) -> String {
        var text = "("
        if dice.roll(4) > 0 {
            let name = dice.pick(names)
            used.insert(name)
            text += name
        }
        if dice.roll(3) == 0 { text += ":" + dice.pick(["A", "B", "C", "Missing"]) }
        if dice.roll(4) == 0 { text += " {\(dice.pick(["x", "y"])): \(dice.roll(3))}" }
        return text + ")"
    }

    private static func hop(_ dice: inout Dice) -> String {
        var inside = dice.pick(["", "", ":R", ":S", ":R|S"])
        inside += dice.pick(["", "", "", "*1..2", "*0..1", "*2"])
        if dice.roll(5) == 0 { inside += " {w: \(dice.roll(2))}" }
        return dice.pick(["-[\(inside)]->", "<-[\(inside)]-", "-[\(inside)]-"])
    }

    private static func predicate(_ dice: inout Dice, _ used: Set<String>) -> String {
        let names = used.sorted()
        if names.isEmpty || dice.roll(2) == 0 { return "" }
        var parts: [String] = []
        for _ in 0...dice.roll(2) {
            let (one, other) = (dice.pick(names), dice.pick(names))
            parts.append(
                dice.pick([
                    "\(one).x = \(dice.roll(3))", "\(one).x < \(other).y",
                    "\(dice.roll(3)) >= \(one).y", "\(one):B", "NOT \(one).x = \(other).x",
                    "\(one).y IS NULL", "\(one) <> \(other)", "(\(one))-->(\(other))",
                    "exists { (\(one))-[:R]-(:A) }", "\(one).y = \(other).x + 1",
                    "size([(\(one))--(z) | z]) > 1",
                ]))
        }
        return " WHERE " + parts.joined(separator: dice.pick([" AND ", " OR "]))
    }
}
