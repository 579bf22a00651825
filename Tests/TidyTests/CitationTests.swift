import FoundationEssentials
import Testing

/// What a text points to is there.
@Suite struct CitationTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Every text of the project, by its path from the root.
    private static func texts() throws -> [(path: String, text: String)] {
        let folders = ["Sources", "Tests", "Docs", "Scripts", "Benchmarks", "Fuzz/Sources", "Apps"]
        var paths = ["Package.swift", "HACKING.md", "README.md", "CHANGELOG.md", "Makefile"]
        let files = FileManager.default
        for folder in folders {
            for path in try files.subpathsOfDirectory(atPath: root.appending(path: folder).path)
            where !path.contains(".build") {
                paths.append(folder + "/" + path)
            }
        }
        return paths.compactMap { path in
            let place = root.appending(path: path).path
            guard let bytes = files.contents(atPath: place),
                let text = String(validating: bytes, as: UTF8.self)
            else { return nil }
            return (path, text)
        }
    }

    @Test func everyRFDThatIsCitedIsThereAndHasANumberOfItsOwn() throws {
        let names = try FileManager.default.contentsOfDirectory(
            atPath: Self.root.appending(path: "Docs/RFD").path)
        let numbers = names.map { String($0.prefix(4)) }
        #expect(Set(numbers).count == numbers.count, "\(names.sorted())")
        var cited = 0
        for (path, text) in try Self.texts() {
            for piece in text.split(separator: "RFD ").dropFirst() {
                let number = String(piece.prefix(4))
                guard number.allSatisfy(\.isNumber), number.count == 4 else { continue }
                cited += 1
                #expect(numbers.contains(number), "\(path) cites RFD \(number)")
            }
        }
        #expect(cited >= 40, "\(cited) citations")
    }

    /// F1 to F11 of design/05: each row of the table names tests, which are there and carry its
    /// label.
    @Test func eachSentenceOfSelfReproductionHasItsTests() throws {
        let texts = try Self.texts()
        let page = try #require(texts.first { $0.path == "Docs/self-reproduction.md" })
        let tests = texts.filter { $0.path.hasPrefix("Tests/") }
        var labels: Set<String> = []
        for line in page.text.split(separator: "\n") {
            let cells = line.split(separator: "|")
            guard cells.count == 3, cells[0].split(separator: " ").count == 1,
                let label = cells[0].split(separator: " ").first,
                label.first == "F", label.dropFirst().allSatisfy(\.isNumber)
            else { continue }
            // Every second piece stands in backquotes.
            let pieces = cells[2].split(separator: "`", omittingEmptySubsequences: false)
            let names = pieces.indices.filter { !$0.isMultiple(of: 2) }.map { pieces[$0] }
            let titles = names.filter { !$0.hasSuffix(".sh") }
            for rig in names where rig.hasSuffix(".sh") {
                #expect(tests.contains { $0.path == "Tests/Rigs/\(rig)" }, "\(label): \(rig)")
            }
            #expect(!titles.isEmpty, "\(label) has no test")
            for title in titles {
                let words = title.split { !$0.isLetter && !$0.isNumber }
                #expect(words.contains(label), "\(label): \(title)")
                #expect(tests.contains { $0.text.contains(title) }, "\(label): \(title)")
            }
            labels.insert(String(label))
        }
        #expect(labels == Set((1...11).map { "F\($0)" }))
    }
}
