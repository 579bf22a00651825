import Cypher
import Host
import MMSGraph
import Resources
import Testing

/// Readers of one state share a snapshot, what was read of the resources, and plans.
@Suite struct QueryStateTests {
    private typealias Reader = CommittedReader<SimulatedStore>

    private static func node() throws -> Node<SimulatedStore> {
        var node = try Node(SimulatedStore())
        let app = TypeDefinition(
            name: CoreTypes.known("app"), summary: "An app.", role: .desired, writer: "people",
            fields: [.init("size", .int, "How large.", indexed: true)], columns: ["size"])
        try node.run(
            .create(try definition(CoreTypes.type, number: 1)),
            .create(try definition(app, number: 2)))
        for number in 10..<20 as Range<UInt64> {
            var draft = try draft(number, data: ["size": .int(Int64(number))])
            draft.links["USES"] = [id(number == 19 ? 10 : number + 1)]
            try node.run(.create(draft))
        }
        return node
    }

    private func sizes(
        _ text: String, _ number: Int64 = 0, on reader: Reader
    ) throws -> [Int64] {
        var query = try ResourceGraph.query(
            try Statement(parsing: text), parameters: CypherMap([("number", .integer(number))]),
            on: reader, options: QueryOptions())
        var found: [Int64] = []
        while let row = try query.next() {
            if case .integer(let size)? = row.first { found.append(size) }
        }
        return found
    }

    private let used = "MATCH (a:App {size: $number})-[:USES]->(b:App) RETURN b.size"

    /// What is answered on an event loop: once it was planned, a look-up of an index and few links.
    @Test(arguments: [
        ("MATCH (a:App {size: $number}) RETURN a.size", true),
        ("MATCH (a:App {name: 'n10'}) RETURN a.size, a.text LIMIT 3", true),
        ("MATCH (a:App) WHERE a.size = $number RETURN a, 1 AS one", true),
        ("MATCH (a:App {size: $number}) WHERE a.text = 'x' RETURN a.size", true),
        ("MATCH (a:App {size: $number}) WHERE a.text STARTS WITH 'x' RETURN a.size", false),
        ("MATCH (a:App {size: $number}) RETURN a.size + 1 AS next", false),
        ("MATCH (a:App {size: $number}) RETURN count(*) AS count", false),
        ("MATCH (a:App {size: $number}) RETURN a.size SKIP 1", false),
        ("MATCH (a:App {size: $number}) RETURN a.size ORDER BY a.size", false),
        ("MATCH (a:App {size: $number})-[:USES]->(b:App) RETURN b.size", true),
        ("MATCH (a:App {size: $number})-[:USES]->()-[:USES]->(b) WHERE NOT b:Lib RETURN b", true),
        ("MATCH (a:App {size: $number})-[:USES*1..2]->(b:App) RETURN b.size", false),
        ("MATCH (a:App) WHERE a.size > $number RETURN a.size", false),
        ("MATCH (a:App {text: 'x'}) RETURN a.size", false),
        ("MATCH (a:App) RETURN a.size", false), ("RETURN $number AS size", false),
        ("PROFILE MATCH (a:App {size: $number}) RETURN a.size", false),
        ("EXPLAIN MATCH (a:App {size: $number}) RETURN a.size", false),
    ]) func aPlanIsShortThatLooksUpAndFollowsLinks(text: String, isShort: Bool) throws {
        let reader = try Self.node().graph.reader()
        #expect(!ResourceGraph.isShort(text, on: reader, within: .root), "not planned yet")
        _ = try sizes(text, 10, on: reader)
        #expect(ResourceGraph.isShort(text, on: reader, within: .root) == isShort)
        // Who may not see all skips what others see.
        #expect(!ResourceGraph.isShort(text, on: reader, within: try Namespace("/elsewhere")))
    }

    /// How far links lead is an average: a statement is stopped where it looks at too much.
    @Test func aStatementLooksAtNoMoreThanItsTurnAllows() throws {
        let reader = try Self.node().graph.reader()
        for allowed in 1...4 {
            var options = QueryOptions()
            options.nodes = allowed
            var query = try ResourceGraph.query(
                try Statement(parsing: used), parameters: CypherMap([("number", .integer(10))]),
                on: reader, options: options)
            if allowed >= 2 {
                #expect(try query.next() == [.integer(11)])
                continue
            }
            let error = #expect(throws: CypherError.self) { _ = try query.next() }
            #expect(error?.detail == .turnLimit)
        }
    }

