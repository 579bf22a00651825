/// The verbs of updates (design/05): what a machine may become, and how far that is.
extension VerbTable {
    private static let source: [Verb.Parameter] = [
        .init(
            name: "send", value: nil,
            summary: "The copy is here, not on the machine: send what it does not have.",
            scope: .cli),
        .init(name: "path", value: "PATH", summary: "Where the copy is.", scope: .api),
        .init(
            name: "description", value: "DIGEST",
            summary: "The description, of content that was sent.", scope: .api),
        .init(
            name: "release", value: "DIGEST", summary: "The release, of content that was sent.",
            scope: .api),
    ]

    static let updating = [
        Verb(
            .updatePlan, "update plan",
            "Shows what an update would move and write, or why it is refused.",
            positionals: [.init(name: "DIRECTORY")], parameters: source + [output],
            route: .init("POST", "/v1/updates/plan", reply: "The plan."),
            examples: ["update plan /media/stick/pisces", "update plan --send ./pisces-12"]),
        Verb(
            .updateApply, "update apply",
            "Writes a signed system to the slot that does not run, and restarts into it.",
            positionals: [.init(name: "DIRECTORY")],
            parameters: source + [
                .init(
                    name: "no-restart", value: nil,
                    summary: "Arm it only; it starts at the next restart.")
            ],
            route: .init("POST", "/v1/updates", reply: "Server-sent events."),
            examples: ["update apply /media/stick/pisces", "update apply --send ./pisces-12"]),
        Verb(
            .updateStatus, "update status",
            "Shows what runs, what is under way, and what was given up and why.",
            parameters: [output],
            route: .init("GET", "/v1/updates", reply: "Systems, slots and the newest update."),
            examples: ["update status"]),
        Verb(
            .updateSign, "update sign",
            "Signs a copy of a system with this machine's key, beside those who signed before.",
            positionals: [.init(name: "DIRECTORY")],
            parameters: [
                .init(name: "path", value: "PATH", summary: "Where the copy is.", scope: .api),
                .init(
                    name: "days", value: "N",
                    summary: "How long it may be taken; 90 days unless told."),
            ],
            route: .init("POST", "/v1/updates/signatures", reply: "Who has signed now."),
            examples: ["update sign ./pisces-12 --days 30"]),
        Verb(
            .updateContent, "", "Takes the next piece of content that an update needs.",
            parameters: [
                .init(name: "digest", value: "DIGEST", summary: "Whose piece.", scope: .api),
                .init(name: "size", value: "BYTES", summary: "Its whole size.", scope: .api),
                .init(name: "offset", value: "BYTES", summary: "Where it begins.", scope: .api),
            ],
            route: .init("POST", "/v1/updates/content", reply: "Up to where it is here.")),
    ]
}
