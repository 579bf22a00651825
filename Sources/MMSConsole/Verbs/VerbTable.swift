/// The verbs of Pisces. Order is the order of the help page.
enum VerbTable {
    static let all =
        node + reading + changing + apps + volumes + fleet + understanding
        + copying + machines + updating + system + apiOnly

    private static let node = [
        Verb(
            .up, "up", "Starts a node on this machine.",
            parameters: [
                .init(
                    name: "listen", value: "HOST:PORT",
                    summary: "Where the API listens; 127.0.0.1:7117 unless told; port 0 picks one."),
                .init(
                    name: "bolt", value: "HOST:PORT",
                    summary: "Where Bolt listens; 127.0.0.1:7687, or a free port with --listen."),
                .init(
                    name: "bus", value: "ADDRESS:PORT",
                    summary: "Where other machines reach this one, with the two ports behind it; "
                        + "without it the machine is alone."),
                .init(name: "name", value: "NAME", summary: "The machine's name in the graph."),
                .init(
                    name: "background", value: nil,
                    summary: "Returns once the node is ready and leaves it running."),
            ],
            examples: ["up", "up --state ./p --background"]),
        Verb(
            .down, "down",
            "Stops the node cleanly; what it runs keeps running. A machine of our image ends.",
            parameters: [
                .init(
                    name: "restart", value: nil,
                    summary: "Starts a machine of our image anew instead of switching it off.")
            ],
            route: .init("POST", "/v1/down", reply: "What was stopped.")),
        Verb(
            .status, "status", "Shows the node: logs, sensors, drivers, memory, disk, warnings.",
            parameters: [output],
            route: .init("GET", "/v1/status", reply: "The state of the node.")),
        Verb(
            .version, "version", "Shows the version of this binary and of the node.",
            route: .init("GET", "/v1/version", reply: "The version of the node.")),
    ]

    private static let reading = [
        Verb(
            .list, "get", "Lists resources of a type, or shows one.",
            positionals: [.init(name: "TYPE[/NAME]")], parameters: selection + [output],
            route: .init(
                "GET", "/v1/resources/{type}", reply: "A page of resources and a bookmark."),
            examples: [
                "get process", "get process --where 'uid = 0' --sort startTime",
                "get task -A -o wide", "get process --at -1m",
            ]),
        Verb(
            .getByID, "", "Shows one resource by its identifier.",
            parameters: [at, bookmark, int64],
            route: .init("GET", "/v1/resources/by-id/{id}", reply: "The resource.")),
        Verb(
            .get, "", "Shows one resource by its address.",
            parameters: [
                namespace, at, consistency, bookmark, int64,
                .init(
                    name: "gone", value: nil,
                    summary: "When nothing has the name now, what had it last.", scope: .api),
            ],
            route: .init("GET", "/v1/resources/{type}/{name}", reply: "The resource.")),
        Verb(
            .links, "", "Shows what a resource links to and what links to it.",
            parameters: [at, bookmark],
            route: .init("GET", "/v1/links/{id}", reply: "Links out and in, by relation.")),
        Verb(
            .describe, "describe",
            "Shows everything about one resource: fields, links both ways, history, why.",
            positionals: [.init(name: "TYPE/NAME")], parameters: [namespace, at, bookmark, output],
            examples: ["describe process/1"]),
        Verb(
            .query, "query", "Answers a question in Cypher.",
            positionals: [.init(name: "CYPHER")],
            parameters: [
                .init(
                    name: "param", short: "p", value: "NAME=VALUE",
                    summary: "A parameter; VALUE is JSON, or a text.", scope: .cli),
                .init(
                    name: "explain", value: nil, summary: "Shows the plan and runs nothing.",
                    scope: .cli),
                .init(
                    name: "profile", value: nil,
                    summary: "Shows the plan with what each operator did.", scope: .cli),
                at, consistency, bookmark, output,
            ],
            route: .init("POST", "/v1/query", reply: "A line of JSON for each row."),
            examples: [
                "query 'MATCH (p:Process)-[:PARENT]->(q) RETURN p.pid, p.name, q.name LIMIT 5'",
                "query 'MATCH (p:Process {pid: $pid}) RETURN p' -p pid=1 -o json",
            ]),
        Verb(
            .watch, "watch", "Shows changes of resources, or of the answer to a question.",
            positionals: [.init(name: "TYPE|CYPHER")],
            parameters: [
                .init(name: "type", value: "TYPE", summary: "The type to watch.", scope: .api),
                namespace, allNamespaces, filter,
                .init(
                    name: "from", value: "BOOKMARK|snapshot|now",
                    summary: "Where to begin; snapshot unless told."),
                .init(
                    name: "param", short: "p", value: "NAME=VALUE",
                    summary: "A parameter of the question; VALUE is JSON, or a text.", scope: .cli),
                .init(
                    name: "rebase", value: nil,
                    summary: "When history after the bookmark is gone, begins anew."),
                .init(
                    name: "query", value: "CYPHER", summary: "The question to follow.", scope: .api),
                .init(
                    name: "parameters", value: "JSON", summary: "Its parameters.", scope: .api),
                .init(
                    name: "upserts", value: nil,
                    summary: "Rows by key as they are now, instead of signed rows.", scope: .api),
                output,
            ],
            route: .init("GET", "/v1/subscribe", reply: "Server-sent events."),
            examples: [
                "watch process", "watch task -A --from now",
                "watch 'MATCH (p:Process)-[:PARENT]->(q {name: \"bash\"}) RETURN p.pid, p.name'",
            ]),
        Verb(
            .top, "top", "Shows the machine live: load, processes, recent changes.",
            examples: ["top"]),
    ]

