/// Where something begins in the text of a statement, in UTF-8 bytes from 0.
///
/// All offsets are equal: two trees that say the same are the same tree wherever they stand. So
/// a printed query compares with its origin, and a grouping key with the expression it repeats.
package struct SourceOffset: Hashable, Sendable {
    package let bytes: Int

    package init(_ bytes: Int) {
        self.bytes = bytes
    }

    package static func == (_: SourceOffset, _: SourceOffset) -> Bool { true }
    package func hash(into _: inout Hasher) {}

    /// Line and column from 1 as a person counts them: columns are characters of the text.
    package func lineAndColumn(in text: String) -> (line: Int, column: Int) {
        var line = 1
        var lineStart = text.utf8.startIndex
        let end =
            text.utf8.index(
                text.utf8.startIndex, offsetBy: bytes, limitedBy: text.utf8.endIndex)
            ?? text.utf8.endIndex
        var index = text.utf8.startIndex
        while index < end {
            let byte = text.utf8[index]
            index = text.utf8.index(after: index)
            if byte == UInt8(ascii: "\n") {
                line += 1
                lineStart = index
            }
        }
        // Scalars, not grapheme clusters: editors count so, and a wild offset stays cheap.
        let column = text.unicodeScalars[lineStart..<end].count + 1
        return (line, column)
    }
}

/// A piece of a statement as its author wrote it; not compared, like the offset.
package struct Verbatim: Hashable, Sendable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package static func == (_: Verbatim, _: Verbatim) -> Bool { true }
    package func hash(into _: inout Hasher) {}
}

/// A name in a statement: of a variable, label, type, property, parameter; without backticks.
package struct Name: Hashable, Sendable {
    package let text: String
    package let at: SourceOffset

    package init(_ text: String, at: SourceOffset) {
        self.text = text
        self.at = at
    }
}
