internal import Resources

/// Sections of `key = value` lines, as yum's repositories and Flatpak's metadata have them.
enum IniText {
    struct Section: Hashable, Sendable {
        var name: String
        var line: Int
        var values: [String: String] = [:]

        /// The words of a value, which may go on in lines that begin with a space.
        func words(_ key: String) -> [String] {
            (values[key] ?? "").split { ", \t\n".contains($0) }.map { String($0) }
        }
    }

    /// The sections in their order. What is no such line is passed over; a key that comes twice
    /// keeps its last value.
    static func sections(_ bytes: [UInt8]) -> [Section] {
        var sections: [Section] = []
        var key: String?
        let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        for (index, raw) in lines.enumerated() {
            let text = lossyText(raw.prefix(Limits.controlField.value))
            let line = trimmed(text)
            guard !line.isEmpty, !line.hasPrefix("#"), !line.hasPrefix(";") else { continue }
            if let key, text.first == " " || text.first == "\t", !sections.isEmpty {
                extend(&sections[sections.count - 1], key, line)
            } else if line.hasPrefix("["), line.hasSuffix("]") {
                if sections.count == Limits.configurationFiles.value { break }
                sections.append(
                    Section(name: trimmed(line.dropFirst().dropLast()), line: index + 1))
                key = nil
            } else if let sign = line.firstIndex(of: "="), !sections.isEmpty {
                let name = trimmed(line[..<sign]).lowercased()
                sections[sections.count - 1].values[name] = trimmed(
                    line[line.index(after: sign)...])
                key = name
            }
        }
        return sections
    }

    private static func extend(_ section: inout Section, _ key: String, _ line: String) {
        let old = section.values[key] ?? ""
        guard old.utf8.count < Limits.controlField.value else { return }
        section.values[key] = old.isEmpty ? line : old + "\n" + line
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let isSpace = { (one: Character) in one == " " || one == "\t" || one == "\r" }
        var rest = text.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest = rest.dropLast() }
        return String(rest)
    }
}
