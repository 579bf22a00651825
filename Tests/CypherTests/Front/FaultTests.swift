import Testing

@testable import Cypher

/// Each fault a statement can have before it runs: kind, detail, place.
@Suite struct FaultTests {
    struct Case: CustomTestStringConvertible {
        let text: String
        let detail: CypherError.Detail
        let line: Int
        let column: Int
        var kind = CypherError.Kind.syntaxError

        init(
            _ text: String, _ detail: CypherError.Detail, _ line: Int, _ column: Int,
            kind: CypherError.Kind = .syntaxError
        ) {
            self.text = text
            self.detail = detail
            self.line = line
            self.column = column
            self.kind = kind
        }

        var testDescription: String { "\(detail.rawValue): \(text)" }
    }

    static func fault(of text: String) -> CypherError? {
        do throws(CypherError) {
            _ = try Statement(parsing: text)
            return nil
        } catch {
            return error
        }
    }

    static let cases = words + numbers + scopes + types + aggregations + clauses + writing

    static let words: [Case] = [
        Case("", .unexpectedSyntax, 1, 1),
        Case("   // nothing", .unexpectedSyntax, 1, 14),
        Case("RETRUN 1", .unexpectedSyntax, 1, 1),
        Case("MATCH (n) RETURN n n", .unexpectedSyntax, 1, 20),
        Case("RETURN (1 + 2", .unexpectedSyntax, 1, 14),
        Case("RETURN 1 == 2", .unexpectedSyntax, 1, 11),
        Case("RETURN 1 != 2", .unexpectedSyntax, 1, 10),
        Case("RETURN 'abc", .unexpectedSyntax, 1, 8),
        Case("RETURN `abc", .unexpectedSyntax, 1, 8),
        Case("RETURN /* abc", .unexpectedSyntax, 1, 8),
        Case("RETURN [1, , 2]", .unexpectedSyntax, 1, 12),
        Case("RETURN [[','[]',']] AS l", .unexpectedSyntax, 1, 14),
        Case("RETURN {1a: 1}", .unexpectedSyntax, 1, 9),
        Case("RETURN {a.b: 1}", .unexpectedSyntax, 1, 10),
        Case("RETURN {,}", .unexpectedSyntax, 1, 9),
        Case("RETURN 12#3", .unexpectedSyntax, 1, 10),
        Case("RETURN '\\q'", .unexpectedSyntax, 1, 9),
        Case("MATCH (n) RETURN (n)-->()", .unexpectedSyntax, 1, 18),
        Case("MATCH (n) WITH (n)-->() AS x RETURN x", .unexpectedSyntax, 1, 16),
        Case("MATCH (n) RETURN size((n)-->())", .unexpectedSyntax, 1, 23),
        Case("MATCH (n) SET n.x = (n)-->() ", .unexpectedSyntax, 1, 21),
        Case("MATCH (n)\nWHERE n.name ==\n 'x' RETURN n", .unexpectedSyntax, 2, 15),
        Case("RETURN 'é' 5", .unexpectedSyntax, 1, 12),
        Case("RETURN 42 — 41", .invalidUnicodeCharacter, 1, 11),
        Case("RETURN '\\uH'", .invalidUnicodeLiteral, 1, 9),
        Case("RETURN '\\ud83d'", .invalidUnicodeLiteral, 1, 9),
        Case("RETURN '\\U00110000'", .invalidUnicodeLiteral, 1, 9),
        Case("MATCH (a)-[:LIKES..]->(b) RETURN b", .invalidRelationshipPattern, 1, 18),
        Case("MATCH (a)-[:LIKES*-2]->(b) RETURN b", .invalidRelationshipPattern, 1, 19),
        Case("MATCH (a)-[*1..-2]->(b) RETURN b", .invalidRelationshipPattern, 1, 16),
    ]