    @Test func onePlanServesOtherParameters() throws {
        let reader = try Self.node().graph.reader()
        #expect(try sizes(used, 10, on: reader) == [11])
        #expect(try sizes(used, 14, on: reader) == [15])
        #expect(try sizes(used, 99, on: reader) == [])
        let later = "MATCH (a:App) WHERE a.size IN [$number, 12] RETURN a.size ORDER BY a.size"
        #expect(try sizes(later, 18, on: reader) == [12, 18])
        #expect(try sizes(later, 11, on: reader) == [11, 12])
    }

    @Test func aReaderKeepsItsStateWhenOthersWarmTheCache() throws {
        var node = try Self.node()
        let before = try node.graph.reader()
        #expect(try sizes(used, 10, on: before) == [11])
        try node.run(.update(Update(id: id(11), data: ["size": .int(111)])))
        let after = try node.graph.reader()
        #expect(try sizes(used, 10, on: after) == [111])
        #expect(try sizes(used, 10, on: before) == [11])
        #expect(try sizes(used, 111, on: after) == [12])
        #expect(try sizes(used, 111, on: before) == [])
    }

    @Test func whatWasDeletedAndMadeAgainIsAnother() throws {
        var node = try Self.node()
        let first = try node.graph.reader()
        #expect(try sizes(used, 12, on: first) == [13])
        try node.run(.delete(id: id(13), expect: nil))
        let second = try node.graph.reader()
        #expect(try sizes(used, 12, on: second) == [])
        try node.run(.create(try draft(13, "app", "again", data: ["size": .int(1313)])))
        let third = try node.graph.reader()
        #expect(try sizes(used, 12, on: third) == [1313])
        #expect(try sizes(used, 12, on: first) == [13])
        #expect(try sizes(used, 12, on: second) == [])
    }

    /// A statement that streams keeps the identities that one row meets, whatever it scans; one
    /// that gives nodes away keeps all.
    @Test(arguments: [
        ("MATCH (a:App) RETURN a.size", 2), ("MATCH (a:App)-[:USES]->(b) RETURN b.size", 3),
        ("MATCH (a:App) RETURN count(a)", 2), ("MATCH (a:App) RETURN a.size ORDER BY a.size", 2),
        ("MATCH (a:App) RETURN a.size, a", 200), ("MATCH (a:App) RETURN count(DISTINCT a)", 200),
    ]) func whatStreamsKeepsFewIdentities(text: String, most: Int) throws {
        var node = try Self.node()
        for number in 20..<210 as Range<UInt64> {
            var draft = try draft(number, data: ["size": .int(Int64(number))])
            draft.links["USES"] = [id(number - 1)]
            try node.run(.create(draft))
        }
        let reader = try node.graph.reader()
        var query = try ResourceGraph.query(
            try Statement(parsing: text), on: reader, options: QueryOptions())
        query.graph.mostKept = 0
        var plain = try Query(try Statement(parsing: text), graph: try ResourceGraph(reader))
        var height = 0
        while let expected = try plain.next() {
            let row = try #require(try query.next())
            // Of a count there is no row on the way.
            height = max(height, query.graph.kept)
            #expect(row.map(\.literal) == expected.map(\.literal))
        }
        #expect(try query.next() == nil)
        #expect(plain.graph.kept >= 200)
        #expect(most == 200 ? height == 200 : height <= most)
    }

    /// What a query reads of a stored resource without decoding all of it is what is in it.
    @Test(arguments: [
        "name", "namespace", "type", "id", "owner", "revision", "created", "changed", "tags",
        "text", "list", "missing",
    ]) func aPropertyIsTheSameReadAloneOrWithAll(key: String) throws {
        var node = try Self.node()
        var draft = try draft(
            50, data: ["text": "some words that are long", "list": .list([1, .map(["a": 1.5])])],
            owner: id(10))
        draft.tags["colour"] = "red"
        try node.run(.create(draft))
        var query = try ResourceGraph.query(
            try Statement(parsing: "MATCH (a:App {name: 'n50'}) RETURN a.\(key), a"),
            on: try node.graph.reader(), options: QueryOptions())
        let row = try #require(try query.next())
        guard case .node(let whole) = row[1] else {
            Issue.record("\(row[1]) is no node")
            return
        }
        #expect(row[0].isEquivalent(to: whole.properties[key] ?? .null))
        #expect(row[0].isNull == (key == "missing"))
    }
}
