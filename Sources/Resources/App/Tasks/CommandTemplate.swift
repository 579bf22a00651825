/// A command as people write it: words, quotes, backslash, and `$NAME` or `${NAME}` for variables.
/// No shell reads it: there are no globs, pipes or substitutions, and a variable is never split.
public struct CommandTemplate: Hashable, Sendable {
    /// What is wrong with it.
    public struct Fault: Error, Hashable, Sendable {
        /// What was found.
        public let found: String
        /// What was expected, or what to do.
        public let expected: String
    }

    private let text: String

    /// The command as written.
    public init(_ text: String) { self.text = text }

    /// The words with the variables filled in. When some variables are `waiting` for their value,
    /// every word is a template of its own that ``fill(_:with:)`` completes: such a variable stays
    /// as `${NAME}`, and a `$` is `$$`.
    public func words(
        with variables: SortedMap<String>, waiting: Set<String> = []
    ) throws(Fault) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var rest = text[...]
        let values = Variables(known: variables, waiting: waiting)
        while let character = rest.popFirst() {
            switch (character, quote) {
            case ("'", nil), ("\"", nil):
                quote = character
                word = word ?? ""
            case (_, .some(let open)) where character == open: quote = nil
            case (" ", nil), ("\t", nil), ("\n", nil):
                if let whole = word { words.append(whole) }
                word = nil
            case ("\\", nil), ("\\", "\""):
                guard let next = rest.popFirst() else {
                    throw Fault(found: "ends in a backslash", expected: "double it")
                }
                word = (word ?? "") + values.literal(String(next))
            case ("$", nil), ("$", "\""): word = (word ?? "") + (try values.value(&rest))
            default: word = (word ?? "") + values.literal(String(character))
            }
        }
        if let quote { throw Fault(found: "a \(quote) is not closed", expected: "close it") }
        if let whole = word { words.append(whole) }
        guard let program = words.first, !program.isEmpty else {
            throw Fault(found: "names no program", expected: "write a program and its arguments")
        }
        return words
    }

    /// A word that waited for variables, with them.
    public static func fill(
        _ word: String, with variables: SortedMap<String>
    ) throws(Fault) -> String {
        var filled = ""
        var rest = word[...]
        let values = Variables(known: variables, waiting: [])
        while let character = rest.popFirst() {
            filled += character == "$" ? try values.value(&rest) : String(character)
        }
        return filled
    }

    private struct Variables {
        let known: SortedMap<String>
        let waiting: Set<String>

        func literal(_ text: String) -> String {
            waiting.isEmpty
                ? text
                : text.split(separator: "$", omittingEmptySubsequences: false)
                    .joined(separator: "$$")
        }

        /// The value of the variable whose name `rest` begins with, behind its `$`.
        func value(_ rest: inout Substring) throws(Fault) -> String {
            if rest.first == "$" {
                rest.removeFirst()
                return literal("$")
            }
            let isBraced = rest.first == "{"
            if isBraced { rest.removeFirst() }
            let name = String(
                rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" })
            rest.removeFirst(name.count)
            if isBraced {
                guard rest.popFirst() == "}" else {
                    throw Fault(
                        found: "a ${ is not closed", expected: "write ${NAME}, or $$ for a $")
                }
            }
            if waiting.contains(name) { return "${\(name)}" }
            if let value = known[name] { return literal(value) }
            let all = known.keys + waiting.sorted()
            let hint = nearest(to: name, among: all).map { "did you mean $\($0)? " } ?? ""
            throw Fault(
                found: name.isEmpty ? "a $ without a name" : "no variable $\(printable(name))",
                expected: hint + "write $$ for a $")
        }
    }
}
