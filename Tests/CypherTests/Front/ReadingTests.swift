import Testing

@testable import Cypher

/// What is read, and as what.
@Suite struct ReadingTests {
    @Test(arguments: [
        "MATCH (a), (b) WHERE a.x = b.x RETURN a, b",
        "OPTIONAL MATCH (a:A:B {x: $p})<-[r:R|S*1..3 {y: 1}]-(b) RETURN a, r, b",
        "MATCH p = (a)-[*]-(b), ((c)-->(d)) RETURN p, c, d",
        "MATCH p = shortestPath((a)-[*..5]-(b)) RETURN length(p)",
        "MATCH (a), (b) RETURN allShortestPaths((a)-[*]-(b)) AS ps",
        "MATCH (n) WHERE (n)-->() AND NOT (n)<--(:X) RETURN exists((n)--())",
        "MATCH (n) WHERE EXISTS { (n)-->(m) WHERE m.x > n.x } RETURN n",
        "MATCH (n) WHERE EXISTS { MATCH (n)-->(m) WITH n, count(*) AS c WHERE c = 3 RETURN 1 } "
            + "RETURN n",
        "MATCH (n) WHERE EXISTS { MATCH (n)-->(m) WITH m, count(*) + n.x AS c WHERE n.y < m.y "
            + "RETURN 1 } RETURN n",
        "RETURN [(a)-->(b) WHERE b.x | a.y] AS l",
        "RETURN [p = (a)-->(b) | p], [x IN [1] WHERE x > 0 | x + 1], [x IN [1]]",
        "RETURN all(x IN [true] WHERE x), any(x IN [] WHERE x), none(x IN [1] WHERE x = 1), "
            + "single(x IN [] WHERE true), reduce(s = 0, x IN [1, 2] | s + x)",
        "RETURN CASE 1 WHEN 1 THEN 2 END, CASE WHEN true THEN 1 ELSE 2 END",
        "WITH {a: {b: 1}} AS m RETURN m {.a, .*, c: 1, m}, m['a'], [1, 2][0], [1, 2][0..1]",
        "RETURN 0x1F, 0o17, -0x8000000000000000, 1e3, 1.5E-3, .5, 9223372036854775807",
        "RETURN 'a\\'b\\u00e9\\U0001f41f\\ud83d\\ude00', \"x\\n\"",
        "WITH 1 AS `a ``b` RETURN `a ``b` + 1 // end",
        "/* c */ EXPLAIN MATCH (n) /* d */ RETURN n;",
        "PROFILE RETURN $1 + $name",
        "UNWIND $rows AS row RETURN row.x ORDER BY row.x DESC, row.y SKIP 1 LIMIT 2",
        "MATCH (n) RETURN n.name AS name, count(*) ORDER BY n.name, count(*)",
        "MATCH (n) RETURN DISTINCT n.x ORDER BY n.x",
        "MATCH (n) WITH n.x AS x WHERE n.y = 1 RETURN x",
        "MATCH (a)-[r]->() MATCH ()-[r]->(b) RETURN b",
        "WITH null AS n MATCH (n) RETURN n",
        "MATCH ()-[r*]->() MATCH ()-[r*]->() RETURN r",
        "MATCH (n) RETURN n.a + n.b < n.c <= 5 AND n.d STARTS WITH 'x' OR n.e IS NOT NULL",
        "RETURN 1 AS x UNION ALL RETURN 2 AS x UNION ALL RETURN 3 AS x",
        "CALL db.labels()",
        "CALL db.labels",
        "CALL db.labels() YIELD label AS l WHERE l <> 'x' RETURN l",
        "MATCH (end), (count) RETURN end, count, count(count), end.end",
        "MATCH (a), (b) RETURN (a.x) - (b.x), (a.x) < -(b.y)",
        "CREATE (a:A {x: 1}), ({y: a.x}), (a)-[:R]->(b)<-[:S]-(a)",
        "MERGE (a)-[r:R]->(b) ON CREATE SET a.x = 1, b += {y: 1} ON MATCH SET r = {}, a:L",
        "MATCH (a) SET (a).x = 1 REMOVE a.y, a:L DETACH DELETE a",
        "RETURN [1, 2] + 3, [] + null, 'a' + 1, null.x, {}.x",
        "RETURN true OR null, NOT null, null IN [1], 1 IN null",
        "RETURN size([x IN [1] | x]) AS s LIMIT toInteger(1.7) + 2",
        "MATCH (a) RETURN a, a.x + count(*)",
        "MATCH (a) RETURN $p + count(a) + 1, [x IN collect(a) | x.y]",
        "MATCH (a) WITH a AS b, a.x AS x ORDER BY a.y, b.z, x RETURN *",
    ]) func reads(text: String) throws {
        _ = try Statement(parsing: text)
    }

