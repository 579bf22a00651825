import Cypher
import Testing

/// A statement that streams lets its graph forget at each node of its first scan; one that keeps
/// nodes never does.
@Suite struct ForgettingTests {
    private static func graph() -> ForgettingGraph {
        var graph = ScratchGraph()
        for number in 0..<12 as Range<Int64> {
            _ = graph.createNode(
                labels: [number < 6 ? "A" : "B"],
                properties: CypherMap([("x", .integer(number % 3)), ("y", .integer(number))]))
            if number > 0 {
                _ = graph.createRelationship(
                    "R", from: number, to: number / 2,
                    properties: CypherMap([("w", .integer(number % 2))]))
            }
        }
        return ForgettingGraph(graph)
    }

    private static let parameters = CypherMap([
        ("one", .integer(1)), ("node", .node(NodeValue(id: 3))),
        ("list", .list([.node(NodeValue(id: 3))])),
    ])

    /// What streams, and what keeps values only.
    @Test(arguments: [
        "MATCH (a) RETURN a.x", "MATCH (a:A) WHERE a.x > $one RETURN a.x + 1, [a.y], {k: a.y}",
        "MATCH (a:A)-[r:R]->(b) RETURN a.x, b.y, r.w, type(r), labels(b), elementId(a)",
        "MATCH (a)-[r:R*1..2]->(b) RETURN a.x, b.y, size(r)",
        "MATCH (a) OPTIONAL MATCH (a)-->(b:B) RETURN a.x, b.y",
        "MATCH (a) OPTIONAL MATCH (a)<--(b:B) WITH a, b WHERE a.x < 2 RETURN a.y, b.y",
        "MATCH (a), (b:B) WHERE a.x = b.x RETURN a.y, b.y", "MATCH (a) RETURN properties(a)",
        "MATCH (a) WITH a AS b SKIP 1 LIMIT 9 RETURN b.y",
        "MATCH (a) RETURN DISTINCT a.x", "MATCH (a) RETURN a.y ORDER BY a.x DESC LIMIT 3",
        "MATCH (a) RETURN count(*)", "MATCH (a)-->(b) RETURN count(b), sum(b.y), max(a.x)",
        "MATCH (a)-->(b) RETURN a.x, count(b), collect(b.y)",
        "MATCH (a) RETURN count(DISTINCT a.x)",
        "MATCH (a) WITH count(a) AS c MATCH (b:B) RETURN b, c",
        "MATCH (a) WITH a.x AS x, count(*) AS c MATCH (b {x: x}) RETURN DISTINCT b, c",
        "MATCH (a) UNWIND [a.x, a.y] AS v RETURN v",
        "MATCH (a) WHERE (a)-->(:A) AND exists { (a)<--(b) } RETURN a.y",
        "MATCH (a) RETURN [(a)--(z) | z.y], size([(a)--(z) | z])",
        "MATCH (a) RETURN a {.x, y: a.y}, CASE WHEN a.x = 1 THEN a.y ELSE 'n' END",
        "MATCH p = (a)-->(b) RETURN length(p), startNode(relationships(p)[0]) = a",
        "PROFILE MATCH (a:A) RETURN a.y",
    ]) func whatStreamsForgets(text: String) throws {
        for strategy in [Strategy.optimised, .asWritten] {
            let (graph, plain) = (Self.graph(), Self.graph())
            let found = try graph.rows(text, Self.parameters, strategy, forgets: true)
            #expect(
                found == (try plain.rows(text, Self.parameters, strategy, forgets: false)))
            #expect(!found.isEmpty)
            #expect(graph.forgotten >= 6)
            #expect(graph.stale == 0)
            #expect(plain.forgotten == 0)
        }
    }

    /// What keeps nodes beyond a row, gives them away, shows their numbers, or does not begin
    /// with a scan.
    @Test(arguments: [
        "MATCH (a) RETURN a", "MATCH (a)-[r]->() RETURN r", "MATCH p = (a)-->() RETURN p",
        "MATCH (a) RETURN [a]", "MATCH (a) RETURN {k: a}", "MATCH (a) RETURN a {.x, n: a}",
        "MATCH (a)-[r*1..2]->() RETURN r", "MATCH (a) OPTIONAL MATCH (a)-->(b) RETURN b",
        "MATCH ()-[r]->() RETURN startNode(r)", "MATCH p = ()-->() RETURN nodes(p)",
        "MATCH (a) RETURN coalesce(null, a)", "MATCH (a) RETURN head([a])",
        "MATCH (a) RETURN CASE WHEN a.x = 1 THEN a ELSE 0 END",
        "MATCH (a) RETURN [(a)--(z) | z]", "MATCH (a) RETURN [v IN [a] | v]",
        "MATCH (a) RETURN reduce(s = null, v IN [a] | v)",
        "MATCH (a) UNWIND [a] AS b RETURN b", "MATCH (a) RETURN id(a)",
        "MATCH (a) WHERE id(a) > 2 RETURN a.x", "MATCH (a) RETURN a.x ORDER BY a",
        "MATCH (a) WITH a ORDER BY a.x RETURN a.y",
        "MATCH (a) WITH a.y AS y ORDER BY y WHERE a.x = 1 RETURN y",
        "MATCH (a) WITH a.y AS y ORDER BY y WHERE exists { (a)-->() } RETURN y",
        "MATCH (a) WITH a.y AS y ORDER BY y WHERE (a)-->() RETURN y",
        "MATCH (a) WITH a.y AS y ORDER BY y WHERE size([(a)--(z) | z.x]) > 0 RETURN y",
        "MATCH (a) WITH a.y AS y ORDER BY y WHERE any(v IN [1] WHERE v < a.y) RETURN y",
        "MATCH (a) WITH DISTINCT a RETURN a.x", "MATCH (a) WITH a, count(*) AS c RETURN a.x, c",
        "MATCH (a)-->(b) RETURN count(DISTINCT b)", "MATCH (a) RETURN size(collect(a))",
        "MATCH (a) RETURN size(collect([a]))", "MATCH (a) WITH min(a) AS m RETURN m.x",
        "MATCH (a)-[r]->() RETURN count(DISTINCT r)",
        "MATCH (a) RETURN a.x UNION MATCH (b) RETURN b.y AS `a.x`",
        "MATCH (a) CALL db.labels() YIELD label RETURN label",
        "UNWIND [1, 2] AS v MATCH (a) RETURN a.x", "OPTIONAL MATCH (a) RETURN a.x",
        "MATCH (a) WHERE a <> $node RETURN a.x", "MATCH (a) WHERE NOT a IN $list RETURN a.x",
    ]) func whatKeepsNodesDoesNot(text: String) throws {
        for strategy in [Strategy.optimised, .asWritten] {
            let graph = Self.graph()
            #expect(
                try !graph.rows(text, Self.parameters, strategy, forgets: true).isEmpty)
            #expect(graph.forgotten == 0)
        }
    }

    @Test func aGraphThatIsSharedIsNotToldToForget() throws {
        let graph = Self.graph()
        #expect(try graph.rows("MATCH (a) RETURN a.x", forgets: false).count == 12)
        #expect(graph.forgotten == 0)
    }
}
