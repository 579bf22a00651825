import Testing

@testable import Cypher

/// Variables around EXISTS can be seen in all of it, even behind a WITH.
@Suite struct SubqueryTests {
    static func chain() throws -> ScratchGraph {
        let text = """
            CREATE (a:A {num: 1, y: 2})-[:R]->(b:B {num: 2, y: 1})-[:S]->(:C {num: 3, y: 0}),
                   (b)-[:T]->(a)
            """
        var query = try Query(changing: Statement(parsing: text), graph: ScratchGraph())
        while try query.next() != nil {}
        return query.graph
    }

    @Test(arguments: [
        (
            "MATCH (n)-->(m) WITH m, count(*) + n.num AS c WHERE m.num > n.num AND c = n.num + 1",
            [1, 2]
        ),
        ("MATCH (n)-->(m) WITH count(*) AS c WHERE c > 1 AND n.num = 2", [2]),
        ("MATCH (n)-->(m) WITH DISTINCT m ORDER BY m.num DESC LIMIT 1 MATCH (m)-->(n)", [1]),
        ("MATCH (n)-->(m) WITH m.num AS k, count(*) AS c MATCH (m)-->(n) WHERE m.num = k", [1, 2]),
        ("MATCH (n)-->(m) WITH m, count(*) AS c ORDER BY n.num LIMIT 1", [1, 2]),
        ("WITH n.num AS x WHERE x > 1 RETURN x", [2, 3]),
        ("MATCH (n)-->(m:C) RETURN m UNION MATCH (n)-->(m:B) RETURN m", [1, 2]),
    ]) func outerVariablesPassItsClauses(body: String, found: [Int64]) throws {
        let tail = body.contains("RETURN") ? "" : " RETURN 1"
        let text =
            "MATCH (n) WHERE EXISTS { \(body)\(tail) } RETURN n.num AS num ORDER BY num"
        var query = try Query(Statement(parsing: text), graph: Self.chain())
        var numbers: [Int64] = []
        while let row = try query.next() {
            if case .integer(let number) = row[0] { numbers.append(number) }
        }
        #expect(numbers == found)
    }
}
