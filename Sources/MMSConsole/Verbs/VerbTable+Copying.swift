/// The verbs of the system that copies itself (design/05).
extension VerbTable {
    static let copying = [
        Verb(
            .describeSelf, "describe-self",
            "Shows what this system consists of, and the digest of that: its generation.",
            parameters: [output],
            route: .init("GET", "/v1/description", reply: "The description, in short."),
            examples: ["describe-self", "describe-self -o json"]),
        Verb(
            .reproduce, "reproduce",
            "Copies this system to a directory: an installer, a backup, an update on a stick.",
            parameters: [
                .init(
                    name: "to", value: "TARGET",
                    summary: "Where to: a directory, as PATH or dir:PATH."),
                .init(
                    name: "force", value: nil,
                    summary: "Even if the target holds something else already."),
            ],
            route: .init("POST", "/v1/reproductions", reply: "Server-sent events."),
            examples: ["reproduce --to /media/stick/pisces"]),
        Verb(
            .inherit, "inherit",
            "Takes over apps and desired state from a copy of a system; what is here stays.",
            positionals: [.init(name: "DIRECTORY")],
            parameters: [
                .init(name: "path", value: "PATH", summary: "Where the copy is.", scope: .api),
                .init(name: "reason", short: "m", value: "TEXT", summary: "Why, for the log."),
            ],
            route: .init("POST", "/v1/inheritance", reply: "What was taken over."),
            examples: ["inherit /media/stick/pisces"]),
    ]
}