    private static let changing = [
        Verb(
            .apply, "apply", "Creates or replaces the resources of a file, all or none.",
            parameters: [
                file, namespace,
                .init(
                    name: "dry-run", value: nil,
                    summary: "Shows the verdicts and what would change; changes nothing."),
                .init(name: "reason", short: "m", value: "TEXT", summary: "Why, for the log."),
            ],
            examples: ["apply -f Apps/hello/app.yaml"]),
        Verb(
            .commands, "", "Proposes a batch of commands: create, update, delete, apply.",
            parameters: [
                .init(name: "dry-run", value: nil, summary: "Gives the verdict only.", scope: .api)
            ],
            route: .init("POST", "/v1/commands", reply: "Position, and id and revision of each.")),
        Verb(
            .delete, "delete", "Deletes a resource and what it owns.",
            positionals: [.init(name: "TYPE/NAME")],
            parameters: [
                namespace,
                .init(
                    name: "expect", value: "REVISION",
                    summary: "The revision it must have."),
                .init(name: "reason", short: "m", value: "TEXT", summary: "Why, for the log."),
            ]),
        Verb(
            .edit, "edit", "Opens a resource in $EDITOR and sends what was changed.",
            positionals: [.init(name: "TYPE/NAME")],
            parameters: [
                namespace,
                .init(name: "reason", short: "m", value: "TEXT", summary: "Why, for the log."),
            ],
            examples: ["edit app/hello"]),
        Verb(
            .diff, "diff", "Shows what apply would change.", parameters: [file, namespace]),
        Verb(
            .undo, "undo", "Restores a resource to what it was at a position.",
            positionals: [.init(name: "TYPE/NAME")],
            parameters: [
                namespace, .init(name: "to", value: "POSITION", summary: "The position, as @12."),
            ],
            route: .init("POST", "/v1/undo/{id}", reply: "Position and revision.")),
    ]

    private static let understanding = [
        Verb(
            .log, "log", "Shows the entries of a log.",
            parameters: [
                .init(
                    name: "log", value: "fleet|machine|NAME",
                    summary: "Which log; fleet unless told, NAME as `log list` has it."),
                .init(name: "from", value: "POSITION", summary: "The first position."),
                .init(name: "limit", value: "N", summary: "At most so many entries."),
                .init(name: "follow", short: "f", value: nil, summary: "Goes on as they come."),
                output,
            ],
            route: .init("GET", "/v1/log", reply: "Entries, or server-sent events.")),
        Verb(
            .verify, "log verify", "Proves that no entry was edited, lost or moved.",
            parameters: [output],
            route: .init("POST", "/v1/log/verify", reply: "What was checked, per log.")),
        Verb(
            .refusals, "log refusals",
            "Shows what this machine refused, and why; for administrators.",
            parameters: [
                .init(
                    name: "since", value: "WHEN",
                    summary: "Only from then on: a time, or an age as -1h."),
                .init(name: "limit", value: "N", summary: "At most so many, the newest."), output,
            ],
            route: .init("GET", "/v1/log/refusals", reply: "The refusals, oldest first."),
            examples: ["log refusals --since -1h", "log refusals -o json"]),
        Verb(
            .logList, "log list", "Lists the logs: what each holds, how far it is, who writes it.",
            parameters: [output],
            route: .init("GET", "/v1/logs", reply: "The logs."), examples: ["log list"]),
        Verb(
            .logMount, "log mount",
            "Gives a namespace a log of its own, with all that is below; for ever.",
            positionals: [.init(name: "NAMESPACE")],
            parameters: [
                .init(
                    name: "name", value: "NAME",
                    summary: "What the log is called; the namespace with dashes unless told."),
                .init(name: "reason", short: "m", value: "TEXT", summary: "Why, for the log."),
                .init(
                    name: "mount", value: "NAMESPACE", summary: "The namespace.", scope: .api),
                output,
            ],
            route: .init("POST", "/v1/logs", reply: "The logs."),
            examples: ["log mount /prod", "log mount /sites/berlin --name berlin"]),
        Verb(
            .history, "history", "Shows every version of a resource.",
            positionals: [.init(name: "TYPE/NAME")], parameters: [namespace, bookmark, output],
            route: .init("GET", "/v1/history/{id}", reply: "The versions, oldest first.")),
        Verb(
            .why, "why", "Shows what led to a resource's state.",
            positionals: [.init(name: "TYPE/NAME")], parameters: [namespace, bookmark, output],
            route: .init("GET", "/v1/why/{id}", reply: "The chain of entries, newest first.")),
    ]

