internal import Resources

/// A command as people write it: words, quotes, backslash, and `$NAME` or `${NAME}` for variables.
/// No shell reads it: there are no globs, pipes or substitutions, and a variable is never split.
struct CommandTemplate {
    /// What is wrong with it.
    struct Fault: Error, Hashable {
        let found: String
        let expected: String
    }

    private let text: String

    init(_ text: String) { self.text = text }

    /// The words with the variables filled in.
    func words(with variables: SortedMap<String>) throws(Fault) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var rest = text[...]
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
                word = (word ?? "") + String(next)
            case ("$", nil), ("$", "\""):
                word = (word ?? "") + (try Self.variable(&rest, variables))
            default: word = (word ?? "") + String(character)
            }
        }
        if let quote { throw Fault(found: "a \(quote) is not closed", expected: "close it") }
        if let whole = word { words.append(whole) }
        guard let program = words.first, !program.isEmpty else {
            throw Fault(found: "names no program", expected: "write a program and its arguments")
        }
        return words
    }

    private static func variable(
        _ rest: inout Substring, _ variables: SortedMap<String>
    ) throws(Fault) -> String {
        if rest.first == "$" {
            rest.removeFirst()
            return "$"
        }
        let isBraced = rest.first == "{"
        if isBraced { rest.removeFirst() }
        let name = String(
            rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" })
        rest.removeFirst(name.count)
        if isBraced {
            guard rest.popFirst() == "}" else {
                throw Fault(found: "a ${ is not closed", expected: "write ${NAME}, or $$ for a $")
            }
        }
        if let value = variables[name] { return value }
        let hint = nearest(to: name, among: variables.keys).map { "did you mean $\($0)? " } ?? ""
        throw Fault(
            found: name.isEmpty ? "a $ without a name" : "no variable $\(printable(name))",
            expected: hint + "write $$ for a $")
    }
}
