import Cypher
import Testing

/// What the executor does beside what the conformance scenarios ask.
@Suite struct ExecuteTests {
    @Test func theFirstRowDoesNotWaitForTheLast() throws {
        var asking = Asking()
        try asking.rows("UNWIND range(1, 10000) AS x CREATE (:N {x: x})")
        // The clock would end the scan; one row needs only its beginning.
        asking.options.rows = 1
        var query = try Query(
            Statement(parsing: "PROFILE MATCH (n:N) RETURN n.x"), graph: asking.graph)
        #expect(try query.next()?.first == .integer(1))
        let scan = query.explanation.children.first
        #expect(scan?.rows == 1)
    }

    @Test func limitStopsWhatFeedsIt() throws {
        var asking = Asking()
        try asking.rows("UNWIND range(1, 1000) AS x CREATE (:N {x: x})")
        var query = try Query(
            Statement(parsing: "PROFILE MATCH (n:N) WHERE n.x > 5 RETURN n.x LIMIT 3"),
            graph: asking.graph)
        while try query.next() != nil {}
        #expect(query.explanation.text.contains("NodeByLabelScan :N  (about 1000 rows, 8 rows"))
    }

    @Test func indexesAreUsedWhereTheyFindLess() throws {
        var asking = Asking()
        try asking.rows("UNWIND range(1, 100) AS x CREATE (:N {x: x})-[:R]->(:M {y: x % 2})")
        let text = "MATCH (m:M)<-[:R]-(n:N) WHERE n.x = 7 RETURN m.y"
        #expect(!(try asking.explanation(text)).contains("NodeIndexSeek"))
        asking.graph.createIndex(label: "N", key: "x")
        let plan = try asking.explanation(text)
        #expect(plan.contains("NodeIndexSeek :N(x)"))
        #expect(plan.contains("Expand(All) -[:R]->"))
        #expect(try asking.value(text) == "1")
        try asking.rows("MATCH (n:N {x: 7}) SET n.x = 700")
        #expect(try asking.rows(text).isEmpty)
        try asking.rows("MATCH (n:N {x: 700}) DETACH DELETE n")
        #expect(try asking.rows("MATCH (n:N {x: 700}) RETURN n").isEmpty)
        let range = "MATCH (n:N) WHERE n.x >= 98 RETURN n.x ORDER BY n.x"
        #expect(try asking.explanation(range).contains("NodeIndexSeekByRange"))
        #expect(try asking.rows(range) == [["98"], ["99"], ["100"]])
    }

    @Test func aQuerySeesTheGraphAsItWas() throws {
        var asking = Asking()
        try asking.rows("CREATE (:N), (:N)")
        var query = try Query(Statement(parsing: "MATCH (n:N) RETURN n"), graph: asking.graph)
        #expect(try query.next() != nil)
        try asking.rows("MATCH (n) DETACH DELETE n")
        #expect(try query.next() != nil)
        #expect(try query.next() == nil)
    }

    @Test func writingClausesDoNotSeeTheirOwnChanges() throws {
        var asking = Asking()
        try asking.rows("CREATE (:N), (:N)")
        try asking.rows("MATCH (n:N) CREATE (:N)")
        #expect(try asking.value("MATCH (n:N) RETURN count(n)") == "4")
        try asking.rows("MATCH (n:N) CREATE (:N) RETURN n LIMIT 0")
        #expect(try asking.value("MATCH (n:N) RETURN count(n)") == "8")
        try asking.rows("UNWIND [1, 1, 2] AS x MERGE (:M {x: x})")
        #expect(try asking.value("MATCH (m:M) RETURN count(m)") == "2")
    }

    @Test func connectedNodesNeedDetach() throws {
        var asking = Asking()
        try asking.rows("CREATE (a:N)-[:R]->(b:N)")
        #expect(asking.error("MATCH (n:N) DELETE n")?.detail == .deleteConnectedNode)
        try asking.rows("MATCH (a)-[r]->(b) DELETE a, r, b")
        #expect(try asking.value("MATCH (n) RETURN count(n)") == "0")
    }

    @Test func shortestPathsAreFound() throws {
        var asking = Asking()
        try asking.rows(
            """
            CREATE (a:A)-[:R]->(b)-[:R]->(c)-[:R]->(d:D), (a)-[:R]->(e)-[:R]->(c),
              (a)-[:S]->(d)
            """)
        let ends = "MATCH (a:A), (d:D) "
        #expect(
            try asking.value(ends + "MATCH p = shortestPath((a)-[*]->(d)) RETURN length(p)")
                == "1")
        #expect(
            try asking.value(ends + "MATCH p = shortestPath((a)-[:R*]->(d)) RETURN length(p)")
                == "3")
        #expect(
            try asking.value(
                ends + "MATCH p = allShortestPaths((a)-[:R*]->(d)) RETURN count(p)") == "2")
        #expect(
            try asking.value(
                ends + "MATCH p = shortestPath((d)-[:R*]-(a)) RETURN length(p)") == "3")
        #expect(try asking.rows(ends + "MATCH p = shortestPath((d)-[*]->(a)) RETURN p").isEmpty)
        #expect(
            try asking.rows(ends + "MATCH p = shortestPath((a)-[:R*..2]->(d)) RETURN p").isEmpty)
    }

    @Test func topKeepsTheOrderOfASort() throws {
        var asking = Asking()
        let rows = "UNWIND range(1, 5000) AS x WITH (x * 7919) % 5003 AS y, x "
        let all = try asking.rows(rows + "RETURN y % 50 AS k, y ORDER BY k DESC, y")
        let top = try asking.rows(
            rows + "RETURN y % 50 AS k, y ORDER BY k DESC, y SKIP 3 LIMIT 20")
        #expect(top == Array(all[3..<23]))
    }

    @Test func proceduresTellWhatTheGraphHas() throws {
        var asking = Asking()
        try asking.rows("CREATE (:B {k: 1})-[:R {w: 1}]->(:A)")
        #expect(try asking.rows("CALL db.labels()") == [["'A'"], ["'B'"]])
        #expect(
            try asking.rows("CALL db.propertyKeys() YIELD propertyKey AS k RETURN k")
                == [["'k'"], ["'w'"]])
        #expect(try asking.rows("CALL db.relationshipTypes()") == [["'R'"]])
    }

    @Test func randomNumbersRepeatWithTheirSeed() throws {
        var asking = Asking()
        let first = try asking.rows("UNWIND range(1, 3) AS x RETURN rand(), randomUUID()")
        #expect(try asking.rows("UNWIND range(1, 3) AS x RETURN rand(), randomUUID()") == first)
        asking.options.seed = 1
        #expect(try asking.rows("UNWIND range(1, 3) AS x RETURN rand(), randomUUID()") != first)
        #expect(Set(first.map { $0[0] }).count == 3)
    }
}
