import FoundationEssentials

/// A Swift file of the package, as text.
struct SourceFile {
    let path: String
    let lines: [String]

    /// The folder below `Sources` or `Tests`.
    var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    var folder: String { path.split(separator: "/").dropLast().joined(separator: "/") }
    /// Generated files and tables have no bound on their length.
    var isTable: Bool { path.hasSuffix("Assets.swift") }

    /// All Swift files under the given folders of the package.
    static func all(under folders: String...) throws -> [SourceFile] {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        var files: [SourceFile] = []
        for folder in folders {
            let base = root.appending(path: folder).path
            for name in try FileManager.default.subpathsOfDirectory(atPath: base).sorted()
            where name.hasSuffix(".swift") {
                let data = try Data(contentsOf: URL(filePath: base + "/" + name))
                let text = String(decoding: data, as: UTF8.self)
                files.append(
                    SourceFile(
                        path: folder + "/" + name,
                        lines: text.split(separator: "\n", omittingEmptySubsequences: false)
                            .map(String.init)))
            }
        }
        return files
    }

    /// The modules it imports.
    var imports: [String] {
        lines.compactMap { line in
            let words = line.split(separator: " ")
            guard let index = words.firstIndex(of: "import"), index <= 1, words.count > index + 1
            else { return nil }
            return String(words[index + 1])
        }
    }

    /// The lines that are no comments, with their numbers from 1.
    var code: [(number: Int, line: String)] {
        lines.enumerated().compactMap { index, line in
            line.trimmingPrefix { $0 == " " }.hasPrefix("//") ? nil : (index + 1, line)
        }
    }

    /// True when the declaration at `index` goes on to an opening brace: a requirement of a
    /// protocol does not.
    private func hasBody(from index: Int) -> Bool {
        for line in lines[index...].prefix(12) {
            if line.hasSuffix("{") { return true }
            if line.isEmpty || line.hasPrefix("    ///") || line.hasSuffix("}") { return false }
        }
        return false
    }

    /// Functions by their first line and length, found by indentation: the formatter puts the
    /// closing brace under the first letter of the declaration.
    var functions: [(line: Int, length: Int)] {
        var found: [(line: Int, length: Int)] = []
        for (index, line) in lines.enumerated() {
            let text = line.drop { $0 == " " }
            guard
                text.contains("func ") || text.hasPrefix("init(") || text.hasPrefix("public init(")
            else { continue }
            let closing = String(repeating: " ", count: line.count - text.count) + "}"
            if line.hasSuffix("}") || !hasBody(from: index) { continue }
            if let end = lines[index...].firstIndex(of: closing) {
                found.append((index + 1, end - index + 1))
            }
        }
        return found
    }
}