    static let numbers: [Case] = [
        Case("RETURN 9223372036854775808", .integerOverflow, 1, 8),
        Case("RETURN -9223372036854775809", .integerOverflow, 1, 9),
        Case("RETURN 1 - 9223372036854775808", .integerOverflow, 1, 12),
        Case("RETURN 0x8000000000000000", .integerOverflow, 1, 8),
        Case("RETURN 0o1000000000000000000000", .integerOverflow, 1, 8),
        Case("RETURN 1.34E999", .floatingPointOverflow, 1, 8),
        Case("RETURN 0x", .invalidNumberLiteral, 1, 8),
        Case("RETURN 0x12G", .invalidNumberLiteral, 1, 8),
        Case("RETURN 0o18", .invalidNumberLiteral, 1, 8),
        Case("RETURN 9223372h54775808", .invalidNumberLiteral, 1, 8),
        Case("RETURN 1e", .invalidNumberLiteral, 1, 8),
    ]

    static let scopes: [Case] = [
        Case("RETURN x", .undefinedVariable, 1, 8),
        Case("MATCH (n) WHERE (n)-[r]->(m) RETURN n", .undefinedVariable, 1, 22),
        Case("MATCH (a) WITH a.x AS x RETURN a", .undefinedVariable, 1, 32),
        Case("MATCH (a) RETURN DISTINCT a.x ORDER BY a.y", .undefinedVariable, 1, 40),
        Case("MATCH (a) RETURN count(a.x) AS c ORDER BY a.y", .undefinedVariable, 1, 43),
        Case("MATCH (a) WITH DISTINCT a.x AS x WHERE a.y = 1 RETURN x", .undefinedVariable, 1, 40),
        Case("RETURN [x IN [1] | x] AS l, x", .undefinedVariable, 1, 29),
        Case("RETURN [x IN x | x]", .undefinedVariable, 1, 14),
        Case("RETURN reduce(a = a, x IN [1] | a)", .undefinedVariable, 1, 19),
        Case("MATCH (n) WHERE EXISTS { (n)-->(m) } RETURN m", .undefinedVariable, 1, 45),
        Case("RETURN 1 AS x UNION RETURN x", .undefinedVariable, 1, 28),
        Case("CREATE (b {name: missing})", .undefinedVariable, 1, 18),
        Case("MATCH (r) MATCH ()-[r]-() RETURN r", .variableTypeConflict, 1, 21),
        Case("MATCH ()-[r]-() MATCH (r) RETURN r", .variableTypeConflict, 1, 24),
        Case("MATCH ()-[r*]-() MATCH ()-[r]-() RETURN r", .variableTypeConflict, 1, 28),
        Case("MATCH r = ()-[]-(), (r) RETURN r", .variableTypeConflict, 1, 22),
        Case("WITH 123 AS n MATCH (n) RETURN n", .variableTypeConflict, 1, 22),
        Case("WITH {x: []} AS r MATCH ()-[r]-() RETURN r", .variableTypeConflict, 1, 29),
        Case("MATCH p = ()-[p]-() RETURN p", .variableAlreadyBound, 1, 7),
        Case("WITH true AS p MATCH p = ()-[]-() RETURN p", .variableAlreadyBound, 1, 22),
        Case("MATCH (a)-[r]->()-[r]->(a) RETURN r", .relationshipUniquenessViolation, 1, 20),
        Case("MATCH () RETURN *", .noVariablesInScope, 1, 10),
        Case("RETURN 1 AS a, 2 AS a", .columnNameConflict, 1, 21),
        Case("MATCH (n) RETURN *, 1 AS n", .columnNameConflict, 1, 26),
        Case("MATCH (a) WITH a, count(*) RETURN a", .noExpressionAlias, 1, 19),
        Case("MATCH (n $p) RETURN n", .invalidParameterUse, 1, 10),
        Case("MATCH ()-[r:T $p]->() RETURN r", .invalidParameterUse, 1, 15),
    ]

