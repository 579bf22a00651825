internal import Resources

/// A command line held against the table of verbs.
struct Invocation: Sendable {
    let verb: Verb
    let positionals: [String]
    private let options: [String: [String]]

    /// The last value of an option; "" for a flag that is set.
    subscript(name: String) -> String? { options[name]?.last }

    /// All values of an option.
    func all(_ name: String) -> [String] { options[name] ?? [] }

    /// True when the flag is set.
    func has(_ name: String) -> Bool { options[name] != nil }

    /// Reads the words behind `pisces`.
    init(_ words: [String]) throws(UsageError) {
        let verb = try Self.verb(of: words)
        var parser = OptionParser(parameters: verb.parameters + VerbTable.global)
        try parser.parse(words, after: verb.words)
        self.verb = verb
        positionals = parser.positionals
        options = parser.options
        if has("help") { return }
        let least = verb.positionals.count { !$0.optional }
        let most = verb.positionals.last?.repeats == true ? .max : verb.positionals.count
        guard (least...most).contains(positionals.count) else {
            let expected = verb.positionals.map(\.name).joined(separator: " ")
            throw UsageError(
                positionals.count < least
                    ? "\(verb.words.joined(separator: " ")) needs \(expected)"
                    : "unexpected argument '\(positionals[verb.positionals.count])'")
        }
    }

    /// The verb with the most words that begin the command line, options aside.
    private static func verb(of words: [String]) throws(UsageError) -> Verb {
        let plain = words.filter { !$0.hasPrefix("-") }
        let named = VerbTable.all.filter { !$0.words.isEmpty }
        let found = named.filter { plain.starts(with: $0.words) }
            .max { $0.words.count < $1.words.count }
        if let found { return found }
        let word = plain.first ?? ""
        let near = nearest(to: word, among: named.map { $0.words[0] })
        throw UsageError(
            "there is no command '\(word)'" + (near.map { "; did you mean '\($0)'?" } ?? ""))
    }
}

/// A command line that cannot be read: exit code 2.
struct UsageError: Error, Equatable {
    let message: String

    init(_ message: String) { self.message = message }
}

/// Separates options from positional arguments.
private struct OptionParser {
    let parameters: [Verb.Parameter]
    var options: [String: [String]] = [:]
    var positionals: [String] = []

    init(parameters: [Verb.Parameter]) { self.parameters = parameters }

    mutating func parse(_ words: [String], after verbWords: [String]) throws(UsageError) {
        var rest = words[...]
        var toSkip = verbWords[...]
        while let word = rest.popFirst() {
            if word == "--" {
                positionals += rest
                return
            } else if word.hasPrefix("--") {
                try parseLong(word.dropFirst(2), &rest)
            } else if word.hasPrefix("-"), word.count > 1 {
                try parseShort(word.dropFirst(), &rest)
            } else if word == toSkip.first {
                toSkip = toSkip.dropFirst()
            } else {
                positionals.append(word)
            }
        }
    }

    private mutating func parseLong(
        _ text: Substring, _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(halves[0])
        guard let parameter = parameters.first(where: { $0.name == name && $0.scope != .api })
        else {
            let near = nearest(to: name, among: parameters.map(\.name))
            throw UsageError(
                "there is no option --\(name)" + (near.map { "; did you mean --\($0)?" } ?? ""))
        }
        try set(parameter, halves.count > 1 ? String(halves[1]) : nil, &rest)
    }

    private mutating func parseShort(
        _ letters: Substring, _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        guard let letter = letters.first,
            let parameter = parameters.first(where: { $0.short == letter })
        else { throw UsageError("there is no option -\(letters)") }
        let remainder = letters.dropFirst()
        if parameter.value == nil, !remainder.isEmpty {
            options[parameter.name, default: []].append("")
            try parseShort(remainder, &rest)
        } else {
            try set(parameter, remainder.isEmpty ? nil : String(remainder), &rest)
        }
    }

    private mutating func set(
        _ parameter: Verb.Parameter, _ value: String?, _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        guard let valueName = parameter.value else {
            if value != nil { throw UsageError("--\(parameter.name) takes no value") }
            options[parameter.name, default: []].append("")
            return
        }
        guard let value = value ?? rest.popFirst() else {
            throw UsageError("--\(parameter.name) needs \(valueName)")
        }
        options[parameter.name, default: []].append(value)
    }
}
