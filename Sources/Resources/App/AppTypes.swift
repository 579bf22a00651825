/// The types of applications: what people ask for, what the zero-procs make of it, and what the
/// machines report. Who writes each stands in it; nobody else does (design/00, law 3).
public enum AppTypes {
    /// All of them.
    public static let all =
        [app, component, taskgroup, task, assignment, service, volume, snapshot] + materials
        + money
        + [grant, bundle, invocation] + observed

    private typealias Field = TypeDefinition.Field

    /// An application, written by people.
    public static let app = TypeDefinition(
        name: CoreTypes.known("app"),
        summary: "An application: components, each of so many replicas.", role: .desired,
        writer: "people",
        fields: [
            .init("version", .text, "The version its author gave it.", required: true),
            .init("description", .text, "What it is for."),
            .init("directory", .text, "The folder its programs are in, shown as /app."),
            .init("bundle", .bytes, "SHA-256 of the bundle it was installed from."),
            .init("digest", .bytes, "SHA-256 of its canonical form: its identity."),
            .init("components", .map, "Its components by name.", required: true),
            .init("services", .map, "Its services by name."),
            .init("volumes", .map, "Its volumes by name."),
            .init("capabilities", .map, "The operations it offers, by name."),
        ], columns: ["version", "description", "components"], heritable: true)

    /// A part of an app, written by the expander.
    public static let component = TypeDefinition(
        name: CoreTypes.known("component"),
        summary: "A part of an app: replicas of one program.", role: .desired, writer: "expander",
        fields: partFields + [
            .init("count", .int, "How many replicas there shall be.", unit: "tasks", required: true)
        ],
        relations: [.init(of, to: [app.name], "The app it is a part of.", single: true)],
        columns: ["app", "component", "version", "count"])

    /// Replicas of one template, written by the rollout.
    public static let taskgroup = TypeDefinition(
        name: CoreTypes.known("taskgroup"),
        summary: "The replicas of a component that run one template of it.", role: .desired,
        writer: "rollout",
        fields: partFields + [
            .init("replicas", .list, "The indexes of the replicas it shall run.", required: true),
            .init(
                "state", .text, "Its place in an update.", indexed: true, required: true,
                oneOf: ["current", "rolling", "retiring", "failed"]),
            .init("since", .int, "Since when it is in that state.", unit: "ms since 1970"),
            .init("reason", .text, "Why it is in that state."),
        ],
        relations: [.init(of, to: [component.name], "The component it runs.", single: true)],
        columns: ["component", "version", "replicas", "state", "reason"],
        health: "state != 'failed'")

    /// One replica, written by the rollout.
    public static let task = TypeDefinition(
        name: CoreTypes.known("task"), summary: "One replica of a component of an app.",
        role: .desired, writer: "rollout",
        fields: identityFields + programFields + settingFields + needFields,
        relations: [
            .init(of, to: [app.name], "The app it belongs to.", single: true),
            .init(
                CoreTypes.relation("IN"), to: [taskgroup.name], "The group it runs for.",
                single: true),
        ],
        columns: ["app", "component", "replica", "version", "device", "ports"])

    /// A task on a machine, written by the scheduler.
    public static let assignment = TypeDefinition(
        name: CoreTypes.known("assignment"), summary: "A task given to a machine.", role: .desired,
        writer: "scheduler",
        fields: [
            .init("task", .text, "The task.", indexed: true, required: true),
            .init("machine", .text, "The machine.", indexed: true, required: true),
            .init("ports", .map, "All ports of the task on that machine, by name."),
            .init("reason", .text, "Why it was given to that machine."),
            .init(
                "former", .list,
                "Machines it was on, which keep what they run of it until it runs where it is."),
            .init(
                "fences", .map,
                "By volume: data that was attached at that position or before is given up."),
        ],
        relations: [
            .init(of, to: [task.name], "The task.", single: true),
            .init(
                CoreTypes.relation("ON"), to: [CoreTypes.known("machine")], "The machine.",
                single: true),
        ], columns: ["task", "machine", "ports", "reason"])

    /// A name under which the replicas of a component answer, written by the expander.
    public static let service = TypeDefinition(
        name: CoreTypes.known("service"),
        summary: "A name and an address under which replicas answer.", role: .desired,
        writer: "expander",
        fields: [
            .init("app", .text, "The app it belongs to.", indexed: true, required: true),
            .init("component", .text, "The component that answers.", required: true),
            .init("port", .text, "The name of the component's port.", required: true),
            .init(
                "balance", .text, "Who gets the next connection.", required: true,
                oneOf: App.Service.Balance.allCases.map(\.rawValue)),
            .init("listen", .text, "Address and port it listens on."),
            .init(
                "protocol", .text, "What is spoken.", required: true,
                oneOf: App.Service.Scheme.allCases.map(\.rawValue)),
            .init(
                "driver", .text, "What balances.", required: true,
                oneOf: App.Service.Driver.allCases.map(\.rawValue)),
            .init("host", .text, "Its name in the DNS.", indexed: true),
        ],
        relations: [
            .init(of, to: [app.name], "The app it belongs to.", single: true),
            .init(
                CoreTypes.relation("TO"), to: [component.name], "The component that answers.",
                single: true),
        ], columns: ["app", "component", "port", "listen", "host", "balance"])