    static let types: [Case] = [
        Case("RETURN NOT 0", .invalidArgumentType, 1, 12),
        Case("RETURN true OR [false]", .invalidArgumentType, 1, 16),
        Case("RETURN 1.5 XOR true", .invalidArgumentType, 1, 8),
        Case("RETURN {x: 1} AND null", .invalidArgumentType, 1, 8),
        Case("MATCH (n) WHERE n.id IN '' RETURN 1", .invalidArgumentType, 1, 25),
        Case("MATCH p = (a) RETURN labels(p)", .invalidArgumentType, 1, 29),
        Case("MATCH (r) RETURN type(r)", .invalidArgumentType, 1, 23),
        Case("RETURN properties([true])", .invalidArgumentType, 1, 19),
        Case("MATCH p = ()-[*]->() RETURN size(p)", .invalidArgumentType, 1, 34),
        Case("MATCH (n) RETURN length(n)", .invalidArgumentType, 1, 25),
        Case("MATCH r = (n)-[*]->() WHERE r.name = 'a' RETURN r", .invalidArgumentType, 1, 29),
        Case("WITH 42.45 AS x RETURN x.y", .invalidArgumentType, 1, 24, kind: .typeError),
        Case("WITH [1] AS x RETURN x.y", .invalidArgumentType, 1, 22, kind: .typeError),
        Case("RETURN none(x IN ['a'] WHERE x % 2 = 0)", .invalidArgumentType, 1, 30),
        Case("RETURN [x IN [true] | -x]", .invalidArgumentType, 1, 24),
        Case("MATCH (n) RETURN n SKIP 1.5", .invalidArgumentType, 1, 25),
        Case("MATCH (n) RETURN n LIMIT 'a'", .invalidArgumentType, 1, 26),
        Case("MATCH (n) RETURN n LIMIT -1", .negativeIntegerArgument, 1, 26),
        Case("MATCH (n) RETURN n SKIP n.x", .nonConstantExpression, 1, 25),
        Case("RETURN foo(1)", .unknownFunction, 1, 8),
        Case("RETURN sizze([1])", .unknownFunction, 1, 8),
        Case("RETURN size()", .invalidNumberOfArguments, 1, 8),
        Case("RETURN count(1, 2)", .invalidNumberOfArguments, 1, 8),
    ]

    static let aggregations: [Case] = [
        Case("MATCH (n) WHERE count(n) > 1 RETURN n", .invalidAggregation, 1, 17),
        Case("RETURN [x IN [1] | count(*)]", .invalidAggregation, 1, 20),
        Case("MATCH (n) RETURN n.x ORDER BY max(n.y)", .invalidAggregation, 1, 31),
        Case("UNWIND collect(1) AS x RETURN x", .invalidAggregation, 1, 8),
        Case("MATCH (n) RETURN count(*) ORDER BY sum(1)", .invalidAggregation, 1, 36),
        Case("RETURN count(count(*))", .nestedAggregation, 1, 14),
        Case("RETURN count(rand())", .nonConstantExpression, 1, 14),
        Case("MATCH (a) RETURN a.x + count(*)", .ambiguousAggregationExpression, 1, 18),
        Case(
            "MATCH (a)--(b) RETURN a.x + b.x, a.x + b.x + count(*)",
            .ambiguousAggregationExpression, 1, 34),
        Case(
            "MATCH (a)--(b) RETURN a.x + b.x, count(*) AS c ORDER BY a.x + b.x + count(*)",
            .ambiguousAggregationExpression, 1, 57),
        Case(
            "MATCH (a) RETURN [y IN [1] | a.x] + collect(1)", .ambiguousAggregationExpression, 1, 30
        ),
    ]

