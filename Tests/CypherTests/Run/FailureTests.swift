import Cypher
import Testing

/// The kind, detail and phase of what fails while a statement runs, as the conformance scenarios
/// name them.
@Suite struct FailureTests {
    struct Case: CustomTestStringConvertible {
        let text: String
        let kind: CypherError.Kind
        let detail: CypherError.Detail
        /// What the message names.
        let said: String

        var testDescription: String { text }
    }

    static let cases = [
        Case(
            text: "RETURN range(1, 10, 0)", kind: .argumentError, detail: .numberOutOfRange,
            said: "step"),
        Case(
            text: "WITH 'abc' AS s, -1 AS n RETURN left(s, n)", kind: .argumentError,
            detail: .numberOutOfRange, said: "`left`"),
        Case(
            text: "UNWIND [1, 2] AS x WITH x, 1.5 AS p RETURN percentileCont(x, p)",
            kind: .argumentError, detail: .numberOutOfRange, said: "1.5"),
        Case(
            text: "WITH 13 AS m RETURN date({year: 2020, month: m})", kind: .argumentError,
            detail: .numberOutOfRange, said: "`month`"),
        Case(
            text: "RETURN datetime.fromepoch(9223372036854775807, 0)", kind: .argumentError,
            detail: .numberOutOfRange, said: "9223372036854775807"),
        Case(
            text: "WITH {a: 1} AS m, 1 AS k RETURN m[k]", kind: .typeError,
            detail: .mapElementAccessByNonString, said: "1"),
        Case(
            text: "MATCH (n:N) WITH n, true AS k RETURN n[k]", kind: .typeError,
            detail: .mapElementAccessByNonString, said: "true"),
        Case(
            text: "WITH [1, 2] AS l, 'a' AS k RETURN l[k]", kind: .typeError,
            detail: .listElementAccessByNonInteger, said: "'a'"),
        Case(
            text: "WITH [1, 2] AS l, 1.0 AS k RETURN l[k]", kind: .typeError,
            detail: .listElementAccessByNonInteger, said: "1.0"),
        Case(
            text: "WITH 7 AS l, 0 AS k RETURN l[k]", kind: .typeError,
            detail: .invalidElementAccess, said: "7"),
        Case(
            text: "MATCH (n:N) SET n.x = {a: 1}", kind: .typeError, detail: .invalidPropertyType,
            said: "`x`"),
        Case(
            text: "WITH [{a: 1}] AS v CREATE ({list: v})", kind: .typeError,
            detail: .invalidPropertyType, said: "`list`"),
        Case(
            text: "MATCH (n:N) DELETE n RETURN n.x", kind: .entityNotFound,
            detail: .deletedEntityAccess, said: "was deleted in this statement"),
        Case(
            text: "MATCH ()-[r:R]->() DELETE r RETURN r.x", kind: .entityNotFound,
            detail: .deletedEntityAccess, said: "was deleted in this statement"),
        Case(
            text: "WITH 'aaaa' AS s RETURN s =~ '(a+)+'", kind: .limitExceeded,
            detail: .unsupported, said: "(a+)+"),
        Case(
            text: "MATCH (n:M) DELETE n", kind: .constraintVerificationFailed,
            detail: .deleteConnectedNode, said: "DETACH DELETE"),
        Case(
            text: "WITH 0 AS zero RETURN 1 / zero", kind: .arithmeticError,
            detail: .divisionByZero, said: "0"),
        Case(
            text: "RETURN date('2020-13-01')", kind: .argumentError,
            detail: .invalidArgumentValue, said: "2020-13-01"),
    ]

    /// Tried where they need more than a statement: `LimitTests`, `FuzzTests`, `ScratchTests` of
    /// Bolt, `PropertyGraphTests`, `QueryStateTests`.
    private static let triedElsewhere: Set<CypherError.Detail> = [
        .statementLength, .nestingDepth, .rowLimit, .memoryLimit, .hopLimit, .timeLimit,
        .planDepth, .changesAreCommands, .storeFailed, .turnLimit,
    ]

    @Test func everyDetailHasItsCase() {
        let tried = Set(FaultTests.cases.map(\.detail)).union(Self.cases.map(\.detail))
            .union([.missingParameter])
        #expect(tried.isDisjoint(with: Self.triedElsewhere))
        let missing = Set(CypherError.Detail.allCases).subtracting(tried)
            .subtracting(Self.triedElsewhere)
        #expect(missing.isEmpty, "\(missing.map(\.rawValue).sorted())")
    }

    @Test(arguments: cases) func itSaysWhatFailedAndWhere(_ one: Case) throws {
        var asking = Asking()
        try asking.rows("CREATE (:N {x: 1}), (:M)-[:R {x: 1}]->(:M)")
        let before = try asking.rows("MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN n, r")
        let found = asking.error(one.text)
        let error = try #require(found)
        #expect(error.kind == one.kind, "\(error)")
        #expect(error.detail == one.detail, "\(error)")
        #expect(error.phase == .runtime, "\(error)")
        #expect(error.message.contains(one.said), "\(error)")
        let after = try asking.rows("MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN n, r")
        #expect(after == before, "a statement that fails changes nothing")
    }

    @Test func aParameterThatIsNotSentIsNamedBeforeAnythingRuns() throws {
        var asking = Asking()
        for text in ["RETURN $name", "UNWIND [] AS x RETURN x + $name"] {
            let found = asking.error(text)
            let error = try #require(found)
            #expect(error.kind == .parameterMissing && error.detail == .missingParameter)
            #expect(error.phase == .compileTime)
            #expect(error.message.contains("`$name`"))
        }
    }
}
