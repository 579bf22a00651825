import FoundationEssentials

/// The lines of hexadecimal under `## Bytes` of a page of Docs/Formats.
struct PageBytes {
    /// Name and bytes, in the order of the page.
    let nouns: [(name: String, bytes: [UInt8])]

    init(of page: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "Docs/Formats/\(page).md"))
        let text = String(decoding: data, as: UTF8.self)
        let section = text.split(separator: "\n## Bytes\n").last ?? ""
        var nouns: [(name: String, hex: String)] = []
        for line in section.split(separator: "\n") where line.hasPrefix("    ") {
            let words = line.split(separator: " ").map(String.init)
            if words.count == 2 {
                nouns.append((words[0], words[1]))
            } else if let word = words.first, !nouns.isEmpty {
                nouns[nouns.count - 1].hex += word
            }
        }
        self.nouns = nouns.map { noun in
            let digits = noun.hex.compactMap(\.hexDigitValue)
            return (
                noun.name,
                stride(from: 0, to: digits.count - 1, by: 2).map {
                    UInt8(digits[$0] << 4 | digits[$0 + 1])
                }
            )
        }
    }
}