    static let clauses: [Case] = [
        Case("MATCH (n)", .invalidClauseComposition, 1, 1),
        Case("RETURN 1 AS a MATCH (n) RETURN n", .invalidClauseComposition, 1, 15),
        Case(
            "RETURN 1 AS a UNION RETURN 2 AS a UNION ALL RETURN 3 AS a",
            .invalidClauseComposition, 1, 35),
        Case("CREATE (a) MATCH (b) RETURN b", .invalidClauseComposition, 1, 12),
        Case(
            "MATCH (n) WHERE EXISTS { MATCH (n) SET n.x = 1 } RETURN n",
            .invalidClauseComposition, 1, 36),
        Case("RETURN 1 AS a UNION RETURN 2 AS b", .differentColumnsInUnion, 1, 15),
        Case("CALL no.such()", .procedureNotFound, 1, 6, kind: .procedureError),
        Case("CALL db.labels(1)", .invalidNumberOfArguments, 1, 1),
        Case("MATCH (n) CALL db.labels YIELD label RETURN n", .invalidArgumentPassingMode, 1, 11),
        Case("CALL db.labels() YIELD name RETURN name", .undefinedVariable, 1, 24),
        Case("WITH 1 AS label CALL db.labels() YIELD label RETURN 1", .variableAlreadyBound, 1, 40),
        Case("CALL db.labels(count(*))", .invalidNumberOfArguments, 1, 1),
    ]

    static let writing: [Case] = [
        Case("CREATE (a) CREATE (a)", .variableAlreadyBound, 1, 20),
        Case("MATCH (a) CREATE (a {x: 1})-[:T]->()", .variableAlreadyBound, 1, 19),
        Case("MATCH ()-[r]->() CREATE ()-[r:T]->()", .variableAlreadyBound, 1, 29),
        Case("CREATE ()-->()", .noSingleRelationshipType, 1, 10),
        Case("CREATE ()-[:A|B]->()", .noSingleRelationshipType, 1, 10),
        Case("CREATE ()-[:A]-()", .requiresDirectedRelationship, 1, 10),
        Case("CREATE ()-[:A*2]->()", .creatingVarLength, 1, 10),
        Case("MERGE ()-[:A*2]->()", .creatingVarLength, 1, 9),
        Case("MERGE (n $p) RETURN n", .invalidParameterUse, 1, 10),
        Case("MATCH (n) DELETE n:Person", .invalidDelete, 1, 18),
        Case("MATCH (n) DELETE 1 + 1", .invalidArgumentType, 1, 18),
        Case("DELETE x", .undefinedVariable, 1, 8),
    ]

    @Test(arguments: cases) func isFoundWhereItIs(_ fault: Case) throws {
        let error = try #require(Self.fault(of: fault.text))
        #expect(error.kind == fault.kind)
        #expect(error.detail == fault.detail)
        #expect(error.phase == .compileTime)
        #expect(error.place == CypherError.Place(line: fault.line, column: fault.column))
    }

    @Test(arguments: [
        ("RETRUN 1", "did you mean RETURN?"),
        ("RETURN 1 == 2", "compares with a single ="),
        ("RETURN 1 != 2", "write <>"),
        ("SELECT 1", "MATCH … RETURN"),
        ("MATCH (person) RETURN persn.name", "did you mean `person`?"),
        ("RETURN toUper('a')", "did you mean `toUpper`?"),
        ("RETURN [1, 2", "expected `,` or `]`"),
        ("MATCH (n:A|B) RETURN n", "WHERE n:A OR n:B"),
        ("CALL db.lables()", "did you mean `db.labels`?"),
        ("MATCH (n) RETURN", "the statement ends here, expected an expression"),
    ]) func saysTheRemedy(text: String, remedy: String) throws {
        let error = try #require(Self.fault(of: text))
        #expect(error.message.contains(remedy), "\(error.message)")
    }

    @Test func severalFaultsAreToldAtOnce() throws {
        let text = "MATCH (n:) \nWHERE n.x = 1\nUNWIND [1, AS x\nRETURN n.name +"
        let error = try #require(Self.fault(of: text))
        #expect(error.place == CypherError.Place(line: 1, column: 10))
        let lines = error.message.split(separator: "\n").dropFirst()
        #expect(lines.map { $0.prefix(5) } == ["3:12:", "4:16:"])
    }

    @Test func theFirstFiveFaultsAreToldAtMost() throws {
        let text = String(repeating: "UNWIND [1, AS x ", count: 1000)
        let error = try #require(Self.fault(of: text))
        #expect(error.message.split(separator: "\n").count == 5)
    }
}
