import MMSGraph
import Resources
import Testing

@Suite struct PredicateTests {
    private static let memory = Operand.field(["memory"])

    @Test(arguments: [
        ("memory > 100MB", Predicate.compare(memory, .greater, 100_000_000)),
        ("memory>=1KiB", .compare(memory, .greaterOrEqual, 1024)),
        ("memory = 1.5kB", .compare(memory, .equal, 1500)),
        ("wait < 2m", .compare(.field(["wait"]), .less, 120_000)),
        ("share >= 50%", .compare(.field(["share"]), .greaterOrEqual, 0.5)),
        ("name = \"x y\"", .compare(.name, .equal, "x y")),
        ("state != 'it\\'s'", .compare(.field(["state"]), .notEqual, "it's")),
        ("state = running", .compare(.field(["state"]), .equal, "running")),
        ("address = 10.0.0.1", .compare(.field(["address"]), .equal, "10.0.0.1")),
        ("tag.app = web", .compare(.tag("app"), .equal, "web")),
        ("limits.cpu <= -2", .compare(.field(["limits", "cpu"]), .lessOrEqual, -2)),
        ("data.name = a", .compare(.field(["name"]), .equal, "a")),
        ("state in (on, \"off\")", .isOneOf(.field(["state"]), ["on", "off"])),
        ("exists owner", .exists(.owner)),
        ("ready = true", .compare(.field(["ready"]), .equal, true)),
        (
            "not a = 1 and (b = 2 or c startsWith x)",
            .and([
                .not(.compare(.field(["a"]), .equal, 1)),
                .or([
                    .compare(.field(["b"]), .equal, 2),
                    .compare(.field(["c"]), .startsWith, "x"),
                ]),
            ])
        ),
    ])
    func textBecomesAPredicate(_ text: String, _ expected: Predicate) throws {
        #expect(try Predicate(text) == expected)
    }

    @Test(arguments: [
        ("", 1), ("memory", 7), ("memory >", 9), ("memory > 1 or", 14), ("(a = 1", 7),
        ("a = 1 b = 2", 7), ("a = \"x", 5), ("a # 1", 3), ("a = 1XB", 5), ("a in 1", 6),
        ("a in (1", 8), ("= 1", 1), ("not", 4), ("a startsWith 1", 14),
    ])
    func aSlipIsRefusedAtItsColumn(_ text: String, _ column: Int) {
        let refusal = #expect(throws: Refusal.self) { _ = try Predicate(text) }
        #expect(refusal?.code == .malformed)
        #expect(
            refusal?.reason.hasPrefix("column \(column): ") ?? false, "\(refusal?.reason ?? "")")
    }

    @Test func anUnknownFieldNamesTheNearest() throws {
        let type = TypeDefinition(
            name: try TypeName("process"), summary: "", role: .observed, writer: "sensor",
            fields: [
                .init("memory", .int, "", unit: "bytes"), .init("state", .text, ""),
                .init("up", .int, "", unit: "s"), .init("load", .float, "", unit: "%"),
            ], columns: [])
        let refusal = #expect(throws: Refusal.self) {
            _ = try Predicate("state = on and memroy > 1", type: type)
        }
        #expect(refusal?.code == .unknownField)
        #expect(refusal?.remedy == "did you mean memory?")
        #expect(refusal?.reason.hasPrefix("column 16: ") ?? false)
        let kind = #expect(throws: Refusal.self) { _ = try Predicate("memory = x", type: type) }
        #expect(kind?.code == .invalidValue)
        // Units follow the field's own.
        #expect(try Predicate("up > 2m", type: type) == .compare(.field(["up"]), .greater, 120))
        #expect(try Predicate("load > 5%", type: type) == .compare(.field(["load"]), .greater, 5))
        #expect(
            try Predicate("state = 12", type: type) == .compare(.field(["state"]), .equal, "12"))
    }

    @Test func deepAndLongPredicatesAreRefused() {
        let deep =
            String(repeating: "(", count: 1000) + "a = 1" + String(repeating: ")", count: 1000)
        let long = Array(repeating: "a = 1", count: 1000).joined(separator: " and ")
        for text in [deep, long] {
            let refusal = #expect(throws: Refusal.self) { _ = try Predicate(text) }
            #expect(refusal?.code == .tooMany)
        }
    }

    @Test(arguments: [
        (Value.int(1), Predicate.Comparison.equal, Value.float(1), true),
        (.int(1 << 53 + 1), .equal, .float(0x1p53), false),
        (.int(.max), .less, .float(0x1p63), true),
        (.float(.nan), .equal, .float(.nan), false), (.float(.nan), .notEqual, .float(.nan), true),
        (.text("e\u{301}"), .equal, .text("é"), false),
        (.text("running"), .contains, .text("nni"), true),
        (.list([1, 2]), .contains, .float(2), true),
        (.text("b"), .greater, .int(1), false), (.bool(true), .equal, .int(1), false),
    ])
    func valuesCompareExactly(
        _ left: Value, _ comparison: Predicate.Comparison, _ right: Value, _ expected: Bool
    ) {
        #expect(comparison.holds(left, right) == expected)
    }

    @Test func whatIsMissingEqualsNothing() {
        #expect(!Predicate.Comparison.equal.holds(nil, 1))
        #expect(!Predicate.Comparison.less.holds(nil, 1))
        #expect(Predicate.Comparison.notEqual.holds(nil, 1))
    }
}
