import Cypher
import Host
import MMSGraph
import Resources
import Testing

/// Queries over resources: types are labels, fields are properties, links are relationships.
@Suite struct PropertyGraphTests {
    private static func node() throws -> Node<SimulatedStore> {
        var node = try Node(SimulatedStore())
        let process = TypeDefinition(
            name: CoreTypes.known("process"), summary: "A process.", role: .desired,
            writer: "people",
            fields: [
                .init("pid", .int, "Its number.", indexed: true),
                .init("memory", .int, "What it holds."), .init("args", .list, "Its words."),
            ],
            relations: [
                .init(
                    CoreTypes.relation("PARENT"), to: [CoreTypes.known("process")],
                    "Who started it.")
            ],
            columns: ["pid"])
        try node.run(
            .create(try definition(CoreTypes.type, number: 1)),
            .create(try definition(process, number: 2)))
        for number in 10..<20 as Range<UInt64> {
            var draft = try draft(
                number, "process", "p\(number)", data: ["pid": .int(Int64(number))],
                owner: number > 15 ? id(10) : nil)
            if number > 10 { draft.links["PARENT"] = [id(number / 2 < 10 ? 10 : number / 2)] }
            try node.run(.create(draft))
        }
        return node
    }

    private func rows(
        _ text: String, _ parameters: CypherMap = CypherMap(), at when: When = .now,
        on node: Node<SimulatedStore>
    ) throws -> [[CypherValue]] {
        let graph = try ResourceGraph(try node.graph.reader(at: when))
        var query = try Query(
            try Statement(parsing: text), parameters: parameters, graph: graph)
        var rows: [[CypherValue]] = []
        while let row = try query.next() { rows.append(row) }
        return rows
    }

    @Test func aStoreThatFailsEndsTheStatementWithItsReason() throws {
        let node = try Self.node()
        let statement = "MATCH (p:Process)-[:PARENT]->(q) RETURN p.memory, q.args"
        #expect(try rows(statement, on: node).count == 9)
        node.graph.store.failReads(
            StoreError(operation: "read", subject: "table 7", cause: "input/output error"))
        let error = #expect(throws: CypherError.self) { _ = try rows(statement, on: node) }
        #expect(error?.kind == .storeError && error?.detail == .storeFailed)
        #expect(error?.message.contains("input/output error") == true)
        node.graph.store.failReads(nil)
        #expect(try rows(statement, on: node).count == 9)
    }

    @Test(arguments: [
        ("MATCH (p:Process) RETURN count(p)", 10),
        ("MATCH (p:Process {pid: 12}) RETURN p.pid", 12),
        ("MATCH (p:Process) WHERE p.pid > 17 RETURN count(*)", 2),
        ("MATCH (p:Process {name: 'p13'}) RETURN p.pid", 13),
        ("MATCH (:Process {pid: 10})<-[:PARENT]-(c) RETURN count(c)", 9),
        ("MATCH (p:Process)-[:PARENT]->(q:Process {pid: 10}) RETURN count(p)", 9),
        ("MATCH (:Process {pid: 10})-[:OWNS]->(c) RETURN count(c)", 4),
        ("MATCH (c {pid: 17})<-[:OWNS]-(o) RETURN o.pid", 10),
        ("MATCH (a {pid: 10})--(b) RETURN count(*)", 13),
        ("MATCH (n) RETURN count(n)", 12), ("MATCH (t:Type) RETURN count(t)", 2),
        ("MATCH ()-[r:PARENT]->() RETURN count(r)", 9),
        ("MATCH (p:Process) WHERE p.memory IS NULL RETURN count(p)", 10),
        ("MATCH (x:Nothing) RETURN count(x)", 0),
    ]) func questionsAreAnswered(text: String, expected: Int64) throws {
        let rows = try rows(text, on: Self.node())
        #expect(rows.count == 1)
        #expect(rows.first?.first?.isEquivalent(to: .integer(expected)) == true, "\(rows)")
    }

    @Test func thePastIsAskedTheSameWay() throws {
        var node = try Self.node()
        let before = node.graph.applied(.root)
        try node.run(.delete(id: id(12), expect: nil))
        // What is gone of other types is no answer either.
        let types = "MATCH (t:Type) RETURN count(t)"
        #expect(try rows(types, at: .position(.root, before), on: node) == [[.integer(2)]])
        try node.run(.update(Update(id: id(13), data: ["pid": .int(99)])))
        let text = "MATCH (p:Process)-[:PARENT]->(q:Process {pid: 10}) RETURN count(p)"
        let byPid = "MATCH (p:Process {pid: $pid}) RETURN count(p)"
        let old = CypherMap([("pid", .integer(13))])
        #expect(try rows(text, on: node) == [[.integer(8)]])
        #expect(try rows(text, at: .position(.root, before), on: node) == [[.integer(9)]])
        #expect(try rows(byPid, old, on: node) == [[.integer(0)]])
        #expect(try rows(byPid, old, at: .position(.root, before), on: node) == [[.integer(1)]])
    }

    @Test func linksThatDangleLeadNowhere() throws {
        var node = try Self.node()
        try node.run(.delete(id: id(10), expect: nil))
        let text = "MATCH (p:Process)-[:PARENT]->(q) RETURN count(p)"
        #expect(try rows(text, on: node) == [[.integer(0)]])
    }

    @Test func changesAreRefused() throws {
        let error = #expect(throws: CypherError.self) {
            _ = try rows("CREATE (n:Process)", on: Self.node())
        }
        #expect(error?.kind == .readOnly)
    }
}