    /// A place for data that outlives tasks, written by the expander; it is not owned by the app,
    /// so that removing the app keeps the data.
    public static let volume = TypeDefinition(
        name: CoreTypes.known("volume"), summary: "A place for data that outlives tasks.",
        role: .desired, writer: "people",
        fields: [
            .init(
                "app", .text, "The app it was made for; none: a clone that no app has yet.",
                indexed: true),
            .init("volume", .text, "Its name in the app."),
            .init("size", .int, "How much it holds at the most.", unit: "bytes"),
            .init(
                "driver", .text, "What keeps the data.", required: true,
                oneOf: App.Volume.Driver.allCases.map(\.rawValue)),
            .init("replica", .int, "The replica it is for, from 0; none: all share it."),
            .init(
                "lost", .text, "What follows when its machine is lost; none: wait.",
                oneOf: App.Volume.Loss.allCases.map(\.rawValue)),
            .init("from", .text, "A clone: the snapshot it is made of."),
            .init("machine", .text, "A clone: the machine with the snapshot, which makes it."),
        ],
        relations: [
            .init(of, to: [app.name], "The app it was made for.", single: true),
            .init(from, to: [snapshot.name], "The snapshot it is made of.", single: true),
        ],
        columns: ["app", "volume", "size", "driver", "replica"])

    /// A state of a volume that is kept, written by people; the volume owns it.
    public static let snapshot = TypeDefinition(
        name: CoreTypes.known("snapshot"), summary: "A state of a volume that is kept.",
        role: .desired, writer: "people",
        fields: [
            .init("volume", .text, "The volume.", indexed: true, required: true),
            .init(
                "machine", .text, "The machine with the data, which takes it.", indexed: true,
                required: true),
        ],
        relations: [.init(of, to: [CoreTypes.known("volume")], "The volume.", single: true)],
        columns: ["volume", "machine"])

    static let of = CoreTypes.relation("OF")
    static let from = CoreTypes.relation("FROM")
}

extension AppTypes {
    /// What a component and a group of its replicas have in common.
    private static let partFields: [TypeDefinition.Field] = [
        .init("app", .text, "The app it belongs to.", indexed: true, required: true),
        .init("component", .text, "The name of the component in the app.", required: true),
        .init("version", .text, "The version of the app.", required: true),
        .init("template", .bytes, "SHA-256 of what a replica runs.", required: true),
        .init("spec", .map, "The component in its canonical form.", required: true),
        .init("directory", .text, "The folder of the app's programs."),
    ]

    private static let identityFields: [TypeDefinition.Field] = [
        .init("app", .text, "The app it belongs to.", indexed: true, required: true),
        .init("component", .text, "The component it is a replica of.", required: true),
        .init("replica", .int, "Its number, from 0.", required: true),
        .init("group", .text, "The group of tasks it runs for.", indexed: true),
        .init("version", .text, "The version of the app it runs."),
    ]

    private static let programFields: [TypeDefinition.Field] = [
        .init(
            "device", .text, "What it runs on.", required: true,
            oneOf: App.Device.allCases.map(\.rawValue)),
        .init(
            "command", .list,
            "The program and its arguments; templates while a port is 0; none: the image's own.",
            required: true),
        .init("env", .map, "Its environment, but for secrets and ports not known yet."),
        .init("ports", .map, "Ports by name; 0: the scheduler gives one."),
        .init("directory", .text, "The app's folder."),
        .init("image", .text, "The image it runs."),
    ]

    private static let settingFields: [TypeDefinition.Field] = [
        .init("volumes", .map, "Names of volumes by path."),
        .init("configs", .map, "Names of configs by path."),
        .init("secrets", .map, "Names of secrets by variable or path."),
        .init("health", .map, "How to find out whether it serves."),
        .init("stop", .map, "How it is asked to end: signal, grace in ms."),
        .init(
            "restart", .text, "When it is started again.",
            oneOf: App.Restart.allCases.map(\.rawValue)),
        .init("every", .int, "A job: how long from one start to the next.", unit: "ms"),
        .init("cron", .text, "A job: when it starts, five fields in UTC."),
        .init("place", .map, "Where it may run and would like to."),
        .init("onChange", .text, "What follows a new config or secret: restart, signal NAME."),
    ]

    private static let needFields: [TypeDefinition.Field] = [
        .init("cpu", .float, "What it needs and is held to.", unit: "cores"),
        .init("memory", .int, "What it needs and is held to.", unit: "bytes"),
        .init("storage", .int, "What it needs of its machine's disk.", unit: "bytes"),
        .init("processes", .int, "What it is held to.", unit: "processes"),
    ]
}
