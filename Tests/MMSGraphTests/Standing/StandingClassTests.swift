import Cypher
import MMSGraph
import Resources
import Testing

@Suite struct StandingClassTests {
    @Test(arguments: [
        ("MATCH (n:App) RETURN n", "A"), ("MATCH (n) RETURN n.name", "A"),
        ("MATCH (n:App {name: $x}) WHERE n.a > 1 OR n.b IS NULL RETURN n.a + 1", "A"),
        ("MATCH (n:App) RETURN *", "A"), ("MATCH (:App) RETURN 1", "A"),
        ("MATCH (n) RETURN [x IN n.list WHERE x > 1 | x]", "A"),
        ("MATCH p = (n:App) RETURN p", "B"), ("MATCH (a:App), (b:App) RETURN a, b", "B"),
        ("MATCH (a:App)-[:USES]->(b) RETURN a.name, b.name", "B"),
        ("MATCH (a)-[r]-(b) WHERE a.x < b.x RETURN r", "B"),
        ("MATCH (a)-->(b) MATCH (b)-->(c) RETURN a, c", "B"),
        ("MATCH (n:App) RETURN count(*)", "C"), ("MATCH (n:App) RETURN DISTINCT n.a", "C"),
        ("MATCH (n:App) RETURN n ORDER BY n.a", "C"), ("MATCH (n:App) RETURN n LIMIT 3", "C"),
        ("MATCH (n:App) RETURN n SKIP 3", "C"), ("MATCH (a)-[*1..2]->(b) RETURN b", "C"),
        ("MATCH (n:App) WHERE (n)-->() RETURN n", "C"),
        ("MATCH (n:App) WHERE EXISTS { (n)-->() } RETURN n", "C"),
        ("MATCH (n:App) RETURN [(n)-->(m) | m.name]", "C"),
        ("MATCH (n:App) OPTIONAL MATCH (n)-->(m) RETURN n, m", "C"),
        ("MATCH (n:App) WITH n.a AS a RETURN a", "C"), ("UNWIND [1] AS x RETURN x", "C"),
        ("MATCH (n:App) RETURN n.a AS a UNION MATCH (m:Db) RETURN m.a AS a", "C"),
        ("RETURN 1", "C"), ("CALL db.labels()", "C"),
        ("MATCH p = shortestPath((a:App)-[*]-(b:Db)) RETURN p", "C"),
    ]) func aStatementHasAClassWithAReason(text: String, letter: String) throws {
        let standing = try StandingClass(of: try Statement(parsing: text))
        #expect(standing.letter.rawValue == letter, "\(standing)")
        #expect(!standing.reason.isEmpty)
        let explained = try Statement(parsing: "EXPLAIN " + text)
        #expect(StandingClass.explanation(of: explained) == standing.description)
    }

    @Test(arguments: [
        "CREATE (n:App)", "EXPLAIN MATCH (n) RETURN n", "PROFILE MATCH (n) RETURN n",
        "MATCH (n) RETURN id(n)", "MATCH (n) WHERE n.a > rand() RETURN n",
        "MATCH (n) RETURN n.created < datetime()", "RETURN timestamp()",
        "MATCH (n) WHERE EXISTS { (n)-->(m) WHERE m.a = date() } RETURN n",
    ]) func whatDependsOnTheMomentCannotStand(text: String) throws {
        let statement = try Statement(parsing: text)
        let refusal = #expect(throws: Refusal.self) { _ = try StandingClass(of: statement) }
        #expect(refusal?.code == .invalidValue)
        #expect(refusal?.remedy != nil)
    }
}