    /// The second text has the parentheses that the precedence of the first implies.
    @Test(arguments: [
        ("1 + 2 * 3 ^ 4", "1 + (2 * (3 ^ 4))"),
        ("1 - 2 - 3", "(1 - 2) - 3"),
        ("2 ^ 3 ^ 4", "(2 ^ 3) ^ 4"),
        ("-3 ^ 2", "(-3) ^ 2"),
        ("- - 3", "-(-3)"),
        ("-a.b", "-(a.b)"),
        ("a OR b XOR c AND NOT d = e", "a OR (b XOR (c AND (NOT (d = e))))"),
        ("a = b IS NULL", "a = (b IS NULL)"),
        ("a < b IN c", "a < (b IN c)"),
        ("[1] + 2 IN [3] + 4", "([1] + 2) IN ([3] + 4)"),
        ("a + b STARTS WITH c + d", "(a + b) STARTS WITH (c + d)"),
        ("NOT a IN b", "NOT (a IN b)"),
        ("a[0].b:C", "((a[0]).b):C"),
        ("NOT NOT a", "NOT (NOT a)"),
        ("a =~ 'x' AND b", "(a =~ 'x') AND b"),
    ]) func bindsByPrecedence(short: String, long: String) throws {
        let prefix = "WITH 1 AS a, 2 AS b, 3 AS c, 4 AS d, 5 AS e RETURN "
        let tree = try ParsedStatement(reading: prefix + short)
        #expect(try tree == ParsedStatement(reading: prefix + long))
        let parts = prefix + "(\(short))"
        #expect(try tree == ParsedStatement(reading: parts))
    }

    @Test func chainsOfComparisonsStayTogether() throws {
        let chain = try ParsedStatement(reading: "RETURN 1 < 2 < 3")
        #expect(try chain != ParsedStatement(reading: "RETURN (1 < 2) < 3"))
    }

    @Test(arguments: [
        ("RETURN count( * ), 1+ 1", ["count( * )", "1+ 1"]),
        ("MATCH (n) RETURN n . name, `n`, n.x AS `y z`", ["n . name", "n", "y z"]),
        ("MATCH (b), (a) RETURN *", ["a", "b"]),
        ("MATCH (b)-[r]->(a) WITH *, 1 AS one RETURN *", ["a", "b", "one", "r"]),
        ("CALL dbms.components()", ["name", "versions", "edition"]),
        ("CALL dbms.components() YIELD name AS n", ["n"]),
        ("CREATE (a)", []),
    ]) func columnsAreWhatTheTextSays(text: String, columns: [String]) throws {
        #expect(try Statement(parsing: text).columns == columns)
    }

    @Test func aStatementKnowsItsParametersAndMode() throws {
        let text = "PROFILE MATCH (n {x: $b}) WHERE n.y IN $a RETURN n LIMIT $b"
        let statement = try Statement(parsing: text)
        #expect(statement.parameters == ["a", "b"])
        #expect(statement.mode == .profile)
        #expect(!statement.isWriting)
        #expect(try Statement(parsing: "CREATE (a)").isWriting)
    }

    @Test func functionsThatAreCheckedAreThoseThatRun() {
        let checked = Set(FunctionTable.all.map { $0.name.lowercased() })
        let run = Set(Function.allCases.map(\.rawValue) + Aggregate.allCases.map(\.rawValue))
        #expect(checked.subtracting(run).sorted() == [])
        #expect(run.subtracting(checked).sorted() == [])
    }
}
