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
}
