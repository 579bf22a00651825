/// The verbs of applications (design/04).
extension VerbTable {
    static let apps = [
        Verb(
            .appInit, "app init", "Writes a commented app file to begin with.",
            positionals: [.init(name: "NAME", optional: true)],
            examples: ["app init shop > app.yaml"]
        ),
        Verb(
            .appCheck, "app check", "Reads an app file and says what is wrong with it.",
            positionals: [appFile], parameters: [output], examples: ["app check app.yaml"]),
        Verb(.appSchema, "app schema", "Prints the JSON Schema of the app file, for editors."),
        Verb(
            .appPlan, "app plan", "Shows what installing an app file would do, and what it costs.",
            positionals: [appFile],
            parameters: [
                appNamespace, bookmark, output,
                .init(
                    name: "commit", value: "POSITION", summary: "Carries out the plan made there.",
                    scope: .api),
            ],
            route: .init("POST", "/v1/app-plans", reply: "The plan."),
            examples: ["app plan app.yaml"]),
        Verb(
            .appInstall, "app install",
            "Installs or updates the apps of a file, and waits for them.",
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
            parameters: [appNamespace, bookmark, output],
            route: .init("GET", "/v1/apps", reply: "The apps with their state.")),
        Verb(
            .appStatus, "app status", "Shows an app: its replicas, services and what it waits for.",
            positionals: [appName], parameters: [appNamespace, bookmark, output],
            route: .init("GET", "/v1/apps/{name}", reply: "The state of the app."),
            examples: ["app status hello"]),
        Verb(
            .appScale, "app scale", "Changes how many replicas of components run.",
            positionals: [appName, .init(name: "COMPONENT=COUNT", repeats: true)],
            parameters: [appNamespace, reason, noWait, timeout],
            route: .init("POST", "/v1/apps/{name}/scale", reply: "Position and revision."),
            examples: ["app scale hello web=3"]),
        Verb(
            .appRollback, "app rollback",
            "Goes back to an earlier version, the one before unless told.",
            positionals: [appName],
            parameters: [
                appNamespace, reason, noWait, timeout,
                .init(
                    name: "to", value: "POSITION|VERSION", summary: "Which version, as @12 or 1.3."),
            ],
            route: .init("POST", "/v1/apps/{name}/rollback", reply: "Position and version."),
            examples: ["app rollback hello", "app rollback hello --to 1.0.0"]),
        Verb(
            .appRemove, "app remove", "Removes an app and stops what it runs; its volumes stay.",
            positionals: [appName],
            parameters: [
                appNamespace, reason, noWait, timeout,
                .init(
                    name: "volumes", value: nil, summary: "Deletes its volumes too.", scope: .cli),
            ]),
        Verb(
            .appLogs, "app logs", "Shows what the replicas of an app say.",
            positionals: [appName],
            parameters: [
                appNamespace,
                .init(name: "follow", short: "f", value: nil, summary: "Goes on as it comes."),
                .init(
                    name: "tail", value: "N", summary: "The last N lines of each; 100 unless told."),
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
                .init(
                    name: "command", value: "WORD", summary: "A word of the command.", scope: .api),
                .init(name: "rows", value: "N", summary: "Lines of the terminal.", scope: .api),
                .init(name: "columns", value: "N", summary: "Its columns.", scope: .api),
            ],
            route: .init(
                "POST", "/v1/apps/{name}/exec", reply: "The program's output, and its end."),
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
        Verb(
            .execInput, "", "Sends input or a new size to a command inside a replica.",
            parameters: [
                .init(name: "rows", value: "N", summary: "Lines of the terminal.", scope: .api),
                .init(name: "columns", value: "N", summary: "Its columns.", scope: .api),
                .init(name: "end", value: nil, summary: "No more input comes.", scope: .api),
            ], route: .init("POST", "/v1/exec/{session}", reply: "Nothing.")),
        Verb(
            .secretSet, "secret set", "Seals a secret, or rotates it; read from standard input.",
            positionals: [appName],
            parameters: [
                appNamespace, reason,
                .init(
                    name: "file", short: "f", value: "FILE", summary: "Reads it from a file.",
                    scope: .cli),
                .init(
                    name: "from-stdin", value: nil,
                    summary: "Reads it from standard input, as it does unless told.",
                    scope: .cli),
                .init(
                    name: "mode", value: "OCTAL",
                    summary: "Permissions of its file; 400 unless told."),
            ],
            route: .init("POST", "/v1/secrets/{name}", reply: "Position and version."),
            examples: ["secret set api-key < key.txt"]),
        Verb(
            .configSet, "config set", "Makes a config or replaces it; those who use it are told.",
            positionals: [appName],
            parameters: [
                appNamespace, reason,
                .init(
                    name: "file", short: "f", value: "FILE",
                    summary: "Reads it from a file; from standard input unless told.", scope: .cli),
                .init(
                    name: "mode", value: "OCTAL",
                    summary: "Permissions of its file; 444 unless told."),
            ],
            route: .init("POST", "/v1/configs/{name}", reply: "Position."),
            examples: ["config set guestbook-config --file guestbook.toml"]),
        Verb(
            .configGet, "config get", "Prints a config as it was given.",
            positionals: [appName], parameters: [appNamespace, output],
            examples: ["config get guestbook-config"]),
        Verb(
            .configList, "config list", "Lists the configs of all namespaces.",
            parameters: [output]),
        Verb(
            .grantAdd, "grant add", "Lets somebody do something somewhere.",
            positionals: [appName],
            parameters: [
                appNamespace, reason,
                .init(
                    name: "subject", value: "IDENTITY",
                    summary: "Who, as local:1000 or token:NAME."),
                .init(
                    name: "verbs", value: "VERB,…", summary: "What: read, write, run, admin."),
                .init(
                    name: "prefix", value: "NS",
                    summary: "Where, with all below; its namespace unless told."),
                .init(
                    name: "types", value: "TYPE,…",
                    summary: "To resources of which types; all but secrets unless told."),
                .init(
                    name: "lifetime", value: "AGE",
                    summary: "How long, as 30d; for ever unless told."
                ),
            ],
            route: .init("POST", "/v1/grants/{name}", reply: "Position and what it gives."),
            examples: ["grant add ops --subject token:ops --verbs read,write --types app"]),
        Verb(
            .grantList, "grant list", "Lists the grants of all namespaces.", parameters: [output]),
        Verb(
            .grantRemove, "grant remove", "Takes a grant back.",
            positionals: [appName], parameters: [appNamespace, reason]),
        Verb(
            .imageImport, "image import", "Imports an OCI image from a folder or an archive.",
            positionals: [.init(name: "PATH")],
            parameters: [
                appNamespace, reason,
                .init(name: "path", value: "PATH", summary: "Where it is.", scope: .api),
                .init(name: "name", value: "NAME", summary: "Its name; of its digest unless told."),
                .init(
                    name: "reference", value: "NAME", summary: "Which of several in the archive."),
            ],
            route: .init("POST", "/v1/images", reply: "Position and digest."),
            examples: ["image import redis.oci --name redis"]),
        Verb(.imageList, "image list", "Lists the images.", parameters: [output]),
        Verb(
            .storeAdd, "store add",
            "Adds an app's folder, an exported bundle, a store, or a bundle of the web.",
            positionals: [.init(name: "PATH|URL")],
            parameters: [
                output, reason, accept, untrusted,
                .init(name: "path", value: "PATH", summary: "Where it is.", scope: .api),
                .init(name: "url", value: "URL", summary: "Where it is served.", scope: .api),
                .init(
                    name: "digest", value: "DIGEST",
                    summary: "Takes that bundle and no other, as sha256:…."),
                .init(
                    name: "token-file", value: "FILE",
                    summary: "Has the token for the node that serves it.", scope: .cli),
                .init(name: "unsigned", value: nil, summary: "Does not sign a folder's bundle."),
            ],
            route: .init("POST", "/v1/store", reply: "The bundles."),
            examples: ["store add http://10.0.0.7:7117/v1/store/hello/archive --token-file token"]
        ),
        Verb(
            .storeSearch, "store search", "Lists the bundles that have all these words.",
            positionals: [.init(name: "WORD", optional: true, repeats: true)],
            parameters: [
                output, .init(name: "text", value: "TEXT", summary: "The words.", scope: .api),
            ], route: .init("GET", "/v1/store", reply: "The bundles.")),
        Verb(
            .storeInstall, "store install", "Installs an app from the store, or updates it.",
            positionals: [appName],
            parameters: [appNamespace, reason, noWait, timeout, version, accept, untrusted],
            route: .init("POST", "/v1/store/{name}/install", reply: "Position.")),
        Verb(
            .storeUpdate, "store update", "Updates an app to the newest version in the store.",
            positionals: [appName],
            parameters: [appNamespace, reason, noWait, timeout, accept, untrusted]),
        Verb(
            .storeRemove, "store remove", "Removes a bundle from the store.",
            positionals: [appName],
            parameters: [version],
            route: .init("POST", "/v1/store/{name}/remove", reply: "What was freed.")),
        Verb(
            .storeExport, "store export", "Writes a bundle into one file.",
            positionals: [appName, .init(name: "FILE")],
            parameters: [
                output, version,
                .init(name: "path", value: "PATH", summary: "Where to.", scope: .api),
            ], route: .init("POST", "/v1/store/{name}/export", reply: "The bundle.")),
        Verb(
            .storeArchive, "", "Hands out a bundle as one file, in parts (Range).",
            parameters: [version],
            route: .init(
                "GET", "/v1/store/{name}/archive", reply: "The archive, or the part asked for.")),
        Verb(
            .cost, "cost", "Shows what everything costs, and what budgets say.",
            parameters: [output],
            route: .init("GET", "/v1/cost", reply: "The tree of costs.")),
    ]

    private static let version = Verb.Parameter(
        name: "version", value: "VERSION", summary: "Which version; the newest unless told.")
    private static let accept = Verb.Parameter(
        name: "accept", value: "KEY", summary: "Takes what this key has signed, as ed25519:….")
    private static let untrusted = Verb.Parameter(
        name: "untrusted", value: nil, summary: "Takes what nobody known has signed.")

    private static let appFile = Verb.Positional(name: "FILE")
    private static let appName = Verb.Positional(name: "NAME")
    private static let appNamespace = Verb.Parameter(
        name: "namespace", short: "n", value: "NS",
        summary: "The namespace of the app; / unless told.")
    private static let reason = Verb.Parameter(
        name: "reason", short: "m", value: "TEXT", summary: "Why, for the log.")
    private static let noWait = Verb.Parameter(
        name: "no-wait", value: nil, summary: "Returns once the log has it.", scope: .cli)
    private static let timeout = Verb.Parameter(
        name: "timeout", value: "AGE", summary: "How long to wait, as 90s; 120s unless told.",
        scope: .cli)
}