    private static let system = [
        Verb(
            .types, "types", "Lists the types of resources, or shows the fields of one.",
            positionals: [.init(name: "TYPE", optional: true)], parameters: [output],
            examples: ["types", "types process"]),
        Verb(
            .sensors, "sensors", "Shows what watches the machine, how well, and what it may miss.",
            positionals: [.init(name: "NAME", optional: true)], parameters: [output],
            route: .init("GET", "/v1/sensors", reply: "The sensors with their statistics."),
            examples: ["sensors", "sensors processes"]),
        Verb(
            .drivers, "drivers", "Shows what can change the machine, and under which limits.",
            positionals: [.init(name: "NAME", optional: true)], parameters: [output],
            route: .init("GET", "/v1/drivers", reply: "The drivers with their contracts."),
            examples: ["drivers", "drivers volume"]),
        Verb(
            .handlers, "handlers", "Shows what reacts to changes, and how far it has seen.",
            parameters: [output],
            route: .init("GET", "/v1/handlers", reply: "The handlers with their cursors.")),
        Verb(
            .limits, "limits", "Shows every limit with its unit and reason.", parameters: [output],
            route: .init("GET", "/v1/limits", reply: "The limits.")),
        Verb(
            .token, "token", "Makes a token for the API; its secret is shown once.",
            parameters: [
                .init(name: "name", value: "NAME", summary: "The token's name."),
                .init(
                    name: "scope", value: "read|write", summary: "What it allows; read unless told."
                ),
                .init(
                    name: "prefix", value: "NS", summary: "The namespace it is for; / unless told."),
                .init(
                    name: "lifetime", value: "AGE", summary: "How long, as 30d; 30d unless told."),
            ],
            route: .init("POST", "/v1/tokens", reply: "The secret.")),
        Verb(
            .console, "console", "Prints a one-time link to the web console.",
            route: .init("POST", "/v1/console", reply: "The link.")),
        Verb(
            .completions, "completions", "Prints completions for a shell.",
            positionals: [.init(name: "bash|zsh|fish")]),
    ]

    private static let apiOnly = [
        Verb(
            .openAPI, "", "Describes this API.",
            route: .init("GET", "/v1/openapi.json", reply: "An OpenAPI 3.1 document.")),
        Verb(
            .metrics, "", "Metrics in Prometheus' text format.",
            route: .init("GET", "/metrics", reply: "Metrics.")),
        Verb(
            .health, "", "Answers when the process lives.",
            route: .init("GET", "/healthz", reply: "ok")),
        Verb(
            .readiness, "", "Answers when the node serves.",
            route: .init("GET", "/readyz", reply: "ok")),
    ]

    /// Options every command of the CLI takes.
    static let global: [Verb.Parameter] = [
        .init(name: "state", value: "DIR", summary: "The node's state directory (PISCES_STATE)."),
        .init(name: "node", value: "URL", summary: "Another node (PISCES_NODE); needs --token."),
        .init(name: "token", value: "TOKEN", summary: "The token for --node (PISCES_TOKEN)."),
        .init(name: "help", short: "h", value: nil, summary: "Shows this help."),
    ]

    private static let namespace = Verb.Parameter(
        name: "namespace", short: "n", value: "NS",
        summary: "The namespace; unless told, / for desired and this machine for observed types.")
    private static let allNamespaces = Verb.Parameter(
        name: "all", short: "A", value: nil, summary: "All namespaces.")
    private static let filter = Verb.Parameter(
        name: "where", value: "EXPR",
        summary: "Only those that match, as 'uid = 0 and threads > 8'.")
    private static let at = Verb.Parameter(
        name: "at", value: "WHEN", summary: "As of a position @12, a time, or an age -1h.")
    private static let consistency = Verb.Parameter(
        name: "consistency", value: "now",
        summary: "Asks the sensors first: what you saw happen here is in the answer.")
    static let output = Verb.Parameter(
        name: "output", short: "o", value: "FORMAT",
        summary: "table, wide, json, yaml, name or ndjson.", scope: .cli)
    static let bookmark = Verb.Parameter(
        name: "bookmark", value: "BOOKMARK",
        summary: "Waits until what the bookmark names is here: of a command, or of another answer.")
    private static let int64 = Verb.Parameter(
        name: "int64", value: "string", summary: "Integers beyond 2^53 as texts.", scope: .api)
    private static let file = Verb.Parameter(
        name: "file", short: "f", value: "FILE", summary: "A YAML file, or - for standard input.",
        scope: .cli)
    private static let selection = [
        namespace, allNamespaces, filter,
        .init(name: "tag", value: "K=V", summary: "Only those with the tag."),
        .init(name: "sort", value: "FIELD", summary: "The order; -FIELD for the reverse."),
        .init(name: "limit", value: "N", summary: "At most so many."),
        .init(name: "after", value: "TOKEN", summary: "The next page.", scope: .api), at,
        consistency, bookmark,
        int64,
    ]
}
