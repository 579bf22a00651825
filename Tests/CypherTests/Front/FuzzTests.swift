internal import Resources
import Testing

@testable import Cypher

/// Broken, deep and long texts: an error or a tree, never a crash, in linear time.
@Suite struct FuzzTests {
    /// SplitMix64; a failing seed repeats exactly.
    struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
    }

    static let pieces = [
        "(", ")", "[", "]", "{", "}", ",", ".", "..", ":", "|", "*", "-", "->", "<-", "--", "=",
        "<>", "$p", "'", "\"", "`", "//", "/*", "1", "1.5e", "0x", "'a'", "n", "MATCH", "WHERE",
        "RETURN", "WITH", "IN", "NOT", "CASE", "WHEN", "END", "EXISTS {", "all(", "reduce(", "\\",
        "\u{0}", "é", "—", "🐟", "\n", " ", ";", "UNION", "count(*)", "[x IN", "(a)-->(b)",
    ]

    static func mutated(_ random: inout Random) -> String {
        let corpus = ReadingCorpus.statements
        var text = Array(corpus[Int.random(in: 0..<corpus.count, using: &random)].unicodeScalars)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let place = Int.random(in: 0...text.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                let piece = pieces[Int.random(in: 0..<pieces.count, using: &random)]
                text.insert(contentsOf: Array(piece.unicodeScalars), at: place)
            case 1:
                let end = min(text.count, place + Int.random(in: 1...8, using: &random))
                text.removeSubrange(place..<end)
            case 2:
                let end = min(text.count, place + Int.random(in: 1...30, using: &random))
                text.insert(contentsOf: Array(text[place..<end]), at: place)
            default:
                let other = corpus[Int.random(in: 0..<corpus.count, using: &random)]
                let tail = Array(other.unicodeScalars)
                let cut = Int.random(in: 0...tail.count, using: &random)
                text.replaceSubrange(place..., with: tail[cut...])
            }
        }
        return String(String.UnicodeScalarView(text))
    }

    @Test(arguments: 0..<40) func mutatedTextsGiveATreeOrAnError(seed: UInt64) throws {
        var random = Random(state: seed)
        for _ in 0..<100 {
            let text = Self.mutated(&random)
            if let error = FaultTests.fault(of: text) {
                #expect(!error.message.isEmpty)
                #expect(error.phase == .compileTime)
                let lines = text.utf8.count { $0 == UInt8(ascii: "\n") } + 1
                #expect((1...lines).contains(error.place?.line ?? 1), "\(text)")
            }
            guard let tree = try? ParsedStatement(reading: text) else { continue }
            #expect(try ParsedStatement(reading: tree.printed) == tree, "\(text)")
        }
    }

    /// Each text at two sizes: the steps may grow no faster than the tokens.
    @Test(arguments: [
        ("RETURN ", "(", "1", ")", 40), ("RETURN ", "[", "1", "]", 40),
        ("RETURN ", "[x IN ", "y", "]", 40), ("RETURN ", "[a IN b, ", "1", "]", 40),
        ("RETURN ", "({a: ", "1", "})--()", 40), ("RETURN ", "{a: ", "1", "}", 40),
        ("RETURN ", "CASE WHEN ", "1", " THEN 2 END", 40),
        ("RETURN ", "NOT ", "true", "", 100), ("RETURN 1", " + 1", "", "", 100),
        ("RETURN a", ".b", "", "", 100), ("RETURN a", " OR a", "", "", 10_000),
        ("RETURN (a", ":A", ")", "", 10_000), ("MATCH ()", "-[:A]->()", "RETURN 1", "", 900),
        ("RETURN [1", ", (a)-->(b)", "]", "", 900), ("RETURN a.a", ".a", "(1)", "", 100),
        ("RETURN 1 AS x ", "UNION ALL RETURN 1 AS x ", "", "", 400),
        ("", "MATCH ( ", "", "", 10_000), ("RETURN '", "\\u0041", "'", "", 10_000),
        ("RETURN ", "((", "", "", 10_000), ("RETURN ", "'", "", "", 10_000),
    ]) func readingIsLinear(head: String, open: String, middle: String, close: String, size: Int) {
        func steps(_ count: Int) -> (steps: Int, tokens: Int) {
            let text =
                head + String(repeating: open, count: count) + middle
                + String(repeating: close, count: count)
            var parser = Parser(text)
            _ = try? parser.parse()
            return (parser.steps, parser.tokens.count)
        }
        for count in [size / 4, size / 2, size] {
            let (steps, tokens) = steps(count)
            #expect(steps <= 4 * tokens + 16, "\(steps) steps for \(tokens) tokens")
        }
    }

    @Test(arguments: [
        ("RETURN ", "[", "]"), ("RETURN ", "(", ")"), ("RETURN 1 + ", "{a: ", "}"),
        ("RETURN ", "[x IN ", " | x]"), ("RETURN ", "size(", ")"), ("MATCH ", "(", ")"),
        ("MATCH (n) WHERE ", "EXISTS { MATCH (n) WHERE ", "}"),
        ("RETURN ", "CASE WHEN ", " THEN 1 END"),
    ]) func deepNestingIsRefused(head: String, open: String, close: String) throws {
        for count in [Limits.statementNesting.value + 2, 100_000] {
            let text =
                head + String(repeating: open, count: count) + "1"
                + String(repeating: close, count: count)
            if text.utf8.count > Limits.statementBytes.value { continue }
            let error = try #require(FaultTests.fault(of: text))
            #expect(error.kind == .limitExceeded, "\(error.message)")
            #expect(error.detail == .nestingDepth)
        }
    }

    @Test(arguments: ["[", "{a: "]) func sixtyLevelsAreRead(open: String) throws {
        let close = open == "[" ? "]" : "}"
        let text =
            "RETURN " + String(repeating: open, count: 60) + "1"
            + String(repeating: close, count: 60)
        _ = try Statement(parsing: text)
    }

    @Test func longTextsAreRefused() throws {
        let text = "RETURN '" + String(repeating: "a", count: Limits.statementBytes.value) + "'"
        #expect(try #require(FaultTests.fault(of: text)).detail == .statementLength)
    }

    @Test(arguments: [
        "RETURN 1" + String(repeating: " + 1", count: 300),
        "RETURN " + String(repeating: "-", count: 300) + "a",
        "RETURN a" + String(repeating: ".a", count: 300),
        String(repeating: "WITH 1 AS a ", count: 1001) + "RETURN a",
        "MATCH ()" + String(repeating: "--()", count: 2001) + " RETURN 1",
        "MATCH " + (0...2000).map { "(a\($0))" }.joined(separator: ",") + " RETURN *",
    ]) func whatGrowsWithoutEndIsRefused(text: String) throws {
        #expect(try #require(FaultTests.fault(of: text)).kind == .limitExceeded)
    }

    @Test func aThousandAlternativesAreRead() throws {
        let text =
            "WITH 1 AS a RETURN " + Array(repeating: "a = 1", count: 1000).joined(separator: " OR ")
        _ = try Statement(parsing: text)
    }
}
