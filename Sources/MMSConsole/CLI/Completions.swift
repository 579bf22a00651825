/// Shell completions, derived from the table of verbs; names come from the live node.
enum Completions {
    /// The script for a shell.
    static func script(for shell: String) throws(UsageError) -> String {
        switch shell {
        case "bash": bash
        case "zsh": "autoload -U +X bashcompinit && bashcompinit\n" + bash
        case "fish": fish
        default: throw UsageError("completions are for bash, zsh and fish, not '\(shell)'")
        }
    }

    private static var verbs: [Verb] { VerbTable.all.filter { !$0.words.isEmpty } }

    private static var bash: String {
        let cases = verbs.map { verb in
            let options = (verb.parameters.filter { $0.scope != .api } + VerbTable.global)
                .map { "--\($0.name)" }.joined(separator: " ")
            return "    \(verb.words[0])) options='\(options)' ;;\n"
        }.joined()
        let words = Set(verbs.map { $0.words[0] }).sorted().joined(separator: " ")
        return """
            _pisces() {
                local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} options=
                if [ "$COMP_CWORD" -eq 1 ]; then
                    COMPREPLY=($(compgen -W '\(words)' -- "$word")); return
                fi
                case $verb in
            \(cases)    esac
                case $word in
                    -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
                    */*) COMPREPLY=($(compgen -W "$(pisces get "${word%%/*}" -A -o name 2>/dev/null)" -- "$word")) ;;
                    *) COMPREPLY=($(compgen -W "$(pisces types -o name 2>/dev/null | cut -d/ -f2)" -- "$word")) ;;
                esac
            }
            complete -o default -F _pisces pisces

            """
    }

    private static var fish: String {
        var lines = ["complete -c pisces -f"]
        for verb in verbs where verb.words.count == 1 {
            let name = verb.words[0]
            lines.append(
                "complete -c pisces -n __fish_use_subcommand -a \(name) -d '\(quoted(verb.summary))'"
            )
            for parameter in verb.parameters where parameter.scope != .api {
                lines.append(
                    "complete -c pisces -n '__fish_seen_subcommand_from \(name)' -l \(parameter.name)"
                        + (parameter.short.map { " -s \($0)" } ?? "")
                        + (parameter.value == nil ? "" : " -r")
                        + " -d '\(quoted(parameter.summary))'")
            }
            if verb.positionals.first?.name.hasPrefix("TYPE") == true {
                lines.append(
                    "complete -c pisces -n '__fish_seen_subcommand_from \(name)' "
                        + "-a '(pisces types -o name 2>/dev/null | cut -d/ -f2)'")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func quoted(_ text: String) -> String {
        text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "\\'")
    }
}
