import Cypher
import Testing

/// Equality, equivalence and order of values.
@Suite struct ValueTests {
    /// One of each type in ascending order (openCypher, CIP2016-06-14).
    static let ascending: [CypherValue] = [
        .map(CypherMap()),
        .map(CypherMap([("a", .integer(1))])),
        .map(CypherMap([("a", .integer(2))])),
        .map(CypherMap([("a", .integer(1)), ("b", .integer(0))])),
        .map(CypherMap([("b", .integer(0))])),
        .node(NodeValue(id: 1)), .node(NodeValue(id: 2)),
        .relationship(RelationshipValue(id: 1)),
        .list([]), .list([.string("a")]), .list([.string("a"), .integer(1)]),
        .list([.integer(1)]), .list([.integer(1), .integer(2)]), .list([.null]),
        .path(PathValue(nodes: [NodeValue(id: 1)], relationships: [])),
        .dateTime(CypherDateTime(seconds: 0, nanoseconds: 0, offset: 0, zone: nil)),
        .localDateTime(CypherLocalDateTime(seconds: 0, nanoseconds: 0)),
        .date(CypherDate(days: -1)), .date(CypherDate(days: 0)),
        .time(CypherTime(nanoseconds: 0, offset: 3600)),
        .time(CypherTime(nanoseconds: 0, offset: 0)),
        .localTime(CypherLocalTime(nanoseconds: 0)),
        .duration(CypherDuration(months: 0, days: 1, seconds: 0, nanoseconds: 0)),
        .string(""), .string("a"), .string("b"), .string("é"),
        .boolean(false), .boolean(true),
        .float(-.infinity), .integer(.min), .float(-1.5), .integer(0), .float(0.5),
        .integer(1), .integer(9_007_199_254_740_992), .integer(9_007_199_254_740_993),
        .integer(.max), .float(0x1p63), .float(.infinity), .float(.nan), .null,
    ]

    @Test func theOrderIsTotal() {
        for (first, left) in Self.ascending.enumerated() {
            for (second, right) in Self.ascending.enumerated() {
                let expected = first == second ? 0 : first < second ? -1 : 1
                #expect(left.order(right) == expected, "\(left.literal) and \(right.literal)")
                #expect((left == right) == (first == second))
                if left == right { #expect(left.hashValue == right.hashValue) }
            }
        }
    }

    static let equalities: [(String, String, Bool?)] = [
        ("1", "1.0", true), ("1", "2", false), ("1", "'1'", false), ("null", "null", nil),
        ("null", "1", nil), ("0.0 / 0.0", "0.0 / 0.0", false),
        ("9007199254740993", "9007199254740992.0", false),
        ("[1, 2]", "[1, 2.0]", true), ("[1, null]", "[1, 2]", nil),
        ("[1, null]", "[2, null]", false), ("[1]", "[1, null]", false),
        ("[[1], [null]]", "[[1], [1]]", nil), ("{a: 1}", "{a: 1.0}", true),
        ("{a: 1, b: null}", "{b: 1, a: 1}", nil), ("{a: null}", "{b: null}", false),
        ("true", "false", false), ("date('2020-01-01')", "date('2020-01-01')", true),
        ("duration('P1M')", "duration('P30D')", false),
    ]

    @Test(arguments: equalities) func equalityHasThreeValues(
        left: String, right: String, expected: Bool?
    ) throws {
        var asking = Asking()
        let text = expected.map(String.init) ?? "null"
        #expect(try asking.value("RETURN \(left) = \(right)") == text)
        #expect(try asking.value("RETURN \(right) = \(left)") == text)
        let opposite = expected.map { String(!$0) } ?? "null"
        #expect(try asking.value("RETURN \(left) <> \(right)") == opposite)
    }

    @Test func equivalenceGroupsNullsNaNsAndNumbers() throws {
        var asking = Asking()
        let list = "[null, null, 0.0 / 0.0, 0.0 / 0.0, 1, 1.0, [null], [null], {a: 1}, {a: 1.0}]"
        let rows = try asking.rows("UNWIND \(list) AS x RETURN x, count(*) AS n")
        #expect(rows.map { $0[1] } == ["2", "2", "2", "2", "2"])
    }

    static let comparisons: [(String, Bool?)] = [
        ("1 < 1.5", true), ("1 < 'a'", nil), ("'a' < 'B'", false), ("null < 1", nil),
        ("false < true", true), ("1 < 0.0 / 0.0", false), ("0.0 / 0.0 >= 0.0 / 0.0", false),
        ("9223372036854775807 < 9223372036854775808.0", true),
        ("[1, 2] < [1, 3]", true), ("[1] < [1, null]", true), ("[1, null] < [1, 2]", nil),
        ("date('2020-01-01') < date('2020-01-02')", true), ("1 < 2 < 3", true),
        ("1 < 3 < 2", false), ("1 < null < 0", nil), ("2 < 1 < null", false),
    ]

    @Test(arguments: comparisons) func comparisonHasThreeValues(
        text: String, expected: Bool?
    ) throws {
        var asking = Asking()
        let answer = expected.map(String.init) ?? "null"
        #expect(try asking.value("RETURN \(text)") == answer)
    }

    @Test(arguments: [
        ("RETURN 9223372036854775807 + 1", CypherError.Detail.integerOverflow),
        ("RETURN 1 / 0", .divisionByZero), ("RETURN 1 % 0", .divisionByZero),
        ("RETURN abs(-9223372036854775807 - 1)", .integerOverflow),
        ("UNWIND [9223372036854775807, 1] AS x RETURN sum(x)", .integerOverflow),
        (
            "RETURN duration({months: 9223372036854775807}) + duration({months: 1})",
            .integerOverflow
        ),
    ]) func arithmeticThatLeavesItsRangeIsAnError(
        text: String, detail: CypherError.Detail
    ) {
        var asking = Asking()
        let error = asking.error(text)
        #expect(error?.detail == detail)
        #expect(error?.phase == .runtime)
    }
}
