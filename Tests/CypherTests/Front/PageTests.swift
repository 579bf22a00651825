import FoundationEssentials
import Testing

@testable import Cypher

/// Docs/cypher.md says what there is to call.
@Suite struct PageTests {
    /// The rows of the page's table of procedures: the call as it is written, and what it yields.
    private static func rows() throws -> [String: String] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Docs/cypher.md")
        let page = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        var rows: [String: String] = [:]
        for line in page.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: " | ", maxSplits: 2).map(String.init)
            guard cells.count == 3, cells[0].hasSuffix(")`") else { continue }
            rows[String(cells[0].dropFirst(3).dropLast())] = cells[1]
        }
        return rows
    }

    @Test func thePageNamesEveryProcedureWithArgumentsAndResults() throws {
        let rows = try Self.rows()
        for signature in ProcedureSignature.builtin {
            let call = "\(signature.name)(\(signature.arguments.joined(separator: ", ")))"
            let results = signature.results.map { "`\($0)`" }.joined(separator: ", ")
            #expect(rows[call] == results, "\(call)")
        }
        let known = Set(ProcedureSignature.builtin.map { "\($0.name)(" })
        for call in rows.keys {
            #expect(known.contains { call.hasPrefix($0) }, "there is no \(call)")
        }
    }
}
