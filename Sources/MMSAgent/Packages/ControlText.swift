internal import Resources

/// Paragraphs of `Field: value` lines, as deb-control(5) has them, and apt's sources, and the
/// metadata of Python's packages.
enum ControlText {
    /// A paragraph: its wanted fields by name in lower case, and the line it begins on.
    struct Paragraph: Hashable, Sendable {
        var line: Int
        var fields: [String: String] = [:]

        subscript(_ name: String) -> String? { fields[name] }
    }

    /// Gives each paragraph that has a field of `wanted`, until `take` says false.
    ///
    /// Lines that belong to a field follow it after a space and are joined with a newline. What is
    /// no field is passed over; a field that comes twice keeps its first value.
    static func read(
        _ bytes: [UInt8], wanted: Set<String>, _ take: (Paragraph) -> Bool
    ) {
        var reader = Reader(bytes: bytes, wanted: wanted)
        while let paragraph = reader.next() {
            if !take(paragraph) { return }
        }
    }

    /// The first paragraph; nil when there is none.
    static func first(_ bytes: [UInt8], wanted: Set<String>) -> Paragraph? {
        var reader = Reader(bytes: bytes, wanted: wanted)
        return reader.next()
    }

    private struct Reader {
        let bytes: [UInt8]
        /// In lower case. Most fields of a paragraph are none of these: they cost no text.
        private let wanted: [(bytes: [UInt8], name: String)]
        var offset = 0
        var line = 0

        init(bytes: [UInt8], wanted: Set<String>) {
            self.bytes = bytes
            self.wanted = wanted.map { (Array($0.utf8), $0) }
        }

        mutating func next() -> Paragraph? {
            var paragraph: Paragraph?
            var name: String?
            while offset < bytes.count {
                let (start, end) = takeLine()
                if isBlank(start, end) {
                    if let paragraph { return paragraph }
                    continue
                }
                // A comment may stand inside a field.
                if bytes[start] == 0x23 { continue }
                if bytes[start] == 0x20 || bytes[start] == 0x09 {
                    if let name { extend(&paragraph, name, start, end) }
                    continue
                }
                name = nil
                guard let colon = bytes[start..<end].firstIndex(of: 0x3A) else { continue }
                if paragraph == nil { paragraph = Paragraph(line: line) }
                name = begin(&paragraph, start, colon, end)
            }
            return paragraph
        }

        private mutating func takeLine() -> (Int, Int) {
            let start = offset
            var end = offset
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            offset = end + 1
            line += 1
            return (start, end)
        }

        private func isBlank(_ start: Int, _ end: Int) -> Bool {
            // A line of the text of a field is never blank: it has a full stop.
            start == end || bytes[start] <= 0x20 && bytes[start..<end].allSatisfy { $0 <= 0x20 }
        }

        private func begin(
            _ paragraph: inout Paragraph?, _ start: Int, _ colon: Int, _ end: Int
        ) -> String? {
            guard let name = name(start, colon), paragraph?.fields[name] == nil else { return nil }
            paragraph?.fields[name] = text(colon + 1, end)
            return name
        }

        /// The wanted name that is written there, in whatever case.
        private func name(_ start: Int, _ end: Int) -> String? {
            for (letters, name) in wanted where letters.count == end - start {
                let isSame = letters.indices.allSatisfy { index in
                    let byte = bytes[start + index]
                    return letters[index] == ((65...90).contains(byte) ? byte + 32 : byte)
                }
                if isSame { return name }
            }
            return nil
        }

        private func extend(
            _ paragraph: inout Paragraph?, _ name: String, _ start: Int, _ end: Int
        ) {
            let most = Limits.controlField.value
            guard let old = paragraph?.fields[name], old.utf8.count < most else { return }
            paragraph?.fields[name] = old + "\n" + text(start, end)
        }

        private func text(_ start: Int, _ end: Int) -> String {
            var (start, end) = (start, min(end, start + Limits.controlField.value))
            while start < end, bytes[start] <= 0x20 { start += 1 }
            while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
            return lossyText(bytes[start..<end])
        }
    }
}
