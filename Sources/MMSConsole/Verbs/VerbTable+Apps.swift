/// The verbs of applications (design/04).
extension VerbTable {
    static let apps = [
        Verb(
            .appInit, "app init", "Writes a commented app file to begin with.",
            positionals: [.init(name: "NAME", optional: true)], examples: ["app init shop > app.yaml"]
        ),
        Verb(
            .appCheck, "app check", "Reads an app file and says what is wrong with it.",
            positionals: [appFile], parameters: [output], examples: ["app check app.yaml"]),
        Verb(.appSchema, "app schema", "Prints the JSON Schema of the app file, for editors."),
        Verb(
            .appPlan, "app plan", "Shows what installing an app file would do, and what it costs.",
            positionals: [appFile], parameters: [appNamespace, output],
            route: .init("POST", "/v1/app-plans", reply: "The plan."),
            examples: ["app plan app.yaml"]),
        Verb(
            .appInstall, "app install", "Installs or updates the apps of a file, and waits for them.",
            positionals: [appFile],
            parameters: [
                appNamespace, reason, noWait, timeout,
                .init(
                    name: "plan", value: "POSITION",
                    summary: "Only if the plan of that position still holds.", scope: .cli),
            ], examples: ["app install Apps/hello/app.yaml"]),
        Verb(
            .appUpdate, "app update", "Updates an app that is installed, and waits for it.",
            positionals: [appFile], parameters: [appNamespace, reason, noWait, timeout]),
        Verb(
            .appList, "app list", "Lists the apps with what they do.",
            parameters: [appNamespace, output],
            route: .init("GET", "/v1/apps", reply: "The apps with their state.")),
        Verb(
            .appStatus, "app status", "Shows an app: its replicas, services and what it waits for.",
            positionals: [appName], parameters: [appNamespace, output],
            route: .init("GET", "/v1/apps/{name}", reply: "The state of the app."),
            examples: ["app status hello"]),
        Verb(
            .appScale, "app scale", "Changes how many replicas of components run.",
            positionals: [appName, .init(name: "COMPONENT=COUNT", repeats: true)],
            parameters: [appNamespace, reason, noWait, timeout],
            route: .init("POST", "/v1/apps/{name}/scale", reply: "Position and revision."),
            examples: ["app scale hello web=3"]),
        Verb(
            .appRollback, "app rollback", "Goes back to an earlier version, the one before unless told.",
            positionals: [appName],
            parameters: [
                appNamespace, reason, noWait, timeout,
                .init(name: "to", value: "POSITION|VERSION", summary: "Which version, as @12 or 1.3."),
            ],
            route: .init("POST", "/v1/apps/{name}/rollback", reply: "Position and version."),
            examples: ["app rollback hello", "app rollback hello --to 1.0.0"]),
        Verb(
            .appRemove, "app remove", "Removes an app and stops what it runs; its volumes stay.",
            positionals: [appName],
            parameters: [
                appNamespace, reason, noWait, timeout,
                .init(name: "volumes", value: nil, summary: "Deletes its volumes too.", scope: .cli),
            ]),
        Verb(
            .appLogs, "app logs", "Shows what the replicas of an app say.",
            positionals: [appName],
            parameters: [
                appNamespace,
                .init(name: "follow", short: "f", value: nil, summary: "Goes on as it comes."),
                .init(name: "tail", value: "N", summary: "The last N lines of each; 100 unless told."),
                .init(name: "task", value: "TASK", summary: "Only this replica."),
            ],
            route: .init("GET", "/v1/apps/{name}/logs", reply: "Lines, or server-sent events."),
            examples: ["app logs hello --follow"]),
        Verb(
            .appExec, "app exec", "Runs a command inside a replica, on your terminal.",
            positionals: [.init(name: "NAME|TASK"), .init(name: "COMMAND", repeats: true)],
            parameters: [
                appNamespace,
                .init(
                    name: "no-terminal", short: "T", value: nil,
                    summary: "Without a terminal, even when there is one.", scope: .cli),
                .init(name: "command", value: "WORD", summary: "A word of the command.", scope: .api),
                .init(name: "rows", value: "N", summary: "Lines of the terminal.", scope: .api),
                .init(name: "columns", value: "N", summary: "Its columns.", scope: .api),
            ],
            route: .init("POST", "/v1/apps/{name}/exec", reply: "The program's output, and its end."),
            examples: ["app exec hello -- /bin/sh"]),
        Verb(
            .appRun, "app run", "Runs a capability of an app and prints what it returns.",
            positionals: [
                appName, .init(name: "CAPABILITY"),
                .init(name: "NAME=VALUE", optional: true, repeats: true),
            ],
            parameters: [appNamespace, output],
            route: .init("POST", "/v1/apps/{name}/run/{capability}", reply: "The result."),
            examples: ["app run guestbook backup label=today"]),
    ]

    private static let appFile = Verb.Positional(name: "FILE")
    private static let appName = Verb.Positional(name: "NAME")
    private static let appNamespace = Verb.Parameter(
        name: "namespace", short: "n", value: "NS", summary: "The namespace of the app; / unless told.")
    private static let reason = Verb.Parameter(
        name: "reason", short: "m", value: "TEXT", summary: "Why, for the log.")
    private static let noWait = Verb.Parameter(
        name: "no-wait", value: nil, summary: "Returns once the log has it.", scope: .cli)
    private static let timeout = Verb.Parameter(
        name: "timeout", value: "AGE", summary: "How long to wait, as 90s; 120s unless told.",
        scope: .cli)
}
