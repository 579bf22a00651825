import FoundationEssentials
import Testing

/// The figures of Docs/coverage.md, by what they are counted from. That each query gives rows is
/// for Tests/Rigs/coverage.sh, which asks a live node.
@Suite struct CoverageTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }

    /// Tables by the groups in which they stand.
    private func groups() throws -> [(name: String, tables: [String])] {
        try text("Tests/Coverage/tables.txt").split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ": ", maxSplits: 1)
            guard !line.hasPrefix("#"), parts.count == 2 else { return nil }
            return (String(parts[0]), parts[1].split(separator: " ").map { String($0) })
        }
    }

    /// The tables that have an entry, and those that have a query there.
    private func entries() throws -> (all: [String], asked: Set<String>) {
        var all: [String] = []
        var asked: Set<String> = []
        let folder = Self.root.appending(path: "Tests/Coverage").path
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        where name.hasSuffix(".cypher") {
            let lines = try text("Tests/Coverage/\(name)").split(separator: "\n")
            var table: String?
            for line in lines {
                if line.hasPrefix("// fact: ") { table = nil }
                if line.hasPrefix("// table: ") {
                    let one = String(line.dropFirst(10))
                    all.append(one)
                    table = one
                } else if let table, !line.hasPrefix("//") {
                    asked.insert(table)
                }
            }
        }
        return (all, asked)
    }

    @Test func thePageCountsWhatThereIs() throws {
        let groups = try groups()
        let tables = groups.flatMap(\.tables)
        let (all, asked) = try entries()
        #expect(Set(tables).count == tables.count)
        #expect(all.sorted() == tables.sorted(), "each table has one entry")
        #expect(asked.count >= 110, "the goal")
        let page = try text("Docs/coverage.md")
        #expect(page.contains("**\(asked.count) of \(tables.count)**"))
        for (name, tables) in groups {
            let count = tables.count { asked.contains($0) }
            let title = name.prefix(1).uppercased() + name.dropFirst()
            #expect(page.contains("## \(title) (\(count) of \(tables.count))\n"), "\(name)")
        }
        #expect(groups.count == 13)
        #expect(page.contains("\(tables.count) tables of osquery"))
    }
}
