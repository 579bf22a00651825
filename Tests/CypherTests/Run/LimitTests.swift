import Cypher
import Resources
import Synchronization
import Testing

/// Each limit ends a query with an error that names it.
@Suite struct QueryLimitTests {
    private func chain(_ count: Int) throws -> ScratchGraph {
        var asking = Asking()
        try asking.rows("CREATE (:Start)")
        var graph = asking.graph
        var last: Int64 = 0
        for _ in 0..<count {
            let next = graph.createNode(labels: ["Link"], properties: CypherMap())
            _ = graph.createRelationship("TO", from: last, to: next, properties: CypherMap())
            last = next
        }
        return graph
    }

    @Test func rowsAreLimited() {
        var asking = Asking()
        asking.options.rows = 10
        #expect(asking.error("UNWIND range(1, 10) AS x RETURN x") == nil)
        let error = asking.error("UNWIND range(1, 11) AS x RETURN x")
        #expect(error?.kind == .limitExceeded)
        #expect(error?.detail == .rowLimit)
    }

    @Test(arguments: [
        "UNWIND range(1, 2000) AS x RETURN x ORDER BY x",
        "UNWIND range(1, 2000) AS x RETURN collect(x)",
        "UNWIND range(1, 2000) AS x RETURN DISTINCT x",
        "UNWIND range(1, 2000) AS x RETURN x, count(*)",
        "UNWIND range(1, 2000) AS x RETURN count(DISTINCT x)",
        "UNWIND range(1, 2000) AS x CREATE ({x: x})",
        "RETURN size([(n:Link)-->(m) | m])",
    ]) func memoryIsLimited(text: String) throws {
        var asking = Asking()
        asking.graph = try chain(2000)
        asking.options.memory = 20_000
        #expect(asking.error(text)?.detail == .memoryLimit)
        asking.options.memory = 10_000_000
        #expect(asking.error(text) == nil)
    }

    @Test func memoryIsGivenBack() {
        // Each row sorts a list of its own within EXISTS; all of them would not fit.
        var asking = Asking()
        asking.options.memory = 100_000
        let text = """
            UNWIND range(1, 200) AS x
            WITH x WHERE exists { UNWIND range(1, 500) AS y WITH y ORDER BY y RETURN y }
            RETURN count(*)
            """
        #expect(asking.error(text) == nil)
    }

    @Test func hopsAreLimitedOnlyWithoutABound() throws {
        var asking = Asking()
        asking.graph = try chain(100)
        asking.options.hops = 50
        let error = asking.error("MATCH (:Start)-[*]->(x) RETURN count(*)")
        #expect(error?.detail == .hopLimit)
        #expect(try asking.value("MATCH (:Start)-[*..80]->(x) RETURN count(*)") == "80")
        let path = "MATCH (a:Start), (b) WHERE id(b) = 100 MATCH p = shortestPath((a)-[*]->(b))"
        #expect(asking.error(path + " RETURN p")?.detail == .hopLimit)
    }

    @Test func timeIsLimited() {
        // Each look at the clock moves it by a millisecond.
        let looks = Mutex<UInt64>(0)
        var asking = Asking()
        asking.options.milliseconds = 5
        asking.options.clock = {
            looks.withLock { count in
                count += 1
                return Ticks(nanoseconds: count * 1_000_000)
            }
        }
        let error = asking.error("UNWIND range(1, 100000) AS x RETURN count(x)")
        #expect(error?.detail == .timeLimit)
        #expect(asking.error("UNWIND range(1, 1000) AS x RETURN count(x)") == nil)
    }

    @Test func depthOfPlansIsLimited() {
        var asking = Asking()
        let many = String(repeating: "WITH x + 1 AS x ", count: 500)
        #expect(asking.error("WITH 1 AS x \(many)RETURN x")?.detail == .planDepth)
        let long = String(repeating: "-->()", count: 500)
        #expect(asking.error("MATCH (n)\(long) RETURN n")?.detail == .planDepth)
    }

    @Test func rangesThatWouldNotFitAreRefused() {
        var asking = Asking()
        let error = asking.error("RETURN range(0, 9223372036854775807)")
        #expect(error?.detail == .memoryLimit)
    }

    @Test(arguments: ["(a+)+b", "(a|aa)+b", "((a)*b?)*c", "(x(a*)y){2,}"])
    func regularExpressionsThatNeverEndAreRefused(pattern: String) {
        var asking = Asking()
        let text = String(repeating: "a", count: 40)
        #expect(asking.error("RETURN '\(text)' =~ '\(pattern)'")?.kind == .limitExceeded)
    }

    @Test(arguments: [("a+b*", "aab"), ("(ab)+", "abab"), ("(a|b)c", "bc"), ("[(+]+x", "(+x")])
    func plainRegularExpressionsMatch(pattern: String, text: String) throws {
        var asking = Asking()
        #expect(try asking.value("RETURN '\(text)' =~ '\(pattern)'") == "true")
    }

    @Test func graphsThatOnlyReadRefuseChanges() throws {
        let statement = try Statement(parsing: "CREATE (:A)")
        #expect(throws: CypherError.self) {
            _ = try Query(statement, graph: ScratchGraph())
        }
    }
}
