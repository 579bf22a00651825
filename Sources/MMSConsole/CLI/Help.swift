/// Usage pages, derived from the table of verbs.
enum Help {
    /// The page for `pisces` alone.
    static var overview: String {
        var text = """
            pisces: your machine as one live graph

            Usage: pisces COMMAND [options]


            """
        let named = VerbTable.all.filter { !$0.words.isEmpty }
        let width = named.map { usage($0).count }.max() ?? 0
        for verb in named {
            let usage = usage(verb)
            text += "  \(usage)\(spaces(width - usage.count + 2))\(verb.summary)\n"
        }
        return text + """

            Every command finds its node by --state DIR (PISCES_STATE) or --node URL --token T.
            pisces COMMAND --help shows its options.

            """
    }

    /// The page for one verb.
    static func page(_ verb: Verb) -> String {
        var text = "\(verb.summary)\n\nUsage: pisces \(usage(verb)) [options]\n\nOptions:\n"
        let shown = verb.parameters.filter { $0.scope != .api } + VerbTable.global
        let names = shown.map { parameter in
            (parameter.short.map { "-\($0), " } ?? "    ") + "--\(parameter.name)"
                + (parameter.value.map { " \($0)" } ?? "")
        }
        let width = names.map(\.count).max() ?? 0
        for (name, parameter) in zip(names, shown) {
            text += "  \(name)\(spaces(width - name.count + 2))\(parameter.summary)\n"
        }
        if !verb.examples.isEmpty {
            text += "\nExamples:\n" + verb.examples.map { "  pisces \($0)\n" }.joined()
        }
        return text
    }

    private static func usage(_ verb: Verb) -> String {
        (verb.words
            + verb.positionals.map { positional in
                let name = positional.name + (positional.repeats ? " …" : "")
                return positional.optional ? "[\(name)]" : name
            }).joined(separator: " ")
    }

    private static func spaces(_ count: Int) -> String {
        String(repeating: " ", count: max(0, count))
    }
}
